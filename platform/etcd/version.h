// SPDX-License-Identifier: Apache-2.0
//
// The versions of etcd whose API this server speaks: clients decide by it what they may use (Kubernetes asks for
// progress notifications from 3.5.13 on).
#pragma once

#include <string_view>

namespace skerry::platform::etcd {

inline constexpr std::string_view kEtcdVersion = "3.5.16";
inline constexpr std::string_view kEtcdClusterVersion = "3.5.0";

}  // namespace skerry::platform::etcd
