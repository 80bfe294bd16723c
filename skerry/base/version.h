// SPDX-License-Identifier: Apache-2.0
//
// The version of Skerry, of its library and its programs alike. The build reads it from here.
#pragma once

#include <string_view>

namespace skerry {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace skerry
