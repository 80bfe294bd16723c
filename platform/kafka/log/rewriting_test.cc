// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/rewriting.h"

#include <gtest/gtest.h>

#include <random>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr std::uint64_t kFull = 1000;

TEST(ChooseRewriting, leaves_segments_alone_that_live) {
  EXPECT_FALSE(choose_rewriting({}, kFull));
  EXPECT_FALSE(choose_rewriting(std::vector<SegmentUse>{{1000, 900}, {1000, 600}, {1000, 1000}}, kFull));
}

TEST(ChooseRewriting, takes_a_segment_that_is_half_dead) {
  EXPECT_EQ(choose_rewriting(std::vector<SegmentUse>{{1000, 1000}, {1000, 500}, {1000, 1000}}, kFull),
            (SegmentRange{1, 2}));
}

TEST(ChooseRewriting, takes_neighbours_together_as_far_as_they_fit) {
  const std::vector<SegmentUse> uses = {{1000, 100}, {1000, 200}, {1000, 600}, {1000, 300}, {1000, 10}};
  EXPECT_EQ(choose_rewriting(uses, kFull), (SegmentRange{0, 3}));
}

TEST(ChooseRewriting, merges_many_small_ones_that_live) {
  std::vector<SegmentUse> uses(kMergedSegments - 1, {50, 50});
  EXPECT_FALSE(choose_rewriting(uses, kFull));
  uses.push_back({50, 50});
  EXPECT_EQ(choose_rewriting(uses, kFull), (SegmentRange{0, kMergedSegments}));
}

TEST(ChooseRewriting, ends_after_some_rounds_with_little_that_is_dead) {
  std::mt19937 random(5);
  for (int run = 0; run < 300; ++run) {
    std::vector<SegmentUse> uses;
    std::uint64_t live = 0;
    for (std::uint32_t i = 0; i < random() % 60; ++i) {
      const std::uint64_t bytes = 1 + random() % 1100;
      uses.push_back({bytes, random() % 3 == 0 ? random() % 50 : random() % (bytes + 1)});
      live += uses.back().live_bytes;
    }
    int rounds = 0;
    while (const auto range = choose_rewriting(uses, kFull)) {
      ASSERT_LT(++rounds, 200) << "it goes round in circles";
      std::uint64_t kept = 0;
      for (std::size_t i = range->begin; i < range->end; ++i) kept += uses[i].live_bytes;
      ASSERT_LE(kept, kFull);
      uses.erase(uses.begin() + static_cast<std::ptrdiff_t>(range->begin),
                 uses.begin() + static_cast<std::ptrdiff_t>(range->end));
      if (kept > 0) uses.insert(uses.begin() + static_cast<std::ptrdiff_t>(range->begin), {kept, kept});
    }
    std::uint64_t bytes = 0;
    for (const SegmentUse& use : uses) bytes += use.bytes;
    EXPECT_LE(bytes, 2 * live) << "at most half is dead";
  }
}

// A log in small segments: a busy topic, and one that got a batch in each.
struct TwoTopics {
  disk::MemoryDisk disk;
  LogOptions options{.segment_bytes = 1000};
  std::unique_ptr<DurableLog> log;

  TwoTopics() {
    log = DurableLog::open(disk, "data", options).value();
    EXPECT_TRUE(commit_one(*log, create_entry("busy", 1)));
    EXPECT_TRUE(commit_one(*log, create_entry("quiet", 1)));
    for (int i = 0; i < 60; ++i) {
      EXPECT_TRUE(commit_one(*log, AppendRequest{{"busy", 0}, make_batch(1, std::string(300, 'b'))}));
      if (i % 3 == 0) EXPECT_TRUE(commit_one(*log, AppendRequest{{"quiet", 0}, make_batch(1, std::to_string(i))}));
    }
  }
  void drop_busy() {
    storage::Entry entry;
    auto& start = *entry.mutable_set_log_starts()->add_starts();
    start.set_topic_id(log->state().find_topic("busy")->topic.id);
    start.set_offset(-1);
    ASSERT_TRUE(commit_one(*log, entry));
  }
  std::size_t log_files() {
    std::size_t count = 0;
    for (const std::string& name : disk.list("data").value()) count += name.ends_with(".log") ? 1 : 0;
    return count;
  }
  std::vector<StoredBatch> quiet() { return read_all(disk, *log, log->state().find_topic("quiet")->key(0)).value(); }
};

TEST(Rewriting, a_quiet_topic_does_not_pin_the_space_of_a_busy_one) {
  TwoTopics world;
  const std::uint64_t before = world.disk.used_bytes();
  const auto expected = world.quiet();
  ASSERT_EQ(expected.size(), 20u);
  ASSERT_GT(world.log->segments(), 10u);
  world.drop_busy();
  while (clean_all(*world.log)) {
  }
  EXPECT_LE(world.log->segments(), 4u);
  const std::uint64_t reserve = world.options.reserve_bytes;
  EXPECT_LT(world.disk.used_bytes() - reserve, (before - reserve) / 3);
  EXPECT_EQ(world.quiet(), expected);
  world.log.reset();
  world.log = DurableLog::open(world.disk, "data", world.options).value();
  EXPECT_EQ(world.quiet(), expected);
  EXPECT_EQ(commit_one(*world.log, AppendRequest{{"quiet", 0}, make_batch(1)})->base_offset, 20);
}

TEST(Rewriting, a_segment_in_which_nothing_lives_is_removed) {
  TwoTopics world;
  storage::Entry entry;
  entry.mutable_delete_topic()->set_name("quiet");
  ASSERT_TRUE(commit_one(*world.log, entry));
  world.drop_busy();
  EXPECT_FALSE(clean_all(*world.log)) << "removed without being rewritten";
  EXPECT_EQ(world.log->segments(), 1u);
  EXPECT_EQ(world.log_files(), 1u);
}

TEST(Rewriting, files_that_could_not_be_removed_are_removed_by_a_later_round) {
  TwoTopics world;
  const auto expected = world.quiet();
  world.drop_busy();
  // Fails at every other file, and never for good.
  while (world.log_files() != world.log->segments() || world.log->segments() > 4) {
    world.disk.fail_removals(1);
    CleaningPlan plan = world.log->plan_cleaning();
    const bool any = !plan.removed.empty();
    EXPECT_EQ(world.log->clean(plan).has_value(), !any);
    EXPECT_EQ(plan.removed.empty(), !any) << "what failed is still to be removed";
    std::ignore = world.log->finish_cleaning(plan);
    world.disk.fail_removals(0);
    std::ignore = clean_all(*world.log);
  }
  EXPECT_EQ(world.quiet(), expected);
}

TEST(Rewriting, a_full_disk_leaves_everything_as_it_was) {
  TwoTopics world;
  const auto expected = world.quiet();
  world.drop_busy();
  world.disk.set_capacity(0);
  CleaningPlan plan = world.log->plan_cleaning();
  EXPECT_EQ(world.log->clean(plan).error().code(), Code::kResourceExhausted);
  EXPECT_FALSE(world.log->finish_cleaning(plan));
  EXPECT_EQ(world.quiet(), expected);
  world.disk.set_capacity(std::uint64_t{1} << 30);
  EXPECT_TRUE(clean_all(*world.log));
  EXPECT_EQ(world.quiet(), expected);
}

TEST(Rewriting, a_damaged_segment_is_not_rewritten_but_reported) {
  TwoTopics world;
  world.drop_busy();
  CleaningPlan plan = world.log->plan_cleaning();
  ASSERT_FALSE(plan.rewritten.empty());
  const SegmentPointer segment = plan.rewritten.front();
  world.disk.corrupt(segment->log_path, segment->bytes / 2, 0x10);
  const auto cleaned = world.log->clean(plan);
  ASSERT_FALSE(cleaned);
  EXPECT_EQ(cleaned.error().code(), Code::kDataLoss);
  EXPECT_TRUE(world.disk.size(segment->log_path)) << "it is still there, for whoever can save something from it";
  for (const std::string& name : world.disk.list("data").value()) EXPECT_FALSE(name.ends_with(".tmp"));
}

}  // namespace
}  // namespace skerry::platform::kafka::log
