// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/connect.h"

#include "skerry/otlp/endpoint.h"
#include "skerry/otlp/grpc_transport.h"
#include "skerry/otlp/http_transport.h"

namespace skerry::otlp {

Result<std::unique_ptr<Transport>> connect(std::string_view url) {
  Result<Endpoint> endpoint = Endpoint::parse(url);
  if (!endpoint) return fail(std::move(endpoint));
  if (endpoint->protocol == Protocol::kGrpc) return make_grpc_transport(endpoint->authority);
  return make_http_transport(*endpoint);
}

}  // namespace skerry::otlp
