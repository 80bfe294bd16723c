// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/engine.h"

#include "platform/etcd/errors.h"
#include "platform/etcd/request_check.h"
#include "platform/etcd/version.h"
#include "platform/etcd/watch_session.h"
#include "skerry/async/blocking.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/base/defer.h"
#include "skerry/base/ids.h"

namespace skerry::platform::etcd {

using storage::Entry;

Engine::Engine(EngineOptions options) : options_(options), hub_(machine_.store(), options.watch) {}
Engine::~Engine() = default;

Task<std::unique_ptr<Engine>> Engine::open(disk::Disk& disk, std::string directory, EngineOptions options) {
  std::unique_ptr<Engine> engine(new Engine(options));
  auto log = co_await blocking(
      [&] { return DurableLog::open(disk, std::move(directory), engine->machine_, Clock::now(), options.log); });
  engine->start_ = engine->machine_.start();
  engine->compacted_.set();
  engine->committer_ = std::make_unique<Committer>(
      std::move(log), [self = engine.get()](Committer::Batch& batch) { self->apply(batch); },
      [self = engine.get()](std::shared_ptr<SnapshotWriter> writer) { self->begin_snapshot(std::move(writer)); });
  co_return std::move(engine);
}

// ---- what all requests share

void Engine::fill_ids(etcdserverpb::ResponseHeader& header) const {
  header.set_cluster_id(start_.cluster_id());
  header.set_member_id(start_.member_id());
  header.set_raft_term(start_.term());
}

etcdserverpb::ResponseHeader Engine::header() {
  etcdserverpb::ResponseHeader header;
  fill_ids(header);
  std::lock_guard lock(mutex_);
  header.set_revision(machine_.store().revision());
  return header;
}

Result<> Engine::check_size(const google::protobuf::Message& request) const {
  if (request.ByteSizeLong() > options_.max_request_bytes) return fail(errors::request_too_large());
  return {};
}

template <class Response>
Task<Response> Engine::commit(Entry entry) {
  auto committed = co_await with_timeout(options_.write_timeout, committer_->commit(std::move(entry))).result();
  if (!committed && committed.error().code() == Code::kDeadlineExceeded) co_await errors::timeout();
  StateMachine::Response response = co_await std::move(committed);
  Response message = std::get<Response>(std::move(response));
  fill_ids(*message.mutable_header());
  co_return std::move(message);
}

// Before it is logged: so that the quota bounds the log as well.
Task<> Engine::refuse_above_quota(std::size_t more_bytes) {
  bool fits = false;
  bool known = false;
  {
    std::lock_guard lock(mutex_);
    fits = machine_.store().size_bytes() + more_bytes <= options_.quota_bytes;
    known = machine_.has_alarm(etcdserverpb::NOSPACE);
  }
  if (fits) co_return;
  if (!known) {
    Entry entry;
    entry.mutable_alarm()->set_action(etcdserverpb::AlarmRequest::ACTIVATE);
    entry.mutable_alarm()->set_memberid(start_.member_id());
    entry.mutable_alarm()->set_alarm(etcdserverpb::NOSPACE);
    co_await commit<etcdserverpb::AlarmResponse>(std::move(entry));
  }
  co_await errors::no_space();
}

// ---- KV

Task<etcdserverpb::RangeResponse> Engine::range(etcdserverpb::RangeRequest request) {
  co_await check(request);
  Result<FoundRange> found = fail(errors::stopped());
  {
    std::lock_guard lock(mutex_);
    found = machine_.find(request);
  }
  auto response = to_response(request, co_await std::move(found));
  fill_ids(*response.mutable_header());
  co_return std::move(response);
}

Task<etcdserverpb::PutResponse> Engine::put(etcdserverpb::PutRequest request) {
  co_await check(request);
  co_await check_size(request);
  co_await refuse_above_quota(request.key().size() + request.value().size());
  Entry entry;
  *entry.mutable_put() = std::move(request);
  co_return co_await commit<etcdserverpb::PutResponse>(std::move(entry));
}

Task<etcdserverpb::DeleteRangeResponse> Engine::delete_range(etcdserverpb::DeleteRangeRequest request) {
  co_await check(request);
  co_await check_size(request);
  Entry entry;
  *entry.mutable_delete_range() = std::move(request);
  co_return co_await commit<etcdserverpb::DeleteRangeResponse>(std::move(entry));
}

Task<etcdserverpb::TxnResponse> Engine::txn(etcdserverpb::TxnRequest request) {
  co_await check(request, options_.max_txn_operations);
  if (is_read_only(request)) {
    Result<etcdserverpb::TxnResponse> read = fail(errors::stopped());
    {
      std::lock_guard lock(mutex_);
      read = machine_.read(request);
    }
    etcdserverpb::TxnResponse response = co_await std::move(read);
    fill_ids(*response.mutable_header());
    co_return std::move(response);
  }
  co_await check_size(request);
  if (can_put(request)) co_await refuse_above_quota(request.ByteSizeLong());
  Entry entry;
  *entry.mutable_txn() = std::move(request);
  co_return co_await commit<etcdserverpb::TxnResponse>(std::move(entry));
}

void Engine::txn_later(etcdserverpb::TxnRequest request) {
  Entry entry;
  *entry.mutable_txn() = std::move(request);
  committer_->submit(std::move(entry));
}

Task<etcdserverpb::CompactionResponse> Engine::compact(etcdserverpb::CompactionRequest request) {
  const bool physical = request.physical();
  Entry entry;
  *entry.mutable_compaction() = request;
  auto response = co_await commit<etcdserverpb::CompactionResponse>(std::move(entry));
  if (physical) co_await compacted_.wait();
  co_return std::move(response);
}

// ---- leases

LeaseId Engine::unused_lease_id() {
  std::lock_guard lock(mutex_);
  while (true) {
    const auto id = static_cast<LeaseId>(random_u64() >> 1);
    if (id != kNoLease && !machine_.leases().contains(id)) return id;
  }
}

Task<etcdserverpb::LeaseGrantResponse> Engine::lease_grant(etcdserverpb::LeaseGrantRequest request) {
  co_await refuse_above_quota(0);
  Entry entry;
  *entry.mutable_lease_grant() = request;
  if (request.id() == kNoLease) entry.mutable_lease_grant()->set_id(unused_lease_id());
  co_return co_await commit<etcdserverpb::LeaseGrantResponse>(std::move(entry));
}

Task<etcdserverpb::LeaseRevokeResponse> Engine::lease_revoke(etcdserverpb::LeaseRevokeRequest request) {
  Entry entry;
  *entry.mutable_lease_revoke() = request;
  co_return co_await commit<etcdserverpb::LeaseRevokeResponse>(std::move(entry));
}

Task<etcdserverpb::LeaseKeepAliveResponse> Engine::lease_keep_alive(etcdserverpb::LeaseKeepAliveRequest request) {
  etcdserverpb::LeaseKeepAliveResponse response;
  *response.mutable_header() = header();
  response.set_id(request.id());
  bool due = false;
  {
    std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (auto time_to_live = machine_.renew_lease(request.id(), now)) {
      response.set_ttl(time_to_live->count());
    } else {
      due = machine_.leases().is_due(request.id(), now);
    }
  }
  if (due) {
    // Whoever comes first revokes it; the other finds it gone.
    etcdserverpb::LeaseRevokeRequest revocation;
    revocation.set_id(request.id());
    auto revoked = co_await lease_revoke(revocation).result();
    if (!revoked && revoked.error().code() != Code::kNotFound) co_await std::move(revoked);
  }
  co_return std::move(response);
}

etcdserverpb::LeaseTimeToLiveResponse Engine::lease_time_to_live(const etcdserverpb::LeaseTimeToLiveRequest& request) {
  etcdserverpb::LeaseTimeToLiveResponse response;
  *response.mutable_header() = header();
  response.set_id(request.id());
  response.set_ttl(-1);
  std::lock_guard lock(mutex_);
  const auto status = machine_.leases().status(request.id(), Clock::now());
  if (!status) return response;
  response.set_ttl(status->remaining.count());
  response.set_grantedttl(status->granted.count());
  if (request.keys())
    for (std::string& key : machine_.leases().keys(request.id())) response.add_keys(std::move(key));
  return response;
}

etcdserverpb::LeaseLeasesResponse Engine::lease_leases() {
  etcdserverpb::LeaseLeasesResponse response;
  *response.mutable_header() = header();
  std::lock_guard lock(mutex_);
  for (const LeaseId id : machine_.leases().ids()) response.add_leases()->set_id(id);
  return response;
}

// ---- maintenance

Task<etcdserverpb::AlarmResponse> Engine::alarm(etcdserverpb::AlarmRequest request) {
  if (request.action() == etcdserverpb::AlarmRequest::GET) {
    etcdserverpb::AlarmResponse response;
    *response.mutable_header() = header();
    std::lock_guard lock(mutex_);
    fill_alarms(machine_.alarms(), *response.mutable_alarms());
    co_return std::move(response);
  }
  if (request.memberid() == 0) request.set_memberid(start_.member_id());
  Entry entry;
  *entry.mutable_alarm() = request;
  co_return co_await commit<etcdserverpb::AlarmResponse>(std::move(entry));
}

etcdserverpb::StatusResponse Engine::status() {
  etcdserverpb::StatusResponse response;
  *response.mutable_header() = header();
  response.set_version(std::string(kEtcdVersion));
  response.set_leader(start_.member_id());
  response.set_raftterm(start_.term());
  response.set_raftindex(committer_->last_index());
  response.set_raftappliedindex(committer_->last_index());
  response.set_dbsizequota(static_cast<std::int64_t>(options_.quota_bytes));
  std::lock_guard lock(mutex_);
  response.set_dbsize(static_cast<std::int64_t>(machine_.store().size_bytes()));
  response.set_dbsizeinuse(static_cast<std::int64_t>(machine_.store().size_bytes()));
  for (const auto& [member, kind] : machine_.alarms())
    response.add_errors(fmt::format("memberID:{} alarm:{} ", member, etcdserverpb::AlarmType_Name(kind)));
  return response;
}

Task<etcdserverpb::HashKVResponse> Engine::hash(etcdserverpb::HashKVRequest request) {
  etcdserverpb::HashKVResponse response;
  Revision at = request.revision();
  Result<> readable;
  {
    std::lock_guard lock(mutex_);
    readable = machine_.store().check_revision(at);
    if (at <= 0) at = machine_.store().revision();
    response.set_compact_revision(machine_.store().compact_revision());
    if (readable) ++pins_;
  }
  co_await std::move(readable);
  Defer unpin([this] {
    std::lock_guard lock(mutex_);
    --pins_;
    compaction_changed_.try_send(true);
  });
  std::uint32_t hash = 0;
  std::optional<std::string> next = "";
  while (next) {
    {
      std::lock_guard lock(mutex_);
      next = machine_.store().hash_step(*next, at, response.compact_revision(), kMaxSnapshotKeysPerStep, hash);
    }
    co_await yield();
  }
  // Clients know -1 as "never compacted".
  if (response.compact_revision() == 0) response.set_compact_revision(-1);
  *response.mutable_header() = header();
  response.set_hash(hash);
  response.set_hash_revision(at);
  co_return std::move(response);
}

bool Engine::healthy() {
  std::lock_guard lock(mutex_);
  return committer_->writable() && machine_.alarms().empty();
}

Engine::Counts Engine::counts() {
  std::lock_guard lock(mutex_);
  const MvccStore& store = machine_.store();
  return {.revision = store.revision(),
          .compact_revision = store.compact_revision(),
          .keys = store.live_keys(),
          .store_bytes = store.size_bytes(),
          .leases = machine_.leases().size(),
          .watch_streams = hub_.streams(),
          .watchers = hub_.watchers(),
          .unsynced_watchers = hub_.unsynced_watchers(),
          .syncs = committer_->batches(),
          .entries = committer_->entries(),
          .log_bytes = committer_->log_bytes()};
}

std::unique_ptr<WatchSession> Engine::watch() { return std::make_unique<WatchSession>(*this); }

}  // namespace skerry::platform::etcd
