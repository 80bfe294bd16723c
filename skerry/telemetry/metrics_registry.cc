// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/metrics_registry.h"

#include <unistd.h>

#include <algorithm>
#include <bit>

#include "skerry/base/check.h"
#include "skerry/telemetry/attribute.h"

namespace skerry::telemetry::internal {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_metric_name(std::string_view name) {
  const auto is_first = [](char c) { return is_letter(c) || c == ':'; };
  return !name.empty() && is_first(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_first(c) || is_digit(c); });
}

// Names with two leading underscores are Prometheus's own, and "le" is the label of a histogram's buckets.
bool is_label_name(std::string_view name) {
  return !name.empty() && is_letter(name[0]) && !name.starts_with("__") && name != "le" &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::vector<std::string> own_label_values(Texts values) {
  std::vector<std::string> owned;
  owned.reserve(values.size());
  for (const std::string_view value : values) owned.push_back(bounded_text(value, kMaxLabelValueBytes));
  return owned;
}

}  // namespace

unsigned shard_count() {
  const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  static const unsigned count = std::min(std::bit_ceil(static_cast<unsigned>(std::max(processors, 1L))), kMaxShards);
  return count;
}

unsigned thread_shard() {
  static std::atomic<unsigned> next{0};
  thread_local const unsigned shard = next.fetch_add(1, std::memory_order_relaxed) % shard_count();
  return shard;
}

CounterCell::CounterCell() : shards_(std::make_unique<Shard[]>(shard_count())) {}

double CounterCell::value() const {
  double sum = 0;
  for (unsigned i = 0; i < shard_count(); ++i) sum += shards_[i].value.load(std::memory_order_relaxed);
  return sum;
}

HistogramCell::HistogramCell(const Buckets& bounds)
    : bounds_(bounds),
      lines_per_shard_((bounds.size() + 1 + 7) / 8),
      lines_(std::make_unique<Line[]>(lines_per_shard_ * shard_count())) {}

void HistogramCell::observe(double value) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  count(thread_shard(), bound - bounds_.begin()).fetch_add(1, std::memory_order_relaxed);
  sum_.add(value);
}

void HistogramCell::read(MetricSnapshot::Sample& sample) const {
  sample.bucket_counts.assign(bounds_.size() + 1, 0);
  for (unsigned shard = 0; shard < shard_count(); ++shard) {
    for (std::size_t bucket = 0; bucket <= bounds_.size(); ++bucket) {
      sample.bucket_counts[bucket] += count(shard, bucket).load(std::memory_order_relaxed);
    }
  }
  sample.sum = sum_.value();
}

MetricFamily::MetricFamily(MetricType type, std::string_view name, std::string_view help, Texts names, Buckets bounds,
                           std::size_t max_series)
    : type_(type),
      name_(name),
      help_(help),
      label_names_(names.begin(), names.end()),
      bounds_(std::move(bounds)),
      max_series_(max_series) {
  SKERRY_CHECK(is_metric_name(name), "a metric's name consists of letters, digits, '_' and ':'");
  SKERRY_CHECK(names.size() <= kMaxLabelsPerMetric, "a metric has too many labels");
  SKERRY_CHECK(std::all_of(names.begin(), names.end(), is_label_name), "not a name for a label");
  SKERRY_CHECK(std::is_sorted(bounds_.begin(), bounds_.end(), std::less_equal<>()), "buckets must ascend");
}

bool MetricFamily::same_as(MetricType type, Texts names, const Buckets& bounds) const {
  return type == type_ && std::ranges::equal(names, label_names_) && bounds == bounds_;
}

std::unique_ptr<MetricCell> MetricFamily::make_cell() const {
  switch (type_) {
    case MetricType::kCounter:
      return std::make_unique<CounterCell>();
    case MetricType::kGauge:
      return std::make_unique<GaugeCell>();
    case MetricType::kHistogram:
      break;
  }
  return std::make_unique<HistogramCell>(bounds_);
}

MetricCell& MetricFamily::cell(Texts values) {
  SKERRY_CHECK(values.size() == label_names_.size(), "a metric needs one value for each of its labels");
  {
    const std::shared_lock lock(mutex_);
    const auto found = cells_.find(values);
    if (found != cells_.end()) return *found->second;
  }
  return insert(values);
}

MetricCell& MetricFamily::insert(Texts values) {
  std::vector<std::string> owned = own_label_values(values);
  const std::unique_lock lock(mutex_);
  const auto found = cells_.find(owned);
  if (found != cells_.end()) return *found->second;
  if (cells_.size() >= max_series_) {
    overflowed_.fetch_add(1, std::memory_order_relaxed);
    owned.assign(label_names_.size(), "overflow");
  }
  std::unique_ptr<MetricCell>& cell = cells_[std::move(owned)];
  if (cell == nullptr) cell = make_cell();
  return *cell;
}

void MetricFamily::add_callback(std::uint64_t id, std::vector<std::string> label_values, std::function<double()> read) {
  SKERRY_CHECK(label_values.size() == label_names_.size(), "a metric needs one value for each of its labels");
  const std::lock_guard lock(callback_mutex_);
  callbacks_.push_back(Callback{id, std::move(label_values), std::move(read)});
}

bool MetricFamily::remove_callback(std::uint64_t id) {
  const std::lock_guard lock(callback_mutex_);
  return std::erase_if(callbacks_, [&](const Callback& callback) { return callback.id == id; }) > 0;
}

MetricSnapshot MetricFamily::snapshot() const {
  MetricSnapshot snapshot{name_, help_, type_, label_names_, bounds_, {}};
  {
    const std::shared_lock lock(mutex_);
    snapshot.samples.reserve(cells_.size());
    for (const auto& [values, cell] : cells_) {
      MetricSnapshot::Sample& sample = snapshot.samples.emplace_back();
      sample.label_values = values;
      cell->read(sample);
    }
  }
  {
    const std::lock_guard lock(callback_mutex_);
    for (const Callback& callback : callbacks_) {
      MetricSnapshot::Sample& sample = snapshot.samples.emplace_back();
      sample.label_values = callback.label_values;
      sample.value = callback.read();
    }
  }
  std::sort(snapshot.samples.begin(), snapshot.samples.end(),
            [](const auto& a, const auto& b) { return a.label_values < b.label_values; });
  return snapshot;
}

MetricFamily& MetricsRegistry::family(MetricType type, std::string_view name, std::string_view help, Texts names,
                                      const Buckets& bounds) {
  {
    const std::shared_lock lock(mutex_);
    const auto found = families_.find(name);
    if (found != families_.end()) {
      SKERRY_CHECK(found->second->same_as(type, names, bounds), "a metric was registered before in another form");
      return *found->second;
    }
  }
  auto made = std::make_unique<MetricFamily>(type, name, help, names, bounds, options_.max_series_per_metric);
  const std::unique_lock lock(mutex_);
  const auto [place, inserted] = families_.try_emplace(std::string(name), std::move(made));
  SKERRY_CHECK(inserted || place->second->same_as(type, names, bounds), "a metric was registered in another form");
  return *place->second;
}

void MetricsRegistry::remove_callback(std::uint64_t id) {
  const std::shared_lock lock(mutex_);
  for (const auto& [name, family] : families_) {
    if (family->remove_callback(id)) return;
  }
}

std::vector<MetricSnapshot> MetricsRegistry::snapshot() const {
  std::vector<MetricSnapshot> snapshots;
  MetricSnapshot refused{"skerry_metrics_series_refused_total",
                         "Look-ups of series that were counted under \"overflow\" because the metric has too many",
                         MetricType::kCounter,
                         {"metric"},
                         {},
                         {}};
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, family] : families_) {
      snapshots.push_back(family->snapshot());
      if (family->overflowed() == 0) continue;
      refused.samples.push_back({{name}, static_cast<double>(family->overflowed()), {}, 0});
    }
  }
  if (!refused.samples.empty()) snapshots.push_back(std::move(refused));
  if (options_.process_metrics) append_process_metrics(snapshots);
  std::sort(snapshots.begin(), snapshots.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return snapshots;
}

}  // namespace skerry::telemetry::internal
