// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace skerry::telemetry {
namespace {

MetricsOptions own_metrics_only() {
  MetricsOptions options;
  options.process_metrics = false;
  return options;
}

class MetricsTest : public testing::Test {
 protected:
  bool has_line(std::string_view line) const {
    return metrics_.text().find(std::string(line) + "\n") != std::string::npos;
  }
  Metrics metrics_{own_metrics_only()};
};

TEST_F(MetricsTest, a_counter_is_written_with_its_help_and_type) {
  Counter orders = metrics_.counter("orders_total", "Orders stored");
  orders.increment();
  orders.add(2.5);
  EXPECT_EQ(metrics_.text(),
            "# HELP orders_total Orders stored\n"
            "# TYPE orders_total counter\n"
            "orders_total 3.5\n");
  EXPECT_EQ(orders.value(), 3.5);
}

TEST_F(MetricsTest, the_same_name_and_labels_give_the_same_series) {
  metrics_.counter("orders_total", "Orders", {{"status", "created"}}).increment();
  metrics_.counter("orders_total", "Orders", {{"status", "created"}}).increment();
  metrics_.counters("orders_total", "Orders", {"status"}).with({"refused"}).increment();
  EXPECT_TRUE(has_line("orders_total{status=\"created\"} 2"));
  EXPECT_TRUE(has_line("orders_total{status=\"refused\"} 1"));
}

TEST_F(MetricsTest, label_values_are_escaped_and_made_valid) {
  metrics_.counter("odd_total", "Odd", {{"path", "a\"b\\c\nd\xFF"}}).increment();
  EXPECT_TRUE(has_line("odd_total{path=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\"} 1"));
}

TEST_F(MetricsTest, values_that_are_repaired_or_cut_still_find_their_series) {
  const std::string longer(kMaxLabelValueBytes + 10, 'x');
  for (int i = 0; i < 3; ++i) {
    metrics_.counter("cut_total", "Cut", {{"key", longer}}).increment();
    metrics_.counter("cut_total", "Cut", {{"key", "\xFF"}}).increment();
  }
  EXPECT_TRUE(has_line("cut_total{key=\"" + longer.substr(0, kMaxLabelValueBytes) + "\"} 3"));
  EXPECT_TRUE(has_line("cut_total{key=\"\xEF\xBF\xBD\"} 3"));
}

TEST_F(MetricsTest, a_gauge_goes_up_and_down) {
  Gauge depth = metrics_.gauge("queue_depth", "Waiting");
  depth.set(10);
  depth.subtract(3);
  depth.add(0.5);
  EXPECT_TRUE(has_line("queue_depth 7.5"));
}

TEST_F(MetricsTest, a_histogram_cumulates_its_buckets) {
  Histogram latency = metrics_.histogram("latency_seconds", "Time", {}, {0.1, 1});
  latency.observe(std::chrono::milliseconds(100));
  latency.observe(0.5);
  latency.observe(7);
  EXPECT_TRUE(has_line("# TYPE latency_seconds histogram"));
  EXPECT_TRUE(has_line("latency_seconds_bucket{le=\"0.1\"} 1")) << metrics_.text();
  EXPECT_TRUE(has_line("latency_seconds_bucket{le=\"1\"} 2"));
  EXPECT_TRUE(has_line("latency_seconds_bucket{le=\"+Inf\"} 3"));
  EXPECT_TRUE(has_line("latency_seconds_count 3"));
  EXPECT_TRUE(has_line("latency_seconds_sum 7.6"));
  EXPECT_EQ(latency.count(), 3U);
}

TEST_F(MetricsTest, a_histogram_may_have_labels_and_many_buckets) {
  const Buckets buckets = exponential_buckets(1, 2, 20);
  HistogramFamily sizes = metrics_.histograms("size_bytes", "Sizes", {"table", "kind"}, buckets);
  for (int i = 0; i < 25; ++i) sizes.with({"orders", "row"}).observe(static_cast<double>(1 << i));
  EXPECT_TRUE(has_line("size_bytes_bucket{table=\"orders\",kind=\"row\",le=\"1\"} 1"));
  EXPECT_TRUE(has_line("size_bytes_bucket{table=\"orders\",kind=\"row\",le=\"524288\"} 20"));
  EXPECT_TRUE(has_line("size_bytes_bucket{table=\"orders\",kind=\"row\",le=\"+Inf\"} 25"));
}

TEST_F(MetricsTest, a_new_series_past_the_limit_is_counted_as_overflow) {
  MetricsOptions options = own_metrics_only();
  options.max_series_per_metric = 3;
  Metrics metrics(options);
  CounterFamily requests = metrics.counters("requests_total", "Requests", {"user"});
  for (int i = 0; i < 10; ++i) requests.with({"u" + std::to_string(i)}).increment();
  requests.with({"u1"}).increment();
  const std::string text = metrics.text();
  EXPECT_NE(text.find("requests_total{user=\"u1\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("requests_total{user=\"overflow\"} 7\n"), std::string::npos);
  EXPECT_NE(text.find("skerry_metrics_series_refused_total{metric=\"requests_total\"} 7\n"), std::string::npos);
  EXPECT_EQ(text.find("u5"), std::string::npos);
}

TEST_F(MetricsTest, callbacks_are_asked_when_metrics_are_read_and_no_longer_after_their_end) {
  double depth = 4;
  {
    MetricCallback queue = metrics_.gauge_callback("depth", "Depth", {{"queue", "a"}}, [&] { return depth; });
    MetricCallback other = metrics_.gauge_callback("depth", "Depth", {{"queue", "b"}}, [] { return 1.0; });
    EXPECT_TRUE(has_line("depth{queue=\"a\"} 4"));
    EXPECT_TRUE(has_line("depth{queue=\"b\"} 1"));
    depth = 5;
    EXPECT_TRUE(has_line("depth{queue=\"a\"} 5"));
    MetricCallback moved = std::move(queue);
    EXPECT_TRUE(has_line("depth{queue=\"a\"} 5"));
  }
  EXPECT_EQ(metrics_.text().find("queue="), std::string::npos);
}

TEST_F(MetricsTest, threads_lose_no_count) {
  Counter counter = metrics_.counter("hot_total", "Hot");
  Histogram histogram = metrics_.histogram("hot_seconds", "Hot", {}, {1, 2, 3});
  CounterFamily family = metrics_.counters("hot_by_worker_total", "Hot", {"worker"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([=, &counter, &histogram] {
      for (int i = 0; i < 10'000; ++i) {
        counter.increment();
        histogram.observe(i % 4 + 0.5);
        family.with({std::to_string(i % 7)}).increment();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000);
  EXPECT_EQ(histogram.count(), 40'000U);
  EXPECT_EQ(histogram.sum(), 80'000);
  double by_worker = 0;
  for (int i = 0; i < 7; ++i) by_worker += family.with({std::to_string(i)}).value();
  EXPECT_EQ(by_worker, 40'000);
}

TEST_F(MetricsTest, a_snapshot_has_the_buckets_one_by_one) {
  metrics_.histogram("b_seconds", "B", {}, {1, 2}).observe(1.5);
  metrics_.counter("a_total", "A").increment();
  const std::vector<MetricSnapshot> snapshots = metrics_.snapshot();
  ASSERT_EQ(snapshots.size(), 2U);
  EXPECT_EQ(snapshots[0].name, "a_total");
  EXPECT_EQ(snapshots[1].bounds, (Buckets{1, 2}));
  EXPECT_EQ(snapshots[1].samples.at(0).bucket_counts, (std::vector<std::uint64_t>{0, 1, 0}));
}

TEST(Metrics, include_those_of_the_process) {
  Metrics metrics;
  double resident = 0;
  double processor = -1;
  double started = 0;
  for (const MetricSnapshot& snapshot : metrics.snapshot()) {
    if (snapshot.name == "process_resident_memory_bytes") resident = snapshot.samples.at(0).value;
    if (snapshot.name == "process_cpu_seconds_total") processor = snapshot.samples.at(0).value;
    if (snapshot.name == "process_start_time_seconds") started = snapshot.samples.at(0).value;
  }
  EXPECT_GT(resident, 1'000'000);
  EXPECT_LT(resident, 10e9);
  EXPECT_GE(processor, 0);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(started, now, 3600);
  EXPECT_NE(metrics.text().find("process_open_fds "), std::string::npos);
}

TEST(Metrics, a_default_made_handle_counts_nothing) {
  Counter().increment();
  Gauge().set(1);
  Histogram().observe(1);
  EXPECT_EQ(Counter().value(), 0);
  EXPECT_EQ(Histogram().count(), 0U);
}

TEST(MetricsDeathTest, the_same_name_in_another_form_is_a_bug) {
  Metrics metrics;
  metrics.counter("orders_total", "Orders", {{"status", "a"}});
  EXPECT_DEATH(metrics.gauge("orders_total", "Orders", {{"status", "a"}}), "another form");
  EXPECT_DEATH(metrics.counter("orders_total", "Orders"), "another form");
  EXPECT_DEATH(metrics.counter("not a name", "Odd"), "name");
  EXPECT_DEATH(metrics.counter("ok_total", "Odd", {{"le", "1"}}), "label");
}

}  // namespace
}  // namespace skerry::telemetry
