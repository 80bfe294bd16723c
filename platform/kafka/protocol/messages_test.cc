// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/messages.h"

#include <gtest/gtest.h>

#include <random>

#include "platform/kafka/protocol/header.h"
#include "platform/kafka/protocol/random_message.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {
namespace {

constexpr int kRoundTrips = 20;

std::string from_hex(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != ' ') digits += c;
  return hex_decode(digits).value();
}

template <class Message>
void expect_bytes(const Message& message, std::int16_t version, std::string_view hex) {
  std::string bytes;
  encode(message, version, bytes);
  EXPECT_EQ(hex_encode(bytes), hex_encode(from_hex(hex)));
  Result<Message> decoded = decode<Message>(bytes, version);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_TRUE(*decoded == message);
}

template <class Message>
void expect_round_trips(const Api& api, std::mt19937_64& random) {
  for (std::int16_t version = api.first_version; version <= api.last_version; ++version) {
    for (int i = 0; i < kRoundTrips; ++i) {
      const auto message = random_message<Message>(version, random);
      std::string bytes;
      encode(message, version, bytes);
      Result<Message> decoded = decode<Message>(bytes, version);
      ASSERT_TRUE(decoded) << api.name << " " << version << ": " << decoded.error().to_string();
      ASSERT_TRUE(*decoded == message) << api.name << " " << version;
      // Cut off anywhere, it is malformed and nothing else.
      if (!bytes.empty()) {
        bytes.resize(random() % bytes.size());
        EXPECT_FALSE(decode<Message>(bytes, version)) << api.name << " " << version;
      }
    }
  }
}

TEST(KafkaMessages, come_back_as_they_went_in_every_version) {
  std::mt19937_64 random(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()));
  for_each_exchange([&]<class Exchange>(Exchange) {
    expect_round_trips<typename Exchange::Request>(api_of(Exchange::kKey), random);
    expect_round_trips<typename Exchange::Response>(api_of(Exchange::kKey), random);
  });
}

TEST(KafkaMessages, there_is_one_for_every_key_of_the_table) {
  std::size_t count = 0;
  for_each_exchange([&](auto exchange) {
    EXPECT_EQ(apis()[count].key, exchange.kKey);
    ++count;
  });
  EXPECT_EQ(count, apis().size());
}

TEST(KafkaMessages, a_produce_request_of_version_3_has_the_bytes_of_the_protocol_guide) {
  ProduceRequest request{.acks = -1, .timeout = Milliseconds(1500)};
  request.topics.push_back({.name = "t", .partitions = {{.index = 2, .records = Bytes{"abc"}}}});
  expect_bytes(request, 3,
               "ffff"              // no transactional id
               "ffff 000005dc"     // acks, timeout
               "00000001 0001 74"  // one topic
               "00000001 00000002 00000003 616263");
}

TEST(KafkaMessages, a_flexible_message_has_compact_lengths_and_tag_sections) {
  ProduceRequest request{.acks = 1, .timeout = Milliseconds(1)};
  request.topics.push_back({.name = "t", .partitions = {{.index = 2, .records = Bytes{"abc"}}}});
  expect_bytes(request, 9,
               "00"             // no transactional id
               "0001 00000001"  // acks, timeout
               "02 02 74"       // one topic
               "02 00000002 04 616263 00"
               "00 00");
}

TEST(KafkaMessages, the_answer_to_api_versions_3_is_flexible_behind_a_header_that_is_not) {
  const ApiVersionsResponse response{.ranges = {{.key = 18, .first_version = 0, .last_version = 3}}};
  EXPECT_EQ(hex_encode(response_frame(response, 3, 7)), hex_encode(from_hex("00000013 00000007"
                                                                            "0000 02 0012 0000 0003 00"
                                                                            "00000000 00")));
  expect_bytes(response, 0, "0000 00000001 0012 0000 0003");
}

TEST(KafkaMessages, bytes_behind_the_fields_are_ignored) {
  std::string bytes;
  encode(HeartbeatRequest{.group_id = "group", .generation_id = 7, .member_id = "member"}, 0, bytes);
  const Result<HeartbeatRequest> read = decode<HeartbeatRequest>(bytes + std::string(3, '\0'), 0);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->generation_id, 7);
}

TEST(KafkaMessages, a_metadata_request_tells_all_topics_from_none) {
  expect_bytes(MetadataRequest{}, 1, "ffffffff");
  expect_bytes(MetadataRequest{.topics = std::vector<MetadataRequest::Topic>{}}, 1, "00000000");
  expect_bytes(MetadataRequest{}, 9, "00 01 00 00 00");
}

TEST(KafkaMessages, a_join_group_response_of_version_5_has_instance_ids_but_no_protocol_type) {
  JoinGroupResponse response{.generation_id = 3, .protocol_name = "range", .leader = "m", .member_id = "m"};
  response.members.push_back({.member_id = "m", .group_instance_id = "i", .metadata = {"xy"}});
  expect_bytes(response, 5,
               "00000000 0000 00000003"  // throttle time, error, generation
               "0005 72616e6765 0001 6d 0001 6d"
               "00000001 0001 6d 0001 69 00000002 7879");
}

TEST(KafkaMessages, an_offset_fetch_response_moves_into_groups_in_version_8) {
  OffsetFetchResponse::Topic topic{.name = "t"};
  topic.partitions.push_back({.index = 1, .committed_offset = 9, .committed_leader_epoch = 0, .metadata = ""});
  expect_bytes(OffsetFetchResponse{.topics = {topic}}, 5,
               "00000000 00000001 0001 74 00000001 00000001 0000000000000009 00000000 0000 0000 0000");
  expect_bytes(OffsetFetchResponse{.groups = {{.group_id = "g", .topics = {topic}}}}, 8,
               "00000000 02 02 67 02 02 74 02 00000001 0000000000000009 00000000 01 0000 00 00 0000 00 00");
}

TEST(KafkaMessages, unknown_tagged_fields_are_skipped) {
  // Tags 0 and 1000 with 3 bytes and none, in place of the empty tag section at the end.
  Result<HeartbeatRequest> request =
      decode<HeartbeatRequest>(from_hex("02 67 00000001 02 6d 00 02 00 03 616263 e807 00"), 4);
  ASSERT_TRUE(request) << request.error().to_string();
  EXPECT_EQ(*request, (HeartbeatRequest{.group_id = "g", .generation_id = 1, .member_id = "m"}));
}

TEST(KafkaMessages, lengths_that_cannot_be_are_refused_without_being_believed) {
  // Two thousand million topics; a string, and bytes, of more than there is; null where no null may be.
  EXPECT_FALSE(decode<MetadataRequest>(from_hex("7fffffff"), 1));
  EXPECT_FALSE(decode<MetadataRequest>(from_hex("80ffffff0f"), 9));
  EXPECT_FALSE(decode<MetadataRequest>(from_hex("ffffffff0f"), 9));
  EXPECT_FALSE(decode<HeartbeatRequest>(from_hex("7fff"), 0));
  EXPECT_FALSE(decode<HeartbeatRequest>(from_hex("ffff 00000001 0000"), 0));
  EXPECT_FALSE(decode<MetadataRequest>(from_hex("fffffffe"), 1));
  EXPECT_FALSE(decode<ApiVersionsRequest>(from_hex("01 01 ffffffff0f"), 3));
}

TEST(KafkaMessages, arrays_have_a_number_of_elements_beyond_which_they_are_refused) {
  DescribeGroupsRequest request{.groups = std::vector<std::string>(kMaxElements)};
  std::string bytes;
  encode(request, 0, bytes);
  EXPECT_TRUE(decode<DescribeGroupsRequest>(bytes, 0));
  request.groups.emplace_back();
  bytes.clear();
  encode(request, 0, bytes);
  EXPECT_FALSE(decode<DescribeGroupsRequest>(bytes, 0));
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
