// SPDX-License-Identifier: Apache-2.0
//
// The transports over real sockets, against servers that answer as collectors may.
#include "skerry/otlp/connect.h"

#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.skerry.h>

#include <atomic>

#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/grpc/server.h"
#include "skerry/http/server.h"
#include "skerry/otlp/exporter.h"

namespace skerry::otlp {
namespace {

using namespace std::chrono_literals;
namespace collector_v1 = opentelemetry::proto::collector::trace::v1;

constexpr ExporterOptions kHasty{
    .batch_delay = 1ms, .timeout = 2s, .max_attempts = 3, .first_backoff = 1ms, .max_backoff = 2ms};

class ConnectTest : public ::testing::Test {
 protected:
  ConnectTest() : telemetry_(telemetry_options()) {}

  static telemetry::TelemetryOptions telemetry_options() {
    telemetry::TelemetryOptions options;
    options.log.target = telemetry::LogTarget::kNone;
    return options;
  }
  // Exports `spans` spans to a server with this handler, by the URL "{scheme}{address}{path}".
  void export_to(http::Handler handler, std::string scheme, std::string path, int spans = 1,
                 ExporterOptions options = kHasty) {
    Runtime runtime({.workers = 2});
    const auto result = runtime.run([&]() -> Task<> {
      http::Server server(handler);
      const net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 0));
      co_await export_spans(scheme + address.to_string() + path, spans, options);
      co_await server.stop(0s);
    });
    EXPECT_TRUE(result.has_value()) << result.error().to_string();
  }
  // Ends spans and waits until it is known what became of each.
  Task<> export_spans(std::string url, int spans, ExporterOptions options) {
    Exporter exporter(telemetry_, co_await connect(url), options);
    exporter.start();
    const double before = sent() + dropped();
    for (int i = 0; i < spans; ++i) telemetry::Span(telemetry_, "span", {.new_trace = true}).end();
    while (sent() + dropped() - before < spans) co_await sleep(1ms);
    co_await exporter.stop(2s);
  }
  // A port on which nothing listens.
  static Task<net::Address> closed_port() {
    http::Server server([](http::Request request) -> Task<http::Response> { co_return http::not_found(request); });
    const net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 0));
    co_await server.stop(0s);
    co_return address;
  }
  double metric(std::string_view name) { return telemetry_.metrics().counter(name, "", {{"signal", "spans"}}).value(); }
  double sent() { return metric("skerry_otlp_sent_total"); }
  double dropped() { return metric("skerry_otlp_dropped_total"); }
  double failures() { return metric("skerry_otlp_failures_total"); }

  telemetry::Telemetry telemetry_;
  std::atomic<int> requests_{0};
};

TEST_F(ConnectTest, http_sends_protobuf_to_the_path_of_the_signal) {
  std::string seen;
  int spans = 0;
  export_to(
      [&](http::Request request) -> Task<http::Response> {
        seen = request.method + " " + request.target + " " + std::string(request.headers.get("content-type").value());
        TraceRequest traces;
        EXPECT_TRUE(traces.ParseFromString(co_await request.body.read_all(1 << 20)));
        spans += traces.resource_spans(0).scope_spans(0).spans_size();
        co_return http::Response(200);
      },
      "http://", "/base", 3);
  EXPECT_EQ(seen, "POST /base/v1/traces application/x-protobuf");
  EXPECT_EQ(spans, 3);
  EXPECT_EQ(sent(), 3);
}

TEST_F(ConnectTest, http_sends_again_what_a_busy_collector_did_not_take) {
  export_to(
      [&](http::Request) -> Task<http::Response> {
        constexpr int kBusy[] = {503, 429};
        const int request = requests_++;
        http::Response response(request < 2 ? kBusy[request] : 200);
        response.headers.add_validated("retry-after", "0");
        co_return std::move(response);
      },
      "http://", "");
  EXPECT_EQ(requests_, 3);
  EXPECT_EQ(failures(), 2);
  EXPECT_EQ(sent(), 1);
}

TEST_F(ConnectTest, http_waits_as_long_as_the_collector_says) {
  std::chrono::steady_clock::time_point refused;
  std::chrono::steady_clock::time_point taken;
  export_to(
      [&](http::Request) -> Task<http::Response> {
        http::Response response(requests_++ == 0 ? 503 : 200);
        (response.status == 503 ? refused : taken) = std::chrono::steady_clock::now();
        response.headers.add_validated("retry-after", "1");
        co_return std::move(response);
      },
      "http://", "");
  EXPECT_GE(taken - refused, 1s);
}

TEST_F(ConnectTest, http_does_not_send_again_what_is_refused_for_good) {
  for (const int status : {400, 404, 413, 500}) {
    requests_ = 0;
    const double before = dropped();
    export_to(
        [&, status](http::Request) -> Task<http::Response> {
          ++requests_;
          co_return http::Response(status);
        },
        "http://", "");
    EXPECT_EQ(requests_, 1) << status;
    EXPECT_EQ(dropped(), before + 1) << status;
  }
}

TEST_F(ConnectTest, http_reads_a_partial_success) {
  export_to(
      [&](http::Request) -> Task<http::Response> {
        collector_v1::ExportTraceServiceResponse answer;
        answer.mutable_partial_success()->set_rejected_spans(1);
        http::Response response(200, http::Body(answer.SerializeAsString()));
        response.headers.add_validated("content-type", "application/x-protobuf");
        co_return std::move(response);
      },
      "http://", "", 3, {.batch_items = 3, .batch_delay = 10s, .timeout = 2s});
  EXPECT_EQ(sent(), 2);
  EXPECT_EQ(dropped(), 1);
}

TEST_F(ConnectTest, http_gives_up_an_answer_without_end) {
  export_to(
      [&](http::Request) -> Task<http::Response> {
        co_return http::Response::stream(200, {}, [](http::BodyWriter body) -> Task<> {
          for (;;) co_await body.write(std::string(64 * 1024, 'x'));
        });
      },
      "http://", "");
  EXPECT_EQ(sent(), 0);
  EXPECT_EQ(dropped(), 1);
}

// A collector by gRPC that fails as often as it is told to.
class FailingReceiver final : public collector_v1::TraceService {
 public:
  explicit FailingReceiver(std::vector<Error> failures) : failures_(std::move(failures)) {}
  Task<collector_v1::ExportTraceServiceResponse> Export(collector_v1::ExportTraceServiceRequest) override {
    const std::size_t call = calls_++;
    if (call < failures_.size()) co_await Error(failures_[call]);
    co_return collector_v1::ExportTraceServiceResponse();
  }

 private:
  const std::vector<Error> failures_;
  std::atomic<std::size_t> calls_{0};
};

TEST_F(ConnectTest, grpc_sends_again_what_was_unavailable) {
  grpc::Server grpc;
  grpc.serve<collector_v1::TraceService>(std::make_shared<FailingReceiver>(
      std::vector<Error>{Error::unavailable("starting"), Error::unavailable("still starting")}));
  export_to([&](http::Request request) { return grpc.handle(std::move(request)); }, "grpc://", "");
  EXPECT_EQ(failures(), 2);
  EXPECT_EQ(sent(), 1);
}

TEST_F(ConnectTest, grpc_does_not_send_again_what_is_refused_for_good) {
  grpc::Server grpc;
  grpc.serve<collector_v1::TraceService>(
      std::make_shared<FailingReceiver>(std::vector<Error>{Error::invalid_argument("no"), Error::unimplemented("no")}));
  export_to([&](http::Request request) { return grpc.handle(std::move(request)); }, "grpc://", "");
  EXPECT_EQ(failures(), 1);
  EXPECT_EQ(dropped(), 1);
}

TEST_F(ConnectTest, a_collector_that_is_not_there_costs_a_bounded_number_of_attempts_and_is_counted) {
  Runtime runtime({.workers = 1});
  const auto result = runtime.run([&]() -> Task<> {
    const std::string address = (co_await closed_port()).to_string();
    co_await export_spans("http://" + address, 5, kHasty);
    co_await export_spans("grpc://" + address, 10, kHasty);
  });
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(sent(), 0);
  EXPECT_EQ(dropped() + static_cast<double>(telemetry_.spans().dropped()), 15);
  EXPECT_GE(failures(), 6);
}

TEST_F(ConnectTest, a_collector_that_never_answers_holds_up_neither_the_process_nor_its_stop) {
  for (const std::string scheme : {"http://", "grpc://"}) {
    const double before = dropped();
    ExporterOptions options = kHasty;
    options.timeout = 20ms;
    options.max_attempts = 2;
    export_to(
        [&](http::Request) -> Task<http::Response> {
          co_await Event().wait();
          co_return http::Response(200);
        },
        scheme, "", 1, options);
    EXPECT_EQ(sent(), 0) << scheme;
    EXPECT_EQ(dropped(), before + 1) << scheme;
  }
}

TEST(Connect, says_what_is_wrong_with_a_url) {
  EXPECT_EQ(connect("ftp://x:1").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(connect("https://x:4318").error().code(), Code::kUnimplemented);
  EXPECT_EQ(connect("").error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace skerry::otlp
