// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/framing.h"

#include <gtest/gtest.h>

#include <vector>

namespace skerry::grpc {
namespace {

constexpr std::size_t kTestLimit = 1000;

std::string framed(std::string_view message, bool compressed = false) {
  std::string out;
  append_frame(out, compressed, message);
  return out;
}

// All messages that come out when `stream` is fed in pieces of `step` bytes.
std::vector<std::string> deframe_in_steps(std::string_view stream, std::size_t step) {
  Deframer deframer(kTestLimit);
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    deframer.feed(std::string(stream.substr(at, step)));
    for (auto frame = deframer.next(); frame && *frame; frame = deframer.next()) {
      messages.emplace_back((*frame)->payload);
    }
  }
  EXPECT_TRUE(deframer.finish().has_value());
  return messages;
}

TEST(GrpcFraming, prefix_is_the_flag_and_the_length_in_big_endian) {
  EXPECT_EQ(framed("abc"), std::string("\0\0\0\0\3abc", 8));
  EXPECT_EQ(framed("", true), std::string("\1\0\0\0\0", 5));
  const auto prefix = message_prefix(false, 0x01020304);
  EXPECT_EQ(std::string(prefix.data(), prefix.size()), std::string("\0\1\2\3\4", 5));
}

TEST(GrpcFraming, messages_come_out_whole_however_the_stream_is_cut) {
  const std::vector<std::string> sent{"first", "", std::string(kTestLimit, 'x'), "\0\0\0", "last"};
  std::string stream;
  for (const std::string& message : sent) append_frame(stream, false, message);
  for (std::size_t step = 1; step <= stream.size(); ++step) EXPECT_EQ(deframe_in_steps(stream, step), sent) << step;
}

TEST(GrpcFraming, compressed_flag_is_kept_for_each_message) {
  Deframer deframer(kTestLimit);
  deframer.feed(framed("a", true) + framed("b", false));
  auto first = deframer.next();
  ASSERT_TRUE(first && *first);
  EXPECT_TRUE((*first)->compressed);
  auto second = deframer.next();
  ASSERT_TRUE(second && *second);
  EXPECT_FALSE((*second)->compressed);
}

TEST(GrpcFraming, message_over_the_limit_fails_before_its_bytes_arrive) {
  Deframer deframer(kTestLimit);
  const auto prefix = message_prefix(false, kTestLimit + 1);
  deframer.feed(std::string(prefix.data(), prefix.size()));
  const auto frame = deframer.next();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code(), Code::kResourceExhausted);
}

TEST(GrpcFraming, message_of_exactly_the_limit_is_accepted) {
  Deframer deframer(kTestLimit);
  deframer.feed(framed(std::string(kTestLimit, 'x')));
  const auto frame = deframer.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->payload.size(), kTestLimit);
}

TEST(GrpcFraming, unknown_flag_fails_and_the_failure_stays) {
  Deframer deframer(kTestLimit);
  deframer.feed(std::string("\2\0\0\0\1x", 6));
  EXPECT_EQ(deframer.next().error().code(), Code::kInternal);
  deframer.feed(framed("good"));
  EXPECT_EQ(deframer.next().error().code(), Code::kInternal);
  EXPECT_EQ(deframer.finish().error().code(), Code::kInternal);
}

TEST(GrpcFraming, end_inside_a_message_is_an_error_and_between_messages_is_not) {
  const std::string stream = framed("message");
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    Deframer deframer(kTestLimit);
    deframer.feed(stream.substr(0, cut));
    const auto frame = deframer.next();
    ASSERT_TRUE(frame);
    EXPECT_FALSE(frame->has_value());
    EXPECT_EQ(deframer.finish().error().code(), Code::kInternal) << cut;
  }
  EXPECT_TRUE(Deframer(kTestLimit).finish().has_value());
}

TEST(GrpcFraming, bytes_that_were_given_out_are_not_kept) {
  Deframer deframer(kTestLimit);
  for (int i = 0; i < 1000; ++i) {
    deframer.feed(framed(std::string(100, 'x')) + framed("tail").substr(0, 4));
    ASSERT_TRUE(deframer.next()->has_value());
    deframer.feed(framed("tail").substr(4));
    ASSERT_TRUE(deframer.next()->has_value());
    ASSERT_EQ(deframer.buffered_bytes(), 0U);
  }
}

TEST(GrpcFraming, single_frame_wants_exactly_one_message) {
  const std::string one = framed("hello");
  const auto frame = single_frame(one, kTestLimit);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload, "hello");
  EXPECT_EQ(single_frame("", kTestLimit).error().code(), Code::kInternal);
  EXPECT_EQ(single_frame(one.substr(0, 3), kTestLimit).error().code(), Code::kInternal);
  EXPECT_EQ(single_frame(one.substr(0, 7), kTestLimit).error().code(), Code::kInternal);
  EXPECT_EQ(single_frame(one + one, kTestLimit).error().code(), Code::kInternal);
  EXPECT_EQ(single_frame(one, 4).error().code(), Code::kResourceExhausted);
}

}  // namespace
}  // namespace skerry::grpc
