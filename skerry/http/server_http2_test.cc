// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/panic.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::RawConnection;
using testing::RawHttp2;
using testing::run_served;
using testing::Served;
using namespace std::chrono_literals;

Task<Response> echo_target(Request request) {
  const std::string body = co_await request.body.read_all(1 << 20);
  co_return text(request.method + " " + request.target + " '" + body + "'");
}

TEST(ServerHttp2, both_versions_are_served_on_one_port) {
  Handler handler = [](Request request) -> Task<Response> {
    co_return text(request.version == Version::kHttp2 ? "two" : "one");
  };
  run_served(handler, [](Served served) -> Task<> {
    Client one;
    Client two({.protocol = Protocol::kHttp2});
    for (int i = 0; i < 3; ++i) {
      Response first = co_await one.get(served.url("/"));
      const std::string first_body = co_await first.body.read_all(10);
      EXPECT_EQ(first_body, "one");
      Response second = co_await two.get(served.url("/"));
      const std::string second_body = co_await second.body.read_all(10);
      EXPECT_EQ(second_body, "two");
    }
    EXPECT_EQ(served.server.counters().connections, 2U);
  });
}

TEST(ServerHttp2, a_preface_that_drips_in_is_recognised) {
  run_served(echo_target, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    for (const char byte : testing::kClientPreface) {
      co_await connection->send(std::string(1, byte));
      co_await sleep(1ms);
    }
    const std::string settings = testing::frame(testing::FrameType::kSettings, 0, 0);
    co_await connection->send(settings);
    co_await connection->receive_through(testing::frame(testing::FrameType::kSettings, 1, 0));
  });
}

TEST(ServerHttp2, a_method_that_begins_like_the_preface_is_served_by_http1) {
  run_served(echo_target, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("PRI");
    co_await sleep(1ms);
    co_await connection->send("NT /x HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto response = co_await connection->response();
    EXPECT_EQ(response.body, "PRINT /x ''");
  });
}

TEST(ServerHttp2, requests_of_one_connection_are_served_at_once) {
  constexpr int kRequests = 100;
  int arrived = 0;
  Event all;
  Handler handler([&](Request request) -> Task<Response> {
    if (++arrived == kRequests) all.set();
    co_await all.wait();
    co_return text(request.target);
  });
  run_served(handler, [](Served served) -> Task<> {
    auto raw = co_await RawHttp2::open(served.address);
    co_await raw->until([&] { return raw->events.settings > 0; });
    for (int i = 0; i < kRequests; ++i) raw->get("/" + std::to_string(i));
    co_await raw->until([&] {
      return std::ranges::count_if(raw->events.streams, [](const auto& entry) { return entry.second.ended; }) ==
             kRequests;
    });
    for (const auto& [id, seen] : raw->events.streams) EXPECT_EQ(seen.body, "/" + std::to_string(id / 2));
    EXPECT_EQ(served.server.counters().connections, 1U);
  });
}

TEST(ServerHttp2, a_client_with_a_tiny_window_gets_everything_bit_by_bit) {
  Handler handler = [](Request) -> Task<Response> { co_return text(std::string(200'000, 'x')); };
  run_served(handler, [](Served served) -> Task<> {
    auto raw =
        co_await RawHttp2::open(served.address, {.stream_window_bytes = 1000, .connection_window_bytes = 70'000});
    const std::int32_t id = raw->get("/").id();
    // Nothing is consumed yet: the server has to stop at the window.
    co_await raw->until([&] { return raw->seen(id).body.size() == 1000; });
    raw->events.consumes = true;
    raw->session.consume(*raw->seen(id).stream, 1000);
    co_await raw->until([&] { return raw->seen(id).ended; });
    EXPECT_EQ(raw->seen(id).body.size(), 200'000U);
  });
}

TEST(ServerHttp2, a_panic_ends_its_stream_and_no_other) {
  Event release;
  Handler handler([&](Request request) -> Task<Response> {
    if (request.target == "/panic") panic("a bug");
    co_await release.wait();
    co_return text("fine");
  });
  run_served(handler, [&](Served served) -> Task<> {
    auto raw = co_await RawHttp2::open(served.address);
    const std::int32_t fine = raw->get("/fine").id();
    const std::int32_t broken = raw->get("/panic").id();
    co_await raw->until([&] { return raw->seen(broken).ended; });
    EXPECT_EQ(raw->seen(broken).response.status, 500);
    release.set();
    co_await raw->until([&] { return raw->seen(fine).ended; });
    EXPECT_EQ(raw->seen(fine).body, "fine");
  });
}

TEST(ServerHttp2, a_response_before_the_end_of_the_request_stops_the_request) {
  Handler handler = [](Request) -> Task<Response> { co_return text("enough", 403); };
  run_served(handler, [](Served served) -> Task<> {
    auto raw = co_await RawHttp2::open(served.address);
    Http2Stream& stream = raw->post("/");
    const std::int32_t id = stream.id();
    raw->session.write(stream, "some");
    co_await raw->until([&] { return raw->seen(id).closed; });
    EXPECT_EQ(raw->seen(id).response.status, 403);
    EXPECT_TRUE(raw->seen(id).ended);
    EXPECT_EQ(raw->seen(id).code, Http2Error::kNoError);
    // The connection goes on.
    const std::int32_t next = raw->get("/").id();
    co_await raw->until([&] { return raw->seen(next).ended; });
    EXPECT_EQ(raw->seen(next).response.status, 403);
  });
}

TEST(ServerHttp2, a_reset_request_cancels_its_task_and_no_other) {
  Event began;
  Event cancelled;
  Handler handler([&](Request request) -> Task<Response> {
    if (request.target == "/wait") {
      struct Told {
        Event& event;
        ~Told() { event.set(); }
      } told{cancelled};
      began.set();
      co_await sleep(1h);
    }
    co_return text("fine");
  });
  run_served(handler, [&](Served served) -> Task<> {
    auto raw = co_await RawHttp2::open(served.address);
    Http2Stream& stream = raw->get("/wait");
    const std::int32_t id = stream.id();
    co_await raw->flush();
    co_await began.wait();
    raw->session.reset(stream, Http2Error::kCancel);
    co_await raw->flush();
    co_await cancelled.wait();
    EXPECT_FALSE(raw->seen(id).head);
    const std::int32_t next = raw->get("/").id();
    co_await raw->until([&] { return raw->seen(next).ended; });
    EXPECT_EQ(raw->seen(next).body, "fine");
  });
}

TEST(ServerHttp2, the_last_request_of_a_connection_is_followed_by_goaway) {
  Event release;
  Handler handler([&](Request request) -> Task<Response> {
    if (request.target == "/last") co_await release.wait();
    co_return text("fine");
  });
  run_served(handler,
             [&](Served served) -> Task<> {
               auto raw = co_await RawHttp2::open(served.address);
               const std::int32_t first = raw->get("/").id();
               co_await raw->until([&] { return raw->seen(first).ended; });
               EXPECT_TRUE(raw->events.goaways.empty());
               const std::int32_t last = raw->get("/last").id();
               // First that there is an end, then, when everything on its way has come, where it is.
               co_await raw->until([&] { return raw->events.goaways.size() == 2; });
               EXPECT_EQ(raw->events.goaways[0].first, 0x7fff'ffff);
               EXPECT_EQ(raw->events.goaways[1], std::pair(last, Http2Error::kNoError));
               release.set();
               co_await raw->until([&] { return raw->seen(last).ended; });
               EXPECT_EQ(raw->seen(last).body, "fine");
               co_await raw->until_closed();
             },
             {.max_requests_per_connection = 2});
}

}  // namespace
}  // namespace skerry::http
