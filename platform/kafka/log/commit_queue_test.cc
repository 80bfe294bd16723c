// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/commit_queue.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/errors.h"
#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

CommitQueue::Change append_of(std::size_t bytes) {
  return AppendRequest{{"a", 0}, make_batch(1, std::string(bytes, 'x'))};
}

Commits add(CommitQueue& queue, CommitQueue::Change change) {
  std::vector<CommitQueue::Change> changes;
  changes.push_back(std::move(change));
  return queue.add(std::move(changes));
}

TEST(CommitQueue, gives_everything_that_waits_in_order) {
  CommitQueue queue;
  Commits added;
  for (std::size_t i = 0; i < 10; ++i) added.push_back(add(queue, append_of(i)).front());
  EXPECT_EQ(queue.take(), added);
  EXPECT_TRUE(queue.take().empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(CommitQueue, gives_changes_of_topics_alone) {
  CommitQueue queue;
  add(queue, append_of(1));
  add(queue, append_of(1));
  add(queue, create_entry("a", 1));
  add(queue, create_entry("b", 1));
  add(queue, append_of(1));
  for (const std::size_t expected : {2u, 1u, 1u, 1u, 0u}) EXPECT_EQ(queue.take().size(), expected);
}

TEST(CommitQueue, gives_no_more_at_once_than_a_commit_holds_but_always_one) {
  CommitQueue queue;
  for (int i = 0; i < 3; ++i) add(queue, append_of(kMaxCommitBytes / 2 - 1000));
  add(queue, append_of(2 * kMaxCommitBytes));
  for (const std::size_t expected : {2u, 1u, 1u, 0u}) EXPECT_EQ(queue.take().size(), expected);
}

TEST(CommitQueue, refuses_more_than_its_limit) {
  CommitQueue queue;
  for (std::size_t i = 0; i < kMaxQueuedEntries; ++i) add(queue, storage::Entry());
  const Commits refused = add(queue, append_of(1));
  ASSERT_TRUE(refused.front()->done.is_set());
  EXPECT_TRUE(is_kafka_error(refused.front()->outcome->error(), ErrorCode::kRequestTimedOut));
}

TEST(CommitQueue, fails_what_is_queued_when_it_stops) {
  CommitQueue queue;
  const Commits before = add(queue, append_of(1));
  queue.stop();
  const Commits after = add(queue, append_of(1));
  for (const auto& commit : {before.front(), after.front()}) {
    ASSERT_TRUE(commit->done.is_set());
    EXPECT_TRUE(is_kafka_error(commit->outcome->error(), ErrorCode::kRequestTimedOut));
  }
  EXPECT_TRUE(queue.take().empty());
}

}  // namespace
}  // namespace skerry::platform::kafka::log
