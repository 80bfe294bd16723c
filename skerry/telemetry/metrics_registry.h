// SPDX-License-Identifier: Apache-2.0
//
// What is behind the handles of skerry/telemetry/metrics.h. A cell is split into shards, each in cache lines of its
// own; a thread adds to the shard it was given when it first came, so that busy workers do not share a line.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skerry/telemetry/metrics.h"

namespace skerry::telemetry::internal {

inline constexpr unsigned kMaxShards = 8;

/// Label names or values, held by the caller.
using Texts = std::span<const std::string_view>;

/// The number of shards of a cell: a power of two that fits the processors.
unsigned shard_count();
/// The calling thread's shard, below shard_count().
unsigned thread_shard();

class MetricCell {
 public:
  virtual ~MetricCell() = default;
  virtual void read(MetricSnapshot::Sample& sample) const = 0;
};

class CounterCell final : public MetricCell {
 public:
  CounterCell();
  void add(double amount) { shards_[thread_shard()].value.fetch_add(amount, std::memory_order_relaxed); }
  double value() const;
  void read(MetricSnapshot::Sample& sample) const override { sample.value = value(); }

 private:
  struct alignas(64) Shard {
    std::atomic<double> value{0};
  };
  std::unique_ptr<Shard[]> shards_;
};

class GaugeCell final : public MetricCell {
 public:
  std::atomic<double> value{0};
  void read(MetricSnapshot::Sample& sample) const override { sample.value = value.load(std::memory_order_relaxed); }
};

class HistogramCell final : public MetricCell {
 public:
  /// `bounds` must outlive the cell.
  explicit HistogramCell(const Buckets& bounds);
  void observe(double value);
  void read(MetricSnapshot::Sample& sample) const override;

 private:
  // The counts of one shard follow each other in `counts_`, from a cache line's start.
  struct alignas(64) Line {
    std::atomic<std::uint64_t> counts[8] = {};
  };
  std::atomic<std::uint64_t>& count(unsigned shard, std::size_t bucket) const {
    return lines_[shard * lines_per_shard_ + bucket / 8].counts[bucket % 8];
  }

  const Buckets& bounds_;
  const std::size_t lines_per_shard_;
  std::unique_ptr<Line[]> lines_;
  CounterCell sum_;
};

class MetricFamily {
 public:
  MetricFamily(MetricType type, std::string_view name, std::string_view help, Texts names, Buckets bounds,
               std::size_t max_series);

  MetricType type() const { return type_; }
  /// Same type, label names and bounds.
  bool same_as(MetricType type, Texts names, const Buckets& bounds) const;
  MetricCell& cell(Texts values);
  void add_callback(std::uint64_t id, std::vector<std::string> label_values, std::function<double()> read);
  bool remove_callback(std::uint64_t id);
  MetricSnapshot snapshot() const;
  /// How often a new series was refused because there are too many.
  std::uint64_t overflowed() const { return overflowed_.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }

 private:
  // Looks a vector of strings up by the caller's string_views, without copying them.
  struct HashValues {
    using is_transparent = void;
    template <class Range>
    std::size_t operator()(const Range& values) const {
      std::size_t hash = 0;
      for (const auto& value : values) hash = hash * 1099511628211U + std::hash<std::string_view>()(value);
      return hash;
    }
  };
  struct EqualValues {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }
  };
  struct Callback {
    std::uint64_t id;
    std::vector<std::string> label_values;
    std::function<double()> read;
  };
  MetricCell& insert(Texts values);
  std::unique_ptr<MetricCell> make_cell() const;

  const MetricType type_;
  const std::string name_;
  const std::string help_;
  const std::vector<std::string> label_names_;
  const Buckets bounds_;
  const std::size_t max_series_;
  std::atomic<std::uint64_t> overflowed_{0};
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::vector<std::string>, std::unique_ptr<MetricCell>, HashValues, EqualValues> cells_;
  mutable std::mutex callback_mutex_;
  std::vector<Callback> callbacks_;
};

class MetricsRegistry {
 public:
  explicit MetricsRegistry(MetricsOptions options) : options_(options) {}

  const MetricsOptions& options() const { return options_; }
  MetricFamily& family(MetricType type, std::string_view name, std::string_view help, Texts names,
                       const Buckets& bounds);
  std::uint64_t next_callback_id() { return next_callback_id_.fetch_add(1, std::memory_order_relaxed); }
  void remove_callback(std::uint64_t id);
  std::vector<MetricSnapshot> snapshot() const;

 private:
  const MetricsOptions options_;
  std::atomic<std::uint64_t> next_callback_id_{1};
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<MetricFamily>, std::less<>> families_;
};

/// The process's own metrics under Prometheus's usual names, from /proc/self.
void append_process_metrics(std::vector<MetricSnapshot>& snapshots);

/// The Prometheus text format of the snapshots.
std::string prometheus_text(const std::vector<MetricSnapshot>& snapshots);

}  // namespace skerry::telemetry::internal
