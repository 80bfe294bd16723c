// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/entry.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

BatchHead example_head() {
  return {.partition = {7, 3},
          .base_offset = 1'000'000'000'000,
          .last_offset_delta = 41,
          .max_timestamp = at(1'700'000'000'123),
          .appended_at = at(1'700'000'000'456),
          .producer_id = 99,
          .producer_epoch = 5,
          .base_sequence = 17};
}

TEST(LogEntry, of_a_batch_comes_back_as_it_was) {
  const std::string batch = batch_bytes("hello");
  const std::string bytes = encode_batch_head(example_head()) + batch;
  const auto entry = decode_entry(bytes);
  ASSERT_TRUE(entry);
  const auto* found = std::get_if<BatchEntry>(&*entry);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->head, example_head());
  EXPECT_EQ(found->batch, batch);
  EXPECT_EQ(encode_batch_head(example_head()).size(), kBatchHeadBytes);
}

TEST(LogEntry, of_a_producer_without_an_id_comes_back_as_it_was) {
  BatchHead head = example_head();
  head.producer_id = kNoProducerId;
  head.producer_epoch = -1;
  head.base_sequence = -1;
  head.max_timestamp = at(-1);
  const auto entry = decode_entry(encode_batch_head(head) + batch_bytes(""));
  ASSERT_TRUE(entry);
  EXPECT_EQ(std::get<BatchEntry>(*entry).head, head);
}

TEST(LogEntry, of_a_message_comes_back_as_it_was) {
  const storage::Entry message = create_entry("orders", 3);
  const auto entry = decode_entry(encode_entry(message));
  ASSERT_TRUE(entry);
  EXPECT_EQ(std::get<storage::Entry>(*entry).SerializeAsString(), message.SerializeAsString());
}

TEST(LogEntry, that_is_none_is_refused) {
  const std::string good = encode_batch_head(example_head()) + batch_bytes("");
  EXPECT_FALSE(decode_entry(""));
  EXPECT_FALSE(decode_entry("\x03 something newer"));
  EXPECT_FALSE(decode_entry("\x02")) << "a message that says nothing";
  EXPECT_FALSE(decode_entry("\x02\xff\xff\xff"));
  EXPECT_FALSE(decode_entry(good.substr(0, good.size() - 1))) << "a batch without its whole head";
  BatchHead negative = example_head();
  negative.base_offset = -5;
  EXPECT_EQ(decode_entry(encode_batch_head(negative) + batch_bytes("")).error().code(), Code::kDataLoss);
}

TEST(LogEntry, a_batch_is_told_its_offset_in_place) {
  std::string batch(kRecordBatchHeadBytes, '\xee');
  place_batch(batch, 0x0102030405060708);
  EXPECT_EQ(batch.substr(0, 8), std::string("\x01\x02\x03\x04\x05\x06\x07\x08", 8));
  EXPECT_EQ(batch.substr(8, 4), std::string(4, '\xee')) << "the length stays";
  EXPECT_EQ(batch.substr(12, 4), std::string(4, '\0')) << "the leader epoch";
  EXPECT_EQ(batch.substr(16), std::string(kRecordBatchHeadBytes - 16, '\xee'));
  EXPECT_EQ(placed_at(batch), 0x0102030405060708);
}

}  // namespace
}  // namespace skerry::platform::kafka::log
