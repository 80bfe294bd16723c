// SPDX-License-Identifier: Apache-2.0
//
// The server as a whole: its data directory, what survives a restart, what it answers that is not gRPC, and how it
// stops.
#include "platform/etcd/server.h"

#include <gtest/gtest.h>

#include <string>

#include "grpc/health/v1/health.skerry.h"
#include "proto/etcd/kv.skerry.h"
#include "proto/etcd/lock.skerry.h"
#include "proto/etcd/watch.skerry.h"

#include "platform/etcd/server_fixture.h"
#include "skerry/grpc/pipe.h"
#include "skerry/http/client.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::LeaseGrantRequest;
using etcdserverpb::LeaseTimeToLiveRequest;
using etcdserverpb::WatchRequest;
using etcdserverpb::WatchResponse;

class EtcdServer : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body) {
    auto outcome = run_server(options_in(directory_.path()), std::move(body));
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }
  disk::TemporaryDirectory directory_;
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

struct Page {
  int status = 0;
  std::string type;
  std::string body;
};

Task<Page> get_page(std::string url) {
  http::Client client;
  http::Response response = co_await client.get(std::move(url));
  Page page{.status = response.status};
  page.type = response.headers.get("content-type").value_or("");
  page.body = co_await response.body.read_all(std::size_t{1} << 20);
  co_return std::move(page);
}

TEST_F(EtcdServer, tells_its_address_when_the_system_chose_the_port) {
  run([](Server& server) -> Task<> {
    EXPECT_NE(server.address().port(), 0);
    EXPECT_EQ(server.url(), fmt::format("http://127.0.0.1:{}", server.address().port()));
    co_return;
  });
}

TEST_F(EtcdServer, answers_health_version_and_metrics_over_plain_http) {
  run([](Server& server) -> Task<> {
    const Page health = co_await get_page(server.url() + "/health");
    EXPECT_EQ(health.status, 200);
    EXPECT_EQ(health.body, R"({"health":"true","reason":""})");
    const Page version = co_await get_page(server.url() + "/version");
    EXPECT_TRUE(has(version.body, R"("etcdserver":"3.5.)")) << version.body;
    co_await server.engine().put(put_request("a", "1"));
    const Page metrics = co_await get_page(server.url() + "/metrics");
    EXPECT_TRUE(has(metrics.type, "text/plain")) << metrics.type;
    EXPECT_TRUE(has(metrics.body, "\netcd_debugging_mvcc_current_revision 2\n")) << metrics.body;
    EXPECT_TRUE(has(metrics.body, "\netcd_debugging_mvcc_keys_total 1\n")) << metrics.body;
    EXPECT_TRUE(has(metrics.body, "\netcd_server_has_leader 1\n")) << metrics.body;
    EXPECT_TRUE(has(metrics.body, "\nprocess_resident_memory_bytes ")) << metrics.body;
    const Page unknown = co_await get_page(server.url() + "/unknown");
    EXPECT_EQ(unknown.status, 404);
  });
}

TEST_F(EtcdServer, says_that_it_serves_to_those_who_ask_over_grpc) {
  run([](Server& server) -> Task<> {
    auto health = grpc::make_client<::grpc::health::v1::Health>(grpc::Channel::create(server.address().to_string()));
    const auto answer = co_await health->Check({});
    EXPECT_EQ(answer.status(), ::grpc::health::v1::HealthCheckResponse::SERVING);
  });
}

TEST_F(EtcdServer, is_not_healthy_while_an_alarm_is_raised) {
  run([](Server& server) -> Task<> {
    co_await server.engine().alarm(from_text<etcdserverpb::AlarmRequest>("action: ACTIVATE alarm: NOSPACE"));
    const Page raised = co_await get_page(server.url() + "/health");
    EXPECT_EQ(raised.status, 503);
    co_await server.engine().alarm(from_text<etcdserverpb::AlarmRequest>("action: DEACTIVATE alarm: NOSPACE"));
    const Page disarmed = co_await get_page(server.url() + "/health");
    EXPECT_EQ(disarmed.status, 200);
  });
}

TEST_F(EtcdServer, has_its_data_directory_alone) {
  run([this](Server&) -> Task<> {
    auto second = co_await Server::open(options_in(directory_.path().string())).result();
    EXPECT_EQ(second.error().code(), Code::kFailedPrecondition);
    EXPECT_TRUE(has(second.error().message(), directory_.path().string())) << second.error().to_string();
  });
}

TEST_F(EtcdServer, goes_on_after_a_restart_with_the_same_keys_revisions_and_leases) {
  run([](Server& server) -> Task<> {
    co_await server.engine().lease_grant(from_text<LeaseGrantRequest>("TTL: 300 ID: 7"));
    co_await server.engine().put(put_request("leased", "1", 7));
    co_await server.engine().put(put_request("kept", "1"));
  });
  run([](Server& server) -> Task<> {
    auto kept = co_await server.engine().range(range_request("kept"));
    EXPECT_EQ(kept.kvs(0).mod_revision(), 3);
    EXPECT_EQ(kept.header().revision(), 3);
    auto lease = server.engine().lease_time_to_live(from_text<LeaseTimeToLiveRequest>("ID: 7 keys: true"));
    EXPECT_EQ(lease.grantedttl(), 300);
    EXPECT_GT(lease.ttl(), 290);
    EXPECT_EQ(lease.keys(0), "leased");
    co_await server.engine().lease_revoke(from_text<etcdserverpb::LeaseRevokeRequest>("ID: 7"));
    auto gone = co_await server.engine().range(range_request("leased"));
    EXPECT_EQ(gone.count(), 0);
    EXPECT_EQ(gone.header().revision(), 4);
  });
}

TEST_F(EtcdServer, a_lease_that_nobody_renews_ends_after_a_restart_too) {
  run([](Server& server) -> Task<> {
    co_await server.engine().lease_grant(from_text<LeaseGrantRequest>("TTL: 2 ID: 7"));
    co_await server.engine().put(put_request("leased", "1", 7));
  });
  run([](Server& server) -> Task<> {
    auto found = co_await server.engine().range(range_request("leased"));
    EXPECT_EQ(found.count(), 1) << "a restart gives every lease its whole time again";
    co_await eventually([&] { return server.engine().counts().leases == 0; });
    auto gone = co_await server.engine().range(range_request("leased"));
    EXPECT_EQ(gone.count(), 0);
  });
}

TEST_F(EtcdServer, a_watch_resumes_from_the_history_written_before_a_restart) {
  run([](Server& server) -> Task<> {
    for (const char* value : {"1", "2", "3"}) co_await server.engine().put(put_request("a", value));
  });
  run([](Server& server) -> Task<> {
    auto watch = grpc::make_client<etcdserverpb::Watch>(grpc::Channel::create(server.address().to_string()));
    auto requests = grpc::make_pipe<WatchRequest>();
    auto responses = grpc::make_pipe<WatchResponse>();
    std::vector<std::string> seen;
    const Result<> ended =
        co_await with_scope([&](Scope& scope) -> Task<> {
          scope.go([&] { return watch->Watch_(std::move(requests.receiver), std::move(responses.sender)); });
          co_await requests.sender.send(from_text<WatchRequest>("create_request { key: 'a' start_revision: 3 }"));
          co_await server.engine().put(put_request("a", "4"));
          while (seen.size() < 3) {
            auto response = co_await responses.receiver.receive();
            for (const auto& event : response->events()) seen.push_back(event.kv().value());
          }
          scope.cancel();
        }).result();
    EXPECT_EQ(ended.error().code(), Code::kCancelled);
    EXPECT_EQ(seen, (std::vector<std::string>{"2", "3", "4"}));
  });
}

TEST_F(EtcdServer, ends_watches_and_waiting_locks_when_it_stops) {
  std::optional<Error> watch_end;
  std::optional<Error> lock_end;
  run([&](Server& server) -> Task<> {
    auto channel = grpc::Channel::create(server.address().to_string());
    auto watch = grpc::make_client<etcdserverpb::Watch>(channel);
    auto locks = grpc::make_client<v3lockpb::Lock>(channel);
    co_await server.engine().lease_grant(from_text<LeaseGrantRequest>("TTL: 300 ID: 1"));
    co_await server.engine().lease_grant(from_text<LeaseGrantRequest>("TTL: 300 ID: 2"));
    co_await locks->Lock_(from_text<v3lockpb::LockRequest>("name: 'm' lease: 1"));
    auto requests = grpc::make_pipe<WatchRequest>();
    auto responses = grpc::make_pipe<WatchResponse>();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        auto ended = co_await watch->Watch_(std::move(requests.receiver), std::move(responses.sender)).result();
        watch_end = ended.error();
      });
      scope.go([&]() -> Task<> {
        auto ended = co_await locks->Lock_(from_text<v3lockpb::LockRequest>("name: 'm' lease: 2")).result();
        lock_end = ended.error();
      });
      co_await requests.sender.send(from_text<WatchRequest>("create_request { key: 'a' }"));
      auto created = co_await responses.receiver.receive();
      EXPECT_TRUE(created->created());
      co_await eventually([&] { return server.engine().counts().keys == 2; });
      co_await server.stop(std::chrono::seconds(5));
    });
  });
  const Error stopped = Error::unavailable("etcdserver: server stopped");
  EXPECT_EQ(watch_end, stopped);
  EXPECT_EQ(lock_end, stopped);
}

}  // namespace
}  // namespace skerry::platform::etcd
