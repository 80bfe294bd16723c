// SPDX-License-Identifier: Apache-2.0
//
// OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc).
#pragma once

#include <memory>
#include <string>

#include "skerry/otlp/transport.h"

namespace skerry::otlp {

std::unique_ptr<Transport> make_grpc_transport(std::string authority);

}  // namespace skerry::otlp
