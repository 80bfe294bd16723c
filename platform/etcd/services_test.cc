// SPDX-License-Identifier: Apache-2.0
//
// The services through generated clients, over the loopback. What is not gRPC is tested in server_test.cc.
#include "platform/etcd/services.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/server_fixture.h"
#include "skerry/grpc/pipe.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::LeaseKeepAliveRequest;
using etcdserverpb::LeaseKeepAliveResponse;
using etcdserverpb::WatchRequest;
using etcdserverpb::WatchResponse;

class EtcdServices : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body) {
    auto outcome = run_server(options_in(directory_.path()), [&](Server& server) -> Task<> {
      url_ = server.url();
      channel_ = grpc::Channel::create(server.address().to_string());
      Result<> ended = co_await body(server.engine()).result();
      channel_.reset();
      co_await std::move(ended);
    });
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }
  template <class S>
  std::unique_ptr<S> client() {
    return grpc::make_client<S>(channel_);
  }

  disk::TemporaryDirectory directory_;
  std::string url_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(EtcdServices, are_found_under_the_names_of_the_field) {
  run([&](Engine& engine) -> Task<> {
    std::vector<std::string> names;
    for (auto& service : make_services(engine, {})) names.push_back(service.full_name());
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"etcdserverpb.Auth", "etcdserverpb.Cluster", "etcdserverpb.KV",
                                               "etcdserverpb.Lease", "etcdserverpb.Maintenance", "etcdserverpb.Watch",
                                               "v3electionpb.Election", "v3lockpb.Lock"}));
    co_return;
  });
}

TEST_F(EtcdServices, kv_puts_gets_deletes_and_compacts) {
  run([&](Engine&) -> Task<> {
    auto kv = client<etcdserverpb::KV>();
    co_await kv->Put(put_request("a", "1"));
    auto found = co_await kv->Range(range_request("a"));
    EXPECT_EQ(found.kvs(0).value(), "1");
    auto txn = co_await kv->Txn(from_text<etcdserverpb::TxnRequest>("success { request_put { key: 'b' } }"));
    EXPECT_EQ(txn.header().revision(), 3);
    auto deleted = co_await kv->DeleteRange(from_text<etcdserverpb::DeleteRangeRequest>("key: 'a'"));
    EXPECT_EQ(deleted.deleted(), 1);
    co_await kv->Compact(from_text<etcdserverpb::CompactionRequest>("revision: 4 physical: true"));
    auto refused = co_await kv->Range(from_text<etcdserverpb::RangeRequest>("key: 'a' revision: 2")).result();
    EXPECT_EQ(refused.error().code(), Code::kOutOfRange);
    EXPECT_EQ(refused.error().message(), "etcdserver: mvcc: required revision has been compacted");
  });
}

TEST_F(EtcdServices, keep_alives_are_answered_one_by_one_in_order) {
  run([&](Engine&) -> Task<> {
    auto lease = client<etcdserverpb::Lease>();
    auto granted = co_await lease->LeaseGrant(from_text<etcdserverpb::LeaseGrantRequest>("TTL: 30 ID: 5"));
    EXPECT_EQ(granted.id(), 5);
    auto requests = grpc::make_pipe<LeaseKeepAliveRequest>();
    auto responses = grpc::make_pipe<LeaseKeepAliveResponse>();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return lease->LeaseKeepAlive(std::move(requests.receiver), std::move(responses.sender)); });
      for (const int id : {5, 6, 5}) {
        LeaseKeepAliveRequest request;
        request.set_id(id);
        co_await requests.sender.send(request);
        auto response = co_await responses.receiver.receive();
        EXPECT_EQ(response->id(), id);
        EXPECT_EQ(response->ttl(), id == 5 ? 30 : 0);
        EXPECT_NE(response->header().member_id(), 0u);
      }
      requests.sender.close();
      auto end = co_await responses.receiver.receive();
      EXPECT_FALSE(end);
    });
  });
}

TEST_F(EtcdServices, a_watch_stream_carries_many_watchers_and_outlives_the_clients_half) {
  run([&](Engine& engine) -> Task<> {
    auto watch = client<etcdserverpb::Watch>();
    auto requests = grpc::make_pipe<WatchRequest>();
    auto responses = grpc::make_pipe<WatchResponse>();
    const Result<> ended =
        co_await with_scope([&](Scope& scope) -> Task<> {
          scope.go([&] { return watch->Watch_(std::move(requests.receiver), std::move(responses.sender)); });
          co_await requests.sender.send(from_text<WatchRequest>("create_request { key: 'a' prev_kv: true }"));
          co_await requests.sender.send(from_text<WatchRequest>("create_request { key: 'b' }"));
          for (const int id : {0, 1}) {
            auto created = co_await responses.receiver.receive();
            EXPECT_TRUE(created->created());
            EXPECT_EQ(created->watch_id(), id);
          }
          co_await engine.put(put_request("a", "1"));
          co_await engine.put(put_request("b", "2"));
          auto first = co_await responses.receiver.receive();
          EXPECT_EQ(first->events(0).kv().key(), "a");
          EXPECT_NE(first->header().cluster_id(), 0u);
          EXPECT_EQ(first->header().revision(), 2);
          auto second = co_await responses.receiver.receive();
          EXPECT_EQ(second->events(0).kv().key(), "b");
          co_await requests.sender.send(from_text<WatchRequest>("progress_request { }"));
          auto progress = co_await responses.receiver.receive();
          EXPECT_EQ(progress->watch_id(), -1);
          EXPECT_EQ(progress->header().revision(), 3);
          co_await requests.sender.send(from_text<WatchRequest>("cancel_request { watch_id: 1 }"));
          auto canceled = co_await responses.receiver.receive();
          EXPECT_TRUE(canceled->canceled());
          requests.sender.close();
          co_await engine.put(put_request("a", "3"));
          auto third = co_await responses.receiver.receive();
          EXPECT_EQ(third->events(0).kv().value(), "3");
          scope.cancel();
        }).result();
    EXPECT_EQ(ended.error().code(), Code::kCancelled);
    co_await eventually([&] { return engine.counts().watch_streams == 0; });
  });
}

TEST_F(EtcdServices, maintenance_and_cluster_describe_one_member_that_leads) {
  run([&](Engine&) -> Task<> {
    auto maintenance = client<etcdserverpb::Maintenance>();
    auto status = co_await maintenance->Status({});
    EXPECT_EQ(status.leader(), status.header().member_id());
    EXPECT_EQ(status.version().substr(0, 4), "3.5.");
    EXPECT_GT(status.raftindex(), 0u);
    auto members = co_await client<etcdserverpb::Cluster>()->MemberList({});
    EXPECT_EQ(members.members_size(), 1);
    EXPECT_EQ(members.members(0).id(), status.leader());
    EXPECT_EQ(members.members(0).name(), "here");
    EXPECT_EQ(members.members(0).clienturls(0), url_);
    co_await maintenance->Defragment({});
    auto hash = co_await maintenance->Hash({});
    auto hash_kv = co_await maintenance->HashKV({});
    EXPECT_EQ(hash.hash(), hash_kv.hash());
    EXPECT_EQ(hash_kv.compact_revision(), -1);
    etcdserverpb::MoveLeaderRequest move;
    auto moved = co_await maintenance->MoveLeader(move).result();
    EXPECT_EQ(moved.error().code(), Code::kFailedPrecondition);
    auto added = co_await client<etcdserverpb::Cluster>()->MemberAdd({}).result();
    EXPECT_EQ(added.error().code(), Code::kUnimplemented);
  });
}

TEST_F(EtcdServices, authentication_is_off_and_says_so) {
  run([&](Engine&) -> Task<> {
    auto auth = client<etcdserverpb::Auth>();
    auto status = co_await auth->AuthStatus({});
    EXPECT_FALSE(status.enabled());
    auto refused = co_await auth->UserAdd({}).result();
    EXPECT_EQ(refused.error(), Error::failed_precondition("etcdserver: authentication is not enabled"));
  });
}

TEST_F(EtcdServices, locks_and_elections_are_served) {
  run([&](Engine&) -> Task<> {
    co_await client<etcdserverpb::Lease>()->LeaseGrant(from_text<etcdserverpb::LeaseGrantRequest>("TTL: 30 ID: 5"));
    auto held = co_await client<v3lockpb::Lock>()->Lock_(from_text<v3lockpb::LockRequest>("name: 'm' lease: 5"));
    EXPECT_EQ(held.key(), "m/5");
    auto election = client<v3electionpb::Election>();
    auto elected =
        co_await election->Campaign(from_text<v3electionpb::CampaignRequest>("name: 'e' lease: 5 value: 'me'"));
    auto leader = co_await election->Leader(from_text<v3electionpb::LeaderRequest>("name: 'e'"));
    EXPECT_EQ(leader.kv().value(), "me");
    EXPECT_EQ(leader.kv().create_revision(), elected.leader().rev());
  });
}

}  // namespace
}  // namespace skerry::platform::etcd
