// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/scope.h"
#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::any_port;
using testing::PatternReader;
using testing::RawHttp2;
using testing::RawListener;
using testing::run_limited;
using testing::wait_until;
using namespace std::chrono_literals;

using Outcome = std::optional<Result<Response>>;

Task<std::unique_ptr<RawHttp2>> accept_http2(RawListener* listener, Http2Options options = {}) {
  auto connection = co_await listener->accept();
  co_return std::make_unique<RawHttp2>(connection->release(), Http2Session::Side::kServer, options);
}

Request http2_request(const RawListener& listener, std::string method = "GET", Body body = {}) {
  RequestHead head{.method = std::move(method), .target = "/", .authority = listener.address().to_string()};
  return Request(std::move(head), std::move(body));
}

Task<> send_into(Client* client, Request request, Outcome* outcome) {
  *outcome = co_await client->send(std::move(request)).result();
}

void answer(RawHttp2& server, std::int32_t id, int status = 200) {
  const Result<> sent = server.session.respond(*server.seen(id).stream, {.status = status}, "ok", {}, std::nullopt);
  EXPECT_TRUE(sent);
}

TEST(ClientHttp2, a_refused_stream_is_sent_again) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2});
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(send_into, &client, http2_request(*listener, "POST", "x"), &outcome);
      auto server = co_await accept_http2(listener.get());
      co_await server->until([&] { return server->seen(1).ended; });
      server->session.reset(*server->seen(1).stream, Http2Error::kRefusedStream);
      co_await server->until([&] { return server->seen(3).ended; });
      EXPECT_EQ(server->seen(3).body, "x");
      answer(*server, 3);
      co_await server->flush();
      co_await wait_until([&] { return outcome.has_value(); });
    });
    EXPECT_TRUE(*outcome);
  });
}

TEST(ClientHttp2, refused_again_and_again_it_gives_up) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2, .max_attempts = 2});
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(send_into, &client, http2_request(*listener), &outcome);
      auto server = co_await accept_http2(listener.get());
      for (const std::int32_t id : {1, 3}) {
        co_await server->until([&] { return server->seen(id).head; });
        server->session.reset(*server->seen(id).stream, Http2Error::kRefusedStream);
      }
      co_await server->flush();
      // Sends what it has before the connection goes.
      co_await wait_until([&] { return outcome.has_value(); });
    });
    EXPECT_FALSE(*outcome);
    EXPECT_TRUE(is_retry_safe(outcome->error()));
    EXPECT_EQ(outcome->error().detail(kHttp2ErrorDetail), "7");
  });
}

TEST(ClientHttp2, a_stream_reset_for_another_reason_is_not_sent_again) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2});
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(send_into, &client, http2_request(*listener), &outcome);
      auto server = co_await accept_http2(listener.get());
      co_await server->until([&] { return server->seen(1).head; });
      server->session.reset(*server->seen(1).stream, Http2Error::kInternalError);
      co_await server->flush();
      co_await wait_until([&] { return outcome.has_value(); });
      EXPECT_EQ(server->events.streams.size(), 1U);
    });
    EXPECT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code(), Code::kInternal);
  });
}

TEST(ClientHttp2, a_server_that_dies_within_the_request_is_unavailable_and_not_safe_to_repeat) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2});
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(send_into, &client, http2_request(*listener), &outcome);
      auto server = co_await accept_http2(listener.get());
      co_await server->until([&] { return server->seen(1).ended; });
    });
    EXPECT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code(), Code::kUnavailable);
    EXPECT_FALSE(is_retry_safe(outcome->error()));
  });
}

TEST(ClientHttp2, after_goaway_what_was_not_processed_goes_over_a_new_connection) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2});
    Outcome first;
    Outcome second;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(send_into, &client, http2_request(*listener, "POST", "one"), &first);
      auto old_server = co_await accept_http2(listener.get());
      co_await old_server->until([&] { return old_server->seen(1).ended; });
      // A GOAWAY that admits to the first request alone, while the second one is on its way.
      scope.go(send_into, &client, http2_request(*listener, "POST", "two"), &second);
      old_server->session.finish_shutdown();
      co_await old_server->flush();
      auto new_server = co_await accept_http2(listener.get());
      co_await new_server->until([&] { return new_server->seen(1).ended; });
      EXPECT_EQ(new_server->seen(1).body, "two");
      answer(*new_server, 1);
      co_await new_server->flush();
      co_await wait_until([&] { return second.has_value(); });
      EXPECT_FALSE(first);
      // The first one is still answered on the old connection.
      answer(*old_server, 1);
      co_await old_server->until_closed();
    });
    EXPECT_TRUE(*first);
    EXPECT_TRUE(*second);
  });
}

TEST(ClientHttp2, a_slow_window_is_honoured) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2});
    constexpr std::size_t kBodyBytes = 300'000;
    std::size_t given = 0;
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      Body body(std::make_unique<PatternReader>(kBodyBytes, 10'000, &given));
      scope.go(send_into, &client, http2_request(*listener, "POST", std::move(body)), &outcome);
      auto server = co_await accept_http2(listener.get(), {.stream_window_bytes = 2000});
      // The client may have sent a default window's worth before it read the settings.
      co_await server->until([&] { return server->seen(1).head; });
      std::size_t before = 1;
      while (server->seen(1).body.size() != before) {
        before = server->seen(1).body.size();
        (void)co_await with_timeout(20ms, server->until([] { return false; })).result();
      }
      EXPECT_LT(before, 100'000U);
      EXPECT_LT(given, 250'000U);
      server->events.consumes = true;
      server->session.consume(*server->seen(1).stream, before);
      co_await server->until([&] { return server->seen(1).ended; });
      EXPECT_EQ(server->seen(1).body.size(), kBodyBytes);
      answer(*server, 1);
      co_await server->flush();
      co_await wait_until([&] { return outcome.has_value(); });
    });
    EXPECT_TRUE(*outcome);
  });
}

TEST(ClientHttp2, a_cancelled_request_resets_its_stream_and_keeps_the_connection) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2});
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        const Result<Response> late = co_await with_timeout(20ms, client.send(http2_request(*listener))).result();
        EXPECT_FALSE(late);
        outcome = co_await client.send(http2_request(*listener)).result();
      });
      auto server = co_await accept_http2(listener.get());
      co_await server->until([&] { return server->seen(1).closed; });
      EXPECT_EQ(server->seen(1).code, Http2Error::kCancel);
      co_await server->until([&] { return server->seen(3).ended; });
      answer(*server, 3);
      co_await server->flush();
      co_await wait_until([&] { return outcome.has_value(); });
    });
    EXPECT_TRUE(*outcome);
  });
}

TEST(ClientHttp2, the_servers_limit_of_streams_is_kept_by_opening_connections) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2, .max_connections_per_endpoint = 2});
    std::vector<Outcome> outcomes(6);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (Outcome& outcome : outcomes) scope.go(send_into, &client, http2_request(*listener), &outcome);
      auto one = co_await accept_http2(listener.get(), {.max_concurrent_streams = 2});
      const auto open_on = [](RawHttp2& server) { return server.session.open_streams(); };
      const auto done = [&] {
        return std::ranges::count_if(outcomes, [](const Outcome& outcome) { return outcome.has_value(); });
      };
      scope.go([&]() -> Task<> {
        auto two = co_await accept_http2(listener.get(), {.max_concurrent_streams = 2});
        while (done() < 6) {
          (void)co_await with_timeout(5ms, two->until([&] { return done() == 6; })).result();
          EXPECT_LE(open_on(*two), 2U);
          for (auto& [id, seen] : two->events.streams) {
            if (seen.ended && seen.stream != nullptr && !seen.stream->local_ended()) answer(*two, id);
          }
        }
      });
      while (done() < 6) {
        (void)co_await with_timeout(5ms, one->until([&] { return done() == 6; })).result();
        EXPECT_LE(open_on(*one), 2U);
        for (auto& [id, seen] : one->events.streams) {
          if (seen.ended && seen.stream != nullptr && !seen.stream->local_ended()) answer(*one, id);
        }
      }
    });
    for (const Outcome& outcome : outcomes) EXPECT_TRUE(*outcome);
  });
}

TEST(ClientHttp2, a_server_that_is_silent_is_pinged_and_given_up) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2, .keepalive_interval = 10ms, .keepalive_timeout = 20ms});
    Outcome outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(send_into, &client, http2_request(*listener), &outcome);
      auto server = co_await accept_http2(listener.get());
      co_await server->until([&] { return server->seen(1).head; });
      // From here on the server answers nothing, not even a PING.
      co_await wait_until([&] { return outcome.has_value(); });
    });
    EXPECT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code(), Code::kUnavailable);
  });
}

TEST(ClientHttp2, a_server_that_never_says_a_word_is_given_up) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client({.protocol = Protocol::kHttp2, .connect_timeout = 20ms});
    const Result<Response> response = co_await client.send(http2_request(*listener)).result();
    EXPECT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::kUnavailable);
    EXPECT_TRUE(is_retry_safe(response.error()));
  });
}

}  // namespace
}  // namespace skerry::http
