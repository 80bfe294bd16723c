// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/metrics.h"

#include <numeric>

#include "skerry/base/check.h"
#include "skerry/telemetry/attribute.h"
#include "skerry/telemetry/metrics_registry.h"

namespace skerry::telemetry {
namespace {

std::vector<std::string_view> names_of(Labels labels) {
  std::vector<std::string_view> names;
  names.reserve(labels.size());
  for (const auto& label : labels) names.push_back(label.first);
  return names;
}

std::vector<std::string_view> values_of(Labels labels) {
  std::vector<std::string_view> values;
  values.reserve(labels.size());
  for (const auto& label : labels) values.push_back(label.second);
  return values;
}

internal::Texts texts(LabelNames names) { return {names.begin(), names.size()}; }

}  // namespace

void Counter::add(double amount) {
  SKERRY_CHECK(amount >= 0, "a counter only grows");
  if (cell_ != nullptr) cell_->add(amount);
}

double Counter::value() const { return cell_ == nullptr ? 0 : cell_->value(); }

void Gauge::set(double value) {
  if (cell_ != nullptr) cell_->value.store(value, std::memory_order_relaxed);
}

void Gauge::add(double amount) {
  if (cell_ != nullptr) cell_->value.fetch_add(amount, std::memory_order_relaxed);
}

double Gauge::value() const { return cell_ == nullptr ? 0 : cell_->value.load(std::memory_order_relaxed); }

void Histogram::observe(double value) {
  if (cell_ != nullptr) cell_->observe(value);
}

std::uint64_t Histogram::count() const {
  if (cell_ == nullptr) return 0;
  MetricSnapshot::Sample sample;
  cell_->read(sample);
  return std::accumulate(sample.bucket_counts.begin(), sample.bucket_counts.end(), std::uint64_t{0});
}

double Histogram::sum() const {
  if (cell_ == nullptr) return 0;
  MetricSnapshot::Sample sample;
  cell_->read(sample);
  return sample.sum;
}

Buckets default_buckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

Buckets exponential_buckets(double first, double factor, std::size_t count) {
  SKERRY_CHECK(first > 0 && factor > 1, "exponential buckets start above zero and grow");
  Buckets bounds(count);
  for (std::size_t i = 0; i < count; ++i, first *= factor) bounds[i] = first;
  return bounds;
}

// The cells of a family are of its type, which Metrics::family has checked against the handle's.
template <>
Counter Family<Counter>::series(std::span<const std::string_view> values) const {
  return Counter(family_ == nullptr ? nullptr : static_cast<internal::CounterCell*>(&family_->cell(values)));
}

template <>
Gauge Family<Gauge>::series(std::span<const std::string_view> values) const {
  return Gauge(family_ == nullptr ? nullptr : static_cast<internal::GaugeCell*>(&family_->cell(values)));
}

template <>
Histogram Family<Histogram>::series(std::span<const std::string_view> values) const {
  return Histogram(family_ == nullptr ? nullptr : static_cast<internal::HistogramCell*>(&family_->cell(values)));
}

MetricCallback::MetricCallback(MetricCallback&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}

MetricCallback& MetricCallback::operator=(MetricCallback&& other) noexcept {
  std::swap(registry_, other.registry_);
  std::swap(id_, other.id_);
  return *this;
}

MetricCallback::~MetricCallback() {
  if (registry_ != nullptr) registry_->remove_callback(id_);
}

Metrics::Metrics(MetricsOptions options) : registry_(std::make_unique<internal::MetricsRegistry>(options)) {}

Metrics::~Metrics() = default;

internal::MetricFamily* Metrics::family(MetricType type, std::string_view name, std::string_view help,
                                        std::span<const std::string_view> names, const Buckets& buckets) {
  if (!registry_->options().enabled) return nullptr;
  return &registry_->family(type, name, help, names, buckets);
}

Counter Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  return CounterFamily(family(MetricType::kCounter, name, help, names_of(labels), {})).series(values_of(labels));
}

Gauge Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  return GaugeFamily(family(MetricType::kGauge, name, help, names_of(labels), {})).series(values_of(labels));
}

Histogram Metrics::histogram(std::string_view name, std::string_view help, Labels labels, const Buckets& buckets) {
  return HistogramFamily(family(MetricType::kHistogram, name, help, names_of(labels), buckets))
      .series(values_of(labels));
}

CounterFamily Metrics::counters(std::string_view name, std::string_view help, LabelNames names) {
  return CounterFamily(family(MetricType::kCounter, name, help, texts(names), {}));
}

GaugeFamily Metrics::gauges(std::string_view name, std::string_view help, LabelNames names) {
  return GaugeFamily(family(MetricType::kGauge, name, help, texts(names), {}));
}

HistogramFamily Metrics::histograms(std::string_view name, std::string_view help, LabelNames names,
                                    const Buckets& buckets) {
  return HistogramFamily(family(MetricType::kHistogram, name, help, texts(names), buckets));
}

MetricCallback Metrics::counter_callback(std::string_view name, std::string_view help, Labels labels,
                                         std::function<double()> read) {
  return add_callback(MetricType::kCounter, name, help, labels, std::move(read));
}

MetricCallback Metrics::gauge_callback(std::string_view name, std::string_view help, Labels labels,
                                       std::function<double()> read) {
  return add_callback(MetricType::kGauge, name, help, labels, std::move(read));
}

MetricCallback Metrics::add_callback(MetricType type, std::string_view name, std::string_view help, Labels labels,
                                     std::function<double()> read) {
  internal::MetricFamily* found = family(type, name, help, names_of(labels), {});
  if (found == nullptr) return {};
  std::vector<std::string> values;
  for (const auto& label : labels) values.push_back(bounded_text(label.second, kMaxLabelValueBytes));
  const std::uint64_t id = registry_->next_callback_id();
  found->add_callback(id, std::move(values), std::move(read));
  return {registry_.get(), id};
}

std::vector<MetricSnapshot> Metrics::snapshot() const {
  return registry_->options().enabled ? registry_->snapshot() : std::vector<MetricSnapshot>();
}

std::string Metrics::text() const { return internal::prometheus_text(snapshot()); }

}  // namespace skerry::telemetry
