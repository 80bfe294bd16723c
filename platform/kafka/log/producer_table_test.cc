// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/producer_table.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

using Kind = SequenceCheck::Kind;
constexpr std::int32_t kLastSequence = std::numeric_limits<std::int32_t>::max();

BatchHead head(std::int32_t sequence, std::int32_t records, Offset offset, std::int16_t epoch = 0,
               std::int64_t time = 0) {
  return {.base_offset = offset,
          .last_offset_delta = records - 1,
          .appended_at = at(time),
          .producer_id = 1,
          .producer_epoch = epoch,
          .base_sequence = sequence};
}

TEST(ProducerState, accepts_the_next_sequence_and_refuses_a_gap) {
  ProducerState state;
  state.record(head(0, 3, 100));
  EXPECT_EQ(check_sequence(state, producer_batch(1, 3, 1)).kind, Kind::kNew);
  const SequenceCheck gap = check_sequence(state, producer_batch(1, 4, 1));
  EXPECT_EQ(gap.kind, Kind::kOutOfOrder);
  EXPECT_EQ(gap.expected_sequence, 3);
}

TEST(ProducerState, recognises_the_last_five_batches) {
  ProducerState state;
  for (int i = 0; i < 8; ++i) state.record(head(2 * i, 2, 10 * i));
  for (int i = 3; i < 8; ++i) {
    const SequenceCheck check = check_sequence(state, producer_batch(1, 2 * i, 2));
    EXPECT_EQ(check.kind, Kind::kDuplicate);
    EXPECT_EQ(check.base_offset, 10 * i);
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(check_sequence(state, producer_batch(1, 2 * i, 2)).kind, Kind::kForgottenDuplicate);
}

TEST(ProducerState, does_not_take_a_batch_for_a_duplicate_that_overlaps_another) {
  ProducerState state;
  for (int i = 0; i < 8; ++i) state.record(head(2 * i, 2, 10 * i));
  EXPECT_EQ(check_sequence(state, producer_batch(1, 8, 3)).kind, Kind::kOutOfOrder);
  EXPECT_EQ(check_sequence(state, producer_batch(1, 9, 2)).kind, Kind::kOutOfOrder);
  EXPECT_EQ(check_sequence(state, producer_batch(1, 5, 2)).kind, Kind::kOutOfOrder) << "half forgotten";
}

TEST(ProducerState, does_not_take_what_was_never_appended_for_forgotten) {
  ProducerState state;
  state.record(head(100, 1, 0));  // it went on here after it had been forgotten
  EXPECT_EQ(check_sequence(state, producer_batch(1, 90, 1)).kind, Kind::kOutOfOrder);
}

TEST(ProducerState, goes_on_with_zero_after_the_last_sequence) {
  EXPECT_EQ(sequence_after(kLastSequence, 1), 0);
  EXPECT_EQ(sequence_after(kLastSequence - 1, 5), 3);
  ProducerState state;
  state.record(head(kLastSequence - 1, 2, 0));
  EXPECT_EQ(check_sequence(state, producer_batch(1, 0, 1)).kind, Kind::kNew);
  EXPECT_EQ(check_sequence(state, producer_batch(1, kLastSequence - 1, 2)).kind, Kind::kDuplicate);
  ProducerState across;
  across.record(head(kLastSequence, 3, 50));  // its last sequence is 1
  EXPECT_EQ(check_sequence(across, producer_batch(1, 2, 1)).kind, Kind::kNew);
  EXPECT_EQ(check_sequence(across, producer_batch(1, kLastSequence, 3)).kind, Kind::kDuplicate);
}

TEST(ProducerState, begins_again_with_a_new_epoch_and_refuses_an_old_one) {
  ProducerState state;
  state.record(head(0, 5, 0, 3));
  EXPECT_EQ(check_sequence(state, producer_batch(1, 5, 1, 2)).kind, Kind::kOldEpoch);
  EXPECT_EQ(check_sequence(state, producer_batch(1, 5, 1, 4)).kind, Kind::kOutOfOrder);
  EXPECT_EQ(check_sequence(state, producer_batch(1, 0, 1, 4)).kind, Kind::kNew);
  state.record(head(0, 1, 5, 4));
  EXPECT_EQ(state.batches.size(), 1u);
  EXPECT_EQ(check_sequence(state, producer_batch(1, 5, 1, 3)).kind, Kind::kOldEpoch);
}

TEST(ProducerState, agrees_with_a_list_of_all_that_was_sent) {
  std::mt19937 random(7);
  for (int run = 0; run < 200; ++run) {
    ProducerState state;
    std::vector<BatchHead> sent;
    std::int32_t next = run % 2 == 0 ? 0 : kLastSequence - 20;
    state.record(head(next, 1, 0));
    sent.push_back(head(next, 1, 0));
    next = sequence_after(next, 1);
    for (int i = 0; i < 60; ++i) {
      if (random() % 2 == 0) {
        const auto records = static_cast<std::int32_t>(1 + random() % 4);
        ASSERT_EQ(check_sequence(state, producer_batch(1, next, records)).kind, Kind::kNew);
        sent.push_back(head(next, records, sent.back().last_offset() + 1));
        state.record(sent.back());
        next = sequence_after(next, records);
        continue;
      }
      const std::size_t which = random() % sent.size();
      const BatchHead& again = sent[which];
      const auto check = check_sequence(state, producer_batch(1, again.base_sequence, again.last_offset_delta + 1));
      const bool remembered = which + kRememberedBatches >= sent.size();
      ASSERT_EQ(check.kind, remembered ? Kind::kDuplicate : Kind::kForgottenDuplicate);
      if (remembered) EXPECT_EQ(check.base_offset, again.base_offset);
    }
  }
}

ProducerKey key(ProducerId id, TopicId topic = 1) { return {id, {topic, 0}}; }

TEST(ProducerTable, forgets_who_is_idle_for_longest_when_it_is_full) {
  ProducerTable table(2);
  table.record(key(1), head(0, 1, 0, 0, 10));
  EXPECT_FALSE(table.next_to_go());
  table.record(key(2), head(0, 1, 0, 0, 20));
  table.record(key(1), head(1, 1, 1, 0, 30));
  EXPECT_EQ(table.next_to_go(), at(20));
  table.record(key(3), head(0, 1, 0, 0, 40));
  EXPECT_EQ(table.find(key(2)), nullptr);
  EXPECT_NE(table.find(key(1)), nullptr);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.forgotten_up_to(), 2);
}

TEST(ProducerTable, forgets_the_idle_and_keeps_the_active) {
  ProducerTable table(10);
  for (int i = 0; i < 5; ++i) table.record(key(i), head(0, 1, 0, 0, 10 * i));
  table.record(key(0), head(1, 1, 1, 0, 100));
  EXPECT_EQ(table.forget_idle_since(at(30)), 2u);
  EXPECT_NE(table.find(key(0)), nullptr);
  EXPECT_EQ(table.find(key(1)), nullptr);
  EXPECT_EQ(table.find(key(2)), nullptr);
  EXPECT_NE(table.find(key(3)), nullptr);
}

TEST(ProducerTable, forgets_a_topic) {
  ProducerTable table(10);
  table.record(key(1, 1), head(0, 1, 0));
  table.record(key(1, 2), head(0, 1, 0));
  table.forget_topic(1);
  EXPECT_EQ(table.find(key(1, 1)), nullptr);
  EXPECT_NE(table.find(key(1, 2)), nullptr);
  EXPECT_EQ(table.forgotten_up_to(), 1);
}

}  // namespace
}  // namespace skerry::platform::kafka::log
