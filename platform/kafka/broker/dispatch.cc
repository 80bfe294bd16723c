// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/dispatch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/messages.h"

namespace skerry::platform::kafka {
namespace {

using protocol::Api;
using protocol::ApiKey;
using protocol::ErrorCode;
using protocol::ProduceRequest;
using protocol::ProduceResponse;

template <class Request>
Result<Request> decode(const Incoming& incoming) {
  Result<Request> request = protocol::decode<Request>(incoming.head.body, incoming.head.version);
  if (request) return request;
  return fail(std::move(request).error().annotate(protocol::api_of(Request::kKey).name));
}

// ---- the three ways in which requests are answered

template <class Request>
Task<std::string> answer(Broker& broker, Caller caller, Request request, std::int32_t correlation_id) {
  const std::int16_t version = caller.version;
  auto response = co_await handle(broker, std::move(caller), std::move(request));
  co_return protocol::response_frame(response, version, correlation_id);
}

// In its turn, and before the next request is looked at.
template <class Request>
Task<Begun> in_turn(Broker& broker, Caller caller, std::unique_ptr<Incoming> incoming) {
  Request request = co_await decode<Request>(*incoming);
  Begun begun;
  begun.response = co_await answer(broker, std::move(caller), std::move(request), incoming->head.correlation_id);
  co_return begun;
}

// While later requests are worked on: it waits for what may come after them.
template <class Request>
Task<Begun> aside(Broker& broker, Caller caller, std::unique_ptr<Incoming> incoming) {
  Request request = co_await decode<Request>(*incoming);
  Begun begun;
  begun.rest = answer(broker, std::move(caller), std::move(request), incoming->head.correlation_id);
  co_return begun;
}

Error refused_silently(const ProduceResponse& response) {
  for (const ProduceResponse::Topic& topic : response.topics)
    for (const ProduceResponse::Partition& partition : topic.partitions)
      if (partition.error_code != ErrorCode::kNone)
        return protocol::kafka_error(partition.error_code, "records for {} without acknowledgement were refused: {}",
                                     topic.name, partition.error_message.value_or(""));
  return Error::internal("nothing was refused");
}

bool has_error(const ProduceResponse& response) {
  return std::ranges::any_of(response.topics, [](const ProduceResponse::Topic& topic) {
    return std::ranges::any_of(topic.partitions, [](const ProduceResponse::Partition& partition) {
      return partition.error_code != ErrorCode::kNone;
    });
  });
}

Task<std::string> answer_produce(Broker& broker, ProduceUnderWay under_way, std::int16_t acks, std::int16_t version,
                                 std::int32_t correlation_id) {
  ProduceResponse response = co_await finish(broker, std::move(under_way));
  if (acks != 0) co_return protocol::response_frame(response, version, correlation_id);
  // A client that asked for no answer notices a lost connection, and looks at the metadata again.
  if (has_error(response)) co_await refused_silently(response);
  co_return std::string();
}

Task<Begun> produce(Broker& broker, Caller caller, std::unique_ptr<Incoming> incoming) {
  ProduceRequest request = co_await decode<ProduceRequest>(*incoming);
  const std::int32_t correlation_id = incoming->head.correlation_id;
  incoming.reset();
  const std::int16_t version = caller.version;
  const std::int16_t acks = request.acks;
  ProduceUnderWay under_way = co_await begin(broker, std::move(caller), std::move(request));
  Begun begun;
  begun.rest = answer_produce(broker, std::move(under_way), acks, version, correlation_id);
  co_return begun;
}

// ---- by key

using Route = Task<Begun> (*)(Broker&, Caller, std::unique_ptr<Incoming>);

template <class Request>
constexpr Route route_of() {
  switch (Request::kKey) {
    case ApiKey::kProduce:
      return &produce;
    case ApiKey::kFetch:
    case ApiKey::kJoinGroup:
    case ApiKey::kSyncGroup:
      if constexpr (Request::kKey != ApiKey::kProduce) return &aside<Request>;
      return nullptr;
    default:
      if constexpr (Request::kKey != ApiKey::kProduce) return &in_turn<Request>;
      return nullptr;
  }
}

// In the order of apis().
constexpr auto kRoutes = []<class... Exchange>(std::tuple<Exchange...>*) {
  return std::array{route_of<typename Exchange::Request>()...};
}(static_cast<protocol::Exchanges*>(nullptr));

// KIP-511: whoever asks in a version that is not known is answered in the first one, with the versions that are.
std::string unknown_api_versions(std::int32_t correlation_id) {
  return protocol::response_frame(
      protocol::ApiVersionsResponse{.error_code = ErrorCode::kUnsupportedVersion, .ranges = version_ranges()}, 0,
      correlation_id);
}

}  // namespace

Result<std::unique_ptr<Incoming>> Incoming::read(std::string frame) {
  auto incoming = std::make_unique<Incoming>();
  incoming->frame = std::move(frame);
  Result<protocol::RequestHead> head = protocol::read_request_head(incoming->frame);
  if (!head) return fail(std::move(head));
  incoming->head = *std::move(head);
  return incoming;
}

Task<Begun> begin_request(Broker& broker, Caller caller, std::unique_ptr<Incoming> incoming) {
  const protocol::RequestHead& head = incoming->head;
  const Api* api = protocol::find_api(head.key);
  if (api == nullptr) co_return Error::unimplemented("there is no request {}", head.key);
  if (!api->serves(head.version)) {
    if (api->key == ApiKey::kApiVersions) co_return Begun{.response = unknown_api_versions(head.correlation_id)};
    co_return Error::unimplemented("{} is answered in versions {} to {}, not {}", api->name, api->first_version,
                                   api->last_version, head.version);
  }
  const auto index = static_cast<std::size_t>(api - protocol::apis().data());
  co_return co_await kRoutes[index](broker, std::move(caller), std::move(incoming));
}

}  // namespace skerry::platform::kafka
