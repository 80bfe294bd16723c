// SPDX-License-Identifier: Apache-2.0
//
// CollectorFixture: a collector that listens on free ports, a client of it, and a runtime for both; its data outlives
// each run, so that a test may start it again.
#pragma once

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "platform/collector/collector.h"
#include "platform/collector/test_spans.h"
#include "skerry/async/runtime.h"
#include "skerry/base/json.h"
#include "skerry/http/client.h"

namespace skerry::platform::collector::fixtures {

inline constexpr std::string_view kProtobuf = "application/x-protobuf";
inline constexpr std::string_view kJson = "application/json";

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
};

class CollectorFixture : public ::testing::Test {
 protected:
  CollectorFixture() {
    options_.data = directory_.path() / "traces";
    options_.otlp_grpc = options_.otlp_http = options_.query = *net::Address::from_ip("127.0.0.1", 0);
  }

  /// Runs `body()` in a task while the collector listens.
  template <class F>
  void run(F body) {
    Runtime runtime({.workers = 2});
    const Result<> result = runtime.run([&]() -> Task<> {
      collector_ = co_await Collector::open(options_);
      endpoints_ = co_await collector_->listen();
      client_.emplace();
      const Result<> outcome = co_await body().result();
      client_.reset();
      co_await collector_->stop(std::chrono::seconds(5));
      collector_.reset();
      co_await Result<>(outcome);
    });
    EXPECT_TRUE(result.has_value()) << result.error().to_string();
  }

  Task<Answer> send(net::Address to, http::Request request) {
    request.authority = to.to_string();
    http::Response response = co_await client_->send(std::move(request));
    std::string body = co_await response.body.read_all(16 << 20);
    co_return Answer{response.status, std::move(response.headers), std::move(body)};
  }
  /// Sends an export request by HTTP.
  Task<Answer> post(std::string body, std::string_view type, std::string_view encoding = "") {
    http::Request request;
    request.method = "POST";
    request.target = "/v1/traces";
    co_await request.headers.add("content-type", type);
    if (!encoding.empty()) co_await request.headers.add("content-encoding", encoding);
    request.body = http::Body(std::move(body));
    co_return co_await send(endpoints_.otlp_http, std::move(request));
  }
  Task<> expect_post(int status, std::string body, std::string_view type, std::string_view encoding = "") {
    const Answer answer = co_await post(std::move(body), type, encoding);
    EXPECT_EQ(answer.status, status) << type << ' ' << encoding << ' ' << answer.body;
  }
  /// Asks the query API.
  Task<Answer> get(std::string target) {
    http::Request request;
    request.target = std::move(target);
    co_return co_await send(endpoints_.query, std::move(request));
  }
  /// The "data" of an answer of the query API.
  Task<boost::json::value> data(std::string target) {
    const Answer answer = co_await get(std::move(target));
    if (answer.status != 200) co_return Error::internal("status {}: {}", answer.status, answer.body);
    const boost::json::value json = co_await parse_json_value(answer.body);
    co_return json.at("data");
  }
  /// How many spans of the n-th trace the query API shows.
  Task<std::size_t> spans_of_trace(std::uint64_t n) {
    const Answer answer = co_await get("/api/traces/" + trace_id(n).to_hex());
    if (answer.status == 404) co_return 0;
    const boost::json::value json = co_await parse_json_value(answer.body);
    co_return json.at("data").at(0).at("spans").as_array().size();
  }
  Task<> expect_spans(std::uint64_t trace, std::size_t count) {
    const std::size_t spans = co_await spans_of_trace(trace);
    EXPECT_EQ(spans, count) << "in trace " << trace;
  }

  disk::TemporaryDirectory directory_;
  CollectorOptions options_;
  std::unique_ptr<Collector> collector_;
  CollectorEndpoints endpoints_;
  std::optional<http::Client> client_;
};

}  // namespace skerry::platform::collector::fixtures
