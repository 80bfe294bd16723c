// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::any_port;
using testing::RawConnection;
using testing::RawHttp2;
using testing::run_limited;
using testing::run_served;
using testing::Served;
using testing::wait_until;
using namespace std::chrono_literals;

struct HeldRequests {
  Event began;
  Event release;
  std::atomic<int> cancelled = 0;

  Handler handler() {
    return Handler([this](Request) -> Task<Response> {
      struct Told {
        std::atomic<int>* count;
        ~Told() {
          if (count != nullptr) ++*count;
        }
      } told{&cancelled};
      began.set();
      co_await release.wait();
      told.count = nullptr;
      co_return text("finished");
    });
  }
};

TEST(ServerStop, requests_in_flight_are_finished_over_http1) {
  HeldRequests held;
  run_served(held.handler(), [&](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await held.began.wait();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await served.server.stop(20s); });
      // New connections are refused as soon as it stops.
      bool refused = false;
      while (!refused) {
        refused = !(co_await net::connect(served.address).result());
        co_await sleep(1ms);
      }
      held.release.set();
      const auto response = co_await connection->response();
      EXPECT_EQ(response.body, "finished");
      EXPECT_FALSE(response.keep_alive);
    });
    EXPECT_EQ(served.server.counters().open_connections, 0U);
  });
}

TEST(ServerStop, requests_in_flight_are_finished_over_http2_after_goaway) {
  HeldRequests held;
  run_served(held.handler(), [&](Served served) -> Task<> {
    auto raw = co_await RawHttp2::open(served.address);
    const std::int32_t id = raw->get("/").id();
    co_await raw->flush();
    co_await held.began.wait();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await served.server.stop(20s); });
      co_await raw->until([&] { return raw->events.goaways.size() == 2; });
      EXPECT_EQ(raw->events.goaways[0].second, Http2Error::kNoError);
      EXPECT_EQ(raw->events.goaways[1].first, id);
      held.release.set();
      co_await raw->until([&] { return raw->seen(id).ended; });
      EXPECT_EQ(raw->seen(id).body, "finished");
      co_await raw->until_closed();
    });
    EXPECT_EQ(served.server.counters().open_connections, 0U);
  });
}

TEST(ServerStop, a_connection_that_has_sent_nothing_yet_is_answered_once) {
  HeldRequests held;
  held.release.set();
  run_served(held.handler(), [&](Served served) -> Task<> {
    auto one = co_await RawConnection::open(served.address);
    auto two = co_await RawHttp2::open(served.address);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await served.server.stop(20s); });
      while (co_await net::connect(served.address).result()) co_await sleep(1ms);
      co_await one->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      const auto response = co_await one->response();
      EXPECT_EQ(response.body, "finished");
      EXPECT_FALSE(response.keep_alive);
      const std::int32_t id = two->get("/").id();
      co_await two->until([&] { return two->seen(id).ended; });
      EXPECT_EQ(two->seen(id).body, "finished");
      co_await two->until_closed();
      two.reset();
    });
    EXPECT_EQ(served.server.counters().open_connections, 0U);
  });
}

TEST(ServerStop, idle_connections_are_closed) {
  HeldRequests held;
  held.release.set();
  run_served(held.handler(), [&](Served served) -> Task<> {
    auto silent = co_await RawConnection::open(served.address);
    auto idle = co_await RawConnection::open(served.address);
    co_await idle->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto response = co_await idle->response();
    EXPECT_TRUE(response.keep_alive);
    co_await wait_until([&] { return served.server.counters().open_connections == 2; });
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await served.server.stop(20s); });
      (void)co_await idle->receive_to_end();
      (void)co_await silent->receive_to_end();
      idle.reset();
      silent.reset();
    });
    EXPECT_EQ(served.server.counters().open_connections, 0U);
  });
}

TEST(ServerStop, what_takes_longer_than_the_limit_is_cancelled) {
  HeldRequests held;
  run_served(held.handler(), [&](Served served) -> Task<> {
    auto one = co_await RawConnection::open(served.address);
    co_await one->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    auto two = co_await RawHttp2::open(served.address);
    two->get("/");
    co_await two->flush();
    co_await wait_until([&] { return served.server.counters().requests == 2; });
    co_await served.server.stop(20ms);
    EXPECT_EQ(held.cancelled, 2);
    EXPECT_EQ(served.server.counters().open_connections, 0U);
  });
}

TEST(ServerStop, the_limit_is_kept_after_connections_have_come_and_gone) {
  HeldRequests held;
  run_served(held.handler(), [&](Served served) -> Task<> {
    auto first = co_await RawConnection::open(served.address);
    co_await wait_until([&] { return served.server.counters().open_connections == 1; });
    first.reset();
    co_await wait_until([&] { return served.server.counters().open_connections == 0; });
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await held.began.wait();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await served.server.stop(20s); });
      co_await sleep(5ms);
      EXPECT_EQ(held.cancelled, 0);
      held.release.set();
      const auto response = co_await connection->response();
      EXPECT_EQ(response.body, "finished");
    });
  });
}

TEST(ServerStop, every_worker_serves_and_stops) {
  std::atomic<unsigned> workers_seen = 0;
  Handler handler([&](Request) -> Task<Response> {
    workers_seen.fetch_or(1U << Worker::current()->index());
    co_return text("fine");
  });
  run_served(
      handler,
      [&](Served served) -> Task<> {
        std::vector<std::unique_ptr<RawConnection>> connections;
        // The kernel spreads connections over the listeners by a hash.
        while (workers_seen != 7U) {
          connections.push_back(co_await RawConnection::open(served.address));
          co_await connections.back()->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
          const auto response = co_await connections.back()->response();
          EXPECT_EQ(response.body, "fine");
        }
        EXPECT_EQ(served.server.counters().requests, connections.size());
        co_await served.server.stop(10s);
        EXPECT_EQ(served.server.counters().open_connections, 0U);
      },
      {}, 3);
}

TEST(ServerStop, a_taken_port_is_an_error) {
  run_limited([]() -> Task<> {
    const Handler handler = [](Request) -> Task<Response> { co_return text("x"); };
    Server first(handler);
    Server second(handler);
    const net::Address address = co_await first.listen(any_port());
    const Result<net::Address> taken = co_await second.listen(address).result();
    EXPECT_FALSE(taken);
    EXPECT_EQ(taken.error().code(), Code::kFailedPrecondition);
    co_await second.stop(1s);
    co_await first.stop(1s);
    // A server that has stopped gives the port back.
    Server third(handler);
    (void)co_await third.listen(address);
    co_await third.stop(1s);
    const Result<net::Address> again = co_await third.listen(any_port()).result();
    EXPECT_FALSE(again);
  });
}

}  // namespace
}  // namespace skerry::http
