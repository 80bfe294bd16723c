// SPDX-License-Identifier: Apache-2.0
//
// Hostile and broken peers: frames made by hand against the guards of the session.
#include <gtest/gtest.h>

#include <string>

#include "skerry/http/http2_session.h"
#include "skerry/http/http2_test_util.h"

namespace skerry::http {
namespace {

using namespace std::chrono_literals;
using testing::FrameType;
using testing::Http2Pair;
using testing::Http2Recorder;
using testing::kEndHeadersFlag;
using testing::kEndStreamFlag;

/// A server that is given frames by hand.
struct Attacked {
  explicit Attacked(const Http2Options& options = {}) : session(Http2Session::Side::kServer, options, events) {
    events.session = &session;
    send(std::string(testing::kClientPreface) + testing::frame(FrameType::kSettings, 0, 0));
  }

  /// False once the server has given the connection up.
  bool send(const std::string& bytes) {
    const bool alive = session.receive(bytes, now).has_value();
    while (session.produce(output, testing::kTestOutputBytes)) {
    }
    return alive && !session.finished();
  }
  bool open(std::uint32_t id, const std::string& more = "", std::uint8_t flags = kEndHeadersFlag | kEndStreamFlag) {
    return send(testing::frame(FrameType::kHeaders, flags, id, testing::simple_request_block() + more));
  }
  /// Whether the output has a GOAWAY with this code.
  bool said_goodbye_with(Http2Error code) const {
    const std::string goaway = std::string("\x07\0\0\0\0\0", 6);
    const std::size_t at = output.rfind(goaway);
    return at != std::string::npos &&
           output.substr(at + 10, 4) == testing::big_endian(static_cast<std::uint32_t>(code), 4);
  }

  Http2Session::TimePoint now = Http2Session::TimePoint(1h);
  Http2Recorder events{Http2Session::Side::kServer};
  Http2Session session;
  std::string output;
};

TEST(Http2Guard, counts_each_field_and_answers_too_many_with_431) {
  Attacked server({.max_header_fields = 10});
  std::string crumbs;
  for (int i = 0; i < 6; ++i) crumbs += testing::literal_field("cookie", "a=" + std::to_string(i));
  EXPECT_TRUE(server.open(1, crumbs));
  EXPECT_EQ(server.events.streams[1].refused_with, 0);
  EXPECT_EQ(server.events.streams[1].request.headers.get("cookie"), "a=0; a=1; a=2; a=3; a=4; a=5");
  EXPECT_TRUE(server.open(3, crumbs + testing::literal_field("cookie", "a=6")));
  EXPECT_EQ(server.events.streams[3].refused_with, 431);
}

TEST(Http2Guard, counts_32_bytes_for_each_field) {
  Attacked server({.max_header_list_bytes = 300});
  std::string fields;
  for (int i = 0; i < 4; ++i) fields += testing::literal_field("a", "b");
  EXPECT_TRUE(server.open(1, fields));
  EXPECT_EQ(server.events.streams[1].refused_with, 431);
}

TEST(Http2Guard, references_to_the_peers_table_cost_what_they_stand_for) {
  Attacked server({.max_header_list_bytes = 64 * 1024});
  // One field of 3 kB into the dynamic table, then a reference of one byte each, as in an HPACK bomb.
  const std::string big(100, 'v');
  std::string block = testing::simple_request_block();
  block += std::string("\x40\x01") + "x" + std::string("\x64") + big;
  block += std::string(30'000, '\xbe');
  std::string frames;
  frames += testing::frame(FrameType::kHeaders, kEndStreamFlag, 1, block.substr(0, 16'000));
  frames += testing::frame(FrameType::kContinuation, kEndHeadersFlag, 1, block.substr(16'000, 16'000));
  EXPECT_TRUE(server.send(frames));
  EXPECT_EQ(server.events.streams[1].refused_with, 431);
  EXPECT_LT(server.session.used_bytes(), 70'000u);
}

TEST(Http2Guard, the_memory_of_one_connection_is_bounded_over_all_its_streams) {
  Attacked server({.max_concurrent_streams = 1000, .max_connection_bytes = 20'000});
  std::string fields;
  for (int i = 0; i < 30; ++i) fields += testing::literal_field("name", std::string(60, 'v'));
  for (std::uint32_t id = 1; id < 41; id += 2) server.open(id, fields, kEndHeadersFlag);
  EXPECT_LE(server.session.used_bytes(), 20'000u);
  EXPECT_TRUE(server.events.streams[1].head);
  EXPECT_FALSE(server.events.streams[39].head);
  EXPECT_EQ(server.events.streams[39].code, Http2Error::kEnhanceYourCalm);
}

TEST(Http2Guard, ends_a_header_block_without_end) {
  Attacked server({.max_continuations = 8});
  bool alive = server.send(testing::frame(FrameType::kHeaders, 0, 1, testing::simple_request_block()));
  int sent = 0;
  for (; alive && sent < 100; ++sent) {
    alive = server.send(testing::frame(FrameType::kContinuation, 0, 1, testing::literal_field("a", "b")));
  }
  EXPECT_FALSE(alive);
  EXPECT_LE(sent, 9);
}

TEST(Http2Guard, ends_a_connection_that_opens_and_resets_streams_in_a_loop) {
  Attacked server({.resets = {.burst = 50, .per_second = 10}});
  std::uint32_t id = 1;
  const auto open_and_reset = [&] {
    const std::string cancel = testing::big_endian(8, 4);
    const bool alive =
        server.send(testing::frame(FrameType::kHeaders, kEndHeadersFlag, id, testing::simple_request_block()) +
                    testing::frame(FrameType::kReset, 0, id, cancel));
    id += 2;
    return alive;
  };
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(open_and_reset()) << i;
  // A second later ten more are welcome.
  server.now += 1s;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(open_and_reset()) << i;
  EXPECT_FALSE(open_and_reset());
  EXPECT_TRUE(server.said_goodbye_with(Http2Error::kEnhanceYourCalm));
}

TEST(Http2Guard, ends_a_connection_that_resets_most_requests_before_their_response_where_asked) {
  Attacked server({.max_early_reset_ratio = 0.5, .early_reset_minimum = 20});
  bool alive = true;
  int rounds = 0;
  for (std::uint32_t id = 1; alive && id < 1001; id += 2, ++rounds) {
    alive = server.send(testing::frame(FrameType::kHeaders, kEndHeadersFlag, id, testing::simple_request_block()) +
                        testing::frame(FrameType::kReset, 0, id, testing::big_endian(8, 4)));
  }
  EXPECT_FALSE(alive);
  EXPECT_EQ(rounds, 21);
}

TEST(Http2Guard, ends_a_connection_that_makes_the_server_reset_streams) {
  Attacked server({.glitches = {.burst = 20, .per_second = 1}});
  bool alive = true;
  int rounds = 0;
  for (std::uint32_t id = 1; alive && id < 1001; id += 2, ++rounds) {
    // A window beyond its maximum is a fault of the stream (RFC 9113 section 6.9.1): the server must reset it.
    alive = server.send(testing::frame(FrameType::kHeaders, kEndHeadersFlag, id, testing::simple_request_block()) +
                        testing::frame(FrameType::kWindowUpdate, 0, id, testing::big_endian(0x7fffffff, 4)));
  }
  EXPECT_FALSE(alive);
  EXPECT_EQ(rounds, 21);
  EXPECT_TRUE(server.said_goodbye_with(Http2Error::kEnhanceYourCalm));
  EXPECT_GE(server.session.glitches(), 20u);
}

TEST(Http2Guard, ends_a_connection_that_sends_empty_frames) {
  Attacked server({.glitches = {.burst = 20, .per_second = 1}});
  ASSERT_TRUE(server.open(1, "", kEndHeadersFlag));
  std::string flood;
  for (int i = 0; i < 30; ++i) flood += testing::frame(FrameType::kData, 0, 1);
  EXPECT_FALSE(server.send(flood));
  EXPECT_TRUE(server.said_goodbye_with(Http2Error::kEnhanceYourCalm));
}

TEST(Http2Guard, ends_a_connection_that_pings_and_does_not_read) {
  Attacked server({.max_queued_acknowledgements = 50});
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += testing::frame(FrameType::kPing, 0, 0, "12345678");
  EXPECT_FALSE(server.session.receive(flood, server.now));
}

TEST(Http2Guard, refuses_settings_frames_with_too_many_entries) {
  Attacked server;
  std::string entries;
  for (int i = 0; i < 40; ++i) entries += std::string("\x00\x04\x00\x01\x00\x00", 6);
  EXPECT_FALSE(server.send(testing::frame(FrameType::kSettings, 0, 0, entries)));
}

TEST(Http2Guard, tells_its_limit_of_streams_in_the_first_settings_and_keeps_to_it) {
  Attacked server({.max_concurrent_streams = 5});
  EXPECT_NE(server.output.find(std::string("\x00\x03\x00\x00\x00\x05", 6)), std::string::npos);
  for (std::uint32_t id = 1; id <= 15; id += 2) server.open(id, "", kEndHeadersFlag);
  EXPECT_EQ(server.session.open_streams(), 5u);
  EXPECT_FALSE(server.events.streams.contains(11));
}

TEST(Http2Guard, resets_a_stream_whose_window_stays_shut) {
  Attacked server({.stall_timeout = 10s});
  // A window of nothing, then a request.
  server.send(testing::frame(FrameType::kSettings, 0, 0, std::string("\x00\x04\x00\x00\x00\x00", 6)));
  ASSERT_TRUE(server.open(1));
  ASSERT_TRUE(server.session.respond(*server.events.streams[1].stream, {}, "never read", {}, std::nullopt));
  server.send("");
  EXPECT_TRUE(server.session.tick(server.now));
  server.now += 9s;
  EXPECT_TRUE(server.session.tick(server.now));
  server.send("");
  EXPECT_FALSE(server.events.streams[1].closed);
  server.now += 2s;
  server.session.tick(server.now);
  server.send("");
  EXPECT_TRUE(server.events.streams[1].closed);
  EXPECT_EQ(server.session.used_bytes(), 0u);
}

TEST(Http2Guard, a_slow_reader_that_makes_progress_is_not_reset) {
  Attacked server({.stall_timeout = 10s});
  server.send(testing::frame(FrameType::kSettings, 0, 0, std::string("\x00\x04\x00\x00\x00\x00", 6)));
  ASSERT_TRUE(server.open(1));
  ASSERT_TRUE(server.session.respond(*server.events.streams[1].stream, {}, "slow", {}, std::nullopt));
  for (int i = 0; i < 3; ++i) {
    server.now += 9s;
    server.send(testing::frame(FrameType::kWindowUpdate, 0, 1, testing::big_endian(1, 4)));
    EXPECT_TRUE(server.session.tick(server.now));
    server.send("");
    EXPECT_FALSE(server.events.streams[1].closed);
  }
}

TEST(Http2Guard, resets_a_stream_whose_head_does_not_end) {
  Attacked server({.stall_timeout = 10s});
  ASSERT_TRUE(server.send(testing::frame(FrameType::kHeaders, 0, 1, testing::simple_request_block())));
  EXPECT_TRUE(server.session.tick(server.now));
  server.now += 11s;
  server.session.tick(server.now);
  server.send("");
  EXPECT_TRUE(server.events.streams[1].closed);
}

TEST(Http2Guard, refuses_malformed_messages_as_a_whole) {
  Attacked server;
  const std::string blocks[] = {
      testing::literal_field("A", "upper case"),
      testing::literal_field("a", "line\r\nbreak"),
      testing::literal_field("a", std::string("nul\0", 4)),
      testing::literal_field("connection", "close"),
      testing::literal_field("transfer-encoding", "chunked"),
      testing::literal_field("te", "gzip"),
      testing::literal_field(":path", "/late"),
      testing::literal_field("content-length", "5"),
  };
  std::uint32_t id = 1;
  for (const std::string& block : blocks) {
    EXPECT_TRUE(server.open(id, block)) << block;
    EXPECT_FALSE(server.events.streams[static_cast<std::int32_t>(id)].head) << block;
    id += 2;
  }
}

TEST(Http2Guard, a_length_that_does_not_fit_the_body_is_refused) {
  Attacked server;
  ASSERT_TRUE(server.open(1, testing::literal_field("content-length", "5"), kEndHeadersFlag));
  server.send(testing::frame(FrameType::kData, kEndStreamFlag, 1, "hello, and more"));
  EXPECT_FALSE(server.events.streams[1].ended);
  EXPECT_EQ(server.events.streams[1].code, Http2Error::kProtocolError);
}

TEST(Http2Guard, requests_that_could_not_be_passed_on_over_http1_are_refused) {
  Attacked server;
  const auto request = [&](std::uint32_t id, const std::string& path, const std::string& authority,
                           const std::string& more = "") {
    server.send(testing::frame(
        FrameType::kHeaders, kEndHeadersFlag | kEndStreamFlag, id,
        "\x82\x86" + testing::literal_field(":path", path) + testing::literal_field(":authority", authority) + more));
    return server.events.streams[static_cast<std::int32_t>(id)];
  };
  EXPECT_EQ(request(1, "/ok", "h").refused_with, 0);
  // Refused with 400, or reset by nghttp2 before it comes to that.
  EXPECT_TRUE(request(3, "/a b", "h").refused_with == 400 || server.events.streams[3].closed);
  EXPECT_TRUE(request(5, "/a#b", "h").refused_with == 400 || server.events.streams[5].closed);
  EXPECT_TRUE(request(7, "/", "a b").refused_with == 400 || !server.events.streams[7].head);
  EXPECT_EQ(request(9, "/", "h", testing::literal_field("host", "other")).refused_with, 400);
  EXPECT_EQ(request(11, "/", "h", testing::literal_field("host", "H")).refused_with, 0);
  EXPECT_EQ(server.events.streams[11].request.headers.contains("host"), false);
  EXPECT_TRUE(request(13, "http://h/", "h").refused_with == 400 || !server.events.streams[13].head);
}

TEST(Http2Guard, bytes_that_are_no_http2_end_the_connection) {
  Http2Recorder events(Http2Session::Side::kServer);
  Http2Session session(Http2Session::Side::kServer, {}, events);
  EXPECT_FALSE(session.receive("GET / HTTP/1.1\r\nHost: h\r\n\r\n", Http2Session::TimePoint(1h)));
}

TEST(Http2Guard, a_client_refuses_pushed_streams) {
  Http2Pair pair;
  pair.pump();
  const std::int32_t id = pair.get("/").id();
  pair.pump();
  std::string push = testing::big_endian(2, 4) + testing::simple_request_block();
  const bool alive =
      pair.client
          .receive(testing::frame(static_cast<FrameType>(5), kEndHeadersFlag, static_cast<std::uint32_t>(id), push),
                   pair.now)
          .has_value();
  std::string goodbye;
  pair.client.produce(goodbye, testing::kTestOutputBytes);
  EXPECT_TRUE(!alive || pair.client.finished());
}

}  // namespace
}  // namespace skerry::http
