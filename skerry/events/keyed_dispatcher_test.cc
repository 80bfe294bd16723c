// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/keyed_dispatcher.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace skerry::events::internal {
namespace {

using std::chrono::milliseconds;

const kafka::TopicPartition kFirst{.topic = "t", .partition = 0};
const kafka::TopicPartition kSecond{.topic = "t", .partition = 1};
const Moment kNow = Moment(milliseconds(1'000'000));

kafka::Record record(std::int64_t offset, std::optional<std::string> key, std::int32_t partition = 0) {
  return {.topic = "t", .partition = partition, .offset = offset, .key = std::move(key)};
}

std::vector<std::int64_t> take_all(KeyedDispatcher& dispatcher, Moment now = kNow) {
  std::vector<std::int64_t> offsets;
  while (const auto delivery = dispatcher.take(now)) offsets.push_back(delivery->record.offset);
  return offsets;
}

TEST(KeyedDispatcher, runs_one_record_of_a_key_at_a_time_and_different_keys_together) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, "a"));
  dispatcher.push(record(1, "a"));
  dispatcher.push(record(2, "b"));
  const auto first = dispatcher.take(kNow);
  EXPECT_EQ(first->record.offset, 0);
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{2}));
  dispatcher.finish(*first);
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{1}));
}

TEST(KeyedDispatcher, keeps_no_order_among_records_without_a_key) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, std::nullopt));
  dispatcher.push(record(1, std::nullopt));
  dispatcher.push(record(2, ""));
  dispatcher.push(record(3, ""));
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(KeyedDispatcher, takes_the_same_key_of_two_partitions_as_two_keys) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.assign(kSecond);
  dispatcher.push(record(0, "a", 0));
  dispatcher.push(record(0, "a", 1));
  EXPECT_EQ(take_all(dispatcher).size(), 2u);
}

TEST(KeyedDispatcher, runs_no_more_than_the_limit) {
  KeyedDispatcher dispatcher({.max_parallel = 2});
  dispatcher.assign(kFirst);
  for (int i = 0; i < 4; ++i) dispatcher.push(record(i, std::to_string(i)));
  const auto first = dispatcher.take(kNow);
  EXPECT_TRUE(dispatcher.take(kNow).has_value());
  EXPECT_FALSE(dispatcher.take(kNow).has_value());
  EXPECT_EQ(dispatcher.running(), 2u);
  dispatcher.finish(*first);
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{2}));
}

TEST(KeyedDispatcher, commits_up_to_the_lowest_record_that_is_not_done) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(5, "a"));
  dispatcher.push(record(6, "b"));
  const auto low = dispatcher.take(kNow);
  const auto high = dispatcher.take(kNow);
  dispatcher.finish(*high);
  EXPECT_TRUE(dispatcher.take_commits().empty());
  dispatcher.finish(*low);
  EXPECT_EQ(dispatcher.take_commits(), (std::vector<kafka::PartitionOffset>{{kFirst, 7}}));
  EXPECT_TRUE(dispatcher.take_commits().empty());
}

TEST(KeyedDispatcher, holds_a_key_until_its_retry_is_due_and_lets_others_pass) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, "a"));
  dispatcher.push(record(1, "a"));
  dispatcher.push(record(2, "b"));
  auto failed = dispatcher.take(kNow);
  failed->attempts = 1;
  dispatcher.retry(*std::move(failed), kNow + milliseconds(100));
  EXPECT_EQ(dispatcher.next_retry(), kNow + milliseconds(100));
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{2}));
  EXPECT_FALSE(dispatcher.take(kNow + milliseconds(99)).has_value());
  const auto again = dispatcher.take(kNow + milliseconds(100));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->record.offset, 0);
  EXPECT_EQ(again->attempts, 1u);
  EXPECT_EQ(dispatcher.next_retry(), std::nullopt);
}

TEST(KeyedDispatcher, pauses_a_full_partition_until_half_of_it_is_done) {
  KeyedDispatcher dispatcher({.max_parallel = 10, .max_queued = 4});
  dispatcher.assign(kFirst);
  dispatcher.assign(kSecond);
  dispatcher.push(record(0, "x", 1));
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(dispatcher.take_pauses().empty());
    dispatcher.push(record(i, std::to_string(i)));
  }
  EXPECT_EQ(dispatcher.take_pauses(), (std::vector<kafka::TopicPartition>{kFirst}));
  std::vector<Delivery> running;
  while (auto delivery = dispatcher.take(kNow)) running.push_back(*std::move(delivery));
  std::erase_if(running, [](const Delivery& delivery) { return delivery.record.partition == 1; });
  dispatcher.finish(running[0]);
  EXPECT_TRUE(dispatcher.take_resumes().empty());
  dispatcher.finish(running[1]);
  EXPECT_EQ(dispatcher.take_resumes(), (std::vector<kafka::TopicPartition>{kFirst}));
}

TEST(KeyedDispatcher, pauses_a_partition_whose_oldest_record_keeps_too_many_from_being_committed) {
  KeyedDispatcher dispatcher({.max_parallel = 10, .max_queued = 5, .max_uncommitted = 8});
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, "stuck"));
  const auto stuck = dispatcher.take(kNow);
  for (int i = 1; i < 8; ++i) {
    EXPECT_TRUE(dispatcher.take_pauses().empty());
    dispatcher.push(record(i, "k"));
    dispatcher.finish(*dispatcher.take(kNow));
  }
  dispatcher.push(record(8, "k"));
  EXPECT_EQ(dispatcher.take_pauses(), (std::vector<kafka::TopicPartition>{kFirst}));
  dispatcher.finish(*stuck);
  EXPECT_EQ(dispatcher.take_resumes(), (std::vector<kafka::TopicPartition>{kFirst}));
}

TEST(KeyedDispatcher, forgets_what_waits_when_a_partition_is_revoked_and_finishes_what_runs) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.assign(kSecond);
  dispatcher.push(record(0, "a"));
  dispatcher.push(record(1, "a"));
  dispatcher.push(record(2, "b"));
  dispatcher.push(record(0, "a", 1));
  const auto running = dispatcher.take(kNow);
  dispatcher.revoke(kFirst);
  EXPECT_EQ(dispatcher.running(kFirst), 1u);
  EXPECT_EQ(dispatcher.partitions(), (std::vector<kafka::TopicPartition>{kSecond}));
  const auto other = dispatcher.take(kNow);
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->record.partition, 1);
  dispatcher.finish(*running);
  EXPECT_FALSE(dispatcher.take(kNow).has_value());
  EXPECT_EQ(dispatcher.take_commits(), (std::vector<kafka::PartitionOffset>{{kFirst, 1}}));
  EXPECT_EQ(dispatcher.running(kFirst), 0u);
  dispatcher.remove(kFirst);
}

TEST(KeyedDispatcher, drops_the_retry_of_a_revoked_partition) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, "a"));
  dispatcher.push(record(1, "b"));
  auto early = dispatcher.take(kNow);
  auto late = dispatcher.take(kNow);
  dispatcher.retry(*std::move(early), kNow);
  dispatcher.revoke(kFirst);
  dispatcher.retry(*std::move(late), kNow);
  EXPECT_FALSE(dispatcher.take(kNow + milliseconds(1)).has_value());
  EXPECT_EQ(dispatcher.running(), 0u);
  dispatcher.remove(kFirst);
  EXPECT_TRUE(dispatcher.take_commits().empty());
}

TEST(KeyedDispatcher, begins_anew_when_a_partition_comes_back) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, "a"));
  dispatcher.revoke(kFirst);
  dispatcher.remove(kFirst);
  dispatcher.push(record(1, "a"));
  EXPECT_FALSE(dispatcher.take(kNow).has_value());
  dispatcher.assign(kFirst);
  dispatcher.push(record(0, "a"));
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{0}));
}

TEST(KeyedDispatcher, passes_over_a_record_that_is_here_already) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(3, "a"));
  dispatcher.push(record(3, "a"));
  dispatcher.finish(*dispatcher.take(kNow));
  EXPECT_FALSE(dispatcher.take(kNow).has_value());
}

TEST(KeyedDispatcher, takes_a_parked_event_before_the_others_of_its_key) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(10, "a"));
  dispatcher.push(record(11, "a"));
  const auto first = dispatcher.take(kNow);
  dispatcher.push_parked({.record = record(4, "a")});
  dispatcher.finish(*first);
  const auto parked = dispatcher.take(kNow);
  EXPECT_EQ(parked->record.offset, 4);
  EXPECT_TRUE(parked->parked);
  dispatcher.finish(*parked);
  EXPECT_EQ(dispatcher.take_commits(), (std::vector<kafka::PartitionOffset>{{kFirst, 11}}));
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{11}));
}

TEST(KeyedDispatcher, puts_a_parked_event_behind_one_that_waits_for_its_next_attempt) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  dispatcher.push(record(10, "a"));
  dispatcher.retry(*dispatcher.take(kNow), kNow + milliseconds(1));
  EXPECT_FALSE(dispatcher.idle(record(0, "a")));
  dispatcher.push_parked({.record = record(4, "a")});
  const auto first = dispatcher.take(kNow + milliseconds(1));
  EXPECT_EQ(first->record.offset, 10);
  dispatcher.finish(*first);
  EXPECT_EQ(take_all(dispatcher), (std::vector<std::int64_t>{4}));
}

TEST(KeyedDispatcher, is_idle_for_a_key_of_which_nothing_is_here) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  EXPECT_TRUE(dispatcher.idle(record(0, "a")));
  dispatcher.push(record(0, "a"));
  EXPECT_FALSE(dispatcher.idle(record(0, "a")));
  dispatcher.finish(*dispatcher.take(kNow));
  EXPECT_TRUE(dispatcher.idle(record(0, "a")));
}

TEST(KeyedDispatcher, suspects_only_what_may_have_been_running_before) {
  KeyedDispatcher dispatcher({.max_parallel = 10, .max_queued = 3});
  dispatcher.assign(kFirst);
  for (const std::int64_t offset : {100, 102, 103}) dispatcher.push(record(offset, std::to_string(offset)));
  EXPECT_TRUE(dispatcher.take(kNow)->suspect);
  EXPECT_TRUE(dispatcher.take(kNow)->suspect);
  EXPECT_FALSE(dispatcher.take(kNow)->suspect);
}

TEST(KeyedDispatcher, knows_the_time_of_the_oldest_record) {
  KeyedDispatcher dispatcher({});
  dispatcher.assign(kFirst);
  EXPECT_EQ(dispatcher.oldest(), std::nullopt);
  kafka::Record old = record(0, "a");
  old.timestamp = kafka::Timestamp(milliseconds(5));
  kafka::Record young = record(1, "b");
  young.timestamp = kafka::Timestamp(milliseconds(9));
  dispatcher.push(old);
  dispatcher.push(young);
  EXPECT_EQ(dispatcher.oldest(), kafka::Timestamp(milliseconds(5)));
  dispatcher.finish(*dispatcher.take(kNow));
  EXPECT_EQ(dispatcher.oldest(), kafka::Timestamp(milliseconds(9)));
}

}  // namespace
}  // namespace skerry::events::internal
