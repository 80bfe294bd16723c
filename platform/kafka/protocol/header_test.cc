// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/header.h"

#include <gtest/gtest.h>

#include "platform/kafka/protocol/messages/api_versions.h"
#include "platform/kafka/protocol/messages/heartbeat.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {
namespace {

std::string without_length(const std::string& frame) { return frame.substr(kFrameLengthBytes); }

TEST(KafkaHeader, a_classic_request_has_the_bytes_of_the_protocol_guide) {
  const std::string frame = request_frame(HeartbeatRequest{.group_id = "g"}, 0, 5, "me");
  EXPECT_EQ(hex_encode(frame),
            "00000015000c000000000005"
            "00026d65"
            "000167"
            "00000000"
            "0000");
}

TEST(KafkaHeader, what_was_written_is_read_in_both_kinds_of_header) {
  for (const std::int16_t version : {3, 4}) {
    const std::string frame = without_length(request_frame(HeartbeatRequest{.group_id = "g"}, version, 5, "me"));
    const Result<RequestHead> head = read_request_head(frame);
    ASSERT_TRUE(head) << head.error().to_string();
    EXPECT_EQ(head->key, 12);
    EXPECT_EQ(head->version, version);
    EXPECT_EQ(head->correlation_id, 5);
    EXPECT_EQ(head->client_id, "me");
    EXPECT_EQ(decode<HeartbeatRequest>(head->body, version)->group_id, "g");

    const std::string answer = without_length(response_frame(HeartbeatResponse{}, version, 5));
    const Result<ResponseHead> answer_head = read_response_head(answer, ApiKey::kHeartbeat, version);
    ASSERT_TRUE(answer_head);
    EXPECT_EQ(answer_head->correlation_id, 5);
    EXPECT_TRUE(decode<HeartbeatResponse>(answer_head->body, version));
  }
}

TEST(KafkaHeader, a_client_may_have_no_name_and_may_send_tagged_fields) {
  const std::string frame = *hex_decode(
      "000c000400000005"
      "ffff"
      "01"
      "05"
      "0161");
  const Result<RequestHead> head = read_request_head(frame);
  ASSERT_TRUE(head) << head.error().to_string();
  EXPECT_EQ(head->client_id, "");
  EXPECT_EQ(head->body, "");
}

TEST(KafkaHeader, of_a_request_that_is_not_known_the_beginning_is_read) {
  for (const std::string_view text : {"0012000900000005", "00120009000000050102030405", "7fff000000000005"}) {
    const std::string frame = *hex_decode(text);
    const Result<RequestHead> head = read_request_head(frame);
    ASSERT_TRUE(head) << text;
    EXPECT_EQ(head->correlation_id, 5);
    EXPECT_EQ(head->body, "");
  }
}

TEST(KafkaHeader, what_is_cut_off_is_refused) {
  const std::string frame = without_length(request_frame(ApiVersionsRequest{}, 3, 5, "me"));
  for (std::size_t size = 0; size < 13; ++size) EXPECT_FALSE(read_request_head(frame.substr(0, size))) << size;
}

TEST(KafkaHeader, the_answer_to_api_versions_has_the_oldest_header) {
  const std::string frame = without_length(response_frame(ApiVersionsResponse{}, 3, 1));
  EXPECT_EQ(hex_encode(frame),
            "00000001"
            "0000"
            "01"
            "00000000"
            "00");
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
