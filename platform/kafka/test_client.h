// SPDX-License-Identifier: Apache-2.0
//
// For tests: a client of the Kafka protocol that does what it is told and nothing by itself, so that tests decide about
// every version, order and mistake.
//
//   auto client = co_await TestClient::connect(server.address());
//   auto response = co_await client->call<MetadataResponse>(MetadataRequest(), 9);
//   co_await client->send(fetch, 11);                         // does not wait
//   auto answer = co_await client->receive<FetchResponse>(11);
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "platform/kafka/broker/frame_reader.h"
#include "platform/kafka/protocol/header.h"
#include "skerry/net/stream.h"

namespace skerry::platform::kafka {

class TestClient {
 public:
  static Task<std::unique_ptr<TestClient>> connect(net::Address address) {
    co_return std::make_unique<TestClient>(co_await net::connect(std::move(address)));
  }
  explicit TestClient(std::unique_ptr<net::Stream> stream)
      : stream_(std::move(stream)), frames_(*stream_, std::numeric_limits<std::int32_t>::max()) {}

  template <class Request>
  Task<> send(Request request, std::int16_t version) {
    co_await send_bytes(protocol::request_frame(request, version, ++last_sent_, "test"));
  }
  Task<> send_bytes(std::string bytes) { co_await net::write_all(*stream_, bytes); }

  /// The next response, which must be that to the next request that was not answered yet.
  template <class Response>
  Task<Response> receive(std::int16_t version) {
    const std::optional<std::string> frame = co_await frames_.next();
    if (!frame) co_return Error::unavailable("the server has closed the connection");
    const protocol::ResponseHead head = co_await protocol::read_response_head(*frame, Response::kKey, version);
    if (head.correlation_id != ++last_received_)
      co_return Error::internal("response {} came in the place of {}", head.correlation_id, last_received_);
    co_return co_await protocol::decode<Response>(head.body, version);
  }

  template <class Response, class Request>
  Task<Response> call(Request request, std::int16_t version) {
    co_await send(std::move(request), version);
    co_return co_await receive<Response>(version);
  }

  /// Waits until the server closes without sending anything more.
  Task<> receive_end() {
    const Result<std::optional<std::string>> frame = co_await frames_.next().result();
    if (frame && frame->has_value()) co_await Error::internal("the server answers");
  }

 private:
  std::unique_ptr<net::Stream> stream_;
  FrameReader frames_;
  std::int32_t last_sent_ = 0;
  std::int32_t last_received_ = 0;
};

}  // namespace skerry::platform::kafka
