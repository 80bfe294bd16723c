// SPDX-License-Identifier: Apache-2.0
//
// Engine: the store as tasks see it, without a network. Requests of the etcd v3 API go in on any worker; answers come
// out with whole headers, writes only after they are durable. It owns the one state machine and its mutex, which is
// held for the time of a look-up or of applying one batch and never over a suspension.
//
//   auto engine = co_await Engine::open(disk, "data", {});
//   scope.go([&] { return engine->run(); });
//   etcdserverpb::PutResponse response = co_await engine->put(request);
//
// One member, always its own leader: what was applied is what every reader sees, so every read is linearizable.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "proto/etcd/kv.pb.h"
#include "proto/etcd/lease.pb.h"
#include "proto/etcd/maintenance.pb.h"

#include "platform/etcd/committer.h"
#include "platform/etcd/compaction_policy.h"
#include "platform/etcd/request_check.h"
#include "platform/etcd/snapshot_source.h"
#include "platform/etcd/state_machine.h"
#include "platform/etcd/watch_hub.h"
#include "skerry/async/channel.h"
#include "skerry/async/task.h"

namespace skerry::platform::etcd {

struct EngineOptions {
  /// Larger requests are refused.
  std::size_t max_request_bytes = std::size_t{1536} << 10;
  int max_txn_operations = kMaxTxnOperations;
  /// Bytes of all versions at which the alarm NOSPACE is raised, as etcd does at this size of its database.
  std::size_t quota_bytes = std::size_t{2} << 30;
  /// A write that is not durable by then fails with Unavailable; it may still become durable.
  std::chrono::milliseconds write_timeout{7'000};
  CompactionPolicy compaction;
  WatchLimits watch;
  LogLimits log;
};

class WatchSession;

class Engine {
 public:
  /// Rebuilds the state from the directory; begins an empty one if there is none. The disk outlives the engine. Errors:
  /// those of DurableLog::open.
  static Task<std::unique_ptr<Engine>> open(disk::Disk& disk, std::string directory, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Commits, expires leases, compacts, takes snapshots and brings watchers up, until cancelled. Nothing is written
  /// without it. The engine outlives the task.
  Task<> run();

  // KV. Errors: those of the API, see request_check.h and kv_executor.h, and of Committer::commit.

  Task<etcdserverpb::RangeResponse> range(etcdserverpb::RangeRequest request);
  Task<etcdserverpb::PutResponse> put(etcdserverpb::PutRequest request);
  Task<etcdserverpb::DeleteRangeResponse> delete_range(etcdserverpb::DeleteRangeRequest request);
  Task<etcdserverpb::TxnResponse> txn(etcdserverpb::TxnRequest request);
  /// Has the transaction done without waiting for it, as far as that is still possible: for what a call that is ending
  /// leaves behind. May be called from a destructor. Precondition: it passes its check.
  void txn_later(etcdserverpb::TxnRequest request);
  /// With `physical`, waits until the memory was given back.
  Task<etcdserverpb::CompactionResponse> compact(etcdserverpb::CompactionRequest request);

  // Leases.

  Task<etcdserverpb::LeaseGrantResponse> lease_grant(etcdserverpb::LeaseGrantRequest request);
  Task<etcdserverpb::LeaseRevokeResponse> lease_revoke(etcdserverpb::LeaseRevokeRequest request);
  /// Answers with a time of 0 for a lease that is not there or whose time is over; in the latter case after it was
  /// revoked, so that its keys are gone when the client learns of it.
  Task<etcdserverpb::LeaseKeepAliveResponse> lease_keep_alive(etcdserverpb::LeaseKeepAliveRequest request);
  etcdserverpb::LeaseTimeToLiveResponse lease_time_to_live(const etcdserverpb::LeaseTimeToLiveRequest& request);
  etcdserverpb::LeaseLeasesResponse lease_leases();

  // Maintenance.

  Task<etcdserverpb::AlarmResponse> alarm(etcdserverpb::AlarmRequest request);
  etcdserverpb::StatusResponse status();
  Task<etcdserverpb::HashKVResponse> hash(etcdserverpb::HashKVRequest request);
  /// A header with the current revision.
  etcdserverpb::ResponseHeader header();
  /// True while writes can be expected to work: no alarm, and a log that takes entries.
  bool healthy();

  /// The server stops: calls that would go on for ever end (until_stopped.h). Any thread; idempotent.
  void end_streams() { streams_ended_.set(); }
  skerry::Event& streams_ended() { return streams_ended_; }

  /// A Watch call: see watch_session.h.
  std::unique_ptr<WatchSession> watch();

  /// Counts, for metrics.
  struct Counts {
    Revision revision;
    Revision compact_revision;
    std::size_t keys;
    std::size_t store_bytes;
    std::size_t leases;
    std::size_t watch_streams;
    std::size_t watchers;
    std::size_t unsynced_watchers;
    std::uint64_t syncs;
    std::uint64_t entries;
    std::uint64_t log_bytes;
  };
  Counts counts();

 private:
  friend class WatchSession;
  using Clock = std::chrono::steady_clock;

  explicit Engine(EngineOptions options);

  template <class Response>
  Task<Response> commit(storage::Entry entry);
  Result<> check_size(const google::protobuf::Message& request) const;
  Task<> refuse_above_quota(std::size_t more_bytes);
  void fill_ids(etcdserverpb::ResponseHeader& header) const;
  LeaseId unused_lease_id();

  void apply(Committer::Batch& batch);
  void begin_snapshot(std::shared_ptr<SnapshotWriter> writer);
  Task<> run_leases();
  Task<> run_compaction();
  Task<> run_snapshots();
  Task<> run_catch_up();
  Task<> run_progress();
  Task<> revoke_due(std::vector<LeaseId> due);
  Task<bool> write_snapshot(std::shared_ptr<SnapshotWriter> writer, std::unique_ptr<SnapshotSource> source);

  const EngineOptions options_;
  std::unique_ptr<Committer> committer_;
  storage::Start start_;  // does not change any more

  std::mutex mutex_;  // of the following
  StateMachine machine_;
  WatchHub hub_;
  int pins_ = 0;  // readers of old versions in steps: nothing is given back meanwhile
  struct PendingSnapshot {
    std::shared_ptr<SnapshotWriter> writer;
    std::unique_ptr<SnapshotSource> source;
  };
  std::optional<PendingSnapshot> pending_snapshot_;

  // Each wakes one of the loops. Full means: it will look anyway.
  Channel<bool> leases_changed_{1};
  Channel<bool> compaction_changed_{1};
  Channel<bool> snapshot_pending_{1};
  Channel<bool> catch_up_pending_{1};
  Channel<bool> progress_changed_{1};
  skerry::Event streams_ended_;
  skerry::Event compacted_;  // set while no compacted versions are in memory
};

}  // namespace skerry::platform::etcd
