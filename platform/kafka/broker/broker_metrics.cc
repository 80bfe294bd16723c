// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/broker_metrics.h"

namespace skerry::platform::kafka {

BrokerMetrics::BrokerMetrics(telemetry::Metrics& metrics, const log::LogStore& store, GroupCoordinator& groups)
    : requests_(metrics.counters("kafka_network_requestmetrics_requests_total", "Requests answered", {"request"})),
      request_time_(metrics.histograms("kafka_network_requestmetrics_totaltime_seconds",
                                       "Time from a request to its answer, waiting for records and members included",
                                       {"request"})),
      errors_(metrics.counters("kafka_network_requestmetrics_errors_total", "Errors answered", {"error"})),
      records_in_(metrics.counters("kafka_server_brokertopicmetrics_messagesin_total", "Records produced", {"topic"})),
      bytes_in_(metrics.counters("kafka_server_brokertopicmetrics_bytesin_total", "Bytes produced", {"topic"})),
      bytes_out_(metrics.counters("kafka_server_brokertopicmetrics_bytesout_total", "Bytes fetched", {"topic"})),
      connections_(metrics.gauge("kafka_server_socketservermetrics_connection_count", "Open connections")) {
  add_store(metrics, store);
  add_groups(metrics, groups);
}

void BrokerMetrics::add_store(telemetry::Metrics& metrics, const log::LogStore& store) {
  using Counts = log::LogStore::Counts;
  const auto gauge = [&](std::string_view name, std::string_view help, auto read) {
    callbacks_.push_back(
        metrics.gauge_callback(name, help, {}, [&store, read] { return static_cast<double>(read(store.counts())); }));
  };
  const auto counter = [&](std::string_view name, std::string_view help, auto read) {
    callbacks_.push_back(
        metrics.counter_callback(name, help, {}, [&store, read] { return static_cast<double>(read(store.counts())); }));
  };
  gauge("kafka_controller_globaltopiccount", "Topics", [](const Counts& c) { return c.topics; });
  gauge("kafka_controller_globalpartitioncount", "Partitions", [](const Counts& c) { return c.partitions; });
  gauge("kafka_log_size_bytes", "The log on disk", [](const Counts& c) { return c.log_bytes; });
  gauge("kafka_log_segments", "Segments of the log", [](const Counts& c) { return c.segments; });
  gauge("kafka_log_queued_bytes", "Bytes that wait for the disk", [](const Counts& c) { return c.queued_bytes; });
  gauge("kafka_log_idempotent_producers", "Producers whose sequences are remembered, in each partition",
        [](const Counts& c) { return c.producers; });
  counter("kafka_log_syncs_total", "Syncs of the log", [](const Counts& c) { return c.commits; });
  counter("kafka_log_entries_total", "Entries made durable by them", [](const Counts& c) { return c.entries; });
  callbacks_.push_back(metrics.gauge_callback("kafka_log_writable", "Whether writes can be expected to work", {},
                                              [&store] { return store.writable() ? 1.0 : 0.0; }));
}

void BrokerMetrics::add_groups(telemetry::Metrics& metrics, GroupCoordinator& groups) {
  using Counts = GroupCoordinator::Counts;
  const auto gauge = [&](std::string_view name, std::string_view help, auto read) {
    callbacks_.push_back(
        metrics.gauge_callback(name, help, {}, [&groups, read] { return static_cast<double>(read(groups.counts())); }));
  };
  gauge("kafka_coordinator_group_numgroups", "Groups in memory", [](const Counts& c) { return c.groups; });
  gauge("kafka_coordinator_group_members", "Members of groups", [](const Counts& c) { return c.members; });
  gauge("kafka_coordinator_group_waiting_calls", "Calls that wait for their group to be complete",
        [](const Counts& c) { return c.waiting_calls; });
  callbacks_.push_back(metrics.counter_callback("kafka_coordinator_group_rebalances_total", "Generations begun", {},
                                                [&groups] { return static_cast<double>(groups.counts().rebalances); }));
}

void BrokerMetrics::request_answered(const protocol::Api& api, std::chrono::nanoseconds time) {
  requests_.with({api.name}).increment();
  request_time_.with({api.name}).observe(time);
}

void BrokerMetrics::produced(const std::string& topic, std::int64_t records, std::size_t bytes) {
  records_in_.with({topic}).add(static_cast<double>(records));
  bytes_in_.with({topic}).add(static_cast<double>(bytes));
}

void BrokerMetrics::fetched(const std::string& topic, std::size_t bytes) {
  bytes_out_.with({topic}).add(static_cast<double>(bytes));
}

void BrokerMetrics::refused(protocol::ErrorCode code) { errors_.with({protocol::error_name(code)}).increment(); }

}  // namespace skerry::platform::kafka
