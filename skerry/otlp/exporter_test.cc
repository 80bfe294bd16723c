// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/exporter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"

namespace skerry::otlp {
namespace {

using namespace std::chrono_literals;
using telemetry::AttachTelemetry;
using telemetry::Span;
using telemetry::Telemetry;

// A collector within the process: keeps what it is sent, and fails as it was told to.
struct MemoryCollector {
  std::vector<std::string> span_names;
  std::vector<std::string> log_messages;
  std::vector<std::string> metric_names;
  std::vector<std::size_t> batch_sizes;
  std::deque<Error> failures;
  SendOutcome outcome;
  bool never_answers = false;
  int attempts = 0;
  bool saw_telemetry = false;
};

class MemoryTransport final : public Transport {
 public:
  explicit MemoryTransport(std::shared_ptr<MemoryCollector> collector) : collector_(std::move(collector)) {}

  Task<SendOutcome> send_traces(std::shared_ptr<const TraceRequest> request) override {
    co_await begin();
    const auto& spans = request->resource_spans(0).scope_spans(0).spans();
    for (const auto& span : spans) collector_->span_names.push_back(span.name());
    collector_->batch_sizes.push_back(static_cast<std::size_t>(spans.size()));
    co_return collector_->outcome;
  }
  Task<SendOutcome> send_metrics(std::shared_ptr<const MetricsRequest> request) override {
    co_await begin();
    for (const auto& metric : request->resource_metrics(0).scope_metrics(0).metrics()) {
      collector_->metric_names.push_back(metric.name());
    }
    co_return collector_->outcome;
  }
  Task<SendOutcome> send_logs(std::shared_ptr<const LogsRequest> request) override {
    co_await begin();
    for (const auto& record : request->resource_logs(0).scope_logs(0).log_records()) {
      collector_->log_messages.push_back(record.body().string_value());
    }
    co_return collector_->outcome;
  }

 private:
  Task<> begin() {
    ++collector_->attempts;
    collector_->saw_telemetry |= &telemetry::current() != &Telemetry::none();
    if (collector_->never_answers) co_await Event().wait();
    if (!collector_->failures.empty()) {
      Error failure = std::move(collector_->failures.front());
      collector_->failures.pop_front();
      co_await std::move(failure);
    }
  }
  std::shared_ptr<MemoryCollector> collector_;
};

constexpr ExporterOptions kQuick{
    .batch_delay = 1ms, .timeout = 5s, .max_attempts = 3, .first_backoff = 1ms, .max_backoff = 2ms};

class ExporterTest : public ::testing::Test {
 protected:
  ExporterTest() : telemetry_(telemetry_options()) { telemetry_.sampler().set_new_traces_per_second(1'000'000); }

  static telemetry::TelemetryOptions telemetry_options() {
    telemetry::TelemetryOptions options;
    options.service = "test";
    options.log.target = telemetry::LogTarget::kNone;
    return options;
  }

  // Runs `body(exporter)` in a task with a started exporter, and stops it afterwards.
  template <class F>
  void run(ExporterOptions options, F body, std::chrono::milliseconds stop_limit = 5s) {
    Runtime runtime({.workers = 1});
    const auto result = runtime.run([&]() -> Task<> {
      Exporter exporter(telemetry_, std::make_unique<MemoryTransport>(collector_), options);
      exporter.start();
      co_await body();
      co_await exporter.stop(stop_limit);
    });
    EXPECT_TRUE(result.has_value());
  }
  void end_spans(int count, const std::string& name = "span") {
    for (int i = 0; i < count; ++i) Span(telemetry_, name + std::to_string(i)).end();
  }
  template <class F>
  static Task<> wait_until(F condition) {
    while (!condition()) co_await sleep(1ms);
  }
  double metric(std::string_view name, std::string_view signal) {
    return telemetry_.metrics().counter(name, "", {{"signal", signal}}).value();
  }
  double sent() { return metric("skerry_otlp_sent_total", "spans"); }
  double dropped() { return metric("skerry_otlp_dropped_total", "spans"); }

  Telemetry telemetry_;
  std::shared_ptr<MemoryCollector> collector_ = std::make_shared<MemoryCollector>();
};

TEST_F(ExporterTest, sends_spans_without_being_asked) {
  run(kQuick, [this]() -> Task<> {
    end_spans(3);
    co_await wait_until([this] { return collector_->span_names.size() == 3; });
    end_spans(1, "later");
    co_await wait_until([this] { return collector_->span_names.size() == 4; });
  });
  EXPECT_EQ(collector_->span_names, (std::vector<std::string>{"span0", "span1", "span2", "later0"}));
  EXPECT_EQ(sent(), 4);
  EXPECT_EQ(dropped(), 0);
  EXPECT_FALSE(collector_->saw_telemetry) << "the exporter's own calls are not observed";
}

TEST_F(ExporterTest, a_full_batch_does_not_wait) {
  ExporterOptions options = kQuick;
  options.batch_delay = 1h;
  options.batch_items = 10;
  run(options, [this]() -> Task<> {
    end_spans(25);
    co_await wait_until([this] { return collector_->span_names.size() >= 25; });
  });
  EXPECT_EQ(collector_->batch_sizes, (std::vector<std::size_t>{10, 10, 5}));
}

TEST_F(ExporterTest, a_stop_sends_what_is_left) {
  ExporterOptions options = kQuick;
  options.batch_delay = 1h;
  run(options, [this]() -> Task<> {
    end_spans(7);
    co_return;
  });
  EXPECT_EQ(collector_->span_names.size(), 7U);
  EXPECT_FALSE(telemetry_.spans().is_open());
}

TEST_F(ExporterTest, a_failure_that_may_pass_is_tried_again) {
  collector_->failures = {Error::unavailable("not yet"), Error::deadline_exceeded("slow")};
  run(kQuick, [this]() -> Task<> {
    end_spans(2);
    co_await wait_until([this] { return collector_->span_names.size() == 2; });
  });
  EXPECT_EQ(collector_->attempts, 3);
  EXPECT_EQ(sent(), 2);
  EXPECT_EQ(metric("skerry_otlp_failures_total", "spans"), 2);
}

TEST_F(ExporterTest, a_batch_is_given_up_after_its_attempts_and_the_next_is_sent) {
  for (int i = 0; i < 3; ++i) collector_->failures.push_back(Error::unavailable("gone"));
  run(kQuick, [this]() -> Task<> {
    end_spans(2, "lost");
    co_await wait_until([this] { return dropped() == 2; });
    end_spans(1, "kept");
    co_await wait_until([this] { return collector_->span_names.size() == 1; });
  });
  EXPECT_EQ(collector_->span_names, std::vector<std::string>{"kept0"});
}

TEST_F(ExporterTest, a_failure_for_good_is_not_tried_again) {
  collector_->failures = {Error::invalid_argument("what is this"), Error::resource_exhausted("go away")};
  run(kQuick, [this]() -> Task<> {
    end_spans(1);
    co_await wait_until([this] { return dropped() == 1; });
    end_spans(1);
    co_await wait_until([this] { return dropped() == 2; });
  });
  EXPECT_EQ(collector_->attempts, 2);
}

TEST_F(ExporterTest, what_the_collector_refuses_is_counted) {
  collector_->outcome = {.rejected = 2, .message = "broken"};
  run(kQuick, [this]() -> Task<> {
    end_spans(5);
    co_await wait_until([this] { return collector_->attempts == 1; });
  });
  EXPECT_EQ(sent(), 3);
  EXPECT_EQ(dropped(), 2);
}

TEST_F(ExporterTest, a_collector_that_never_answers_holds_no_stop_up) {
  collector_->never_answers = true;
  const auto before = std::chrono::steady_clock::now();
  run(
      kQuick,
      [this]() -> Task<> {
        end_spans(4);
        co_await wait_until([this] { return collector_->attempts == 1; });
        end_spans(3);
      },
      20ms);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 4s);
  EXPECT_EQ(dropped(), 7) << "what was under way and what was queued";
}

TEST_F(ExporterTest, a_full_queue_drops_and_counts_while_the_collector_is_gone) {
  collector_->never_answers = true;
  run(
      kQuick,
      [this]() -> Task<> {
        end_spans(20'000);
        co_return;
      },
      10ms);
  EXPECT_EQ(telemetry_.spans().dropped() + static_cast<std::uint64_t>(dropped()), 20'000U);
}

TEST_F(ExporterTest, sends_log_records_where_that_is_wanted) {
  ExporterOptions options = kQuick;
  options.logs = true;
  run(options, [this]() -> Task<> {
    telemetry_.logger().write(telemetry::LogLevel::kInfo, "order stored");
    co_await wait_until([this] { return collector_->log_messages.size() == 1; });
  });
  EXPECT_EQ(collector_->log_messages, std::vector<std::string>{"order stored"});
}

TEST_F(ExporterTest, sends_metrics_where_that_is_wanted_and_once_more_at_the_end) {
  ExporterOptions options = kQuick;
  options.metrics_interval = 1h;
  telemetry_.metrics().counter("orders_total", "Orders").increment();
  run(options, []() -> Task<> { co_return; });
  EXPECT_TRUE(std::ranges::find(collector_->metric_names, "orders_total") != collector_->metric_names.end());
  EXPECT_TRUE(std::ranges::find(collector_->metric_names, "process_cpu_seconds_total") !=
              collector_->metric_names.end());
}

TEST_F(ExporterTest, a_runtime_may_end_without_a_stop) {
  Runtime runtime({.workers = 2});
  const auto result = runtime.run([&]() -> Task<> {
    Exporter exporter(telemetry_, std::make_unique<MemoryTransport>(collector_), kQuick);
    exporter.start();
    co_await sleep(2ms);
  });
  EXPECT_TRUE(result.has_value());
  end_spans(1);
}

TEST(RetryAfter, is_read_from_the_errors_detail) {
  EXPECT_FALSE(is_retryable(Error::resource_exhausted("full")));
  const Error later = Error::resource_exhausted("full").with_detail(std::string(kRetryAfter), "7");
  EXPECT_TRUE(is_retryable(later));
  EXPECT_EQ(retry_after(later), 7s);
  EXPECT_FALSE(retry_after(Error::unavailable("x").with_detail(std::string(kRetryAfter), "soon")).has_value());
  EXPECT_EQ(retry_after(Error::unavailable("x").with_detail(std::string(kRetryAfter), "999999")), 3600s);
  EXPECT_FALSE(is_retryable(Error::invalid_argument("no")));
  EXPECT_FALSE(is_retryable(Error::unimplemented("no")));
}

}  // namespace
}  // namespace skerry::otlp
