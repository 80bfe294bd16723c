// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/state_machine.h"

#include "platform/etcd/errors.h"
#include "platform/etcd/request_check.h"

namespace skerry::platform::etcd {

using storage::Entry;

namespace {

bool is_alarm(const StateMachine::Alarms& alarms, etcdserverpb::AlarmType kind) {
  for (const auto& [member, raised] : alarms)
    if (raised == kind) return true;
  return false;
}

}  // namespace

void fill_alarms(const StateMachine::Alarms& alarms,
                 google::protobuf::RepeatedPtrField<etcdserverpb::AlarmMember>& out) {
  for (const auto& [member, kind] : alarms) {
    auto& alarm = *out.Add();
    alarm.set_memberid(member);
    alarm.set_alarm(kind);
  }
}

bool StateMachine::has_alarm(etcdserverpb::AlarmType kind) const { return is_alarm(alarms_, kind); }

Result<FoundRange> StateMachine::find(const etcdserverpb::RangeRequest& request) const {
  if (has_alarm(etcdserverpb::CORRUPT)) return fail(errors::corrupt());
  return executor_.find(request);
}

Result<etcdserverpb::TxnResponse> StateMachine::read(const etcdserverpb::TxnRequest& request) {
  if (has_alarm(etcdserverpb::CORRUPT)) return fail(errors::corrupt());
  std::vector<Event> none;
  return executor_.txn(request, none);
}

template <class Message>
Result<StateMachine::Response> StateMachine::respond(Result<Message> message) const {
  if (!message) return fail(std::move(message));
  message->mutable_header()->set_revision(store_.revision());
  return Response(*std::move(message));
}

StateMachine::Applied StateMachine::apply(const Entry& entry, Time now) {
  Applied applied;
  applied.response = dispatch(entry, now, applied.events);
  return applied;
}

Result<StateMachine::Response> StateMachine::dispatch(const Entry& entry, Time now, std::vector<Event>& events) {
  const bool about_alarms = entry.command_case() == Entry::kAlarm || entry.command_case() == Entry::kStart;
  if (!about_alarms && has_alarm(etcdserverpb::CORRUPT)) return fail(errors::corrupt());
  switch (entry.command_case()) {
    case Entry::kStart:
      start_ = entry.start();
      return Response();
    case Entry::kPut:
      return apply_put(entry.put(), events);
    case Entry::kDeleteRange:
      return respond(executor_.delete_range(entry.delete_range(), events));
    case Entry::kTxn:
      return apply_txn(entry.txn(), events);
    case Entry::kCompaction:
      return apply_compaction(entry.compaction());
    case Entry::kLeaseGrant:
      return apply_grant(entry.lease_grant(), now);
    case Entry::kLeaseRevoke:
      return apply_revoke(entry.lease_revoke(), events);
    case Entry::kAlarm:
      return apply_alarm(entry.alarm());
    case Entry::COMMAND_NOT_SET:
      break;
  }
  return fail(Error::unimplemented("an entry of a newer version of the log"));
}

Result<StateMachine::Response> StateMachine::apply_put(const etcdserverpb::PutRequest& request,
                                                       std::vector<Event>& events) {
  if (has_alarm(etcdserverpb::NOSPACE)) return fail(errors::no_space());
  return respond(executor_.put(request, events));
}

Result<StateMachine::Response> StateMachine::apply_txn(const etcdserverpb::TxnRequest& request,
                                                       std::vector<Event>& events) {
  if (has_alarm(etcdserverpb::NOSPACE) && can_put(request)) return fail(errors::no_space());
  return respond(executor_.txn(request, events));
}

Result<StateMachine::Response> StateMachine::apply_compaction(const etcdserverpb::CompactionRequest& request) {
  if (auto compacted = store_.compact(request.revision()); !compacted) return fail(std::move(compacted));
  return respond<etcdserverpb::CompactionResponse>({});
}

Result<StateMachine::Response> StateMachine::apply_grant(const etcdserverpb::LeaseGrantRequest& request, Time now) {
  if (has_alarm(etcdserverpb::NOSPACE)) return fail(errors::no_space());
  auto granted = leases_.grant(request.id(), std::chrono::seconds(request.ttl()), now);
  if (!granted) return fail(std::move(granted));
  etcdserverpb::LeaseGrantResponse response;
  response.set_id(request.id());
  response.set_ttl(granted->count());
  return respond<etcdserverpb::LeaseGrantResponse>(std::move(response));
}

Result<StateMachine::Response> StateMachine::apply_revoke(const etcdserverpb::LeaseRevokeRequest& request,
                                                          std::vector<Event>& events) {
  auto keys = leases_.revoke(request.id());
  if (!keys) return fail(std::move(keys));
  executor_.delete_keys(*keys, events);
  return respond<etcdserverpb::LeaseRevokeResponse>({});
}

Result<StateMachine::Response> StateMachine::apply_alarm(const etcdserverpb::AlarmRequest& request) {
  etcdserverpb::AlarmResponse response;
  const std::pair alarm(request.memberid(), request.alarm());
  switch (request.action()) {
    case etcdserverpb::AlarmRequest::ACTIVATE:
      if (request.alarm() != etcdserverpb::NONE && alarms_.insert(alarm).second)
        fill_alarms({alarm}, *response.mutable_alarms());
      break;
    case etcdserverpb::AlarmRequest::DEACTIVATE:
      if (alarms_.erase(alarm) > 0) fill_alarms({alarm}, *response.mutable_alarms());
      break;
    default:
      fill_alarms(alarms_, *response.mutable_alarms());
  }
  return respond<etcdserverpb::AlarmResponse>(std::move(response));
}

// ---- restoring

void StateMachine::restore_head(const storage::SnapshotHead& head) {
  start_ = head.start();
  for (const auto& alarm : head.alarms()) alarms_.emplace(alarm.memberid(), alarm.alarm());
}

Result<> StateMachine::restore_leases(const storage::SnapshotLeases& leases, Time now) {
  for (const auto& lease : leases.leases())
    if (auto granted = leases_.grant(lease.id(), std::chrono::seconds(lease.time_to_live_seconds()), now); !granted)
      return fail(Error::data_loss("a snapshot holds an impossible lease").caused_by(std::move(granted).error()));
  return {};
}

Result<> StateMachine::restore_key(std::vector<KeyValue> versions) {
  if (versions.empty()) return fail(Error::data_loss("a snapshot holds a key without versions"));
  const KeyValue& newest = versions.back();
  if (newest.lease != kNoLease) {
    if (!leases_.contains(newest.lease)) return fail(Error::data_loss("a snapshot holds a key without its lease"));
    leases_.attach(newest.lease, newest.key);
  }
  return store_.add_restored(std::move(versions));
}

Result<> StateMachine::finish_restore(Revision revision, Revision compact_revision) {
  return store_.finish_restore(revision, compact_revision);
}

}  // namespace skerry::platform::etcd
