// SPDX-License-Identifier: Apache-2.0
//
// Topics, appends, committed offsets and producer ids, as a broker sees them.
#include "platform/kafka/log/log_store.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

void expect_error(const auto& result, ErrorCode error) {
  ASSERT_FALSE(result);
  EXPECT_TRUE(is_kafka_error(result.error(), error)) << result.error().to_string();
}

TEST(LogStore, makes_changes_and_removes_topics) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    const Topic made = co_await store.create_topic({"orders", 3, {{"retention.ms", "1000"}}});
    EXPECT_EQ(made.partitions, 3);
    EXPECT_EQ(store.topic("orders"), made);
    const Topic more = co_await store.set_partitions("orders", 5);
    EXPECT_EQ(more.partitions, 5);
    const Topic configured = co_await store.set_configs("orders", {{"retention.bytes", "7"}});
    EXPECT_EQ(configured.configs, (TopicConfigs{{"retention.bytes", "7"}}));
    co_await store.create_topic({"a", 1, {}});
    EXPECT_EQ(store.topics().size(), 2u);
    EXPECT_EQ(store.topics().front().name, "a");
    co_await store.delete_topic("orders");
    EXPECT_EQ(store.topic("orders"), std::nullopt);
    const Topic again = co_await store.create_topic({"orders", 1, {}});
    EXPECT_NE(again.id, made.id);
  }));
}

TEST(LogStore, refuses_topics_that_cannot_be) {
  disk::MemoryDisk disk;
  const LogOptions options{.limits = {.max_topics = 2, .max_partitions = 10}};
  ASSERT_TRUE(run_store(disk, options, [](LogStore& store) -> Task<> {
    for (const std::string name : {"", ".", "..", "a/b", "a b", "ä"})
      expect_error(co_await store.create_topic({name, 1, {}}).result(), ErrorCode::kInvalidTopicException);
    expect_error(co_await store.create_topic({std::string(250, 'a'), 1, {}}).result(),
                 ErrorCode::kInvalidTopicException);
    expect_error(co_await store.create_topic({"a", 0, {}}).result(), ErrorCode::kInvalidPartitions);
    expect_error(co_await store.create_topic({"a", 1, {{"cleanup.policy", "compact"}}}).result(),
                 ErrorCode::kInvalidConfig);
    expect_error(co_await store.create_topic({"a", 11, {}}).result(), ErrorCode::kPolicyViolation);
    co_await store.create_topic({std::string(249, 'a'), 1, {}});
    co_await store.create_topic({"b", 1, {}});
    expect_error(store.check_topic({"b", 1, {}}), ErrorCode::kTopicAlreadyExists);
    expect_error(co_await store.create_topic({"b", 1, {}}).result(), ErrorCode::kTopicAlreadyExists);
    expect_error(co_await store.create_topic({"c", 1, {}}).result(), ErrorCode::kPolicyViolation);
    expect_error(co_await store.set_partitions("b", 1).result(), ErrorCode::kInvalidPartitions);
    expect_error(co_await store.set_partitions("b", 100).result(), ErrorCode::kPolicyViolation);
    expect_error(co_await store.set_partitions("none", 5).result(), ErrorCode::kUnknownTopicOrPartition);
    expect_error(co_await store.set_configs("none", {}).result(), ErrorCode::kUnknownTopicOrPartition);
    expect_error(co_await store.delete_topic("none").result(), ErrorCode::kUnknownTopicOrPartition);
  }));
}

TEST(LogStore, appends_give_consecutive_offsets_in_each_partition) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 2, {}});
    EXPECT_EQ((co_await store.append({"a", 0}, make_batch(3))).base_offset, 0);
    EXPECT_EQ((co_await store.append({"a", 0}, make_batch(1))).base_offset, 3);
    EXPECT_EQ((co_await store.append({"a", 1}, make_batch(1))).base_offset, 0);
    EXPECT_EQ(store.state({"a", 0})->high_watermark, 4);
    EXPECT_EQ(store.state({"a", 2}), std::nullopt);
    expect_error(co_await store.append({"a", 2}, make_batch(1)).result(), ErrorCode::kUnknownTopicOrPartition);
    expect_error(co_await store.append({"b", 0}, make_batch(1)).result(), ErrorCode::kUnknownTopicOrPartition);
  }));
}

TEST(LogStore, refuses_batches_that_are_too_large_or_none) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {{"max.message.bytes", "100"}}});
    co_await store.append({"a", 0}, make_batch(1, std::string(100 - kRecordBatchHeadBytes, 'x')));
    expect_error(co_await store.append({"a", 0}, make_batch(1, std::string(101 - kRecordBatchHeadBytes, 'x'))).result(),
                 ErrorCode::kMessageTooLarge);
    Batch cut = make_batch(1);
    cut.bytes.resize(kRecordBatchHeadBytes - 1);
    expect_error(co_await store.append({"a", 0}, cut).result(), ErrorCode::kInvalidRequest);
    EXPECT_EQ(store.state({"a", 0})->high_watermark, 1);
  }));
}

TEST(LogStore, appends_of_one_connection_keep_their_order_without_waiting_for_each_other) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    const int syncs_before = disk.syncs();
    std::vector<PendingAppends> pending;
    for (int i = 0; i < 100; ++i) {
      std::vector<AppendRequest> requests;
      requests.push_back({{"a", 0}, make_batch(1)});
      requests.push_back({{"none", 0}, make_batch(1)});
      pending.push_back(store.begin_append(std::move(requests)));
    }
    for (int i = 0; i < 100; ++i) {
      const auto results = co_await pending[static_cast<std::size_t>(i)].wait();
      EXPECT_EQ(results[0]->base_offset, i);
      expect_error(results[1], ErrorCode::kUnknownTopicOrPartition);
    }
    EXPECT_LE(disk.syncs() - syncs_before, 2) << "what waits together is made durable together";
  }));
}

TEST(LogStore, answers_a_batch_that_was_sent_again_with_its_first_offset) {
  disk::MemoryDisk disk;
  const auto send = [](LogStore& store, std::int32_t sequence) {
    return store.append({"a", 0}, producer_batch(5, sequence, 2));
  };
  ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    for (int i = 0; i < 7; ++i) EXPECT_FALSE((co_await send(store, 2 * i)).duplicate);
    const Appended again = co_await send(store, 8);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, 8);
    expect_error(co_await send(store, 16).result(), ErrorCode::kOutOfOrderSequenceNumber);
    expect_error(co_await send(store, 2).result(), ErrorCode::kDuplicateSequenceNumber);
    EXPECT_EQ((co_await store.append({"a", 0}, producer_batch(5, 0, 2, 1))).base_offset, 14);
    expect_error(co_await send(store, 14).result(), ErrorCode::kInvalidProducerEpoch);
  }));
  ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
    const Appended again = co_await store.append({"a", 0}, producer_batch(5, 0, 2, 1));
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, 14);
  }));
}

TEST(LogStore, answers_a_batch_that_is_sent_twice_at_once_twice_with_one_offset) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    std::vector<AppendRequest> requests;
    for (const std::int32_t sequence : {0, 1, 1, 2, 0, 4})
      requests.push_back({{"a", 0}, producer_batch(5, sequence, 1)});
    auto pending = store.begin_append(std::move(requests));
    const auto results = co_await pending.wait();
    EXPECT_EQ(results[1]->base_offset, 1);
    EXPECT_TRUE(results[2]->duplicate);
    EXPECT_EQ(results[2]->base_offset, 1);
    EXPECT_EQ(results[3]->base_offset, 2);
    EXPECT_EQ(results[4]->base_offset, 0);
    expect_error(results[5], ErrorCode::kOutOfOrderSequenceNumber);
    EXPECT_EQ(store.state({"a", 0})->high_watermark, 3);
  }));
}

TEST(LogStore, a_producer_that_was_never_seen_begins_with_sequence_zero) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    const ProducerId ours = co_await store.allocate_producer_id();
    expect_error(co_await store.append({"a", 0}, producer_batch(ours, 1, 1)).result(),
                 ErrorCode::kOutOfOrderSequenceNumber);
    // One that this store never gave an id to, from a store that was here before.
    const Appended foreign = co_await store.append({"a", 0}, producer_batch(ours + 1'000'000, 70, 1));
    EXPECT_EQ(foreign.base_offset, 0);
    co_await store.append({"a", 0}, producer_batch(ours, 0, 1));
    // It was seen in the topic that is gone, and does not know that this is another.
    co_await store.delete_topic("a");
    co_await store.create_topic({"a", 1, {}});
    co_await store.append({"a", 0}, producer_batch(ours, 1, 1));
  }));
}

TEST(LogStore, holds_so_many_producers_and_gives_up_idle_ones_alone) {
  disk::MemoryDisk disk;
  std::atomic<std::int64_t> clock = 1'000'000;
  LogOptions options{.limits = {.max_producers = 3, .min_producer_idle = std::chrono::milliseconds(1000)}};
  options.clock = [&] { return at(clock); };
  ASSERT_TRUE(run_store(disk, options, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    for (ProducerId id = 1; id <= 3; ++id) co_await store.append({"a", 0}, producer_batch(id, 0, 1));
    expect_error(co_await store.append({"a", 0}, producer_batch(4, 0, 1)).result(), ErrorCode::kPolicyViolation);
    clock += 1000;
    co_await store.append({"a", 0}, producer_batch(1, 1, 1));
    co_await store.append({"a", 0}, producer_batch(4, 0, 1));
    EXPECT_EQ(store.counts().producers, 3u);
    EXPECT_TRUE((co_await store.append({"a", 0}, producer_batch(1, 1, 1))).duplicate) << "the active one is known";
  }));
}

TEST(LogStore, never_gives_a_producer_id_twice) {
  disk::MemoryDisk disk;
  std::set<ProducerId> given;
  for (int life = 0; life < 3; ++life) {
    ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
      for (int i = 0; i < 1500; ++i) EXPECT_TRUE(given.insert(co_await store.allocate_producer_id()).second);
    }));
    disk.restart(static_cast<std::uint32_t>(life));
  }
  EXPECT_GE(*given.begin(), 0);
}

TEST(LogStore, keeps_committed_offsets_of_groups) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 2, {}});
    co_await store.create_topic({"b", 1, {}});
    std::vector<OffsetCommit> offsets;
    offsets.push_back({{"a", 0}, 5, 3, "where I was, \xff\xfe"});
    offsets.push_back({{"b", 0}, 6, -1, ""});
    co_await store.commit_offsets("g", offsets);
    offsets[1].partition = {"a", 9};
    expect_error(co_await store.commit_offsets("h", offsets).result(), ErrorCode::kUnknownTopicOrPartition);
    EXPECT_EQ(store.groups(), std::vector<std::string>{"g"});
  }));
  disk.restart(1);
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    const auto committed = store.committed("g", {"a", 0});
    EXPECT_EQ(committed->offset, 5);
    EXPECT_EQ(committed->leader_epoch, 3);
    EXPECT_EQ(committed->metadata, "where I was, \xff\xfe") << "any bytes";
    EXPECT_EQ(store.committed("g").size(), 2u);
    EXPECT_EQ(store.committed("g", {"a", 1}), std::nullopt);
    co_await store.delete_topic("b");
    EXPECT_EQ(store.committed("g").size(), 1u);
    std::vector<TopicPartition> gone = {{"a", 0}};
    co_await store.delete_offsets("g", gone);
    EXPECT_TRUE(store.groups().empty());
    expect_error(co_await store.delete_group("g").result(), ErrorCode::kGroupIdNotFound);
  }));
}

TEST(LogStore, keeps_so_many_offsets_and_lets_those_that_are_there_go_on) {
  disk::MemoryDisk disk;
  const LogOptions options{.limits = {.max_groups = 1, .max_offsets = 2}};
  ASSERT_TRUE(run_store(disk, options, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 3, {}});
    const auto commit = [&](std::string group, std::int32_t partition, std::string metadata = "") {
      std::vector<OffsetCommit> offsets(1);
      offsets[0] = {{"a", partition}, 1, -1, std::move(metadata)};
      return store.commit_offsets(std::move(group), std::move(offsets));
    };
    co_await commit("g", 0);
    co_await commit("g", 1);
    expect_error(co_await commit("g", 2).result(), ErrorCode::kPolicyViolation);
    expect_error(co_await commit("h", 0).result(), ErrorCode::kPolicyViolation);
    co_await commit("g", 1);
    expect_error(co_await commit("g", 0, std::string(5000, 'm')).result(), ErrorCode::kInvalidRequest);
  }));
}

TEST(LogStore, forgets_the_offsets_of_groups_without_members_after_a_time) {
  disk::MemoryDisk disk;
  std::atomic<std::int64_t> clock = 1'000'000;
  LogOptions options{.offsets_retention = std::chrono::milliseconds(8000)};
  options.clock = [&] { return at(clock); };
  Runtime runtime({.workers = 1});
  ASSERT_TRUE(runtime.run([&]() -> Task<> {
    auto store = co_await LogStore::open(disk, "data", options);
    std::set<std::string> active = {"living"};
    std::ignore =
        co_await with_scope([&](Scope& scope) -> Task<> {
          scope.go([&] { return store->run([&](const std::string& group) { return active.contains(group); }); });
          co_await store->create_topic({"a", 1, {}});
          std::vector<OffsetCommit> offsets(1);
          offsets[0] = {{"a", 0}, 1, -1, ""};
          co_await store->commit_offsets("living", offsets);
          co_await store->commit_offsets("dead", offsets);
          clock += 7000;
          co_await store->maintain();
          EXPECT_EQ(store->groups().size(), 2u);
          clock += 2000;
          co_await store->maintain();
          EXPECT_EQ(store->groups(), std::vector<std::string>{"living"});
          active.clear();
          clock += 5000;
          co_await store->maintain();
          EXPECT_EQ(store->groups().size(), 1u) << "its time begins when its last member leaves";
          clock += 4000;
          co_await store->maintain();
          EXPECT_TRUE(store->groups().empty());
          scope.cancel();
        }).result();
  }));
}

}  // namespace
}  // namespace skerry::platform::kafka::log
