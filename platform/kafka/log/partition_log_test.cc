// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/partition_log.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

BatchLocation recent(Offset offset, std::int32_t records, std::int64_t time = 0) {
  return {.base_offset = offset, .last_offset_delta = records - 1, .size = 100, .max_timestamp = at(time)};
}

SegmentPointer segment(std::uint64_t number) {
  return std::make_shared<const SealedSegment>(SealedSegment{.first = number, .last = number});
}

Run run_in(SegmentPointer segment, Offset first, Offset last, std::int64_t time = 0) {
  return {std::move(segment),
          {.first_offset = first, .last_offset = last, .max_timestamp = at(time), .bytes = 1000, .batches = 10}};
}

// Runs 0..9 and 10..19 in segments 1 and 2, recent batches 20..24 and 25..29.
struct Example {
  SegmentPointer first = segment(1);
  SegmentPointer second = segment(2);
  PartitionLog log{0, 20};
  Example() {
    log.attach(run_in(first, 0, 9, 100));
    log.attach(run_in(second, 10, 19, 200));
    log.append(recent(20, 5, 300));
    log.append(recent(25, 5, 400));
  }
};

TEST(PartitionLog, finds_what_holds_an_offset) {
  Example example;
  EXPECT_EQ(example.log.run_with(0)->segment, example.first);
  EXPECT_EQ(example.log.run_with(9)->segment, example.first);
  EXPECT_EQ(example.log.run_with(10)->segment, example.second);
  EXPECT_EQ(example.log.run_with(20), nullptr);
  EXPECT_EQ(example.log.recent_from(24).size(), 2u);
  EXPECT_EQ(example.log.recent_from(25).size(), 1u);
  EXPECT_TRUE(example.log.recent_from(30).empty());
  EXPECT_EQ(example.log.next_offset(), 30);
  EXPECT_EQ(example.log.bytes(), 2200u);
}

TEST(PartitionLog, turns_its_recent_batches_into_a_run_when_their_segment_is_closed) {
  Example example;
  const SegmentPointer third = segment(3);
  example.log.seal(run_in(third, 20, 29));
  EXPECT_TRUE(example.log.recent().empty());
  EXPECT_EQ(example.log.run_with(25)->segment, third);
  EXPECT_EQ(example.log.bytes(), 3000u);
  example.log.append(recent(30, 1));
  EXPECT_TRUE(example.log.check_complete());
}

TEST(PartitionLog, drops_what_is_wholly_before_its_start_and_never_goes_back) {
  Example example;
  example.log.set_log_start(12);
  EXPECT_EQ(example.log.runs().size(), 1u);
  example.log.set_log_start(5);
  EXPECT_EQ(example.log.log_start(), 12);
  example.log.set_log_start(22);
  EXPECT_TRUE(example.log.runs().empty());
  EXPECT_EQ(example.log.recent().size(), 2u) << "the batch with offset 22 stays";
  example.log.set_log_start(100);
  EXPECT_EQ(example.log.log_start(), 30);
  EXPECT_EQ(example.log.bytes(), 0u);
  EXPECT_TRUE(example.log.check_complete());
}

TEST(PartitionLog, notices_records_that_are_missing) {
  PartitionLog gap(0, 20);
  gap.attach(run_in(segment(1), 0, 8));
  gap.attach(run_in(segment(2), 10, 19));
  ASSERT_FALSE(gap.check_complete());
  EXPECT_NE(gap.check_complete().error().message().find("9 to 9"), std::string::npos);
  gap.set_log_start(10);
  EXPECT_TRUE(gap.check_complete()) << "nothing that should be there is missing any more";

  PartitionLog beginning(5, 20);
  beginning.attach(run_in(segment(1), 6, 19));
  EXPECT_FALSE(beginning.check_complete());

  PartitionLog end(0, 20);
  end.attach(run_in(segment(1), 0, 18));
  EXPECT_FALSE(end.check_complete());
  EXPECT_FALSE(PartitionLog(0, 1).check_complete());
  EXPECT_TRUE(PartitionLog(7, 7).check_complete());
}

TEST(PartitionLog, follows_segments_that_became_one) {
  Example example;
  const SegmentPointer merged = segment(9);
  const std::vector<SegmentPointer> old = {example.first, example.second};
  example.log.replace(old, run_in(merged, 3, 19));
  ASSERT_EQ(example.log.runs().size(), 1u);
  EXPECT_EQ(example.log.run_with(10)->segment, merged);
  example.log.replace(std::vector{merged}, std::nullopt);
  EXPECT_TRUE(example.log.runs().empty());
  EXPECT_EQ(example.log.bytes(), 200u);
}

TEST(PartitionLog, gives_up_what_is_too_old) {
  Example example;
  const EffectiveConfig config{.retention = std::chrono::milliseconds(1000), .retention_bytes = -1};
  EXPECT_EQ(example.log.retention_start(config, at(1100)), 0);
  EXPECT_EQ(example.log.retention_start(config, at(1101)), 10);
  EXPECT_EQ(example.log.retention_start(config, at(1301)), 25);
  EXPECT_EQ(example.log.retention_start(config, at(9999)), 30);
  EXPECT_EQ(example.log.retention_start({.retention = std::chrono::milliseconds(-1)}, at(9999)), 0);
}

TEST(PartitionLog, gives_up_what_is_too_much_but_keeps_at_least_the_size) {
  Example example;
  const auto start_for = [&](std::int64_t bytes) {
    return example.log.retention_start({.retention = std::chrono::milliseconds(-1), .retention_bytes = bytes}, at(0));
  };
  EXPECT_EQ(start_for(2200), 0);
  EXPECT_EQ(start_for(1201), 0);
  EXPECT_EQ(start_for(1200), 10);
  EXPECT_EQ(start_for(150), 20);
  EXPECT_EQ(start_for(100), 25);
  EXPECT_EQ(start_for(0), 30);
}

TEST(PartitionLog, counts_what_can_be_read_up_to_a_limit) {
  Example example;
  EXPECT_EQ(example.log.bytes_from(0, 1'000'000), 2200u);
  EXPECT_EQ(example.log.bytes_from(25, 1'000'000), 100u);
  EXPECT_EQ(example.log.bytes_from(0, 50), 50u);
  EXPECT_EQ(example.log.bytes_from(30, 50), 0u);
  EXPECT_EQ(example.log.bytes_from(99, 50), 0u);
}

}  // namespace
}  // namespace skerry::platform::kafka::log
