// SPDX-License-Identifier: Apache-2.0
//
// BrokerMetrics: what the broker counts, under the names that Kafka's JMX metrics have in Prometheus, where there is
// one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/kafka/group/group_coordinator.h"
#include "platform/kafka/log/log_store.h"
#include "platform/kafka/protocol/api_key.h"
#include "platform/kafka/protocol/error_code.h"
#include "skerry/telemetry/metrics.h"

namespace skerry::platform::kafka {

/// Any worker.
class BrokerMetrics {
 public:
  /// All outlive this object, whose end takes the metrics out again.
  BrokerMetrics(telemetry::Metrics& metrics, const log::LogStore& store, GroupCoordinator& groups);

  void request_answered(const protocol::Api& api, std::chrono::nanoseconds time);
  void produced(const std::string& topic, std::int64_t records, std::size_t bytes);
  void fetched(const std::string& topic, std::size_t bytes);
  /// An error that was answered for a partition or a topic.
  void refused(protocol::ErrorCode code);
  void connection_opened() { connections_.add(1); }
  void connection_closed() { connections_.subtract(1); }

 private:
  void add_store(telemetry::Metrics& metrics, const log::LogStore& store);
  void add_groups(telemetry::Metrics& metrics, GroupCoordinator& groups);

  telemetry::CounterFamily requests_;
  telemetry::HistogramFamily request_time_;
  telemetry::CounterFamily errors_;
  telemetry::CounterFamily records_in_;
  telemetry::CounterFamily bytes_in_;
  telemetry::CounterFamily bytes_out_;
  telemetry::Gauge connections_;
  std::vector<telemetry::MetricCallback> callbacks_;
};

}  // namespace skerry::platform::kafka
