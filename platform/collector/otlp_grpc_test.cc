// SPDX-License-Identifier: Apache-2.0
//
// OTLP over gRPC, over real sockets (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc).
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.skerry.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.skerry.h>

#include "platform/collector/collector_fixture.h"
#include "platform/collector/otlp_decode.h"
#include "skerry/async/scope.h"
#include "skerry/grpc/client.h"

namespace skerry::platform::collector {
namespace {

using fixtures::make_request;
using opentelemetry::proto::collector::metrics::v1::MetricsService;
using opentelemetry::proto::collector::trace::v1::TraceService;

class OtlpGrpcTest : public fixtures::CollectorFixture {
 protected:
  template <class Service>
  static std::unique_ptr<Service> client_of(const net::Address& address) {
    return grpc::make_client<Service>(grpc::Channel::create(address.to_string()));
  }
  template <class T>
  static std::optional<Code> code_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code());
  }
};

TEST_F(OtlpGrpcTest, takes_spans_and_answers_with_nothing_to_complain_about) {
  run([this]() -> Task<> {
    const auto traces = client_of<TraceService>(endpoints_.otlp_grpc);
    const auto response = co_await traces->Export(make_request("order", {{.trace = 1}, {.trace = 1, .span = 2}}));
    EXPECT_FALSE(response.has_partial_success());
    co_await expect_spans(1, 2);
  });
}

TEST_F(OtlpGrpcTest, both_ports_speak_both_protocols) {
  run([this]() -> Task<> {
    const auto traces = client_of<TraceService>(endpoints_.otlp_http);
    co_await traces->Export(make_request("order", {{.trace = 1}}));
    co_await expect_spans(1, 1);
    std::swap(endpoints_.otlp_http, endpoints_.otlp_grpc);
    co_await expect_post(200, make_request("order", {{.trace = 2}}).SerializeAsString(), fixtures::kProtobuf);
    co_await expect_spans(2, 1);
  });
}

TEST_F(OtlpGrpcTest, says_which_spans_can_never_be_stored) {
  run([this]() -> Task<> {
    const auto traces = client_of<TraceService>(endpoints_.otlp_grpc);
    auto request = make_request("order", {{.trace = 1}, {.trace = 1, .span = 2}});
    request.mutable_resource_spans(0)->mutable_scope_spans(0)->mutable_spans(0)->clear_span_id();
    const auto response = co_await traces->Export(request);
    EXPECT_EQ(response.partial_success().rejected_spans(), 1);
    co_await expect_spans(1, 1);
  });
}

TEST_F(OtlpGrpcTest, a_message_over_the_limit_is_refused_and_the_next_is_taken) {
  run([this]() -> Task<> {
    const auto traces = client_of<TraceService>(endpoints_.otlp_grpc);
    const auto huge = make_request("order", {{.attributes = {{"pad", std::string(kMaxExportBytes, 'p')}}}});
    const auto refused = co_await traces->Export(huge).result();
    EXPECT_EQ(code_of(refused), Code::kResourceExhausted);
    co_await traces->Export(make_request("order", {{.trace = 2}}));
    co_await expect_spans(2, 1);
  });
}

TEST_F(OtlpGrpcTest, other_signals_are_unimplemented) {
  run([this]() -> Task<> {
    const auto metrics = client_of<MetricsService>(endpoints_.otlp_grpc);
    const auto refused = co_await metrics->Export({}).result();
    EXPECT_EQ(code_of(refused), Code::kUnimplemented);
  });
}

TEST_F(OtlpGrpcTest, many_clients_at_once_lose_nothing) {
  options_.receiver.max_exports_in_progress = 1000;
  run([this]() -> Task<> {
    const auto traces = client_of<TraceService>(endpoints_.otlp_grpc);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::uint64_t n = 1; n <= 200; ++n) {
        scope.go([&traces, n]() -> Task<> {
          co_await traces->Export(make_request("service " + std::to_string(n % 5), {{.trace = n, .span = n}}));
        });
      }
      co_return;
    });
    EXPECT_EQ(collector_->store().statistics().stored_spans, 200U);
  });
}

TEST_F(OtlpGrpcTest, a_request_past_the_limit_is_unavailable) {
  options_.receiver.max_exports_in_progress = 0;
  run([this]() -> Task<> {
    const auto traces = client_of<TraceService>(endpoints_.otlp_grpc);
    const auto refused = co_await traces->Export(make_request("order", {{.trace = 1}})).result();
    EXPECT_EQ(code_of(refused), Code::kUnavailable);
    co_await expect_spans(1, 0);
  });
}

}  // namespace
}  // namespace skerry::platform::collector
