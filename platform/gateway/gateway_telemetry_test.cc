// SPDX-License-Identifier: Apache-2.0
//
// What operators see of a request: one trace from the client through the gateway to the service, and counters.
#include "platform/gateway/gateway_fixture.h"
#include "skerry/telemetry/span_data.h"

namespace skerry::platform::gateway {
namespace {

using http::testing::RawConnection;
using http::testing::wait_until;
using telemetry::SpanData;
using telemetry::SpanKind;
using namespace std::chrono_literals;

constexpr std::string_view kParentTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view kParentHeader = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Answers with the fields that it was sent.
Task<http::Response> echo_fields(http::Request request) {
  http::Response response = http::text("");
  for (const char* name : {"traceparent", "tracestate", "baggage", "x-request-id"}) {
    co_await response.headers.set(std::string("got-") + name, request.headers.get(name).value_or("none"));
  }
  co_return std::move(response);
}

std::string attribute_of(const SpanData& span, std::string_view key) {
  for (const auto& attribute : span.attributes) {
    if (attribute.key != key) continue;
    if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&attribute.value)) return std::to_string(*number);
  }
  return "";
}

using SpanCondition = std::function<bool(const SpanData&)>;

/// Takes spans out of the queue until there is one that fits.
Task<std::unique_ptr<SpanData>> finished_span(Fixture* fixture, SpanCondition fits) {
  while (true) {
    for (std::unique_ptr<SpanData>& span : fixture->telemetry.spans().drain(1000)) {
      if (fits(*span)) co_return std::move(span);
    }
    co_await sleep(1ms);
  }
}

class GatewayTelemetry : public ::testing::TestWithParam<Protocols> {};

INSTANTIATE_TEST_SUITE_P(Protocols, GatewayTelemetry, ::testing::ValuesIn(all_protocols()), protocols_name);

TEST_P(GatewayTelemetry, continues_the_trace_of_the_client_to_the_service) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    // The service has a telemetry of its own, as in another process.
    telemetry::Telemetry elsewhere({.service = "order", .tracing = false});
    {
      const telemetry::AttachTelemetry attached(elsewhere);
      co_await fixture->serve("order", echo_fields);
    }
    co_await fixture->start({.routes = {{.path_prefix = "/api", .service = "order", .protocol = protocols.out}}});
    http::Client client({.protocol = protocols.in});
    http::Request request = fixture->request("GET", "/api/orders/1");
    co_await request.headers.add("x-request-id", "given-1");
    co_await request.headers.add("baggage", "tenant=blue");
    // Sent as it stands: the client of the test has no span of its own.
    co_await request.headers.add("traceparent", kParentHeader);
    co_await request.headers.add("tracestate", "vendor=1");
    Answer answer;
    {
      const telemetry::AttachTelemetry none(telemetry::Telemetry::none());
      answer = co_await fixture->ask(&client, std::move(request));
    }
    EXPECT_EQ(answer.header("x-trace-id"), kParentTrace);
    EXPECT_EQ(answer.header("x-request-id"), "given-1");
    EXPECT_EQ(answer.header("got-x-request-id"), "given-1");
    EXPECT_EQ(answer.header("got-tracestate"), "vendor=1");
    EXPECT_EQ(answer.header("got-baggage"), "tenant=blue");
    const auto sent = telemetry::parse_traceparent(answer.header("got-traceparent"));
    EXPECT_TRUE(sent.has_value()) << answer.header("got-traceparent");
    std::vector<std::unique_ptr<SpanData>> spans;
    co_await wait_until([&] {
      for (auto& span : fixture->telemetry.spans().drain(100)) spans.push_back(std::move(span));
      return spans.size() >= 2;
    });
    const auto of_kind = [&](SpanKind kind) {
      return std::ranges::find_if(spans, [&](const auto& span) { return span->kind == kind; });
    };
    const auto server = of_kind(SpanKind::kServer);
    const auto out = of_kind(SpanKind::kClient);
    if (server == spans.end() || out == spans.end() || !sent) co_await Error::internal("spans are missing");
    EXPECT_EQ((*server)->name, "GET /api");
    EXPECT_EQ((*server)->context.trace_id.to_hex(), kParentTrace);
    EXPECT_TRUE((*server)->parent_remote);
    EXPECT_EQ(attribute_of(**server, "http.response.status_code"), "200");
    EXPECT_EQ((*out)->parent_id, (*server)->context.span_id);
    EXPECT_EQ(attribute_of(**out, "server.address"), "order");
    EXPECT_EQ(sent->span_id, (*out)->context.span_id);
    EXPECT_EQ(sent->trace_id, (*server)->context.trace_id);
  });
}

TEST(GatewayRecords, gives_every_answer_a_trace_id_also_to_what_is_no_request) {
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("order", echo_fields);
    GatewayOptions options{.routes = {{.path_prefix = "/api", .methods = {"GET"}, .service = "order"}}};
    options.server.max_body_bytes = 10;
    co_await fixture->start(std::move(options));
    for (const char* bytes :
         {"GET /api HTTP/1.1\r\nhost: h\r\n\r\n", "GET /nothing HTTP/1.1\r\nhost: h\r\n\r\n",
          "PUT /api HTTP/1.1\r\nhost: h\r\n\r\n", "GET /a/../b HTTP/1.1\r\nhost: h\r\n\r\n", "nonsense\r\n\r\n",
          "GET / HTTP/1.1\r\n\r\n", "POST /api HTTP/1.1\r\nhost: h\r\ncontent-length: 11\r\n\r\n"}) {
      std::unique_ptr<RawConnection> raw = co_await RawConnection::open(fixture->address);
      co_await raw->send(bytes);
      const auto response = co_await raw->response();
      const std::string id(response.head.headers.get("x-trace-id").value_or(""));
      EXPECT_EQ(id.size(), 32U) << bytes;
      if (response.head.status != 200) EXPECT_NE(response.body.find(id), std::string::npos) << response.body;
    }
  });
}

TEST(GatewayRecords, marks_the_span_of_a_service_that_failed) {
  with_gateway([](Fixture* fixture) -> Task<> {
    fixture->announce("gone");
    co_await fixture->start({.routes = {{.path_prefix = "/api", .service = "gone"}}});
    const Answer answer = co_await fixture->ask("GET", "/api");
    EXPECT_EQ(answer.status, 503);
    const std::unique_ptr<SpanData> out = co_await finished_span(
        fixture, [](const SpanData& span) { return attribute_of(span, "server.address") == "gone"; });
    EXPECT_EQ(out->kind, SpanKind::kClient);
    EXPECT_EQ(out->context.trace_id.to_hex(), answer.header("x-trace-id"));
    EXPECT_EQ(out->status.code, telemetry::SpanStatusCode::kError);
  });
}

TEST(GatewayRecords, has_a_span_for_a_grpc_call_too) {
  with_gateway([](Fixture* fixture) -> Task<> {
    fixture->announce("gone");
    co_await fixture->start({.routes = {{.path_prefix = "/pkg.Service", .service = "gone"}}});
    http::Client client({.protocol = http::Protocol::kHttp2});
    http::Request call = fixture->request("POST", "/pkg.Service/Method");
    co_await call.headers.add("content-type", "application/grpc");
    co_await call.headers.add("te", "trailers");
    co_await call.headers.add("traceparent", kParentHeader);
    Answer answer;
    {
      const telemetry::AttachTelemetry none(telemetry::Telemetry::none());
      answer = co_await fixture->ask(&client, std::move(call));
    }
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.trailers.get("grpc-status"), "14");
    EXPECT_EQ(answer.header("x-trace-id"), kParentTrace);
    const auto span =
        co_await finished_span(fixture, [](const SpanData& span) { return span.name == "POST /pkg.Service"; });
    EXPECT_EQ(span->kind, SpanKind::kServer);
    EXPECT_EQ(span->context.trace_id.to_hex(), kParentTrace);
    EXPECT_EQ(span->status.code, telemetry::SpanStatusCode::kError);
  });
}

TEST(GatewayRecords, counts_by_route_and_status) {
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("order", echo_fields);
    co_await fixture->start({.routes = {{.path_prefix = "/api", .service = "order"}}});
    for (const char* target : {"/api/1", "/api/2", "/nothing"}) (void)co_await fixture->ask("GET", target);
    const std::string text = fixture->telemetry.metrics().text();
    for (const char* line : {"gateway_requests_total{route=\"/api\",status=\"200\"} 2",
                             "gateway_requests_total{route=\"none\",status=\"404\"} 1",
                             "gateway_upstream_seconds_count{service=\"order\"} 2"}) {
      EXPECT_NE(text.find(line), std::string::npos) << line << " is not in\n" << text;
    }
    co_await wait_until(
        [&] { return fixture->telemetry.metrics().text().find("gateway_requests_in_flight 0") != std::string::npos; });
  });
}

}  // namespace
}  // namespace skerry::platform::gateway
