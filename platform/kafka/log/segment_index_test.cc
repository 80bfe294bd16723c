// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/segment_index.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

BatchLocation location(Offset offset, std::int32_t records, std::uint32_t position, std::int64_t time = 0) {
  return {.base_offset = offset,
          .last_offset_delta = records - 1,
          .position = position,
          .size = 100,
          .max_timestamp = at(time)};
}

BuiltIndex example() {
  SegmentIndexBuilder builder;
  EXPECT_TRUE(builder.add({2, 0}, location(10, 5, 100, 7)));
  EXPECT_TRUE(builder.add({1, 1}, location(0, 1, 300, 5)));
  EXPECT_TRUE(builder.add({2, 0}, location(15, 1, 500, 3)));
  return builder.build(1000);
}

std::string_view table_of(const BuiltIndex& index) {
  const auto bytes = index_table_bytes(std::string_view(index.bytes).substr(0, kIndexHeaderBytes), 1000);
  EXPECT_TRUE(bytes);
  return std::string_view(index.bytes).substr(0, *bytes);
}

TEST(SegmentIndex, sums_up_each_run) {
  const BuiltIndex index = example();
  ASSERT_EQ(index.runs.size(), 2u);
  EXPECT_EQ(index.runs[0].partition, (PartitionKey{1, 1}));
  const RunSummary& run = index.runs[1];
  EXPECT_EQ(run.partition, (PartitionKey{2, 0}));
  EXPECT_EQ(run.first_offset, 10);
  EXPECT_EQ(run.last_offset, 15);
  EXPECT_EQ(run.max_timestamp, at(7));
  EXPECT_EQ(run.bytes, 200u);
  EXPECT_EQ(run.batches, 2u);
}

TEST(SegmentIndex, comes_back_from_its_bytes) {
  const BuiltIndex index = example();
  const auto runs = decode_index_table(table_of(index));
  ASSERT_TRUE(runs);
  EXPECT_EQ(*runs, index.runs);
  const RunSummary& run = (*runs)[1];
  const auto batches =
      decode_run(run, std::string_view(index.bytes).substr(run.entries_position, run.batches * kIndexEntryBytes));
  ASSERT_TRUE(batches);
  EXPECT_EQ(*batches, (std::vector<BatchLocation>{location(10, 5, 100, 7), location(15, 1, 500, 3)}));
}

TEST(SegmentIndex, of_an_empty_segment_is_an_empty_table) {
  const BuiltIndex index = SegmentIndexBuilder().build(1000);
  EXPECT_EQ(decode_index_table(table_of(index)), std::vector<RunSummary>());
}

TEST(SegmentIndex, refuses_a_batch_that_does_not_follow) {
  SegmentIndexBuilder builder;
  EXPECT_TRUE(builder.add({1, 0}, location(10, 5, 0)));
  EXPECT_FALSE(builder.add({1, 0}, location(16, 1, 100)));
  EXPECT_FALSE(builder.add({1, 0}, location(10, 5, 100)));
  EXPECT_EQ(builder.batches(), 1u);
  EXPECT_TRUE(builder.add({1, 0}, location(15, 1, 100)));
}

TEST(SegmentIndex, of_another_length_of_segment_is_not_taken) {
  const BuiltIndex index = example();
  const auto header = std::string_view(index.bytes).substr(0, kIndexHeaderBytes);
  EXPECT_FALSE(index_table_bytes(header, 999));
  EXPECT_FALSE(index_table_bytes(header.substr(1), 1000));
}

TEST(SegmentIndex, with_any_bit_inverted_is_refused) {
  const BuiltIndex index = example();
  const std::size_t table = table_of(index).size();
  for (std::size_t i = 0; i < index.bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = index.bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      const std::string_view bytes = damaged;
      const auto wanted = index_table_bytes(bytes.substr(0, kIndexHeaderBytes), 1000);
      const bool table_good = wanted && *wanted <= bytes.size() && decode_index_table(bytes.substr(0, *wanted));
      EXPECT_EQ(table_good, i >= table);
      if (!table_good) continue;
      bool all_good = true;
      for (const RunSummary& run : index.runs)
        all_good &= decode_run(run, bytes.substr(run.entries_position, run.batches * kIndexEntryBytes)).has_value();
      EXPECT_FALSE(all_good) << "byte " << i;
    }
  }
}

}  // namespace
}  // namespace skerry::platform::kafka::log
