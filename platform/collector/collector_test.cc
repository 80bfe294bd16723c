// SPDX-License-Identifier: Apache-2.0
//
// The whole way of a span: a process's telemetry, the exporter, the collector's port, its disk, the query API.
#include "platform/collector/collector.h"

#include <gtest/gtest.h>

#include "platform/collector/collector_fixture.h"
#include "skerry/async/blocking.h"
#include "skerry/async/sleep.h"
#include "skerry/otlp/connect.h"
#include "skerry/otlp/exporter.h"

namespace skerry::platform::collector {
namespace {

using fixtures::Answer;
using fixtures::make_request;
using telemetry::Span;
using telemetry::Telemetry;
using namespace std::chrono_literals;

class CollectorTest : public fixtures::CollectorFixture {
 protected:
  CollectorTest() : telemetry_(telemetry_options()) {}

  static telemetry::TelemetryOptions telemetry_options() {
    telemetry::TelemetryOptions options;
    options.service = "order";
    options.log.target = telemetry::LogTarget::kNone;
    return options;
  }
  static otlp::ExporterOptions quick() {
    return {.batch_delay = 1ms, .timeout = 1s, .max_attempts = 1000, .first_backoff = 1ms, .max_backoff = 5ms};
  }
  Task<std::unique_ptr<otlp::Exporter>> start_exporter(std::string url) {
    auto exporter = std::make_unique<otlp::Exporter>(telemetry_, co_await otlp::connect(url), quick());
    exporter->start();
    co_return std::move(exporter);
  }
  double exported(std::string_view name) {
    return telemetry_.metrics().counter(name, "", {{"signal", "spans"}}).value();
  }
  // A failed span and one below it; gives the trace's id.
  std::string make_trace() {
    Span outer(telemetry_, "POST /orders", {.kind = telemetry::SpanKind::kServer, .new_trace = true});
    outer.set("order.items", 3);
    Span inner(telemetry_, "charge card");
    inner.fail(Error::unavailable("no answer"));
    inner.end();
    return outer.context().trace_id.to_hex();
  }
  // Waits until the query API has both spans of the trace, and checks them.
  Task<> expect_trace(std::string id) {
    boost::json::value traces;
    for (;;) {
      const Answer answer = co_await get("/api/traces/" + id);
      if (answer.status == 200) {
        traces = (co_await parse_json_value(answer.body)).at("data");
        if (traces.at(0).at("spans").as_array().size() == 2) break;
      }
      co_await sleep(1ms);
    }
    const boost::json::value& trace = traces.at(0);
    const boost::json::value& outer = trace.at("spans").at(0);
    const boost::json::value& inner = trace.at("spans").at(1);
    EXPECT_EQ(outer.at("operationName").as_string(), "POST /orders");
    EXPECT_EQ(outer.at("traceID").as_string(), id);
    EXPECT_EQ(inner.at("operationName").as_string(), "charge card");
    EXPECT_EQ(inner.at("references").at(0).at("spanID"), outer.at("spanID"));
    EXPECT_EQ(trace.at("processes").at("p1").at("serviceName").as_string(), "order");
  }
  // From the exporter to the query API, over the protocol of the URL.
  void check_way(std::string_view scheme, net::Address CollectorEndpoints::* port) {
    run([&]() -> Task<> {
      const auto exporter = co_await start_exporter(std::string(scheme) + (endpoints_.*port).to_string());
      co_await expect_trace(make_trace());
      co_await exporter->stop(5s);
    });
    EXPECT_EQ(exported("skerry_otlp_sent_total"), 2);
    EXPECT_EQ(exported("skerry_otlp_dropped_total"), 0);
  }

  Telemetry telemetry_;
};

TEST_F(CollectorTest, shows_what_an_exporter_sent_by_grpc) { check_way("grpc://", &CollectorEndpoints::otlp_grpc); }

TEST_F(CollectorTest, shows_what_an_exporter_sent_by_http) { check_way("http://", &CollectorEndpoints::otlp_http); }

TEST_F(CollectorTest, remembers_traces_after_a_restart) {
  std::string id;
  run([&]() -> Task<> {
    const auto exporter = co_await start_exporter("grpc://" + endpoints_.otlp_grpc.to_string());
    id = make_trace();
    co_await exporter->stop(5s);
  });
  run([&]() -> Task<> {
    co_await expect_trace(id);
    const boost::json::value services = co_await data("/api/services");
    EXPECT_EQ(services.as_array().size(), 1U);
    EXPECT_EQ(services.at(0).as_string(), "order");
  });
}

TEST_F(CollectorTest, what_ended_while_it_was_away_arrives_when_it_is_back) {
  run([]() -> Task<> { co_return; });
  // The same ports from here on.
  options_.otlp_http = endpoints_.otlp_http;
  options_.otlp_grpc = endpoints_.otlp_grpc;
  for (const std::string& url :
       {"http://" + endpoints_.otlp_http.to_string(), "grpc://" + endpoints_.otlp_grpc.to_string()}) {
    Runtime exporting({.workers = 1});
    const double failures_before = exported("skerry_otlp_failures_total");
    const auto result = exporting.run([&]() -> Task<> {
      const auto exporter = co_await start_exporter(url);
      const std::string id = make_trace();
      while (exported("skerry_otlp_failures_total") < failures_before + 2) co_await sleep(1ms);
      // The collector runs on a runtime of its own, as in another process.
      co_await blocking([&] { run([&]() -> Task<> { co_await expect_trace(id); }); });
      co_await exporter->stop(5s);
    });
    EXPECT_TRUE(result.has_value());
  }
  EXPECT_EQ(exported("skerry_otlp_sent_total"), 4);
  EXPECT_EQ(exported("skerry_otlp_dropped_total"), 0);
}

TEST_F(CollectorTest, a_noisy_service_loses_its_own_oldest_traces_and_no_other_service_any) {
  options_.store.service_quota_bytes = 256 * 1024;
  run([this]() -> Task<> {
    co_await expect_post(200, make_request("quiet", {{.trace = 1}}).SerializeAsString(), fixtures::kProtobuf);
    for (std::uint64_t i = 2; i <= 1000; ++i) {
      const auto request =
          make_request("noisy", {{.trace = i, .span = i, .start = i, .attributes = {{"pad", std::string(1000, 'p')}}}});
      co_await expect_post(200, request.SerializeAsString(), fixtures::kProtobuf);
    }
    co_await expect_spans(1, 1);
    co_await expect_spans(2, 0);
    co_await expect_spans(1000, 1);
    EXPECT_GT(collector_->store().statistics().forgotten_spans, 500U);
  });
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.data)) bytes += entry.file_size();
  EXPECT_LE(bytes, 2 * options_.store.service_quota_bytes);
  run([this]() -> Task<> {
    co_await expect_spans(1, 1);
    co_await expect_spans(1000, 1);
  });
}

TEST_F(CollectorTest, says_when_a_port_is_taken_and_can_still_be_stopped) {
  run([this]() -> Task<> {
    CollectorOptions options = options_;
    options.data = directory_.path() / "second";
    options.otlp_http = endpoints_.otlp_http;
    const auto second = co_await Collector::open(options);
    const auto outcome = co_await second->listen().result();
    EXPECT_FALSE(outcome.has_value());
    if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kFailedPrecondition) << outcome.error().to_string();
    co_await second->stop(1s);
  });
}

TEST_F(CollectorTest, a_second_one_on_the_same_data_is_refused) {
  run([this]() -> Task<> {
    const auto second = co_await Collector::open(options_).result();
    EXPECT_FALSE(second.has_value());
    if (!second) EXPECT_EQ(second.error().code(), Code::kFailedPrecondition);
  });
}

TEST_F(CollectorTest, counts_what_it_does_and_does_not_trace_itself) {
  telemetry_.spans().open();
  Runtime runtime({.workers = 2});
  const auto result = runtime.run([&]() -> Task<> {
    telemetry::AttachTelemetry attached(telemetry_);
    collector_ = co_await Collector::open(options_);
    endpoints_ = co_await collector_->listen();
    client_.emplace();
    {
      // The client's side is not what this is about.
      telemetry::AttachTelemetry unobserved(Telemetry::none());
      co_await expect_post(200, make_request("user", {{.trace = 1}}).SerializeAsString(), fixtures::kProtobuf);
      co_await expect_spans(1, 1);
    }
    const std::string text = telemetry_.metrics().text();
    EXPECT_NE(text.find("skerry_collector_spans_total{outcome=\"accepted\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("skerry_collector_stored_spans 1\n"), std::string::npos);
    client_.reset();
    co_await collector_->stop(5s);
    collector_.reset();
  });
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(telemetry_.spans().pending(), 0U);
  EXPECT_EQ(telemetry_.metrics().text().find("skerry_collector_spans_total{"), std::string::npos)
      << "asks no store that is gone";
}

}  // namespace
}  // namespace skerry::platform::collector
