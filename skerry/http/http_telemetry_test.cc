// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/panic.h"
#include "skerry/http/socket_test_util.h"
#include "skerry/http/trace.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::http {
namespace {

using telemetry::SpanData;
using telemetry::SpanKind;
using telemetry::Telemetry;
using testing::RawConnection;
using testing::run_limited;
using testing::Served;
using namespace std::chrono_literals;

constexpr std::string_view kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// Routes by hand, and says what is current within the handler.
Task<Response> routed(Request request) {
  if (request.path() == "/panic") panic("a bug");
  if (request.path() == "/error") co_return Error::not_found("nothing here");
  request.set_route("/users/{id}");
  std::string seen = current_trace_id();
  seen.append(" ").append(telemetry::current_baggage().find("tenant").value_or("nobody"));
  co_return text(std::move(seen));
}

using Spans = std::vector<std::unique_ptr<SpanData>>;

// Runs `body` with a server that has a telemetry of its own, apart from the client's; the server's spans are given.
Spans run_observed(std::function<Task<>(Served, Telemetry*)> body, bool tracing = true) {
  Telemetry telemetry({.service = "users", .tracing = tracing, .log = {.target = telemetry::LogTarget::kNone}});
  telemetry.spans().open();
  run_limited([&]() -> Task<> {
    std::optional<telemetry::AttachTelemetry> attached;
    attached.emplace(telemetry);
    Server server(&routed);
    const net::Address address = co_await server.listen(testing::any_port());
    attached.reset();
    const Result<> outcome = co_await body({server, address}, &telemetry).result();
    EXPECT_TRUE(outcome) << outcome.error().to_string();
    co_await server.stop(1s);
  });
  return telemetry.spans().drain(100);
}

std::string attribute(const SpanData& span, std::string_view key) {
  for (const telemetry::Attribute& candidate : span.attributes) {
    if (candidate.key != key) continue;
    if (const auto* number = std::get_if<std::int64_t>(&candidate.value)) return std::to_string(*number);
    return std::get<std::string>(candidate.value);
  }
  return "";
}

Task<> get_with(Client* client, Served served, std::string target, Headers headers, Response* response,
                std::string* body) {
  Request request = served.request("GET", std::move(target));
  request.headers = std::move(headers);
  *response = co_await client->send(std::move(request));
  *body = co_await response->body.read_all(1000);
}

class HttpTelemetry : public ::testing::TestWithParam<Protocol> {};

INSTANTIATE_TEST_SUITE_P(Protocols, HttpTelemetry, ::testing::Values(Protocol::kHttp1, Protocol::kHttp2),
                         [](const auto& info) { return info.param == Protocol::kHttp1 ? "http1" : "http2"; });

TEST_P(HttpTelemetry, the_handler_runs_in_a_span_below_the_callers) {
  const Spans spans = run_observed([protocol = GetParam()](Served served, Telemetry*) -> Task<> {
    Client client({.protocol = protocol});
    Headers headers;
    co_await headers.add("traceparent", kTraceparent);
    co_await headers.add("baggage", "tenant=blue");
    Response response;
    std::string body;
    co_await get_with(&client, served, "/users/u1?full=1", std::move(headers), &response, &body);
    EXPECT_EQ(body, std::string(kTraceId) + " blue");
    EXPECT_EQ(response.headers.get("x-trace-id"), kTraceId);
  });
  ASSERT_EQ(spans.size(), 1U);
  const SpanData& span = *spans[0];
  EXPECT_EQ(span.name, "GET /users/{id}");
  EXPECT_EQ(span.kind, SpanKind::kServer);
  EXPECT_EQ(span.context.trace_id.to_hex(), kTraceId);
  EXPECT_EQ(span.parent_id.to_hex(), "00f067aa0ba902b7");
  EXPECT_TRUE(span.parent_remote);
  EXPECT_EQ(span.status.code, telemetry::SpanStatusCode::kUnset);
  EXPECT_EQ(attribute(span, "http.route"), "/users/{id}");
  EXPECT_EQ(attribute(span, "http.request.method"), "GET");
  EXPECT_EQ(attribute(span, "http.response.status_code"), "200");
  EXPECT_EQ(attribute(span, "url.path"), "/users/u1");
  EXPECT_EQ(attribute(span, "network.protocol.version"), GetParam() == Protocol::kHttp1 ? "1.1" : "2");
}

TEST_P(HttpTelemetry, a_request_without_a_parent_begins_a_trace_that_the_response_names) {
  const Spans spans = run_observed([protocol = GetParam()](Served served, Telemetry*) -> Task<> {
    Client client({.protocol = protocol});
    Response first;
    Response second;
    std::string body;
    co_await get_with(&client, served, "/users/u1", {}, &first, &body);
    EXPECT_EQ(body, std::string(first.headers.get("x-trace-id").value_or("")) + " nobody");
    co_await get_with(&client, served, "/users/u1", {}, &second, &body);
    EXPECT_NE(first.headers.get("x-trace-id"), second.headers.get("x-trace-id"));
  });
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_FALSE(spans[0]->parent_id.valid());
  EXPECT_FALSE(spans[1]->parent_id.valid());
}

TEST_P(HttpTelemetry, errors_and_panics_carry_the_trace_id_and_panics_fail_the_span) {
  const Spans spans = run_observed([protocol = GetParam()](Served served, Telemetry*) -> Task<> {
    Client client({.protocol = protocol});
    for (const std::string target : {"/error", "/panic"}) {
      // Not sampled: the failure is recorded all the same.
      Headers headers;
      co_await headers.add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
      Response response;
      std::string body;
      co_await get_with(&client, served, target, std::move(headers), &response, &body);
      EXPECT_EQ(response.status, target == "/error" ? 404 : 500);
      EXPECT_EQ(response.headers.get("x-trace-id"), kTraceId);
      EXPECT_NE(body.find("\"trace_id\":\"" + std::string(kTraceId) + "\""), std::string::npos) << body;
    }
  });
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0]->status.code, telemetry::SpanStatusCode::kError);
  EXPECT_EQ(attribute(*spans[0], "http.response.status_code"), "500");
  ASSERT_EQ(spans[0]->events.size(), 1U);
  EXPECT_EQ(spans[0]->events[0].name, "exception");
}

TEST_P(HttpTelemetry, durations_are_counted_by_method_route_and_status) {
  run_observed([protocol = GetParam()](Served served, Telemetry* telemetry) -> Task<> {
    Client client({.protocol = protocol});
    for (const std::string target : {"/users/u1", "/users/u2", "/error"}) {
      Response response;
      std::string body;
      co_await get_with(&client, served, target, {}, &response, &body);
    }
    Response odd = co_await client.send(served.request("BREW", "/users/u1"));
    (void)co_await odd.body.read_all(1000);
    const auto counts = [telemetry] {
      std::map<std::vector<std::string>, std::uint64_t> sums;
      for (const telemetry::MetricSnapshot& metric : telemetry->metrics().snapshot()) {
        if (metric.name != "http_server_request_duration_seconds") continue;
        EXPECT_EQ(metric.label_names,
                  (std::vector<std::string>{"http_request_method", "http_route", "http_response_status_code"}));
        for (const auto& sample : metric.samples) {
          for (const std::uint64_t count : sample.bucket_counts) sums[sample.label_values] += count;
        }
      }
      return sums;
    };
    const std::map<std::vector<std::string>, std::uint64_t> expected{
        {{"GET", "/users/{id}", "200"}, 2}, {{"GET", "", "404"}, 1}, {{"_OTHER", "/users/{id}", "200"}, 1}};
    // The last one is counted when its task ends, which is after its answer was sent.
    co_await testing::wait_until([&] { return counts() == expected; });
  });
}

TEST_P(HttpTelemetry, the_client_makes_a_span_and_hands_it_on) {
  Telemetry client_side({.service = "shop", .log = {.target = telemetry::LogTarget::kNone}});
  client_side.spans().open();
  const Spans served_spans = run_observed([&, protocol = GetParam()](Served served, Telemetry*) -> Task<> {
    Client client({.protocol = protocol});
    const telemetry::AttachTelemetry attached(client_side);
    const telemetry::BaggageGuard baggage(telemetry::Baggage().with("tenant", "red"));
    Response response;
    std::string body;
    co_await get_with(&client, served, "/users/u1", {}, &response, &body);
    EXPECT_TRUE(body.ends_with(" red")) << body;
    const Result<Response> refused = co_await client.get("http://127.0.0.1:1/").result();
    EXPECT_FALSE(refused);
  });
  const Spans client_spans = client_side.spans().drain(100);
  ASSERT_EQ(served_spans.size(), 1U);
  ASSERT_EQ(client_spans.size(), 2U);
  EXPECT_EQ(client_spans[0]->kind, SpanKind::kClient);
  EXPECT_EQ(client_spans[0]->name, "GET");
  EXPECT_EQ(attribute(*client_spans[0], "http.response.status_code"), "200");
  EXPECT_EQ(served_spans[0]->parent_id, client_spans[0]->context.span_id);
  EXPECT_EQ(served_spans[0]->context.trace_id, client_spans[0]->context.trace_id);
  EXPECT_EQ(client_spans[1]->status.code, telemetry::SpanStatusCode::kError);
}

TEST_P(HttpTelemetry, without_tracing_the_ids_that_came_are_handed_on) {
  const Spans spans = run_observed(
      [protocol = GetParam()](Served served, Telemetry*) -> Task<> {
        Client client({.protocol = protocol});
        Headers headers;
        co_await headers.add("traceparent", kTraceparent);
        Response response;
        std::string body;
        co_await get_with(&client, served, "/users/u1", std::move(headers), &response, &body);
        EXPECT_EQ(response.headers.get("x-trace-id"), kTraceId);
        EXPECT_TRUE(body.starts_with(kTraceId));
        co_await get_with(&client, served, "/users/u1", {}, &response, &body);
        EXPECT_FALSE(response.headers.contains("x-trace-id"));
      },
      false);
  EXPECT_TRUE(spans.empty());
}

TEST(HttpTelemetryRaw, requests_that_no_handler_sees_are_answered_with_a_trace_id_and_counted) {
  run_observed([](Served served, Telemetry* telemetry) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("nonsense\r\n\r\n");
    const auto response = co_await connection->response();
    EXPECT_EQ(response.head.status, 400);
    const std::string id(response.head.headers.get("x-trace-id").value_or("none"));
    EXPECT_EQ(id.size(), 32U);
    EXPECT_NE(response.body.find("\"trace_id\":\"" + id + "\""), std::string::npos);
    const std::string metrics = telemetry->metrics().text();
    EXPECT_NE(metrics.find(R"(http_request_method="_OTHER",http_route="",http_response_status_code="400")"),
              std::string::npos);
  });
}

TEST(HttpTelemetryRaw, a_traceparent_that_is_there_twice_or_malformed_is_no_parent) {
  run_observed([](Served served, Telemetry*) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const std::string line = "traceparent: " + std::string(kTraceparent) + "\r\n";
    for (const std::string& fields : {line + line, std::string("traceparent: 00-zz\r\n")}) {
      co_await connection->send("GET /users/u1 HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
      const auto response = co_await connection->response();
      EXPECT_NE(response.head.headers.get("x-trace-id"), kTraceId);
      EXPECT_TRUE(response.head.headers.contains("x-trace-id"));
    }
  });
}

// What was said of the first request must not reach its record, which has gone.
TEST_P(HttpTelemetry, a_call_over_grpc_is_left_alone_after_a_request_on_the_same_connection) {
  const Spans spans = run_observed([protocol = GetParam()](Served served, Telemetry*) -> Task<> {
    Client client({.protocol = protocol});
    Response response;
    std::string body;
    co_await get_with(&client, served, "/users/u1", {}, &response, &body);
    Headers grpc;
    co_await grpc.add("content-type", "application/grpc");
    co_await get_with(&client, served, "/users/u2", std::move(grpc), &response, &body);
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.headers.contains("x-trace-id"));
  });
  EXPECT_EQ(spans.size(), 1U);
}

}  // namespace
}  // namespace skerry::http
