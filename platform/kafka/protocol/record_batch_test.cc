// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/record_batch.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/records.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {
namespace {

std::vector<NewRecord> three_records() {
  return {{.key = "k1", .value = "v1", .timestamp = 1000},
          {.key = std::nullopt, .value = "v2", .headers = {{"h", "x"}, {"null", std::nullopt}}, .timestamp = 1007},
          {.key = "", .value = std::nullopt, .timestamp = 990}};
}

// Recomputes the checksum after something was changed behind it.
void repair_checksum(std::string& batch) {
  std::string checksum;
  Writer(checksum).integer(static_cast<std::int32_t>(crc32c(std::string_view(batch).substr(21))));
  batch.replace(17, 4, checksum);
}

ErrorCode verdict(const std::string& bytes) {
  const Result<RecordBatch> batch = RecordBatch::parse(bytes);
  if (!batch) return error_code_of(batch.error());
  const Result<> valid = batch->validate();
  return valid ? ErrorCode::kNone : error_code_of(valid.error());
}

// One record (timestamp 0, no key, value "v", no headers) as Kafka's own producer writes it.
constexpr std::string_view kKnownBatch =
    "0000000000000000"
    "00000039"
    "00000000"
    "02"
    "00000000"
    "0000"
    "00000000"
    "0000000000000000"
    "0000000000000000"
    "ffffffffffffffff"
    "ffff"
    "ffffffff"
    "00000001"
    "0e"
    "00"
    "00"
    "00"
    "01"
    "02"
    "76"
    "00";

TEST(RecordBatch, has_the_layout_of_the_documentation) {
  std::string known = *hex_decode(kKnownBatch);
  repair_checksum(known);
  const std::vector<NewRecord> one = {{.key = std::nullopt, .value = "v"}};
  std::string ours = write_batch(one);
  assign(ours, 0, 0);
  EXPECT_EQ(hex_encode(ours), hex_encode(known));
  EXPECT_EQ(verdict(known), ErrorCode::kNone);
}

TEST(RecordBatch, shows_the_fields_of_its_header) {
  const std::string bytes =
      write_batch(three_records(), {.base_offset = 40, .producer_id = 77, .producer_epoch = 3, .base_sequence = 12});
  const std::string longer = bytes + "and what follows";
  const Result<RecordBatch> batch = RecordBatch::parse(longer);
  ASSERT_TRUE(batch) << batch.error().to_string();
  EXPECT_TRUE(batch->validate());
  EXPECT_EQ(batch->size(), bytes.size());
  EXPECT_EQ(batch->base_offset(), 40);
  EXPECT_EQ(batch->last_offset(), 42);
  EXPECT_EQ(batch->record_count(), 3);
  EXPECT_EQ(batch->base_timestamp(), 1000);
  EXPECT_EQ(batch->max_timestamp(), 1007);
  EXPECT_EQ(batch->producer_id(), 77);
  EXPECT_EQ(batch->producer_epoch(), 3);
  EXPECT_EQ(batch->base_sequence(), 12);
  EXPECT_EQ(batch->last_sequence(), 14);
  EXPECT_EQ(batch->compression(), Compression::kNone);
  EXPECT_EQ(batch->timestamp_type(), TimestampType::kCreateTime);
  EXPECT_TRUE(batch->is_idempotent());
  EXPECT_FALSE(batch->is_transactional());
}

TEST(RecordBatch, gives_back_the_records_that_were_written) {
  const std::string bytes = write_batch(three_records());
  EXPECT_EQ(*read_records(*RecordBatch::parse(bytes)), three_records());
}

TEST(RecordBatch, offset_and_epoch_are_assigned_without_touching_the_checksum) {
  std::string bytes = "before" + write_batch(three_records());
  assign(bytes, 0x0102030405060708, 5, 6);
  const Result<RecordBatch> batch = RecordBatch::parse(std::string_view(bytes).substr(6));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->base_offset(), 0x0102030405060708);
  EXPECT_EQ(batch->leader_epoch(), 5);
  EXPECT_TRUE(batch->validate());
  RecordReader reader(*batch);
  EXPECT_EQ(reader.next()->offset, 0x0102030405060708);
  EXPECT_EQ(reader.next()->offset, 0x0102030405060709);
}

TEST(RecordBatch, every_flipped_bit_is_noticed_but_in_what_the_broker_assigns) {
  const std::string bytes = write_batch(three_records());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const bool assigned = at < 8 || (at >= 12 && at < 16);
      EXPECT_EQ(verdict(damaged) == ErrorCode::kNone, assigned) << at << " " << bit;
    }
  }
}

TEST(RecordBatch, what_is_cut_off_is_corrupt) {
  const std::string bytes = write_batch(three_records());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(verdict(bytes.substr(0, size)), ErrorCode::kCorruptMessage) << size;
}

TEST(RecordBatch, older_formats_are_named) {
  std::string bytes = write_batch(three_records());
  bytes[16] = 1;
  EXPECT_EQ(verdict(bytes), ErrorCode::kUnsupportedForMessageFormat);
}

TEST(RecordBatch, a_producer_may_not_write_control_batches_or_unknown_codecs) {
  EXPECT_EQ(verdict(write_batch(three_records(), {.attributes = 0x20})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(verdict(write_batch(three_records(), {.attributes = 5})), ErrorCode::kUnsupportedCompressionType);
  // Compressed bytes are not looked into.
  EXPECT_EQ(verdict(write_batch(three_records(), {.attributes = 4})), ErrorCode::kNone);
}

TEST(RecordBatch, its_count_must_be_that_of_its_offsets_and_of_its_records) {
  std::string bytes = write_batch(three_records());
  std::string wrong_delta = bytes;
  wrong_delta[26] = 1;
  repair_checksum(wrong_delta);
  EXPECT_EQ(verdict(wrong_delta), ErrorCode::kInvalidRecord);
  for (const char count : {char{0}, char{2}, char{4}}) {
    std::string wrong = bytes;
    wrong[26] = static_cast<char>(count - 1);
    wrong[60] = count;
    repair_checksum(wrong);
    EXPECT_EQ(verdict(wrong), ErrorCode::kInvalidRecord) << static_cast<int>(count);
  }
}

TEST(RecordBatch, an_idempotent_one_needs_an_epoch_and_a_sequence) {
  EXPECT_EQ(verdict(write_batch(three_records(), {.producer_id = 1})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(verdict(write_batch(three_records(), {.producer_id = 1, .producer_epoch = 0, .base_sequence = 0})),
            ErrorCode::kNone);
}

TEST(RecordBatch, sequences_go_on_from_zero_after_the_largest) {
  EXPECT_EQ(advance_sequence(0, 5), 5);
  EXPECT_EQ(advance_sequence(std::numeric_limits<std::int32_t>::max(), 1), 0);
  EXPECT_EQ(advance_sequence(std::numeric_limits<std::int32_t>::max() - 1, 5), 3);
}

TEST(RecordBatch, random_records_come_back) {
  std::mt19937_64 random(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()));
  const auto text = [&]() -> std::optional<std::string> {
    if (random() % 4 == 0) return std::nullopt;
    return std::string(random() % 300, static_cast<char>(random()));
  };
  for (int round = 0; round < 100; ++round) {
    std::vector<NewRecord> records;
    for (std::size_t left = 1 + random() % 20; left > 0; --left) {
      NewRecord record{.key = text(), .value = text(), .timestamp = static_cast<std::int64_t>(random() >> 1)};
      for (std::size_t headers = random() % 3; headers > 0; --headers) record.headers.emplace_back("name", text());
      records.push_back(std::move(record));
    }
    const std::string bytes = write_batch(records);
    ASSERT_EQ(verdict(bytes), ErrorCode::kNone);
    ASSERT_EQ(*read_records(*RecordBatch::parse(bytes)), records);
  }
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
