// SPDX-License-Identifier: Apache-2.0
//
// A server of the etcd API within the process, for tests of what a client does when things break at an exact moment: it
// can refuse calls, cut streams, compact, lose its data and let leases end on demand. It keeps the revision and event
// rules of the protocol; everything beyond what the client's tests need is left to the suites against real servers. All
// of it runs on one worker.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/etcd/kv.skerry.h"
#include "proto/etcd/lease.skerry.h"
#include "proto/etcd/maintenance.skerry.h"
#include "proto/etcd/watch.skerry.h"

#include "skerry/async/live.h"
#include "skerry/async/sleep.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/wire.h"
#include "skerry/grpc/definition.h"
#include "skerry/grpc/local.h"
#include "skerry/http/http_error.h"

namespace skerry::etcd {

/// The store that several fake members share.
struct FakeStore {
  Revision revision = 1;
  Revision compacted = 0;
  std::uint64_t cluster_id = 1;
  std::map<std::string, mvccpb::KeyValue> keys;
  std::vector<mvccpb::Event> history;
  std::map<LeaseId, std::int64_t> leases;
  LeaseId next_lease = 100;
  /// Set to wake the streams.
  Live<int> tick{0};

  void changed() { tick.set(*tick.get() + 1); }

  void put(const std::string& key, const std::string& value, LeaseId lease = 0) {
    mvccpb::KeyValue& kv = keys[key];
    kv.set_key(key);
    kv.set_value(value);
    kv.set_mod_revision(++revision);
    if (kv.version() == 0) kv.set_create_revision(revision);
    kv.set_version(kv.version() + 1);
    kv.set_lease(lease);
    mvccpb::Event& event = history.emplace_back();
    *event.mutable_kv() = kv;
    changed();
  }
  std::int64_t remove(const KeyRange& range) {
    std::int64_t removed = 0;
    for (auto at = keys.begin(); at != keys.end();) {
      if (!range.contains(at->first)) {
        ++at;
        continue;
      }
      if (removed++ == 0) ++revision;
      mvccpb::Event& event = history.emplace_back();
      event.set_type(mvccpb::Event::DELETE);
      event.mutable_kv()->set_key(at->first);
      event.mutable_kv()->set_mod_revision(revision);
      at = keys.erase(at);
    }
    changed();
    return removed;
  }
  void end_lease(LeaseId lease) {
    leases.erase(lease);
    std::vector<std::string> attached;
    for (const auto& [key, kv] : keys) {
      if (kv.lease() == lease) attached.push_back(key);
    }
    for (const std::string& key : attached) remove(KeyRange::single(key));
    changed();
  }
  void lose_everything() {
    revision = 1;
    compacted = 0;
    keys.clear();
    history.clear();
    leases.clear();
    changed();
  }
};

/// One member. `down` refuses calls and cuts streams; `silent` neither answers nor fails.
class FakeMember final : public etcdserverpb::KV,
                         public etcdserverpb::Watch,
                         public etcdserverpb::Lease,
                         public etcdserverpb::Maintenance {
 public:
  explicit FakeMember(FakeStore& store) : store_(store) {}

  bool down = false;
  /// Calls fail before they reach the member, in the way of a refused connection.
  bool unreachable = false;
  bool silent = false;
  /// The number of the next watch responses after which the stream is cut; counts down, nullopt never.
  std::optional<int> cut_after;
  /// The newest revision that this member knows; nullopt all.
  std::optional<Revision> behind_at;
  int calls = 0;
  int watches = 0;
  int renewals = 0;

  void set_down(bool value) {
    down = value;
    store_.changed();
  }

  Task<etcdserverpb::RangeResponse> Range(etcdserverpb::RangeRequest request) override {
    co_await enter();
    if (request.revision() > 0 && request.revision() < store_.compacted) {
      co_await Error::out_of_range("etcdserver: mvcc: required revision has been compacted");
    }
    etcdserverpb::RangeResponse response;
    fill(*response.mutable_header());
    // Reads are linearizable: a member that is behind waits until it is not.
    response.mutable_header()->set_revision(store_.revision);
    const KeyRange range{request.key(), request.range_end()};
    std::int64_t count = 0;
    for (const auto& [key, kv] : store_.keys) {
      if (!range.contains(key)) continue;
      ++count;
      if (request.count_only()) continue;
      if (request.limit() > 0 && response.kvs_size() >= request.limit()) {
        response.set_more(true);
      } else {
        *response.add_kvs() = kv;
      }
    }
    response.set_count(count);
    co_return std::move(response);
  }
  Task<etcdserverpb::PutResponse> Put(etcdserverpb::PutRequest request) override {
    co_await enter();
    if (request.key().empty()) co_await Error::invalid_argument("etcdserver: key is not provided");
    if (request.lease() != 0 && !store_.leases.contains(request.lease())) {
      co_await Error::not_found("etcdserver: requested lease not found");
    }
    store_.put(request.key(), request.value(), request.lease());
    etcdserverpb::PutResponse response;
    fill(*response.mutable_header());
    co_return std::move(response);
  }
  Task<etcdserverpb::DeleteRangeResponse> DeleteRange(etcdserverpb::DeleteRangeRequest request) override {
    co_await enter();
    etcdserverpb::DeleteRangeResponse response;
    response.set_deleted(store_.remove({request.key(), request.range_end()}));
    fill(*response.mutable_header());
    co_return std::move(response);
  }
  Task<etcdserverpb::CompactionResponse> Compact(etcdserverpb::CompactionRequest request) override {
    co_await enter();
    store_.compacted = request.revision();
    co_return etcdserverpb::CompactionResponse();
  }
  Task<etcdserverpb::StatusResponse> Status(etcdserverpb::StatusRequest) override {
    co_await enter();
    etcdserverpb::StatusResponse response;
    response.set_version("3.5.13");
    co_return std::move(response);
  }

  Task<> Watch_(grpc::Receiver<etcdserverpb::WatchRequest> requests,
                grpc::Sender<etcdserverpb::WatchResponse> responses) override {
    co_await enter();
    ++watches;
    std::optional<etcdserverpb::WatchRequest> request = co_await requests.receive();
    if (!request) co_return;
    const etcdserverpb::WatchCreateRequest create = request->create_request();
    Live<int>::Watcher ticks = store_.tick.watch();
    etcdserverpb::WatchResponse created;
    fill(*created.mutable_header());
    created.set_created(true);
    if (create.start_revision() > 0 && create.start_revision() < store_.compacted) {
      created.set_canceled(true);
      created.set_compact_revision(store_.compacted);
    }
    co_await responses.send(created);
    if (created.canceled()) co_return;
    Revision next = create.start_revision() > 0 ? create.start_revision() : store_.revision + 1;
    for (;;) {
      for (etcdserverpb::WatchResponse& response : pending({create.key(), create.range_end()}, next)) {
        co_await cut();
        co_await responses.send(std::move(response));
      }
      co_await ticks.changed();
      co_await enter();
    }
  }

  Task<etcdserverpb::LeaseGrantResponse> LeaseGrant(etcdserverpb::LeaseGrantRequest request) override {
    co_await enter();
    etcdserverpb::LeaseGrantResponse response;
    response.set_id(request.id() != 0 ? request.id() : store_.next_lease++);
    response.set_ttl(request.ttl());
    store_.leases[response.id()] = request.ttl();
    co_return std::move(response);
  }
  Task<etcdserverpb::LeaseRevokeResponse> LeaseRevoke(etcdserverpb::LeaseRevokeRequest request) override {
    co_await enter();
    if (!store_.leases.contains(request.id())) co_await Error::not_found("etcdserver: requested lease not found");
    store_.end_lease(request.id());
    co_return etcdserverpb::LeaseRevokeResponse();
  }
  Task<> LeaseKeepAlive(grpc::Receiver<etcdserverpb::LeaseKeepAliveRequest> requests,
                        grpc::Sender<etcdserverpb::LeaseKeepAliveResponse> responses) override {
    co_await enter();
    for (;;) {
      std::optional<etcdserverpb::LeaseKeepAliveRequest> request = co_await requests.receive();
      if (!request) co_return;
      co_await enter();
      ++renewals;
      etcdserverpb::LeaseKeepAliveResponse response;
      response.set_id(request->id());
      const auto lease = store_.leases.find(request->id());
      if (lease != store_.leases.end()) response.set_ttl(lease->second);
      co_await responses.send(std::move(response));
    }
  }

 private:
  Task<> enter() {
    ++calls;
    while (silent) co_await sleep(std::chrono::milliseconds(1));
    if (down) co_await Error::unavailable("connection refused");
  }
  Task<> cut() {
    if (!cut_after) co_return;
    if (*cut_after == 0) {
      cut_after.reset();
      co_await Error::unavailable("connection reset");
    }
    --*cut_after;
  }
  Revision known() const { return behind_at ? std::min(*behind_at, store_.revision) : store_.revision; }
  void fill(etcdserverpb::ResponseHeader& header) const {
    header.set_cluster_id(store_.cluster_id);
    header.set_member_id(1);
    header.set_revision(known());
  }
  // One response for each revision that the range has events of.
  std::vector<etcdserverpb::WatchResponse> pending(const KeyRange& range, Revision& next) const {
    std::vector<etcdserverpb::WatchResponse> responses;
    for (const mvccpb::Event& event : store_.history) {
      const Revision revision = event.kv().mod_revision();
      if (revision < next || !range.contains(event.kv().key())) continue;
      if (responses.empty() || responses.back().events(0).kv().mod_revision() != revision) {
        fill(*responses.emplace_back().mutable_header());
      }
      *responses.back().add_events() = event;
    }
    next = std::max(next, store_.revision + 1);
    return responses;
  }

  FakeStore& store_;
};

/// Stands where a connection would be.
class FakeConnection final : public grpc::ClientInterceptor {
 public:
  explicit FakeConnection(std::shared_ptr<const FakeMember> member) : member_(std::move(member)) {}
  Task<> intercept(grpc::ClientCall&, grpc::ClientNext next) override {
    if (member_->unreachable) co_await http::mark_retry_safe(Error::unavailable("connection refused"));
    co_await next();
  }

 private:
  const std::shared_ptr<const FakeMember> member_;
};

/// A channel to the member.
inline Client::Endpoint fake_endpoint(const std::string& name, const std::shared_ptr<FakeMember>& member) {
  auto dispatcher = std::make_shared<grpc::Dispatcher>();
  dispatcher->add(grpc::ServiceTraits<etcdserverpb::KV>::definition(member));
  dispatcher->add(grpc::ServiceTraits<etcdserverpb::Watch>::definition(member));
  dispatcher->add(grpc::ServiceTraits<etcdserverpb::Lease>::definition(member));
  dispatcher->add(grpc::ServiceTraits<etcdserverpb::Maintenance>::definition(member));
  return {.name = name, .channel = grpc::local_channel(dispatcher, {std::make_shared<FakeConnection>(member)})};
}

}  // namespace skerry::etcd
