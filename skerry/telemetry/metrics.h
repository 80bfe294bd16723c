// SPDX-License-Identifier: Apache-2.0
//
// Metrics: counters, gauges and histograms with labels, read as Prometheus text at /metrics. A handle is a small value
// that any thread may use; adding to it takes no lock.
//
//   Counter orders = metrics.counter("orders_total", "Orders stored");
//   orders.increment();
//   HistogramFamily latency = metrics.histograms("query_seconds", "Time of queries", {"table"});
//   latency.with({"orders"}).observe(elapsed);
//
// Names and labels follow Prometheus's rules: a counter ends in _total, a unit is the base unit and is in the name. A
// name has one type, one help text and one set of label names; another use of it is a bug and ends the process. A label
// takes few values: past kMaxSeriesPerMetric further ones are counted together under the value "overflow".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skerry::telemetry {

inline constexpr std::size_t kMaxSeriesPerMetric = 2000;
inline constexpr std::size_t kMaxLabelsPerMetric = 16;
inline constexpr std::size_t kMaxLabelValueBytes = 256;

/// The Content-Type of Metrics::text().
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

namespace internal {
class CounterCell;
class GaugeCell;
class HistogramCell;
class MetricFamily;
class MetricsRegistry;
}  // namespace internal

template <class Handle>
class Family;

/// A number that only grows. A default-made handle counts nothing. Valid as long as its Metrics.
class Counter {
 public:
  Counter() = default;
  void increment() { add(1); }
  /// Precondition: amount >= 0.
  void add(double amount);
  /// The present value.
  double value() const;

 private:
  friend class Family<Counter>;
  explicit Counter(internal::CounterCell* cell) : cell_(cell) {}
  internal::CounterCell* cell_ = nullptr;
};

/// A number that goes up and down.
class Gauge {
 public:
  Gauge() = default;
  void set(double value);
  void add(double amount);
  void subtract(double amount) { add(-amount); }
  double value() const;

 private:
  friend class Family<Gauge>;
  explicit Gauge(internal::GaugeCell* cell) : cell_(cell) {}
  internal::GaugeCell* cell_ = nullptr;
};

/// How often values fall into each bucket, their number and their sum.
class Histogram {
 public:
  Histogram() = default;
  void observe(double value);
  /// In seconds, Prometheus's base unit of time.
  void observe(std::chrono::nanoseconds duration) { observe(std::chrono::duration<double>(duration).count()); }
  std::uint64_t count() const;
  double sum() const;

 private:
  friend class Family<Histogram>;
  explicit Histogram(internal::HistogramCell* cell) : cell_(cell) {}
  internal::HistogramCell* cell_ = nullptr;
};

using LabelNames = std::initializer_list<std::string_view>;
using LabelValues = std::initializer_list<std::string_view>;
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Upper bounds of a histogram's buckets, ascending; the one of infinity is added by itself.
using Buckets = std::vector<double>;

/// For durations in seconds: 100 us to 10 s.
Buckets default_buckets();
/// `count` bounds from `first`, each `factor` times the one before.
Buckets exponential_buckets(double first, double factor, std::size_t count);

/// One metric with its label names; `with` gives the series of these label values, in the order of the names. Keep the
/// handle where the values are known beforehand: looking it up takes a shared lock.
template <class Handle>
class Family {
 public:
  Family() = default;
  /// Precondition: as many values as the metric has label names.
  Handle with(LabelValues values) const { return series({values.begin(), values.size()}); }

 private:
  friend class Metrics;
  Handle series(std::span<const std::string_view> values) const;
  explicit Family(internal::MetricFamily* family) : family_(family) {}
  internal::MetricFamily* family_ = nullptr;
};

using CounterFamily = Family<Counter>;
using GaugeFamily = Family<Gauge>;
using HistogramFamily = Family<Histogram>;

/// A number that is asked for when metrics are read. Its destructor takes it out and waits for a call that is under
/// way.
class [[nodiscard]] MetricCallback {
 public:
  MetricCallback() = default;
  MetricCallback(MetricCallback&& other) noexcept;
  MetricCallback& operator=(MetricCallback&& other) noexcept;
  ~MetricCallback();

 private:
  friend class Metrics;
  MetricCallback(internal::MetricsRegistry* registry, std::uint64_t id) : registry_(registry), id_(id) {}
  internal::MetricsRegistry* registry_ = nullptr;
  std::uint64_t id_ = 0;
};

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };

/// All metrics at one moment, for text and for export.
struct MetricSnapshot {
  struct Sample {
    /// In the order of the metric's label names.
    std::vector<std::string> label_values;
    /// Of a counter or gauge.
    double value = 0;
    /// Of a histogram: observations per bucket (not cumulated; the last one is that of infinity), and their sum.
    std::vector<std::uint64_t> bucket_counts;
    double sum = 0;
  };
  std::string name;
  std::string help;
  MetricType type = MetricType::kCounter;
  std::vector<std::string> label_names;
  Buckets bounds;
  std::vector<Sample> samples;
};

struct MetricsOptions {
  std::size_t max_series_per_metric = kMaxSeriesPerMetric;
  /// Adds the process's own: processor time, memory, descriptors, start time.
  bool process_metrics = true;
  /// False: every handle counts nothing.
  bool enabled = true;
};

/// The registry. All members may be used on any thread; handles must not outlive it.
class Metrics {
 public:
  explicit Metrics(MetricsOptions options = {});
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The series of this name and these labels, made where it does not exist yet.
  Counter counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram histogram(std::string_view name, std::string_view help, Labels labels = {},
                      const Buckets& buckets = default_buckets());

  CounterFamily counters(std::string_view name, std::string_view help, LabelNames names);
  GaugeFamily gauges(std::string_view name, std::string_view help, LabelNames names);
  HistogramFamily histograms(std::string_view name, std::string_view help, LabelNames names,
                             const Buckets& buckets = default_buckets());

  /// Registers a function that is called on the thread that reads the metrics; it must be fast, and not use them.
  MetricCallback counter_callback(std::string_view name, std::string_view help, Labels labels,
                                  std::function<double()> read);
  MetricCallback gauge_callback(std::string_view name, std::string_view help, Labels labels,
                                std::function<double()> read);

  /// Sorted by name.
  std::vector<MetricSnapshot> snapshot() const;
  /// The Prometheus text format 0.0.4 of the snapshot.
  std::string text() const;

 private:
  internal::MetricFamily* family(MetricType type, std::string_view name, std::string_view help,
                                 std::span<const std::string_view> names, const Buckets& buckets);
  MetricCallback add_callback(MetricType type, std::string_view name, std::string_view help, Labels labels,
                              std::function<double()> read);

  std::unique_ptr<internal::MetricsRegistry> registry_;
};

}  // namespace skerry::telemetry
