// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/export_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace skerry::telemetry {
namespace {

struct QueueItem {
  int number = 0;
  std::size_t bytes = 1;
};
std::size_t memory_bytes(const QueueItem& item) { return item.bytes; }

using TestQueue = ExportQueue<QueueItem>;

std::unique_ptr<QueueItem> queue_item(int number, std::size_t bytes = 1) {
  return std::make_unique<QueueItem>(QueueItem{number, bytes});
}

TEST(ExportQueue, gives_items_in_their_order) {
  TestQueue queue;
  queue.open();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.push(queue_item(i)));
  const auto first = queue.drain(3);
  const auto second = queue.drain(10);
  ASSERT_EQ(first.size(), 3U);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(first[0]->number, 0);
  EXPECT_EQ(second[1]->number, 4);
  EXPECT_EQ(queue.pending(), 0U);
}

TEST(ExportQueue, keeps_nothing_while_it_is_closed) {
  TestQueue queue;
  EXPECT_FALSE(queue.push(queue_item(1)));
  queue.open();
  queue.push(queue_item(2));
  queue.close();
  EXPECT_FALSE(queue.push(queue_item(3)));
  EXPECT_EQ(queue.drain(10).size(), 1U);
  EXPECT_EQ(queue.dropped(), 0U);
}

TEST(ExportQueue, drops_and_counts_past_its_limit_of_items_and_goes_on_afterwards) {
  TestQueue queue({.items = 4, .bytes = 1000});
  queue.open();
  for (int i = 0; i < 7; ++i) queue.push(queue_item(i));
  EXPECT_EQ(queue.dropped(), 3U);
  EXPECT_EQ(queue.drain(10).size(), 4U);
  for (int round = 0; round < 10; ++round) {
    EXPECT_TRUE(queue.push(queue_item(round)));
    EXPECT_EQ(queue.drain(1).at(0)->number, round);
  }
}

TEST(ExportQueue, drops_and_counts_past_its_limit_of_bytes) {
  TestQueue queue({.items = 100, .bytes = 10});
  queue.open();
  EXPECT_TRUE(queue.push(queue_item(1, 6)));
  EXPECT_FALSE(queue.push(queue_item(2, 6)));
  EXPECT_TRUE(queue.push(queue_item(3, 4)));
  EXPECT_EQ(queue.dropped(), 1U);
  queue.drain(10);
  EXPECT_TRUE(queue.push(queue_item(4, 10)));
}

TEST(ExportQueue, a_batch_ends_when_it_has_enough_bytes) {
  TestQueue queue;
  queue.open();
  for (int i = 0; i < 5; ++i) queue.push(queue_item(i, 10));
  EXPECT_EQ(queue.drain(100, 25).size(), 3U);
  EXPECT_EQ(queue.drain(100, 1).size(), 1U);
}

TEST(ExportQueue, wakes_once_when_enough_items_wait) {
  TestQueue queue;
  queue.open();
  int wakes = 0;
  queue.wake_at(2, [&] { ++wakes; });
  queue.push(queue_item(1));
  EXPECT_EQ(wakes, 0);
  queue.push(queue_item(2));
  queue.push(queue_item(3));
  EXPECT_EQ(wakes, 1);
  queue.wake_at(3, [&] { ++wakes; });
  EXPECT_EQ(wakes, 2) << "three wait already";
}

TEST(ExportQueue, a_wake_up_can_be_taken_back) {
  TestQueue queue;
  queue.open();
  int wakes = 0;
  queue.wake_at(1, [&] { ++wakes; });
  queue.wake_at(1, nullptr);
  queue.push(queue_item(1));
  EXPECT_EQ(wakes, 0);
}

TEST(ExportQueue, loses_nothing_between_many_producers_and_the_consumer) {
  constexpr int kProducers = 4;
  constexpr int kPerProducer = 20'000;
  TestQueue queue({.items = 256, .bytes = 1'000'000});
  queue.open();
  std::atomic<int> running{kProducers};
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&, p] {
      for (int i = 0; i < kPerProducer; ++i) queue.push(queue_item(p * kPerProducer + i));
      running.fetch_sub(1);
    });
  }
  std::vector<int> last(kProducers, -1);
  std::uint64_t received = 0;
  for (bool more = true; more;) {
    more = running.load() > 0;
    for (const auto& item : queue.drain(64)) {
      const int producer = item->number / kPerProducer;
      const int index = item->number % kPerProducer;
      EXPECT_GT(index, last[producer]) << "the items of one producer stay in order";
      last[producer] = index;
      ++received;
      more = true;
    }
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(received + queue.dropped(), static_cast<std::uint64_t>(kProducers) * kPerProducer);
  EXPECT_EQ(queue.pending(), 0U);
}

TEST(ExportQueue, every_item_is_followed_by_a_wake_up) {
  TestQueue queue;
  queue.open();
  std::atomic<bool> woken{false};
  constexpr int kItems = 5000;
  std::thread producer([&] {
    for (int i = 0; i < kItems; ++i) queue.push(queue_item(i));
  });
  int received = 0;
  while (received < kItems) {
    queue.wake_at(1, [&] {
      woken.store(true);
      woken.notify_one();
    });
    woken.wait(false);
    woken.store(false);
    received += static_cast<int>(queue.drain(kItems).size());
  }
  producer.join();
  queue.wake_at(1, nullptr);
}

}  // namespace
}  // namespace skerry::telemetry
