// SPDX-License-Identifier: Apache-2.0
//
// The transports over the network.
#pragma once

#include <memory>
#include <string_view>

#include "skerry/base/result.h"
#include "skerry/otlp/transport.h"

namespace skerry::otlp {

/// The transport that a collector's URL asks for (skerry/otlp/endpoint.h). Connects with the first request, and again
/// whenever that is needed. To be made and used in tasks of one runtime.
Result<std::unique_ptr<Transport>> connect(std::string_view url);

}  // namespace skerry::otlp
