// SPDX-License-Identifier: Apache-2.0
//
// StateMachine: the whole state of the server, and the one way in which it changes: applying log entries in order.
// Keys, leases and alarms are the same wherever the same entries were applied; when a lease ends is not part of that
// and is counted from the time at which its entry is applied. Pure: no I/O, no clock, no locks.
//
//   StateMachine machine;
//   StateMachine::Applied applied = machine.apply(entry, now);
//   if (applied.response) answer(std::get<PutResponse>(*applied.response));
//   hub.publish(applied.events);
//
// Reads look at the newest state that was applied, which is on the disk by then.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "platform/etcd/kv_executor.h"
#include "platform/etcd/lease_table.h"
#include "platform/etcd/mvcc_store.h"
#include "platform/etcd/storage.pb.h"

namespace skerry::platform::etcd {

class StateMachine {
 public:
  using Time = LeaseTable::Time;
  using Response =
      std::variant<std::monostate, etcdserverpb::PutResponse, etcdserverpb::DeleteRangeResponse,
                   etcdserverpb::TxnResponse, etcdserverpb::CompactionResponse, etcdserverpb::LeaseGrantResponse,
                   etcdserverpb::LeaseRevokeResponse, etcdserverpb::AlarmResponse>;
  struct Applied {
    Result<Response> response;  // of the entry's kind, with header.revision
    std::vector<Event> events;
  };
  using Alarms = std::set<std::pair<std::uint64_t, etcdserverpb::AlarmType>>;  // member id, kind

  StateMachine() = default;
  StateMachine(const StateMachine&) = delete;
  StateMachine& operator=(const StateMachine&) = delete;

  /// Applies the next entry. A failed one changes nothing. Precondition: its request passed its check
  /// (request_check.h).
  Applied apply(const storage::Entry& entry, Time now);

  /// Errors: those of KvExecutor::find; DataLoss while the alarm CORRUPT is raised.
  Result<FoundRange> find(const etcdserverpb::RangeRequest& request) const;
  /// Precondition: is_read_only(request).
  Result<etcdserverpb::TxnResponse> read(const etcdserverpb::TxnRequest& request);

  const MvccStore& store() const { return store_; }
  const LeaseTable& leases() const { return leases_; }
  const Alarms& alarms() const { return alarms_; }
  bool has_alarm(etcdserverpb::AlarmType kind) const;
  const storage::Start& start() const { return start_; }

  // What is no part of the state: memory, and when leases end.

  bool compact_step(std::size_t max_changes) { return store_.compact_step(max_changes); }
  std::optional<std::chrono::seconds> renew_lease(LeaseId id, Time now) { return leases_.renew(id, now); }
  std::vector<LeaseId> take_due_leases(Time now, std::size_t max_leases) { return leases_.take_due(now, max_leases); }
  void restart_leases(Time now) { leases_.restart(now); }

  // Restoring a snapshot into an empty machine: the head, the leases, every key in order, the end. Errors: DataLoss.

  void restore_head(const storage::SnapshotHead& head);
  Result<> restore_leases(const storage::SnapshotLeases& leases, Time now);
  Result<> restore_key(std::vector<KeyValue> versions);
  Result<> finish_restore(Revision revision, Revision compact_revision);

 private:
  template <class Message>
  Result<Response> respond(Result<Message> message) const;
  Result<Response> apply_put(const etcdserverpb::PutRequest& request, std::vector<Event>& events);
  Result<Response> apply_txn(const etcdserverpb::TxnRequest& request, std::vector<Event>& events);
  Result<Response> apply_compaction(const etcdserverpb::CompactionRequest& request);
  Result<Response> apply_grant(const etcdserverpb::LeaseGrantRequest& request, Time now);
  Result<Response> apply_revoke(const etcdserverpb::LeaseRevokeRequest& request, std::vector<Event>& events);
  Result<Response> apply_alarm(const etcdserverpb::AlarmRequest& request);
  Result<Response> dispatch(const storage::Entry& entry, Time now, std::vector<Event>& events);

  MvccStore store_;
  LeaseTable leases_;
  KvExecutor executor_{store_, leases_};
  Alarms alarms_;
  storage::Start start_;
};

/// The kinds of alarm in an answer: all that are raised, as GET reports them.
void fill_alarms(const StateMachine::Alarms& alarms,
                 google::protobuf::RepeatedPtrField<etcdserverpb::AlarmMember>& out);

}  // namespace skerry::platform::etcd
