// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/engine_metrics.h"

#include "platform/etcd/version.h"

namespace skerry::platform::etcd {

EngineMetrics::EngineMetrics(Engine& engine, telemetry::Metrics& metrics) {
  const auto gauge = [&](std::string_view name, std::string_view help, auto read) {
    callbacks_.push_back(
        metrics.gauge_callback(name, help, {}, [&engine, read] { return static_cast<double>(read(engine.counts())); }));
  };
  const auto counter = [&](std::string_view name, std::string_view help, auto read) {
    callbacks_.push_back(metrics.counter_callback(
        name, help, {}, [&engine, read] { return static_cast<double>(read(engine.counts())); }));
  };
  using Counts = Engine::Counts;
  callbacks_.push_back(metrics.gauge_callback(
      "etcd_server_has_leader", "Whether a leader exists: 1, as the member leads", {}, [] { return 1.0; }));
  callbacks_.push_back(metrics.gauge_callback("etcd_server_health_success", "Whether writes can be expected to work",
                                              {}, [&engine] { return engine.healthy() ? 1.0 : 0.0; }));
  callbacks_.push_back(metrics.gauge_callback("etcd_server_version", "The version of the API that is served",
                                              {{"server_version", kEtcdVersion}}, [] { return 1.0; }));
  gauge("etcd_debugging_mvcc_current_revision", "The newest revision", [](const Counts& c) { return c.revision; });
  gauge("etcd_debugging_mvcc_compact_revision", "The last compaction",
        [](const Counts& c) { return c.compact_revision; });
  gauge("etcd_debugging_mvcc_keys_total", "Live keys", [](const Counts& c) { return c.keys; });
  gauge("etcd_mvcc_db_total_size_in_bytes", "Memory of all versions", [](const Counts& c) { return c.store_bytes; });
  gauge("etcd_debugging_mvcc_watch_stream_total", "Open watch streams",
        [](const Counts& c) { return c.watch_streams; });
  gauge("etcd_debugging_mvcc_watcher_total", "Watchers", [](const Counts& c) { return c.watchers; });
  gauge("etcd_debugging_mvcc_slow_watcher_total", "Watchers that are behind",
        [](const Counts& c) { return c.unsynced_watchers; });
  gauge("etcd_debugging_lease_active", "Leases", [](const Counts& c) { return c.leases; });
  gauge("etcd_disk_log_size_in_bytes", "The log and the snapshot on disk", [](const Counts& c) { return c.log_bytes; });
  counter("etcd_server_proposals_applied_total", "Entries applied", [](const Counts& c) { return c.entries; });
  counter("etcd_disk_wal_syncs_total", "Syncs of the log that committed entries",
          [](const Counts& c) { return c.syncs; });
}

}  // namespace skerry::platform::etcd
