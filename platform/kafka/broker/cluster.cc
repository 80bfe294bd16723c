// SPDX-License-Identifier: Apache-2.0
//
// What the protocol asks of a cluster, answered by one node.
#include <algorithm>
#include <string_view>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;

constexpr std::int8_t kGroupKey = 0;
constexpr std::int8_t kBrokerEndpoint = 1;
/// From here on a client says what it is.
constexpr std::int16_t kFirstVersionWithNames = 3;

// KIP-511: such names become labels and words in logs, so they are letters, digits, and '-' and '.' in between.
bool is_software_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) &&
         std::ranges::all_of(name, [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

}  // namespace

std::vector<protocol::ApiVersionsResponse::Range> version_ranges() {
  std::vector<protocol::ApiVersionsResponse::Range> ranges;
  for (const protocol::Api& api : protocol::apis())
    ranges.push_back({static_cast<std::int16_t>(api.key), api.first_version, api.last_version});
  return ranges;
}

Task<protocol::ApiVersionsResponse> handle(Broker&, Caller caller, protocol::ApiVersionsRequest request) {
  const bool is_named = caller.version >= kFirstVersionWithNames;
  if (is_named &&
      !(is_software_name(request.client_software_name) && is_software_name(request.client_software_version)))
    co_return protocol::ApiVersionsResponse{.error_code = ErrorCode::kInvalidRequest};
  co_return protocol::ApiVersionsResponse{.ranges = version_ranges()};
}

Task<protocol::FindCoordinatorResponse> handle(Broker& broker, Caller caller,
                                               protocol::FindCoordinatorRequest request) {
  const net::HostPort address = advertised(broker, caller);
  protocol::FindCoordinatorResponse response;
  protocol::FindCoordinatorResponse::Coordinator found{.key = request.key};
  if (request.key_type == kGroupKey) {
    found.node_id = kNodeId;
    found.host = address.host;
    found.port = address.port;
  } else {
    found.error_code = ErrorCode::kTransactionalIdAuthorizationFailed;
    found.error_message = "transactions are not supported; produce without a transactional id";
    broker.metrics.refused(found.error_code);
  }
  response.error_code = found.error_code;
  response.error_message = found.error_message;
  response.node_id = found.node_id;
  response.host = found.host;
  response.port = found.port;
  for (std::string& key : request.keys) {
    found.key = std::move(key);
    response.coordinators.push_back(found);
  }
  co_return response;
}

Task<protocol::DescribeClusterResponse> handle(Broker& broker, Caller caller,
                                               protocol::DescribeClusterRequest request) {
  const net::HostPort address = advertised(broker, caller);
  protocol::DescribeClusterResponse response{.cluster_id = broker.cluster_id, .controller_id = kNodeId};
  response.endpoint_type = request.endpoint_type;
  if (request.endpoint_type != kBrokerEndpoint) {
    response.error_code = ErrorCode::kMismatchedEndpointType;
    response.error_message = "this is a broker";
    co_return response;
  }
  response.brokers.push_back({.broker_id = kNodeId, .host = address.host, .port = address.port});
  co_return response;
}

Task<protocol::InitProducerIdResponse> handle(Broker& broker, Caller, protocol::InitProducerIdRequest request) {
  protocol::InitProducerIdResponse response;
  if (request.transactional_id) {
    response.error_code = ErrorCode::kTransactionalIdAuthorizationFailed;
    broker.metrics.refused(response.error_code);
    co_return response;
  }
  // A producer that gives its old id wants a new beginning (KIP-360): without transactions a new id is one.
  const Result<log::ProducerId> id = co_await broker.store.allocate_producer_id().result();
  if (!id) {
    response.error_code = protocol::error_code_of(id.error());
    broker.metrics.refused(response.error_code);
    co_return response;
  }
  response.producer_id = *id;
  co_return response;
}

}  // namespace skerry::platform::kafka
