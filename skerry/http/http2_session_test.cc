// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http2_session.h"

#include <gtest/gtest.h>

#include <string>

#include "skerry/http/http2_test_util.h"
#include "skerry/http/http_error.h"

namespace skerry::http {
namespace {

using testing::Http2Pair;

Headers one_field(const std::string& name, const std::string& value) {
  Headers headers;
  EXPECT_TRUE(headers.add(name, value));
  return headers;
}

TEST(Http2Session, carries_a_request_and_its_response) {
  Http2Pair pair;
  RequestHead head{.method = "POST", .target = "/a?b", .authority = "example.org:80", .scheme = "http"};
  ASSERT_TRUE(head.headers.add("X-Test", "1"));
  Http2Stream& stream = **pair.client.request(head, false);
  const std::int32_t id = stream.id();
  pair.client.write(stream, "hello");
  pair.client.end(stream);
  pair.pump();
  auto& at_server = pair.server_events.streams[id];
  EXPECT_EQ(at_server.request.method, "POST");
  EXPECT_EQ(at_server.request.target, "/a?b");
  EXPECT_EQ(at_server.request.authority, "example.org:80");
  EXPECT_EQ(at_server.request.version, Version::kHttp2);
  EXPECT_EQ(at_server.request.headers, head.headers);
  EXPECT_EQ(at_server.body, "hello");
  EXPECT_TRUE(at_server.ended);
  ASSERT_TRUE(pair.server.respond(*at_server.stream, {.status = 201, .headers = one_field("a", "b")}, "body",
                                  one_field("grpc-status", "0"), std::nullopt));
  pair.pump();
  const auto& at_client = pair.client_events.streams[id];
  EXPECT_EQ(at_client.response.status, 201);
  EXPECT_EQ(at_client.response.headers, one_field("a", "b"));
  EXPECT_EQ(at_client.body, "body");
  EXPECT_EQ(at_client.trailers, one_field("grpc-status", "0"));
  EXPECT_TRUE(at_client.closed);
  EXPECT_TRUE(at_server.closed);
  EXPECT_EQ(at_client.code, Http2Error::kNoError);
  EXPECT_EQ(pair.client.open_streams() + pair.server.open_streams(), 0u);
  EXPECT_EQ(pair.client.used_bytes() + pair.server.used_bytes(), 0u);
}

TEST(Http2Session, a_response_of_head_body_and_trailers_is_one_buffer_of_three_frames) {
  Http2Pair pair;
  const std::int32_t id = pair.get("/").id();
  pair.pump();
  ASSERT_TRUE(pair.server.respond(*pair.server_events.streams[id].stream, {}, "x", one_field("a", "b"), std::nullopt));
  std::string output;
  EXPECT_FALSE(pair.server.produce(output, testing::kTestOutputBytes));
  std::vector<int> types;
  for (std::size_t at = 0; at + 9 <= output.size();) {
    types.push_back(output[at + 3]);
    at += 9 + (static_cast<std::size_t>(static_cast<unsigned char>(output[at + 1])) << 8) +
          static_cast<unsigned char>(output[at + 2]);
  }
  EXPECT_EQ(types, (std::vector<int>{1, 0, 1}));
}

TEST(Http2Session, trailers_without_a_body_are_a_frame_of_their_own) {
  Http2Pair pair;
  const std::int32_t id = pair.get("/").id();
  pair.pump();
  ASSERT_TRUE(pair.server.respond(*pair.server_events.streams[id].stream, {}, "", one_field("a", "b"), std::nullopt));
  pair.pump();
  EXPECT_TRUE(pair.client_events.streams[id].ended);
  EXPECT_EQ(pair.client_events.streams[id].trailers, one_field("a", "b"));
}

TEST(Http2Session, a_response_may_be_written_in_parts) {
  Http2Pair pair;
  const std::int32_t id = pair.get("/").id();
  pair.pump();
  Http2Stream& stream = *pair.server_events.streams[id].stream;
  ASSERT_TRUE(pair.server.begin_response(stream, {}));
  pair.pump();
  EXPECT_TRUE(pair.client_events.streams[id].head);
  EXPECT_EQ(pair.client_events.streams[id].body, "");
  pair.server.write(stream, "one");
  pair.server.write(stream, "two");
  EXPECT_EQ(stream.queued_bytes(), 6u);
  pair.pump();
  EXPECT_EQ(pair.client_events.streams[id].body, "onetwo");
  EXPECT_EQ(pair.server_events.streams[id].drained, 1);
  pair.server.write(stream, "three");
  pair.server.end(stream, one_field("a", "b"));
  pair.pump();
  EXPECT_EQ(pair.client_events.streams[id].body, "onetwothree");
  EXPECT_EQ(pair.client_events.streams[id].trailers, one_field("a", "b"));
  EXPECT_TRUE(pair.client_events.streams[id].closed);
}

TEST(Http2Session, sends_no_more_than_the_windows_allow_until_the_consumer_has_consumed) {
  Http2Pair pair({.stream_window_bytes = 70'000, .connection_window_bytes = 100'000});
  const std::int32_t first = pair.get("/1").id();
  const std::int32_t second = pair.get("/2").id();
  pair.pump();
  for (const std::int32_t id : {first, second}) {
    ASSERT_TRUE(
        pair.server.respond(*pair.server_events.streams[id].stream, {}, std::string(1'000'000, 'x'), {}, std::nullopt));
  }
  pair.pump();
  auto& one = pair.client_events.streams[first];
  auto& two = pair.client_events.streams[second];
  EXPECT_LE(one.body.size(), 70'000u);
  EXPECT_LE(two.body.size(), 70'000u);
  EXPECT_EQ(one.body.size() + two.body.size(), 100'000u);
  // Consuming one stream opens its window and the connection's, and nothing for the other beyond its own window.
  pair.client.consume(*one.stream, one.body.size());
  pair.pump();
  EXPECT_LE(two.body.size(), 70'000u);
  EXPECT_GT(one.body.size() + two.body.size(), 100'000u);
  for (int round = 0; round < 1000 && !(one.ended && two.ended); ++round) {
    if (!one.ended) pair.client.consume(*one.stream, 70'000);
    if (!two.ended) pair.client.consume(*two.stream, 70'000);
    pair.pump();
  }
  EXPECT_EQ(one.body.size(), 1'000'000u);
  EXPECT_EQ(two.body.size(), 1'000'000u);
}

TEST(Http2Session, windows_are_larger_than_the_default_on_stream_and_connection_alike) {
  Http2Pair pair;
  Http2Stream& stream = pair.post("/");
  const std::int32_t id = stream.id();
  pair.pump();
  pair.client.write(stream, std::string(400'000, 'x'));
  pair.pump();
  EXPECT_EQ(pair.server_events.streams[id].body.size(), 400'000u);
}

TEST(Http2Session, what_nobody_consumed_of_a_closed_stream_does_not_shrink_the_connections_window) {
  Http2Pair pair({.stream_window_bytes = 60'000, .connection_window_bytes = 70'000});
  for (int i = 0; i < 20; ++i) {
    const std::int32_t id = pair.get("/").id();
    pair.pump();
    ASSERT_TRUE(
        pair.server.respond(*pair.server_events.streams[id].stream, {}, std::string(50'000, 'x'), {}, std::nullopt));
    pair.pump();
    ASSERT_TRUE(pair.client_events.streams[id].ended) << i;
  }
}

TEST(Http2Session, a_reset_closes_the_stream_on_both_sides) {
  Http2Pair pair;
  Http2Stream& stream = pair.post("/");
  const std::int32_t id = stream.id();
  pair.pump();
  pair.client.reset(stream, Http2Error::kCancel);
  pair.pump();
  EXPECT_TRUE(pair.client_events.streams[id].closed);
  EXPECT_EQ(pair.server_events.streams[id].code, Http2Error::kCancel);
}

TEST(Http2Session, a_request_that_is_reset_before_it_was_sent_is_closed_too) {
  Http2Pair pair;
  Http2Stream& stream = pair.get("/");
  const std::int32_t id = stream.id();
  pair.client.reset(stream, Http2Error::kCancel);
  pair.pump();
  EXPECT_TRUE(pair.client_events.streams[id].closed);
  EXPECT_EQ(pair.client.open_streams(), 0u);
  EXPECT_TRUE(pair.server_events.streams.empty());
}

TEST(Http2Session, a_response_before_the_end_of_the_request_tells_the_client_to_stop) {
  Http2Pair pair;
  const std::int32_t id = pair.post("/").id();
  pair.pump();
  ASSERT_TRUE(pair.server.respond(*pair.server_events.streams[id].stream, {.status = 413}, "no", {}, 2));
  pair.pump();
  const auto& seen = pair.client_events.streams[id];
  EXPECT_EQ(seen.response.status, 413);
  EXPECT_EQ(seen.response.headers.get("content-length"), "2");
  EXPECT_TRUE(seen.ended);
  EXPECT_TRUE(seen.closed);
  EXPECT_EQ(seen.code, Http2Error::kNoError);
}

TEST(Http2Session, the_client_opens_no_more_streams_than_the_server_allows) {
  Http2Pair pair({}, {.max_concurrent_streams = 3});
  EXPECT_EQ(pair.client.available_streams(), 100u);
  pair.pump();
  EXPECT_EQ(pair.client_events.settings, 1);
  EXPECT_EQ(pair.client.available_streams(), 3u);
  std::int32_t last = 0;
  for (int i = 0; i < 3; ++i) last = pair.get("/").id();
  EXPECT_EQ(pair.client.available_streams(), 0u);
  const Result<Http2Stream*> refused = pair.client.request({.authority = "h"}, true);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_retry_safe(refused.error()));
  pair.pump();
  ASSERT_TRUE(pair.server.respond(*pair.server_events.streams[last].stream, {}, "", {}, 0));
  pair.pump();
  EXPECT_EQ(pair.client.available_streams(), 1u);
}

TEST(Http2Session, a_graceful_end_is_said_twice_and_loses_no_request) {
  Http2Pair pair;
  const std::int32_t before = pair.get("/before").id();
  pair.pump();
  // A request that is on its way while the server begins to shut down.
  const std::int32_t meanwhile = pair.get("/meanwhile").id();
  pair.server.begin_shutdown();
  pair.pump();
  ASSERT_EQ(pair.client_events.goaways.size(), 1u);
  EXPECT_EQ(pair.client_events.goaways[0].first, 0x7fffffff);
  EXPECT_EQ(pair.server_events.pings, 1);
  EXPECT_TRUE(pair.server_events.streams[meanwhile].head);
  EXPECT_EQ(pair.client.available_streams(), 0u);
  pair.server.finish_shutdown();
  pair.pump();
  ASSERT_EQ(pair.client_events.goaways.size(), 2u);
  EXPECT_EQ(pair.client_events.goaways[1], (std::pair<std::int32_t, Http2Error>(meanwhile, Http2Error::kNoError)));
  for (const std::int32_t id : {before, meanwhile}) {
    ASSERT_TRUE(pair.server.respond(*pair.server_events.streams[id].stream, {}, "ok", {}, std::nullopt));
  }
  EXPECT_FALSE(pair.server.finished());
  pair.pump();
  EXPECT_EQ(pair.client_events.streams[before].body, "ok");
  EXPECT_EQ(pair.client_events.streams[meanwhile].body, "ok");
  EXPECT_TRUE(pair.server.finished());
  EXPECT_TRUE(pair.client.finished());
}

TEST(Http2Session, streams_above_the_last_one_of_a_goaway_are_closed_as_not_processed) {
  Http2Pair pair;
  const std::int32_t first = pair.get("/1").id();
  pair.pump();
  const std::int32_t second = pair.get("/2").id();
  std::string lost;
  pair.client.produce(lost, testing::kTestOutputBytes);
  pair.server.finish_shutdown();
  pair.pump();
  EXPECT_FALSE(pair.client_events.streams[first].closed);
  EXPECT_TRUE(pair.client_events.streams[second].closed);
  EXPECT_EQ(pair.client_events.streams[second].code, Http2Error::kRefusedStream);
}

TEST(Http2Session, interim_responses_are_skipped) {
  Http2Pair pair;
  RequestHead head{.method = "POST", .authority = "h"};
  ASSERT_TRUE(head.headers.add("expect", "100-continue"));
  const std::int32_t id = (*pair.client.request(head, false))->id();
  pair.pump();
  Http2Stream& stream = *pair.server_events.streams[id].stream;
  EXPECT_TRUE(stream.expects_continue());
  pair.server.send_continue(stream);
  pair.pump();
  EXPECT_FALSE(pair.client_events.streams[id].head);
  ASSERT_TRUE(pair.server.respond(stream, {.status = 200}, "ok", {}, std::nullopt));
  pair.pump();
  EXPECT_EQ(pair.client_events.streams[id].response.status, 200);
}

TEST(Http2Session, what_belongs_to_one_connection_is_not_sent) {
  Http2Pair pair;
  RequestHead head{.authority = "h"};
  for (const char* name : {"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"}) {
    ASSERT_TRUE(head.headers.add(name, "x"));
  }
  ASSERT_TRUE(head.headers.add("te", "gzip"));
  ASSERT_TRUE(head.headers.add("kept", "y"));
  const std::int32_t id = (*pair.client.request(head, true))->id();
  pair.pump();
  EXPECT_EQ(pair.server_events.streams[id].request.headers, one_field("kept", "y"));
}

TEST(Http2Session, the_length_of_a_requests_body_is_sent_where_it_is_known) {
  Http2Pair pair;
  RequestHead head{.method = "POST", .authority = "h"};
  ASSERT_TRUE(head.headers.add("content-length", "4"));
  Http2Stream* stream = *pair.client.request(head, false);
  const std::int32_t id = stream->id();
  pair.client.write(*stream, "body");
  pair.client.end(*stream, {});
  pair.pump();
  EXPECT_EQ(pair.server_events.streams[id].request.headers, one_field("content-length", "4"));
  EXPECT_TRUE(pair.server_events.streams[id].ended);
}

TEST(Http2Session, ids_of_traces_drive_no_other_field_out_of_the_peers_table) {
  Http2Pair pair;
  const auto answered_bytes = [&pair](const std::string& name, const std::string& value) {
    const std::int32_t id = pair.get("/").id();
    pair.pump();
    EXPECT_TRUE(pair.server.respond(*pair.server_events.streams[id].stream, {.headers = one_field(name, value)}, {}, {},
                                    std::nullopt));
    return pair.pump().second;
  };
  const std::string kept(1000, 'k');
  ASSERT_GT(answered_bytes("x-kept", kept), 500U);
  // As entries of 74 bytes they would fill the table of 4096 bytes more than once.
  for (int i = 0; i < 100; ++i) answered_bytes("x-trace-id", fmt::format("{:032x}", i));
  EXPECT_LT(answered_bytes("x-kept", kept), 100U);
}

TEST(Http2Session, te_trailers_is_sent_as_grpc_needs_it) {
  Http2Pair pair;
  const std::int32_t id =
      (*pair.client.request({.authority = "h", .headers = one_field("te", "trailers")}, true))->id();
  pair.pump();
  EXPECT_EQ(pair.server_events.streams[id].request.headers, one_field("te", "trailers"));
}

TEST(Http2Session, refuses_messages_that_cannot_be_sent) {
  Http2Pair pair;
  EXPECT_FALSE(pair.client.request({.method = "G T", .authority = "h"}, true));
  EXPECT_FALSE(pair.client.request({.target = "a", .authority = "h"}, true));
  EXPECT_FALSE(pair.client.request({.target = "/ ", .authority = "h"}, true));
  EXPECT_FALSE(pair.client.request({.authority = ""}, true));
  const std::int32_t id = pair.get("/").id();
  pair.pump();
  Http2Stream& stream = *pair.server_events.streams[id].stream;
  EXPECT_FALSE(pair.server.respond(stream, {.status = 99}, "", {}, std::nullopt));
  EXPECT_FALSE(pair.server.respond(stream, {.status = 600}, "", {}, std::nullopt));
}

TEST(Http2Session, many_fields_go_over_too) {
  Http2Pair pair;
  RequestHead head{.authority = "h"};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(head.headers.add("name-" + std::to_string(i), std::to_string(i)));
  const std::int32_t id = (*pair.client.request(head, true))->id();
  pair.pump();
  EXPECT_EQ(pair.server_events.streams[id].request.headers, head.headers);
}

TEST(Http2Session, output_is_given_in_bounded_portions) {
  Http2Pair pair;
  const std::int32_t id = pair.get("/").id();
  pair.pump();
  ASSERT_TRUE(
      pair.server.respond(*pair.server_events.streams[id].stream, {}, std::string(300'000, 'x'), {}, std::nullopt));
  std::string output;
  EXPECT_TRUE(pair.server.produce(output, 50'000));
  EXPECT_LT(output.size(), 50'000u + 16'384 + 100);
}

}  // namespace
}  // namespace skerry::http
