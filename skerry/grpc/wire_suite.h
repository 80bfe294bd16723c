// SPDX-License-Identifier: Apache-2.0
//
// For tests of the server that speak HTTP themselves and leave gRPC's own client out.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "skerry/async/runtime.h"
#include "skerry/grpc/framing.h"
#include "skerry/grpc/server.h"
#include "skerry/grpc/testing/echo_service.h"
#include "skerry/http/client.h"
#include "skerry/http/server.h"

namespace skerry::grpc {

/// A server of the test service, and clients that know nothing of gRPC.
struct WireSetup {
  std::string authority;
  http::Client* http1;
  http::Client* http2;
  std::shared_ptr<testing::EchoImplementation> implementation;

  /// A request for a method of the test service as a gRPC client would make it, with this body.
  http::Request grpc_request(std::string_view method, std::string body) const {
    http::Request request;
    request.method = "POST";
    request.target = "/skerry.testing.EchoService/" + std::string(method);
    request.authority = authority;
    request.scheme = "http";
    EXPECT_TRUE(request.headers.add("te", "trailers"));
    EXPECT_TRUE(request.headers.add("content-type", "application/grpc"));
    request.body = http::Body(std::move(body));
    return request;
  }
};

using WireBody = std::function<Task<>(WireSetup& setup)>;

inline Task<> run_wire_setup(WireBody body, ServerOptions options) {
  auto implementation = std::make_shared<testing::EchoImplementation>();
  Server grpc(options);
  grpc.serve<testing::EchoService>(implementation);
  http::Server server([&](http::Request request) { return grpc.handle(std::move(request)); });
  const net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 0));
  Result<> outcome;
  {
    http::Client http1;
    http::Client http2({.protocol = http::Protocol::kHttp2});
    WireSetup setup{address.to_string(), &http1, &http2, implementation};
    outcome = co_await body(setup).result();
  }
  co_await server.stop(std::chrono::seconds(10));
  co_await std::move(outcome);
}

inline void run_wire_test(WireBody body, ServerOptions options = {}) {
  Runtime runtime({.workers = 1});
  const Result<> outcome = runtime.run([&] { return run_wire_setup(std::move(body), options); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

/// What came back, complete.
struct WireAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
  http::Headers trailers;

  /// The trailer, or the header where it is there instead.
  std::string field(std::string_view name) const {
    return std::string(trailers.get(name).value_or(headers.get(name).value_or("")));
  }
};

inline Task<WireAnswer> exchange_wire(http::Client& client, http::Request request) {
  http::Response response = co_await client.send(std::move(request));
  WireAnswer answer{.status = response.status, .headers = response.headers};
  answer.body = co_await response.body.read_all(std::size_t{64} << 20);
  answer.trailers = response.body.trailers();
  co_return std::move(answer);
}

inline std::string echo_frame(const testing::EchoRequest& request) {
  std::string frame;
  append_frame(frame, false, request.SerializeAsString());
  return frame;
}

inline std::string echo_frame(std::string text) {
  testing::EchoRequest request;
  request.set_text(std::move(text));
  return echo_frame(request);
}

}  // namespace skerry::grpc
