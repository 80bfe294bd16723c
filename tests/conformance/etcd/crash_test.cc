// SPDX-License-Identifier: Apache-2.0
//
// The server is killed under load, again and again on the same data: what it acknowledged is there afterwards, each
// revision once, and the history can be watched from its beginning.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "proto/etcd/kv.skerry.h"
#include "proto/etcd/watch.skerry.h"
#include "tests/conformance/server_process.h"

#include "platform/etcd/engine_fixture.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/grpc/client.h"
#include "skerry/grpc/pipe.h"

namespace skerry::conformance {
namespace {

using disk::TemporaryDirectory;

constexpr int kKills = 8;
constexpr int kWriters = 12;
constexpr int kKeysPerWriter = 5;
constexpr int kMinAcknowledged = 20;
constexpr int kMaxAcknowledged = 400;
constexpr std::chrono::seconds kLimit{60};

/// A key's value; nullopt: deleted or never there.
using State = std::optional<std::string>;

struct Key {
  State acknowledged;
  /// What a write would have made of it whose answer never came: it may have been done or not.
  std::optional<State> in_doubt;
};

struct Change {
  std::string key;
  State value;
};

/// What the clients know.
struct Knowledge {
  std::map<std::string, Key> keys;
  std::map<std::int64_t, Change> changes;  // by their revision, as the answers told it
  int writes = 0;
};

/// One process's life: writers write until their server is gone.
class Load {
 public:
  Load(ServerProcess& server, Knowledge& knowledge, int kill_after)
      : server_(server), knowledge_(knowledge), kill_after_(kill_after) {}

  Task<> run() {
    co_await with_scope([this](Scope& scope) -> Task<> {
      for (int writer = 0; writer < kWriters; ++writer) scope.go([this, writer] { return write(writer); });
      co_return;
    });
  }

 private:
  // A connection of its own: a kill meets all of them at different points.
  Task<> write(int writer) {
    auto kv = grpc::make_client<etcdserverpb::KV>(grpc::Channel::create(server_.endpoint()));
    while (true) {
      const int number = ++knowledge_.writes;
      const std::string name = fmt::format("w{}/{}", writer, number % kKeysPerWriter);
      Key& key = knowledge_.keys[name];
      // A key is in doubt only for writes that were under way, so one more of these does not multiply the doubts.
      const State wanted = key.acknowledged && number % 4 == 0 ? State() : State(fmt::format("v{}", number));
      key.in_doubt = wanted;
      Result<std::int64_t> revision = co_await change(*kv, name, wanted).result();
      if (!revision) co_return;
      key.acknowledged = wanted;
      key.in_doubt.reset();
      const bool is_new = knowledge_.changes.emplace(*revision, Change{name, wanted}).second;
      EXPECT_TRUE(is_new) << "two writes got revision " << *revision;
      if (++acknowledged_ == kill_after_) server_.kill();
    }
  }

  static Task<std::int64_t> change(etcdserverpb::KV& kv, std::string name, State wanted) {
    if (wanted) {
      auto put = co_await kv.Put(platform::etcd::put_request(name, *wanted));
      co_return put.header().revision();
    }
    etcdserverpb::DeleteRangeRequest request;
    request.set_key(name);
    auto deleted = co_await kv.DeleteRange(std::move(request));
    EXPECT_EQ(deleted.deleted(), 1) << name;
    co_return deleted.header().revision();
  }

  ServerProcess& server_;
  Knowledge& knowledge_;
  const int kill_after_;
  int acknowledged_ = 0;
};

/// Compares what the server has with what the clients know, and resolves the doubts.
Task<> check_keys(std::string endpoint, Knowledge& knowledge) {
  auto kv = grpc::make_client<etcdserverpb::KV>(grpc::Channel::create(endpoint));
  etcdserverpb::RangeRequest everything;
  everything.set_key(std::string(1, '\0'));
  everything.set_range_end(std::string(1, '\0'));
  const auto found = co_await kv->Range(everything);
  std::map<std::string, std::string> values;
  for (const auto& pair : found.kvs()) values[pair.key()] = pair.value();
  for (auto& [name, key] : knowledge.keys) {
    const auto at = values.find(name);
    const State now = at == values.end() ? State() : State(at->second);
    EXPECT_TRUE(now == key.acknowledged || (key.in_doubt && now == *key.in_doubt))
        << name << " is " << now.value_or("deleted") << ", acknowledged was " << key.acknowledged.value_or("deleted");
    key.acknowledged = now;
    key.in_doubt.reset();
    values.erase(name);
  }
  EXPECT_TRUE(values.empty()) << values.begin()->first << " was never written";
  const std::int64_t last = knowledge.changes.empty() ? 1 : knowledge.changes.rbegin()->first;
  EXPECT_GE(found.header().revision(), last);
}

/// The whole history by a watch from the first revision on: every acknowledged change once and in order.
Task<> check_history(std::string endpoint, const Knowledge* knowledge) {
  auto watch = grpc::make_client<etcdserverpb::Watch>(grpc::Channel::create(endpoint));
  auto requests = grpc::make_pipe<etcdserverpb::WatchRequest>();
  auto responses = grpc::make_pipe<etcdserverpb::WatchResponse>();
  std::map<std::int64_t, Change> seen;
  const std::int64_t last = knowledge->changes.rbegin()->first;
  const Result<> ended =
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&] { return watch->Watch_(std::move(requests.receiver), std::move(responses.sender)); });
        etcdserverpb::WatchRequest request;
        request.mutable_create_request()->set_start_revision(2);
        request.mutable_create_request()->set_key(std::string(1, '\0'));
        request.mutable_create_request()->set_range_end(std::string(1, '\0'));
        co_await requests.sender.send(request);
        while (seen.empty() || seen.rbegin()->first < last) {
          const auto response = co_await responses.receiver.receive();
          for (const auto& event : response->events()) {
            const std::int64_t revision = event.kv().mod_revision();
            const bool in_order = seen.empty() || seen.rbegin()->first < revision;
            EXPECT_TRUE(in_order) << revision;
            State value = event.type() == mvccpb::Event::PUT ? State(event.kv().value()) : State();
            seen.emplace(revision, Change{event.kv().key(), value});
          }
        }
        scope.cancel();
      }).result();
  EXPECT_EQ(ended.error().code(), Code::kCancelled) << ended.error().to_string();
  for (const auto& [revision, change] : knowledge->changes) {
    const auto at = seen.find(revision);
    const bool is_there = at != seen.end() && at->second.key == change.key && at->second.value == change.value;
    EXPECT_TRUE(is_there) << revision << " " << change.key;
  }
}

TEST(EtcdCrash, every_acknowledged_write_survives_kills_under_load) {
  TemporaryDirectory directory;
  Knowledge knowledge;
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  std::uniform_int_distribution<int> kill_after(kMinAcknowledged, kMaxAcknowledged);
  for (int kill = 0; kill < kKills; ++kill) {
    ServerProcess server("etcd", directory.path());
    // One worker: what the writers know is theirs together.
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([&]() -> Task<> {
      co_await with_timeout(kLimit, check_keys(server.endpoint(), knowledge));
      Load load(server, knowledge, kill_after(random));
      co_await with_timeout(kLimit, load.run());
    });
    ASSERT_TRUE(ended) << ended.error().to_string();
    ASSERT_FALSE(HasFailure()) << "after kill " << kill;
  }
  ServerProcess server("etcd", directory.path());
  Runtime runtime({.workers = 1});
  const Result<> ended = runtime.run([&]() -> Task<> {
    co_await with_timeout(kLimit, check_keys(server.endpoint(), knowledge));
    co_await with_timeout(kLimit, check_history(server.endpoint(), &knowledge));
  });
  ASSERT_TRUE(ended) << ended.error().to_string();
  EXPECT_GE(knowledge.changes.size(), std::size_t{kKills * kMinAcknowledged});
  EXPECT_EQ(server.stop(), 0);
}

TEST(EtcdCrash, a_second_server_does_not_start_on_the_same_data) {
  TemporaryDirectory directory;
  ServerProcess server("etcd", directory.path());
  EXPECT_THROW(ServerProcess second("etcd", directory.path()), std::runtime_error);
  server.kill();
}

}  // namespace
}  // namespace skerry::conformance
