// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/telemetry.h"

#include <algorithm>

#include "skerry/grpc/call.h"
#include "skerry/grpc/typed_suite.h"

namespace skerry::grpc {
namespace {

using telemetry::SpanData;
using telemetry::SpanKind;
using testing::EchoRequest;

using Spans = std::vector<std::unique_ptr<SpanData>>;

class GrpcTelemetry : public GrpcTyped {
 protected:
  // Runs the body below a span "test", with telemetry on both sides of the calls, and gives the spans that ended.
  Spans record(EchoBody body) {
    telemetry_.spans().open();
    Runtime runtime({.workers = 1});
    const Result<> outcome = runtime.run([&]() -> Task<> {
      telemetry::AttachTelemetry attached(telemetry_);
      co_await GetParam().run([&](EchoSetup setup) -> Task<> {
        telemetry::Span test = telemetry::Span::start("test");
        co_await body(std::move(setup));
      });
    });
    EXPECT_TRUE(outcome) << outcome.error().to_string();
    return telemetry_.spans().drain(1000);
  }
  bool is_remote() const { return GetParam().name == "remote"; }

  telemetry::Telemetry telemetry_{{.service = "test"}};
};

INSTANTIATE_TEST_SUITE_P(Telemetry, GrpcTelemetry, ::testing::ValuesIn(echo_transports()),
                         [](const auto& info) { return info.param.name; });

const SpanData* find_span(const Spans& spans, std::string_view name, SpanKind kind) {
  const auto found = std::ranges::find_if(spans, [&](const auto& s) { return s->name == name && s->kind == kind; });
  return found != spans.end() ? found->get() : nullptr;
}

std::string attribute_text(const SpanData& span, std::string_view key) {
  for (const auto& attribute : span.attributes) {
    if (attribute.key != key) continue;
    if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&attribute.value)) return std::to_string(*number);
  }
  return "";
}

constexpr std::string_view kEchoSpan = "skerry.testing.EchoService/Echo";

TEST_P(GrpcTelemetry, spans_of_a_call_belong_to_the_callers_trace) {
  const Spans spans = record([](EchoSetup setup) -> Task<> { co_await setup.client->Echo(echo_request("m")); });
  const SpanData* test = find_span(spans, "test", SpanKind::kInternal);
  const SpanData* served = find_span(spans, kEchoSpan, is_remote() ? SpanKind::kServer : SpanKind::kInternal);
  ASSERT_NE(test, nullptr);
  ASSERT_NE(served, nullptr);
  EXPECT_EQ(served->context.trace_id, test->context.trace_id);
  EXPECT_EQ(attribute_text(*served, "rpc.system"), "grpc");
  EXPECT_EQ(attribute_text(*served, "rpc.service"), "skerry.testing.EchoService");
  EXPECT_EQ(attribute_text(*served, "rpc.method"), "Echo");
  EXPECT_EQ(attribute_text(*served, "rpc.grpc.status_code"), "0");
  if (!is_remote()) {
    EXPECT_EQ(served->parent_id, test->context.span_id);
    return;
  }
  const SpanData* called = find_span(spans, kEchoSpan, SpanKind::kClient);
  ASSERT_NE(called, nullptr);
  EXPECT_EQ(called->parent_id, test->context.span_id);
  EXPECT_EQ(served->parent_id, called->context.span_id);
  EXPECT_TRUE(served->parent_remote);
}

TEST_P(GrpcTelemetry, error_marks_the_server_only_when_it_is_the_servers_fault) {
  const Spans spans = record([](EchoSetup setup) -> Task<> {
    for (const int code : {5, 15}) {
      EchoRequest request = echo_request("m");
      request.set_fail_code(code);
      (void)co_await setup.client->Echo(request).result();
    }
  });
  const SpanKind kind = is_remote() ? SpanKind::kServer : SpanKind::kInternal;
  for (const auto& span : spans) {
    if (span->kind != kind || span->name != kEchoSpan) continue;
    const bool fault = attribute_text(*span, "rpc.grpc.status_code") == "15";
    EXPECT_EQ(span->status.code == telemetry::SpanStatusCode::kError, fault);
  }
}

TEST_P(GrpcTelemetry, panic_is_recorded_on_the_span_and_not_told_to_the_caller) {
  const Spans spans = record([](EchoSetup setup) -> Task<> {
    EchoRequest request = echo_request("m");
    request.set_panic(true);
    (void)co_await setup.client->Echo(request).result();
  });
  const SpanData* served = find_span(spans, kEchoSpan, is_remote() ? SpanKind::kServer : SpanKind::kInternal);
  ASSERT_NE(served, nullptr);
  ASSERT_EQ(served->events.size(), 1U);
  EXPECT_EQ(served->events[0].name, "exception");
}

TEST_P(GrpcTelemetry, calls_are_counted_by_method_and_code) {
  (void)record([](EchoSetup setup) -> Task<> {
    co_await setup.client->Echo(echo_request("m"));
    co_await setup.client->Echo(echo_request("m"));
    EchoRequest request = echo_request("m");
    request.set_fail_code(5);
    (void)co_await setup.client->Echo(request).result();
  });
  const std::string text = telemetry_.metrics().text();
  const std::string labels = R"({grpc_type="unary",grpc_service="skerry.testing.EchoService",grpc_method="Echo")";
  for (const std::string side : {"grpc_server", "grpc_client"}) {
    if (side == "grpc_client" && !is_remote()) continue;
    EXPECT_NE(text.find(side + "_started_total" + labels + "} 3"), std::string::npos) << text;
    EXPECT_NE(text.find(side + "_handled_total" + labels + R"(,grpc_code="OK"} 2)"), std::string::npos);
    EXPECT_NE(text.find(side + "_handled_total" + labels + R"(,grpc_code="NotFound"} 1)"), std::string::npos);
    EXPECT_NE(text.find(side + "_handling_seconds_count" + labels + "} 3"), std::string::npos);
  }
}

TEST_P(GrpcTelemetry, cancelled_calls_are_counted_as_such) {
  (void)record([](EchoSetup setup) -> Task<> {
    EchoRequest request = echo_request("m");
    request.set_delay_ms(60'000);
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await setup.client->Echo(request); });
      (void)co_await eventually([&] { return setup.implementation->running() == 1; });
      scope.cancel();
    }).result();
    const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
    EXPECT_TRUE(ended);
  });
  EXPECT_NE(telemetry_.metrics().text().find(R"(grpc_method="Echo",grpc_code="Canceled"} 1)"), std::string::npos);
}

TEST_P(GrpcTelemetry, baggage_reaches_the_service) {
  (void)record([](EchoSetup setup) -> Task<> {
    telemetry::BaggageGuard tenant(telemetry::Baggage().with("tenant", "blue"));
    co_await setup.client->Echo(echo_request("m"));
    EXPECT_EQ(setup.implementation->last_baggage(), "tenant=blue");
  });
}

}  // namespace
}  // namespace skerry::grpc
