// SPDX-License-Identifier: Apache-2.0
//
// What opening a log makes of the files it finds.
#include "platform/kafka/log/durable_log.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/errors.h"
#include "platform/kafka/log/log_files.h"
#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

class DurableLogTest : public ::testing::Test {
 protected:
  void open() {
    log_.reset();
    log_ = DurableLog::open(disk_, "data", options_).value();
  }
  Error open_fails() {
    log_.reset();
    auto log = DurableLog::open(disk_, "data", options_);
    EXPECT_FALSE(log);
    return log ? Error::internal("it was opened") : log.error();
  }
  void append(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string content = std::to_string(appended_++) + std::string(100, '.');
      ASSERT_TRUE(commit_one(*log_, AppendRequest{{"a", 0}, make_batch(1, content)}));
    }
  }
  void begin(int count) {
    open();
    ASSERT_TRUE(commit_one(*log_, create_entry("a", 1)));
    append(count);
  }
  // All that was appended is there, in order.
  void expect_all() {
    const auto batches = read_all(disk_, *log_, log_->state().find_topic("a")->key(0));
    ASSERT_TRUE(batches) << batches.error().to_string();
    ASSERT_EQ(batches->size(), static_cast<std::size_t>(appended_));
    for (int i = 0; i < appended_; ++i)
      EXPECT_EQ((*batches)[static_cast<std::size_t>(i)].content, std::to_string(i) + std::string(100, '.'));
  }
  std::vector<std::string> files(const std::string& suffix) {
    std::vector<std::string> found;
    for (const std::string& name : disk_.list("data").value())
      if (name.ends_with(suffix)) found.push_back("data/" + name);
    return found;
  }

  disk::MemoryDisk disk_;
  LogOptions options_{.segment_bytes = 1000};
  std::unique_ptr<DurableLog> log_;
  int appended_ = 0;
};

TEST_F(DurableLogTest, begins_empty_and_goes_on_where_it_was) {
  begin(3);
  open();
  expect_all();
  append(3);
  open();
  expect_all();
}

TEST_F(DurableLogTest, reads_closed_segments_from_their_indexes) {
  begin(50);
  ASSERT_GT(files(".log").size(), 4u);
  EXPECT_EQ(files(".index").size() + 1, files(".log").size());
  open();
  expect_all();
}

TEST_F(DurableLogTest, makes_an_index_again_that_is_missing_or_damaged) {
  begin(50);
  log_.reset();
  const auto indexes = files(".index");
  ASSERT_TRUE(disk_.remove(indexes[0]));
  disk_.corrupt(indexes[1], 3, 1);
  disk_.corrupt(indexes[2], disk_.size(indexes[2]).value() - 1, 1);  // among the batches, found out when it is read
  ASSERT_TRUE((*disk_.open(indexes[3]))->truncate(10));
  open();
  expect_all();
  EXPECT_EQ(files(".index"), indexes);
}

TEST_F(DurableLogTest, cuts_off_a_write_that_a_crash_tore) {
  begin(5);
  const std::string newest = files(".log").back();
  log_.reset();
  const std::uint64_t whole = disk_.size(newest).value();
  ASSERT_TRUE((*disk_.open(newest))->truncate(whole - 7));
  open();
  --appended_;
  expect_all();
  append(2);
  open();
  expect_all();
}

TEST_F(DurableLogTest, refuses_damage_in_the_newest_segment_and_says_what_to_do) {
  begin(5);
  const std::string newest = files(".log").back();
  disk_.corrupt(newest, disk_.size(newest).value() - 300, 4);
  const Error error = open_fails();
  EXPECT_EQ(error.code(), Code::kDataLoss);
  EXPECT_NE(error.message().find(newest), std::string::npos);
  EXPECT_NE(error.message().find("restore the data directory from a backup"), std::string::npos);
}

TEST_F(DurableLogTest, finds_any_inverted_bit_of_the_newest_segment) {
  begin(4);
  const std::string newest = files(".log").back();
  log_.reset();
  const std::uint64_t size = disk_.size(newest).value();
  for (std::uint64_t i = 0; i < size; ++i) {
    disk_.corrupt(newest, i, static_cast<unsigned char>(1 << (i % 8)));
    // In the last frame it could also be a write that was torn, when a sector of it is empty; it never is here.
    EXPECT_EQ(open_fails().code(), Code::kDataLoss) << "byte " << i;
    disk_.corrupt(newest, i, static_cast<unsigned char>(1 << (i % 8)));
  }
  open();
  expect_all();
}

TEST_F(DurableLogTest, refuses_a_closed_segment_that_is_damaged_when_it_has_to_be_scanned) {
  begin(50);
  log_.reset();
  const std::string damaged = files(".log")[1];
  ASSERT_TRUE(disk_.remove(files(".index")[1]));
  disk_.corrupt(damaged, disk_.size(damaged).value() / 2, 1);
  const Error error = open_fails();
  EXPECT_EQ(error.code(), Code::kDataLoss);
  EXPECT_NE(error.message().find(damaged), std::string::npos);
}

TEST_F(DurableLogTest, refuses_to_start_without_a_segment_that_holds_records) {
  begin(50);
  log_.reset();
  ASSERT_TRUE(disk_.remove(files(".log")[1]));
  const Error error = open_fails();
  EXPECT_EQ(error.code(), Code::kDataLoss);
  EXPECT_NE(error.message().find("topic a, partition 0"), std::string::npos);
}

TEST_F(DurableLogTest, keeps_topics_groups_and_producers_through_many_segments) {
  begin(1);
  storage::Entry commit;
  auto& offset = *commit.mutable_commit_offsets()->add_offsets();
  commit.mutable_commit_offsets()->set_group("g");
  offset.set_topic("a");
  offset.set_offset(17);
  offset.set_metadata("note");
  ASSERT_TRUE(commit_one(*log_, commit));
  ASSERT_TRUE(commit_one(*log_, AppendRequest{{"a", 0}, producer_batch(5, 0, 3)}));
  storage::Entry configs;
  configs.mutable_set_configs()->set_name("a");
  (*configs.mutable_set_configs()->mutable_configs())["retention.ms"] = "1234";
  ASSERT_TRUE(commit_one(*log_, configs));
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(commit_one(*log_, AppendRequest{{"a", 0}, make_batch(1, std::string(100, 'x'))}));
  ASSERT_GT(log_->segments(), 3u);
  for (int round = 0; round < 2; ++round) {
    open();
    const auto& found = log_->state().offsets().find("g")->offsets.at({"a", 0});
    EXPECT_EQ(found.offset, 17);
    EXPECT_EQ(found.metadata, "note");
    EXPECT_EQ(log_->state().find_topic("a")->config.retention, std::chrono::milliseconds(1234));
    const auto again = commit_one(*log_, AppendRequest{{"a", 0}, producer_batch(5, 0, 3)});
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->base_offset, 1);
  }
}

TEST_F(DurableLogTest, a_topic_that_is_made_again_under_its_name_is_another) {
  begin(30);
  storage::Entry remove;
  remove.mutable_delete_topic()->set_name("a");
  ASSERT_TRUE(commit_one(*log_, remove));
  ASSERT_TRUE(commit_one(*log_, create_entry("a", 1)));
  appended_ = 0;
  append(30);
  open();
  expect_all();
  while (clean_all(*log_)) {
  }
  open();
  expect_all();
}

TEST_F(DurableLogTest, does_not_take_the_files_of_others_for_its_own) {
  begin(5);
  for (const std::string name : {"data/lock", "data/readme.log", "data/0000000000000001-0000000000000000-00000000.log",
                                 "data/000000000000000A-000000000000000a-00000000.log"})
    ASSERT_TRUE(disk_.create(name));
  open();
  expect_all();
}

TEST_F(DurableLogTest, without_syncs_a_power_loss_costs_the_end_alone) {
  options_.durability = Durability::kPageCache;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    disk_.restart(seed);
    for (const std::string& name : disk_.list("data").value()) ASSERT_TRUE(disk_.remove("data/" + name));
    appended_ = 0;
    begin(30);
    disk_.restart(seed);
    open();
    if (log_->state().find_topic("a") == nullptr) continue;  // not even that is left
    const auto batches = read_all(disk_, *log_, {1, 0});

    ASSERT_TRUE(batches) << batches.error().to_string();
    for (std::size_t i = 0; i < batches->size(); ++i)
      EXPECT_EQ((*batches)[i].content, std::to_string(i) + std::string(100, '.'));
    appended_ = static_cast<int>(batches->size());
    append(5);
    open();
    expect_all();
  }
}

}  // namespace
}  // namespace skerry::platform::kafka::log
