// SPDX-License-Identifier: Apache-2.0
#include "skerry/net/stream.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/net/listener.h"

namespace skerry::net {
namespace {

using namespace std::chrono_literals;

struct Pair {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
};

// Two connected streams on this worker.
Task<Pair> connected_pair() {
  ListenAddress bound = co_await bind_listen_address(*Address::from_ip("127.0.0.1", 0));
  std::unique_ptr<Listener> listener = co_await Listener::open(bound.address);
  Pair pair;
  pair.client = co_await connect(bound.address);
  pair.server = co_await listener->accept();
  co_return std::move(pair);
}

template <class F>
auto run_net(F f) {
  Runtime runtime({.workers = 1});
  return runtime.run(std::move(f));
}

Task<std::string> read_until_end(Stream& stream) {
  std::string all;
  std::array<char, 4096> buffer;
  for (;;) {
    std::size_t size = co_await read_some(stream, buffer);
    if (size == 0) co_return all;
    all.append(buffer.data(), size);
  }
}

TEST(Listener, gives_the_connections_that_wait_and_no_more) {
  const Result<> outcome = run_net([]() -> Task<> {
    ListenAddress bound = co_await bind_listen_address(*Address::from_ip("127.0.0.1", 0));
    std::unique_ptr<Listener> listener = co_await Listener::open(bound.address);
    EXPECT_EQ(listener->accept_waiting(), nullptr);
    const auto one = co_await connect(bound.address);
    const auto two = co_await connect(bound.address);
    std::vector<std::unique_ptr<Stream>> accepted;
    while (auto stream = listener->accept_waiting()) accepted.push_back(std::move(stream));
    EXPECT_EQ(accepted.size(), 2U);
    co_await write_all(*one, "still heard");
    std::array<char, 16> buffer;
    const std::size_t size = co_await read_some(*accepted.front(), buffer);
    EXPECT_EQ(std::string_view(buffer.data(), size), "still heard");
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(Stream, carries_bytes_both_ways) {
  Result<std::string> echoed = run_net([]() -> Task<std::string> {
    Pair pair = co_await connected_pair();
    co_await write_all(*pair.client, "ping");
    std::array<char, 16> buffer;
    std::size_t size = co_await read_some(*pair.server, buffer);
    co_await write_all(*pair.server, std::string_view(buffer.data(), size));
    size = co_await read_some(*pair.client, buffer);
    co_return std::string(buffer.data(), size);
  });
  ASSERT_TRUE(echoed) << echoed.error().to_string();
  EXPECT_EQ(*echoed, "ping");
}

TEST(Stream, a_writer_waits_for_a_slow_reader_and_loses_nothing) {
  const std::string big(8 << 20, 'x');
  Result<std::size_t> received = run_net([&]() -> Task<std::size_t> {
    Pair pair = co_await connected_pair();
    std::string all;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        co_await write_all(*pair.client, big);
        pair.client->shutdown_write();
      });
      all = co_await read_until_end(*pair.server);
    });
    co_return all.size();
  });
  EXPECT_EQ(*received, big.size());
}

TEST(Stream, sees_the_end_that_came_with_the_last_bytes) {
  Result<std::string> all = run_net([]() -> Task<std::string> {
    Pair pair = co_await connected_pair();
    co_await write_all(*pair.client, "last words");
    pair.client.reset();
    co_return co_await read_until_end(*pair.server);
  });
  EXPECT_EQ(*all, "last words");
}

TEST(Stream, a_timeout_ends_a_read_and_the_stream_is_as_before) {
  Result<std::string> after = run_net([]() -> Task<std::string> {
    Pair pair = co_await connected_pair();
    std::array<char, 16> buffer;
    Result<std::size_t> late = co_await with_timeout(5ms, read_some(*pair.server, buffer)).result();
    if (late || late.error().code() != Code::kDeadlineExceeded) co_return "the read did not time out";
    co_await write_all(*pair.client, "still there");
    std::size_t size = co_await read_some(*pair.server, buffer);
    co_return std::string(buffer.data(), size);
  });
  EXPECT_EQ(*after, "still there");
}

TEST(Stream, connecting_to_a_port_where_nobody_listens_is_unavailable) {
  Result<> result = run_net([]() -> Task<> {
    ListenAddress bound = co_await bind_listen_address(*Address::from_ip("127.0.0.1", 0));
    co_await connect(bound.address);
  });
  EXPECT_EQ(result.error().code(), Code::kUnavailable);
}

TEST(Stream, a_write_to_a_closed_peer_fails_and_does_not_kill_the_process) {
  Result<> result = run_net([]() -> Task<> {
    Pair pair = co_await connected_pair();
    pair.server.reset();
    for (;;) co_await write_all(*pair.client, "x");
  });
  EXPECT_EQ(result.error().code(), Code::kUnavailable);
}

TEST(Listener, a_taken_port_is_an_error_that_says_so) {
  Result<> result = run_net([]() -> Task<> {
    ListenAddress bound = co_await bind_listen_address(*Address::from_ip("127.0.0.1", 0));
    std::unique_ptr<Listener> listener = co_await Listener::open(bound.address);
    co_await bind_listen_address(bound.address);
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::kFailedPrecondition);
  EXPECT_NE(result.error().message().find("the port is in use"), std::string::npos);
}

TEST(Listener, workers_share_a_port_and_each_accepts_for_itself) {
  Runtime runtime({.workers = 2});
  Result<int> served = runtime.run([]() -> Task<int> {
    ListenAddress bound = co_await bind_listen_address(*Address::from_ip("127.0.0.1", 0));
    std::atomic<int> accepted = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 2; ++i) {
        scope.go_on(Runtime::current().worker(i), [&]() -> Task<> {
          std::unique_ptr<Listener> listener = co_await Listener::open(bound.address);
          for (;;) {
            std::unique_ptr<Stream> stream = co_await listener->accept();
            co_await write_all(*stream, "hi");
            ++accepted;
          }
        });
      }
      for (int done = 0; done < 50;) {
        Result<std::unique_ptr<Stream>> stream = co_await connect(bound.address).result();
        if (!stream) {
          // The listeners are not open yet.
          co_await yield();
          continue;
        }
        std::string greeting = co_await read_until_end(**stream);
        if (greeting == "hi") ++done;
      }
      scope.cancel();
    }).result();
    co_return accepted.load();
  });
  EXPECT_GE(*served, 50);
}

}  // namespace
}  // namespace skerry::net
