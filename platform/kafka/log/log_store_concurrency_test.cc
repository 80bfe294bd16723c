// SPDX-License-Identifier: Apache-2.0
//
// Many producers, consumers and cleaning at once on several workers, on a real disk.
#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"
#include "skerry/disk/posix_disk.h"
#include "skerry/disk/temporary_directory.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr int kPartitions = 4;
constexpr int kProducersEach = 3;
constexpr int kBatchesEach = 150;

struct World {
  LogStore& store;
  std::atomic<int> producing = kPartitions * kProducersEach;
};

// Sends each batch, now and then twice.
Task<> produce(World& world, std::int32_t partition, ProducerId id) {
  for (int i = 0; i < kBatchesEach; ++i) {
    Batch batch = producer_batch(id, i, 1);
    batch.max_timestamp = at(-1);  // now, so that retention does not take it
    batch.bytes = batch_bytes(fmt::format("{:02} {:04}", id, i) + std::string(500, '.'));
    const Appended first = co_await world.store.append({"a", partition}, batch);
    EXPECT_FALSE(first.duplicate);
    if (i % 10 != 0) continue;
    const Appended again = co_await world.store.append({"a", partition}, batch);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, first.base_offset);
  }
  --world.producing;
}

// Reads to the end, waiting for more, and checks that each producer's batches come once and in order.
Task<> consume(World& world, std::int32_t partition) {
  constexpr std::size_t kContent = 7 + 500;
  const std::vector<TopicPartition> partitions = {{"a", partition}};
  std::map<std::string, int> next;
  Offset offset = 0;
  while (offset < kProducersEach * kBatchesEach) {
    AppendWatch watch = world.store.watch(partitions);
    const Slice slice = co_await world.store.read({{"a", partition}, offset, 10'000});
    for (const std::string& content : contents_of(slice.records, kContent)) {
      const std::string producer = content.substr(0, 2);
      EXPECT_EQ(content.substr(3, 4), fmt::format("{:04}", next[producer]++));
      ++offset;
    }
    if (offset == slice.high_watermark && offset < kProducersEach * kBatchesEach) co_await watch.wait();
  }
  EXPECT_EQ(next.size(), static_cast<std::size_t>(kProducersEach));
}

// A topic that is emptied all the time, so that segments are rewritten under the readers of the other.
Task<> churn(World& world) {
  while (world.producing > 0) {
    co_await world.store.append({"churn", 0}, make_batch(1, std::string(3000, 'c')));
    co_await world.store.delete_records({"churn", 0}, -1);
    co_await world.store.maintain();
    std::vector<OffsetCommit> offsets(1);
    offsets[0] = {{"a", 0}, 1, -1, ""};
    co_await world.store.commit_offsets("g", std::move(offsets));
  }
}

void run_everything(unsigned workers) {
  disk::TemporaryDirectory directory;
  disk::PosixDisk disk;
  const LogOptions options{.segment_bytes = 50'000};
  const auto outcome = run_store(
      disk, options,
      [](LogStore& store) -> Task<> {
        co_await store.create_topic({"a", kPartitions, {}});
        co_await store.create_topic({"churn", 1, {}});
        World world{store};
        co_await with_scope([&](Scope& scope) -> Task<> {
          Runtime& runtime = Runtime::current();
          std::size_t next = 0;
          const auto worker = [&]() -> Worker& { return runtime.worker(next++ % runtime.worker_count()); };
          for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
            for (int i = 0; i < kProducersEach; ++i)
              scope.go_on(worker(), [&world, partition, i] { return produce(world, partition, partition * 10 + i); });
            scope.go_on(worker(), [&world, partition] { return consume(world, partition); });
          }
          scope.go_on(worker(), [&world] { return churn(world); });
          co_return;
        });
        EXPECT_LT(store.counts().commits, store.counts().entries) << "changes share syncs";
      },
      directory.path("data"), workers);
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(LogStoreConcurrency, producers_consumers_and_cleaning_do_not_disturb_each_other) { run_everything(3); }

TEST(LogStoreConcurrency, one_worker_is_enough) { run_everything(1); }

}  // namespace
}  // namespace skerry::platform::kafka::log
