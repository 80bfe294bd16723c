// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/election.h"

#include "platform/etcd/watch_session.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/base/defer.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::Compare;
using etcdserverpb::RangeRequest;
using etcdserverpb::RangeResponse;
using etcdserverpb::ResponseHeader;
using etcdserverpb::TxnRequest;

// The lease of a lock that was asked for without one.
constexpr std::chrono::seconds kLockLease{60};

std::string queue_prefix(const std::string& name) { return name + "/"; }

std::string queue_key(const std::string& name, LeaseId lease) {
  return fmt::format("{}{:x}", queue_prefix(name), static_cast<std::uint64_t>(lease));
}

RangeRequest first_of_queue(const std::string& prefix) {
  const KeyRange range = KeyRange::prefix(prefix);
  RangeRequest request;
  request.set_key(range.begin);
  request.set_range_end(range.kind == KeyRange::Kind::kBounded ? range.end : std::string(1, '\0'));
  request.set_sort_target(RangeRequest::CREATE);
  request.set_sort_order(RangeRequest::ASCEND);
  request.set_limit(1);
  return request;
}

void compare_create_revision(TxnRequest& txn, const std::string& key, Revision revision) {
  Compare& compare = *txn.add_compare();
  compare.set_key(key);
  compare.set_target(Compare::CREATE);
  compare.set_result(Compare::EQUAL);
  compare.set_create_revision(revision);
}

// One watch from a revision on, as single events.
class EventReader {
 public:
  EventReader(Engine& engine, const std::string& key, const std::string& range_end, Revision from)
      : session_(engine.watch()) {
    etcdserverpb::WatchCreateRequest request;
    request.set_key(key);
    request.set_range_end(range_end);
    request.set_start_revision(from);
    session_->create(request);
  }

  Task<Event> next() {
    while (next_ >= events_.size()) {
      WatchOutput output = co_await session_->next();
      if (output.canceled) co_await Error::aborted("etcdserver: mvcc: required revision has been compacted");
      events_.clear();
      next_ = 0;
      if (output.events) events_ = *output.events;
    }
    co_return events_[next_++];
  }

 private:
  std::unique_ptr<WatchSession> session_;
  std::vector<Event> events_;
  std::size_t next_ = 0;
};

// Waits until nobody stands in the queue who came at `newest` or before.
Task<ResponseHeader> wait_for_turn(Engine& engine, std::string prefix, Revision newest) {
  while (true) {
    RangeRequest request = first_of_queue(prefix);
    request.set_sort_order(RangeRequest::DESCEND);
    request.set_max_create_revision(newest);
    RangeResponse before = co_await engine.range(request);
    if (before.kvs_size() == 0) co_return before.header();
    // Only the one just before: when it goes, those further ahead are looked at again.
    EventReader events(engine, before.kvs(0).key(), "", before.header().revision() + 1);
    while (true) {
      Event event = co_await events.next();
      if (event.is_delete()) break;
    }
  }
}

// Deletes the key if it is still the one created at that revision.
TxnRequest leaving(const std::string& key, Revision create_revision) {
  TxnRequest txn;
  compare_create_revision(txn, key, create_revision);
  txn.add_success()->mutable_request_delete_range()->set_key(key);
  return txn;
}

struct Place {
  ResponseHeader header;
  std::string key;
  Revision create_revision = 0;
};

// Takes a place in the queue, or finds the one that the lease already has. `value` is put either way.
Task<Place> enter_queue(Engine& engine, std::string name, LeaseId lease, std::string value) {
  Place place{.key = queue_key(name, lease)};
  TxnRequest txn;
  compare_create_revision(txn, place.key, 0);
  etcdserverpb::PutRequest put;
  put.set_key(place.key);
  put.set_value(value);
  put.set_lease(lease);
  *txn.add_success()->mutable_request_put() = put;
  txn.add_failure()->mutable_request_range()->set_key(place.key);
  auto entered = co_await engine.txn(std::move(txn));
  place.header = entered.header();
  if (entered.succeeded()) {
    place.create_revision = entered.header().revision();
    co_return std::move(place);
  }
  const auto& present = entered.responses(0).response_range().kvs(0);
  place.create_revision = present.create_revision();
  if (present.value() == value) co_return std::move(place);
  TxnRequest change;
  compare_create_revision(change, place.key, place.create_revision);
  *change.add_success()->mutable_request_put() = put;
  co_await engine.txn(std::move(change));
  co_return std::move(place);
}

// Waits for the place's turn; whoever stops waiting leaves the queue.
Task<ResponseHeader> wait_in_queue(Engine& engine, std::string name, Place place) {
  // A task that is cancelled cannot wait for anything more.
  Defer leave([&] { engine.txn_later(leaving(place.key, place.create_revision)); });
  ResponseHeader header = co_await wait_for_turn(engine, queue_prefix(name), place.create_revision - 1);
  leave.cancel();
  co_return std::move(header);
}

Task<> keep_alive(Engine& engine, LeaseId lease) {
  etcdserverpb::LeaseKeepAliveRequest request;
  request.set_id(lease);
  while (true) {
    co_await sleep(kLockLease / 3);
    co_await engine.lease_keep_alive(request);
  }
}

Task<v3lockpb::LockResponse> lock_under_lease(Engine& engine, std::string name, LeaseId lease) {
  Place place = co_await enter_queue(engine, name, lease, "");
  v3lockpb::LockResponse response;
  response.set_key(place.key);
  *response.mutable_header() = co_await wait_in_queue(engine, std::move(name), place);
  // The lease may have ended while its key waited, and with it the claim.
  RangeRequest own;
  own.set_key(place.key);
  auto still = co_await engine.range(own);
  if (still.kvs_size() == 0 || still.kvs(0).create_revision() != place.create_revision)
    co_await Error::unknown("mutex: session is expired");
  co_return std::move(response);
}

}  // namespace

Task<v3lockpb::LockResponse> lock(Engine& engine, v3lockpb::LockRequest request) {
  if (request.lease() != kNoLease) co_return co_await lock_under_lease(engine, request.name(), request.lease());
  etcdserverpb::LeaseGrantRequest grant;
  grant.set_ttl(kLockLease.count());
  auto lease = co_await engine.lease_grant(grant);
  std::optional<v3lockpb::LockResponse> response;
  Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                     scope.go([&] { return keep_alive(engine, lease.id()); });
                     response = co_await lock_under_lease(engine, request.name(), lease.id());
                     scope.cancel();
                   }).result();
  if (!response) co_await std::move(ended);
  co_return *std::move(response);
}

Task<v3lockpb::UnlockResponse> unlock(Engine& engine, v3lockpb::UnlockRequest request) {
  etcdserverpb::DeleteRangeRequest deletion;
  deletion.set_key(request.key());
  auto deleted = co_await engine.delete_range(deletion);
  v3lockpb::UnlockResponse response;
  *response.mutable_header() = deleted.header();
  co_return std::move(response);
}

Task<v3electionpb::CampaignResponse> campaign(Engine& engine, v3electionpb::CampaignRequest request) {
  Place place = co_await enter_queue(engine, request.name(), request.lease(), request.value());
  co_await wait_in_queue(engine, request.name(), place);
  v3electionpb::CampaignResponse response;
  *response.mutable_header() = place.header;
  v3electionpb::LeaderKey& leader = *response.mutable_leader();
  leader.set_name(request.name());
  leader.set_key(place.key);
  leader.set_rev(place.create_revision);
  leader.set_lease(request.lease());
  co_return std::move(response);
}

Task<v3electionpb::ProclaimResponse> proclaim(Engine& engine, v3electionpb::ProclaimRequest request) {
  TxnRequest txn;
  compare_create_revision(txn, request.leader().key(), request.leader().rev());
  auto& put = *txn.add_success()->mutable_request_put();
  put.set_key(request.leader().key());
  put.set_value(request.value());
  put.set_lease(request.leader().lease());
  auto proclaimed = co_await engine.txn(std::move(txn));
  if (!proclaimed.succeeded()) co_await Error::unknown("election: not leader");
  v3electionpb::ProclaimResponse response;
  *response.mutable_header() = proclaimed.header();
  co_return std::move(response);
}

Task<v3electionpb::LeaderResponse> leader(Engine& engine, v3electionpb::LeaderRequest request) {
  auto found = co_await engine.range(first_of_queue(queue_prefix(request.name())));
  if (found.kvs_size() == 0) co_await Error::unknown("election: no leader");
  v3electionpb::LeaderResponse response;
  *response.mutable_header() = found.header();
  *response.mutable_kv() = found.kvs(0);
  co_return std::move(response);
}

Task<> observe(Engine& engine, v3electionpb::LeaderRequest request,
               std::function<Task<>(v3electionpb::LeaderResponse)> send) {
  const std::string prefix = queue_prefix(request.name());
  const RangeRequest first = first_of_queue(prefix);
  while (true) {
    auto found = co_await engine.range(first);
    if (found.kvs_size() == 0) {
      EventReader anybody(engine, prefix, first.range_end(), found.header().revision() + 1);
      co_await anybody.next();
      continue;
    }
    v3electionpb::LeaderResponse response;
    *response.mutable_header() = found.header();
    *response.mutable_kv() = found.kvs(0);
    co_await send(response);
    EventReader changes(engine, found.kvs(0).key(), "", found.header().revision() + 1);
    while (true) {
      Event event = co_await changes.next();
      // The next in the queue leads now, or nobody does.
      if (event.is_delete()) break;
      *response.mutable_header() = engine.header();
      response.mutable_header()->set_revision(event.kv->mod_revision);
      response.mutable_kv()->Clear();
      fill_message(*event.kv, *response.mutable_kv());
      co_await send(response);
    }
  }
}

Task<v3electionpb::ResignResponse> resign(Engine& engine, v3electionpb::ResignRequest request) {
  auto left = co_await engine.txn(leaving(request.leader().key(), request.leader().rev()));
  v3electionpb::ResignResponse response;
  *response.mutable_header() = left.header();
  co_return std::move(response);
}

}  // namespace skerry::platform::etcd
