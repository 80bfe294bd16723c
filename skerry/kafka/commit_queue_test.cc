// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/commit_queue.h"

#include <gtest/gtest.h>

#include <random>

#include "skerry/async/runtime.h"

namespace skerry::kafka::internal {
namespace {

using Call = std::shared_ptr<Pending<void>>;

Call make_call() { return std::make_shared<Pending<void>>(); }

/// What the call was answered with. Precondition: it was.
Result<> answer_of(Call call) {
  Runtime runtime({.workers = 1});
  return runtime.run([&]() -> Task<> { co_await Pending<void>::answer(call); });
}

const TopicPartition kFirst{"t", 1};
const TopicPartition kSecond{"t", 2};

TEST(CommitQueue, sends_one_request_at_a_time_and_shares_the_next) {
  CommitQueue queue;
  const Call a = make_call();
  const Call b = make_call();
  const Call c = make_call();
  queue.add({{kFirst, 1}}, a);
  EXPECT_EQ(queue.begin(), (std::vector<PartitionOffset>{{kFirst, 1}}));
  queue.add({{kFirst, 2}}, b);
  queue.add({{kSecond, 9}, {kFirst, 3}}, c);
  EXPECT_TRUE(queue.begin().empty());
  queue.end(std::nullopt, {});
  EXPECT_TRUE(answer_of(a).has_value());
  EXPECT_EQ(queue.begin(), (std::vector<PartitionOffset>{{kFirst, 3}, {kSecond, 9}}));
  queue.end(std::nullopt, {});
  EXPECT_TRUE(answer_of(b).has_value());
  EXPECT_TRUE(answer_of(c).has_value());
  EXPECT_TRUE(queue.begin().empty());
}

TEST(CommitQueue, tells_each_call_of_its_own_partitions) {
  CommitQueue queue;
  const Call a = make_call();
  const Call b = make_call();
  queue.add({{kFirst, 1}}, a);
  queue.add({{kFirst, 1}, {kSecond, 2}}, b);
  queue.begin();
  queue.end(std::nullopt, {{kSecond, Error::aborted("gone")}});
  EXPECT_TRUE(answer_of(a).has_value());
  EXPECT_EQ(answer_of(b).error().code(), Code::kAborted);
}

TEST(CommitQueue, fails_all_calls_at_the_end) {
  CommitQueue queue;
  const Call under_way = make_call();
  const Call waiting = make_call();
  queue.add({{kFirst, 1}}, under_way);
  queue.begin();
  queue.add({{kFirst, 2}}, waiting);
  queue.fail_all(Error::unavailable("closed"));
  EXPECT_EQ(answer_of(under_way).error().code(), Code::kUnavailable);
  EXPECT_EQ(answer_of(waiting).error().code(), Code::kUnavailable);
  EXPECT_TRUE(queue.begin().empty());
}

// Whatever the order of calls and answers, each call is answered once, and the broker ends
// with the last offset that was given.
TEST(CommitQueue, leaves_the_broker_with_the_last_offsets_under_random_orders) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    CommitQueue queue;
    std::map<TopicPartition, std::int64_t> wanted;
    std::map<TopicPartition, std::int64_t> broker;
    std::vector<PartitionOffset> request;
    std::vector<Call> calls;
    auto answer = [&] {
      for (const PartitionOffset& offset : request) broker[offset.partition] = offset.offset;
      queue.end(std::nullopt, {});
      request.clear();
    };
    for (int step = 0; step < 50; ++step) {
      if (random() % 2 == 0) {
        const TopicPartition partition{"t", static_cast<std::int32_t>(random() % 3)};
        wanted[partition] = step;
        calls.push_back(make_call());
        queue.add({{partition, step}}, calls.back());
      } else if (request.empty()) {
        request = queue.begin();
      } else {
        answer();
      }
    }
    while (!request.empty() || !(request = queue.begin()).empty()) answer();
    EXPECT_EQ(broker, wanted) << "seed " << seed;
    for (const Call& call : calls) EXPECT_TRUE(answer_of(call).has_value()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace skerry::kafka::internal
