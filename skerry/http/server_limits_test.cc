// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::RawConnection;
using testing::RawHttp2;
using testing::run_served;
using testing::Served;
using testing::wait_until;
using namespace std::chrono_literals;

Task<Response> read_limited_body(Request request) {
  const std::string body = co_await request.body.read_all(1 << 24);
  co_return text(std::to_string(body.size()));
}

// The status of the answer to these bytes, after which the server has to close.
Task<int> status_of_bytes(Served served, std::string bytes) {
  auto connection = co_await RawConnection::open(served.address);
  // The server may have answered and closed before all of it is written.
  (void)co_await connection->send(std::move(bytes)).result();
  const auto response = co_await connection->response();
  EXPECT_FALSE(response.keep_alive);
  EXPECT_NE(response.body.find(R"({"error":{)"), std::string::npos) << response.body;
  (void)co_await connection->receive_to_end();
  co_return response.head.status;
}

TEST(ServerLimits, malformed_requests_get_400_and_the_connection_ends) {
  run_served(read_limited_body, [](Served served) -> Task<> {
    const int garbage = co_await status_of_bytes(served, "\x16\x03\x01 nonsense\r\n\r\n");
    EXPECT_EQ(garbage, 400);
    const int two_lengths = co_await status_of_bytes(
        served, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(two_lengths, 400);
    const int no_host = co_await status_of_bytes(served, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(no_host, 400);
    EXPECT_EQ(served.server.counters().refused_requests, 3U);
    EXPECT_EQ(served.server.counters().requests, 0U);
  });
}

TEST(ServerLimits, a_head_that_is_too_large_gets_431) {
  run_served(read_limited_body, [](Served served) -> Task<> {
    const std::string line = "X-Filler: " + std::string(4000, 'x') + "\r\n";
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 20; ++i) request += line;
    const int status = co_await status_of_bytes(served, request + "\r\n");
    EXPECT_EQ(status, 431);
  });
}

TEST(ServerLimits, a_body_that_is_announced_as_too_large_gets_413) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               const int status =
                   co_await status_of_bytes(served, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
               EXPECT_EQ(status, 413);
             },
             {.max_body_bytes = 1000});
}

TEST(ServerLimits, a_chunked_body_that_grows_too_large_gets_413) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               std::string request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
               for (int i = 0; i < 11; ++i) request += "64\r\n" + std::string(100, 'x') + "\r\n";
               const int status = co_await status_of_bytes(served, request);
               EXPECT_EQ(status, 413);
             },
             {.max_body_bytes = 1000});
}

TEST(ServerLimits, a_body_that_the_handler_finds_too_large_gets_413) {
  Handler handler = [](Request request) -> Task<Response> {
    const std::string body = co_await request.body.read_all(10);
    co_return text(body);
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n12345678901");
    const auto response = co_await connection->response();
    EXPECT_EQ(response.head.status, 413);
    EXPECT_TRUE(response.keep_alive);
  });
}

TEST(ServerLimits, an_answer_before_a_long_body_has_come_says_that_the_connection_ends) {
  Handler handler = [](Request) -> Task<Response> { co_return text("no, thank you"); };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\nand so on");
    const auto response = co_await connection->response();
    EXPECT_EQ(response.head.status, 200);
    EXPECT_FALSE(response.keep_alive);
  });
}

TEST(ServerLimits, http2_bodies_that_are_too_large_get_413) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               auto raw = co_await RawHttp2::open(served.address);
               const auto announced =
                   raw->session.request({.method = "POST", .target = "/", .authority = "h", .headers = {}}, false);
               Http2Stream& grows = **announced;
               const std::int32_t id = grows.id();
               raw->session.write(grows, std::string(1001, 'x'));
               co_await raw->until([&] { return raw->seen(id).ended; });
               EXPECT_EQ(raw->seen(id).response.status, 413);
             },
             {.max_body_bytes = 1000});
}

TEST(ServerLimits, a_head_that_does_not_come_in_time_gets_408) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               const int status = co_await status_of_bytes(served, "GET / HTTP/1.1\r\nHos");
               EXPECT_EQ(status, 408);
             },
             {.header_timeout = 20ms});
}

TEST(ServerLimits, the_clock_of_a_head_is_not_put_off_by_single_bytes) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               auto connection = co_await RawConnection::open(served.address);
               co_await connection->send("GET / HTTP/1.1\r\nHost: h\r\n");
               const auto began = std::chrono::steady_clock::now();
               Result<> sent;
               while (sent && std::chrono::steady_clock::now() - began < 5s) {
                 sent = co_await connection->send("X: y\r\n").result();
                 co_await sleep(5ms);
               }
               EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
             },
             {.header_timeout = 50ms});
}

TEST(ServerLimits, a_body_that_does_not_come_in_time_gets_408) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               const int status =
                   co_await status_of_bytes(served, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123");
               EXPECT_EQ(status, 408);
             },
             {.body_timeout = 20ms});
}

TEST(ServerLimits, connections_without_a_request_are_closed) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               auto silent = co_await RawConnection::open(served.address);
               const std::string nothing = co_await silent->receive_to_end();
               EXPECT_EQ(nothing, "");
               auto idle = co_await RawConnection::open(served.address);
               co_await idle->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
               const auto response = co_await idle->response();
               EXPECT_TRUE(response.keep_alive);
               const std::string rest = co_await idle->receive_to_end();
               EXPECT_EQ(rest, "");
             },
             {.header_timeout = 20ms, .idle_timeout = 20ms});
}

TEST(ServerLimits, idle_http2_connections_are_closed_with_goaway) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               auto raw = co_await RawHttp2::open(served.address);
               co_await raw->until_closed();
               EXPECT_EQ(raw->events.goaways.size(), 1U);
             },
             {.idle_timeout = 20ms});
}

TEST(ServerLimits, connections_past_the_limit_are_closed_at_once) {
  run_served(read_limited_body,
             [](Served served) -> Task<> {
               auto first = co_await RawConnection::open(served.address);
               auto second = co_await RawConnection::open(served.address);
               co_await wait_until([&] { return served.server.counters().open_connections == 2; });
               auto third = co_await RawConnection::open(served.address);
               const std::string nothing = co_await third->receive_to_end();
               EXPECT_EQ(nothing, "");
               EXPECT_EQ(served.server.counters().refused_connections, 1U);
               // When one has gone there is room again.
               first.reset();
               co_await wait_until([&] { return served.server.counters().open_connections == 1; });
               auto fourth = co_await RawConnection::open(served.address);
               co_await fourth->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
               const auto response = co_await fourth->response();
               EXPECT_EQ(response.head.status, 200);
             },
             {.max_connections = 2});
}

TEST(ServerLimits, a_client_that_takes_nothing_is_cut_off) {
  Handler handler = [](Request) -> Task<Response> { co_return text(std::string(32 << 20, 'x')); };
  run_served(handler,
             [](Served served) -> Task<> {
               auto connection = co_await RawConnection::open(served.address);
               co_await connection->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
               co_await wait_until([&] { return served.server.counters().requests == 1; });
               co_await wait_until([&] { return served.server.counters().open_connections == 0; });
             },
             {.write_timeout = 30ms});
}

TEST(ServerLimits, a_client_that_floods_with_resets_is_sent_away) {
  Handler handler = [](Request) -> Task<Response> {
    co_await sleep(10s);
    co_return text("late");
  };
  ServerOptions options;
  options.http2.resets = {.burst = 50, .per_second = 1};
  run_served(
      handler,
      [](Served served) -> Task<> {
        auto raw = co_await RawHttp2::open(served.address);
        co_await raw->until([&] { return raw->events.settings > 0; });
        Result<> outcome;
        for (int i = 0; i < 200 && outcome; ++i) {
          if (raw->session.available_streams() == 0) break;
          Http2Stream& stream = raw->get("/");
          const std::int32_t id = stream.id();
          outcome = co_await raw->flush().result();
          raw->session.reset(stream, Http2Error::kCancel);
          if (outcome) outcome = co_await raw->until([&, id] { return raw->seen(id).closed; }).result();
        }
        (void)co_await raw->until_closed();
        EXPECT_FALSE(raw->events.goaways.empty());
        if (raw->events.goaways.empty()) co_return;
        EXPECT_EQ(raw->events.goaways.back().second, Http2Error::kEnhanceYourCalm);
      },
      options);
}

}  // namespace
}  // namespace skerry::http
