// SPDX-License-Identifier: Apache-2.0
#include <prometheus/text_serializer.h>

#include "skerry/telemetry/metrics_registry.h"

namespace skerry::telemetry::internal {
namespace {

prometheus::MetricType prometheus_type(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

void set_histogram(prometheus::ClientMetric::Histogram& histogram, const MetricSnapshot& snapshot,
                   const MetricSnapshot::Sample& sample) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < sample.bucket_counts.size(); ++i) {
    total += sample.bucket_counts[i];
    // The serializer adds the bucket of infinity from the total.
    if (i < snapshot.bounds.size()) histogram.bucket.push_back({total, snapshot.bounds[i]});
  }
  histogram.sample_count = total;
  histogram.sample_sum = sample.sum;
}

prometheus::ClientMetric client_metric(const MetricSnapshot& snapshot, const MetricSnapshot::Sample& sample) {
  prometheus::ClientMetric metric;
  for (std::size_t i = 0; i < snapshot.label_names.size(); ++i) {
    metric.label.push_back({snapshot.label_names[i], sample.label_values[i]});
  }
  switch (snapshot.type) {
    case MetricType::kCounter:
      metric.counter.value = sample.value;
      break;
    case MetricType::kGauge:
      metric.gauge.value = sample.value;
      break;
    case MetricType::kHistogram:
      set_histogram(metric.histogram, snapshot, sample);
      break;
  }
  return metric;
}

}  // namespace

std::string prometheus_text(const std::vector<MetricSnapshot>& snapshots) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(snapshots.size());
  for (const MetricSnapshot& snapshot : snapshots) {
    prometheus::MetricFamily& family = families.emplace_back();
    family.name = snapshot.name;
    family.help = snapshot.help;
    family.type = prometheus_type(snapshot.type);
    for (const MetricSnapshot::Sample& sample : snapshot.samples) {
      family.metric.push_back(client_metric(snapshot, sample));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace skerry::telemetry::internal
