// SPDX-License-Identifier: Apache-2.0
//
// Pausing loses and repeats nothing, whatever the moment, and rebalances lose nothing that was paused.
#include <map>
#include <random>

#include "skerry/kafka/kafka_test_support.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;

constexpr int kPartitions = 3;

TEST(ConsumerPause, gives_nothing_until_it_is_resumed) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("pause", 2);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await send_numbers(producer, {topic, 0}, 0, 100);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    std::vector<std::string> values = co_await next_values(consumer, 10);
    consumer->pause({{topic, 0}, {"not assigned", 1}});
    EXPECT_TRUE(consumer->lag().at(0).paused);
    // The other partition goes on.
    co_await send_numbers(producer, {topic, 1}, 0, 50);
    for (int i = 0; i < 50; ++i) {
      const Record record = co_await next_record(consumer);
      EXPECT_EQ(record.partition, 1);
    }
    consumer->resume({{topic, 0}});
    values = co_await next_values(consumer, 90);
    EXPECT_EQ(values, numbers(10, 100));
  });
}

TEST(ConsumerPause, wakes_a_receiver_that_waits_when_it_is_resumed) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("resume", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    co_await next_event<Assigned>(consumer);
    consumer->pause({{topic, 0}});
    co_await send_numbers(producer, {topic, 0}, 0, 1);
    co_await until([&] { return consumer->lag().at(0).end == 1; });
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        const Record record = co_await next_record(consumer);
        EXPECT_EQ(record.value, "0");
      });
      co_await yield();
      consumer->resume({{topic, 0}});
    });
  });
}

TEST(ConsumerPause, gives_each_record_once_and_in_order_under_random_pauses) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("random", kPartitions);
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  run([&]() -> Task<> {
    constexpr int kRecords = 2'000;
    std::mt19937 random(seed);
    auto producer = co_await make_producer(cluster);
    ConsumerOptions options = member_of(cluster, testing::Cluster::unique("group"), topic);
    options.max_prefetch_bytes = 2'048;  // so that reading ahead stops and goes on many times
    auto consumer = co_await Consumer::create(std::move(options));
    co_await next_event<Assigned>(consumer);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int p = 0; p < kPartitions; ++p) {
        scope.go([&, p]() -> Task<> {
          for (int i = 0; i < kRecords; i += 50) co_await send_numbers(producer, {topic, p}, i, i + 50);
        });
      }
      std::map<int, int> next;
      std::map<int, bool> paused;
      for (int taken = 0; taken < kPartitions * kRecords; ++taken) {
        const Record record = co_await next_record(consumer);
        const int partition = *record.partition;
        EXPECT_FALSE(paused[partition]) << "partition " << partition;
        EXPECT_EQ(record.offset, next[partition]);
        EXPECT_EQ(record.value, std::to_string(next[partition]));
        ++next[partition];
        if (random() % 8 == 0) {
          // One at least goes on, or nothing would come.
          const int chosen = static_cast<int>(random() % kPartitions);
          for (int p = 0; p < kPartitions; ++p) paused[p] = p != chosen && next[p] < kRecords && random() % 2 == 0;
          for (int p = 0; p < kPartitions; ++p) {
            if (paused[p] && next[chosen] < kRecords) {
              consumer->pause({{topic, p}});
            } else {
              paused[p] = false;
              consumer->resume({{topic, p}});
            }
          }
        }
        if (next[partition] == kRecords) {
          for (int p = 0; p < kPartitions; ++p) {
            paused[p] = false;
            consumer->resume({{topic, p}});
          }
        }
      }
    });
  });
}

}  // namespace
}  // namespace skerry::kafka
