// SPDX-License-Identifier: Apache-2.0
//
// A gateway between real services and real clients, over loopback sockets. For the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/gateway/gateway.h"
#include "skerry/async/scope.h"
#include "skerry/http/socket_test_util.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::platform::gateway {

inline constexpr std::size_t kMaxFixtureBodyBytes = std::size_t{1} << 26;

/// A response that was read to its end.
struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
  http::Headers trailers;

  std::string header(std::string_view name) const { return std::string(headers.get(name).value_or("")); }
};

/// The protocols on both sides of the gateway.
struct Protocols {
  http::Protocol in = http::Protocol::kHttp2;
  http::Protocol out = http::Protocol::kHttp2;
};

inline std::vector<Protocols> all_protocols() {
  using enum http::Protocol;
  return {{kHttp1, kHttp1}, {kHttp1, kHttp2}, {kHttp2, kHttp1}, {kHttp2, kHttp2}};
}

inline std::string protocols_name(const ::testing::TestParamInfo<Protocols>& info) {
  const auto digit = [](http::Protocol protocol) { return protocol == http::Protocol::kHttp1 ? "1" : "2"; };
  return std::string("http") + digit(info.param.in) + "_to_http" + digit(info.param.out);
}

class Fixture {
 public:
  explicit Fixture(telemetry::Telemetry& with_telemetry) : telemetry(with_telemetry) {}

  /// Starts one more instance of a service.
  Task<http::Server*> serve(std::string name, http::Handler handler) {
    services_.push_back(std::make_unique<http::Server>(std::move(handler)));
    http::Server* server = services_.back().get();
    const net::Address at = co_await server->listen(http::testing::any_port());
    add_instance(std::move(name), at);
    co_return server;
  }
  void add_instance(std::string name, const net::Address& at) {
    http::Endpoints& endpoints = endpoints_[name];
    endpoints.push_back({.address = {at.ip(), at.port()}});
    resolver->set(std::move(name), endpoints);
  }
  /// Makes a service's name known that has no instance.
  void announce(const std::string& name) { resolver->set(name, {}); }

  Task<> start(GatewayOptions options) {
    if (!options.resolver) options.resolver = resolver;
    gateway = co_await Gateway::make(std::move(options));
    address = co_await gateway->listen(http::testing::any_port());
  }
  Task<> stop() {
    if (gateway) co_await gateway->stop(std::chrono::seconds(1));
    for (const std::unique_ptr<http::Server>& service : services_) co_await service->stop(std::chrono::seconds(1));
  }

  http::Request request(std::string method, std::string target, http::Body body = {}) const {
    return http::Request(head(std::move(method), std::move(target)), std::move(body));
  }
  /// For http::Client::open.
  http::RequestHead head(std::string method, std::string target) const {
    return {.method = std::move(method), .target = std::move(target), .authority = address.to_string()};
  }
  static Task<Answer> read(http::Response response) {
    Answer answer{.status = response.status, .headers = std::move(response.headers), .body = {}, .trailers = {}};
    answer.body = co_await response.body.read_all(kMaxFixtureBodyBytes);
    answer.trailers = response.body.take_trailers();
    co_return std::move(answer);
  }
  static Task<Answer> ask(http::Client* client, http::Request request) {
    http::Response response = co_await client->send(std::move(request));
    co_return co_await read(std::move(response));
  }
  /// Over HTTP/1.1.
  Task<Answer> ask(std::string method, std::string target, http::Body body = {}) {
    return ask(&client, request(std::move(method), std::move(target), std::move(body)));
  }

  telemetry::Telemetry& telemetry;
  std::shared_ptr<http::StaticResolver> resolver = std::make_shared<http::StaticResolver>();
  std::unique_ptr<Gateway> gateway;
  net::Address address;
  http::Client client;

 private:
  std::vector<std::unique_ptr<http::Server>> services_;
  std::map<std::string, http::Endpoints> endpoints_;
};

using FixtureBody = std::function<Task<>(Fixture*)>;

inline Task<> run_in_fixture(telemetry::Telemetry* telemetry, FixtureBody body) {
  const telemetry::AttachTelemetry attached(*telemetry);
  Fixture fixture(*telemetry);
  Result<> outcome = co_await with_timeout(http::testing::kTestLimit, body(&fixture)).result();
  co_await fixture.stop();
  co_await std::move(outcome);
}

/// Runs a test; its failing, or taking too long, is a failure of the test.
inline void with_gateway(FixtureBody body, unsigned workers = 1) {
  telemetry::Telemetry telemetry({.service = "gateway"});
  telemetry.spans().open();
  Runtime runtime({.workers = workers});
  const Result<> outcome = runtime.run([&] { return run_in_fixture(&telemetry, std::move(body)); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

/// Answers with what it was asked.
inline Task<http::Response> echo_request_line(http::Request request) {
  std::string line = request.method + " " + request.target + " " + request.authority + " ";
  line += co_await request.body.read_all(kMaxFixtureBodyBytes);
  co_return http::text(std::move(line));
}

}  // namespace skerry::platform::gateway
