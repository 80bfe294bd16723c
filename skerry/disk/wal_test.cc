// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/wal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "skerry/disk/memory_disk.h"

namespace skerry::disk {
namespace {

struct OpenedWal {
  Result<std::unique_ptr<Wal>> wal = fail(Error::unknown("not opened"));
  std::vector<std::string> entries;

  Wal* operator->() { return wal->get(); }
};

OpenedWal open_wal(MemoryDisk& disk, std::uint64_t first_index = 1,
                   std::uint64_t max_segment_bytes = kMaxSegmentBytes) {
  OpenedWal opened;
  opened.wal = Wal::open(
      disk, "data", first_index,
      [&](std::uint64_t, std::string_view entry) -> Result<> {
        opened.entries.emplace_back(entry);
        return {};
      },
      max_segment_bytes);
  return opened;
}

using Entries = std::vector<std::string>;

TEST(Wal, replays_what_was_appended) {
  MemoryDisk disk;
  {
    auto wal = open_wal(disk);
    ASSERT_TRUE(wal.wal);
    EXPECT_TRUE(wal.entries.empty());
    ASSERT_TRUE(wal->append(Entries{"1", "2"}));
    ASSERT_TRUE(wal->append(Entries{}));
    ASSERT_TRUE(wal->append(Entries{"3"}));
    EXPECT_EQ(wal->next_index(), 4u);
  }
  auto wal = open_wal(disk);
  ASSERT_TRUE(wal.wal);
  EXPECT_EQ(wal.entries, (Entries{"1", "2", "3"}));
  EXPECT_EQ(wal->next_index(), 4u);
}

TEST(Wal, one_append_is_one_sync_however_many_entries) {
  MemoryDisk disk;
  auto wal = open_wal(disk);
  const int before = disk.syncs();
  ASSERT_TRUE(wal->append(Entries(1000, "entry")));
  EXPECT_EQ(disk.syncs(), before + 1);
}

TEST(Wal, replay_begins_where_asked) {
  MemoryDisk disk;
  ASSERT_TRUE(open_wal(disk)->append(Entries{"1", "2", "3"}));
  auto wal = open_wal(disk, 3);
  EXPECT_EQ(wal.entries, Entries{"3"});
  EXPECT_EQ(open_wal(disk, 4).entries, Entries{});
}

TEST(Wal, a_log_that_ends_before_the_wanted_entry_is_refused) {
  MemoryDisk disk;
  ASSERT_TRUE(open_wal(disk)->append(Entries{"1"}));
  auto wal = open_wal(disk, 5);
  ASSERT_FALSE(wal.wal);
  EXPECT_EQ(wal.wal.error().code(), Code::kDataLoss);
}

TEST(Wal, an_error_of_the_replay_ends_the_opening) {
  MemoryDisk disk;
  ASSERT_TRUE(open_wal(disk)->append(Entries{"1", "2"}));
  int calls = 0;
  auto wal = Wal::open(disk, "data", 1, [&](std::uint64_t, std::string_view) -> Result<> {
    ++calls;
    return fail(Error::invalid_argument("cannot read this"));
  });
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().message(), "cannot read this");
  EXPECT_EQ(calls, 1);
}

TEST(Wal, begins_new_segments_and_replays_across_them) {
  MemoryDisk disk;
  Entries expected;
  {
    auto wal = open_wal(disk, 1, 100);
    for (int i = 0; i < 20; ++i) {
      expected.push_back("entry " + std::to_string(i));
      ASSERT_TRUE(wal->append(Entries{expected.back()}));
    }
  }
  EXPECT_GT(disk.list("data")->size(), 5u);
  EXPECT_EQ(open_wal(disk, 1, 100).entries, expected);
}

TEST(Wal, release_removes_segments_that_are_wholly_covered) {
  MemoryDisk disk;
  auto wal = open_wal(disk, 1, 1);  // every append has its own segment
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(wal->append(Entries{std::to_string(i)}));
  ASSERT_TRUE(wal->release(3));
  EXPECT_EQ(open_wal(disk, 4).entries, (Entries{"4", "5"}));
  ASSERT_TRUE(wal->release(100));
  EXPECT_EQ(disk.list("data")->size(), 1u) << "the newest segment stays";
  auto gap = open_wal(disk, 2);
  ASSERT_FALSE(gap.wal);
  EXPECT_EQ(gap.wal.error().code(), Code::kDataLoss);
  EXPECT_NE(gap.wal.error().message().find("entries 2 to 4 are missing"), std::string::npos);
}

TEST(Wal, a_missing_segment_in_the_middle_is_refused) {
  MemoryDisk disk;
  auto wal = open_wal(disk, 1, 1);
  for (int i = 1; i <= 4; ++i) ASSERT_TRUE(wal->append(Entries{std::to_string(i)}));
  ASSERT_TRUE(disk.remove("data/" + disk.list("data")->at(1)));
  EXPECT_EQ(open_wal(disk).wal.error().code(), Code::kDataLoss);
}

TEST(Wal, damage_in_an_older_segment_is_refused_with_the_file_named) {
  MemoryDisk disk;
  auto wal = open_wal(disk, 1, 1);
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(wal->append(Entries{std::string(600, 'x')}));
  const std::string path = "data/" + disk.list("data")->at(0);
  disk.corrupt(path, 300, 0xff);
  auto opened = open_wal(disk);
  ASSERT_FALSE(opened.wal);
  EXPECT_EQ(opened.wal.error().code(), Code::kDataLoss);
  EXPECT_NE(opened.wal.error().message().find(path), std::string::npos);
}

TEST(Wal, a_full_disk_refuses_entries_and_takes_them_again_when_there_is_room) {
  MemoryDisk disk;
  auto wal = open_wal(disk);
  ASSERT_TRUE(wal->append(Entries{"1"}));
  disk.set_capacity(200);
  auto full = wal->append(Entries{std::string(500, 'x')});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code(), Code::kResourceExhausted);
  EXPECT_FALSE(wal->broken());
  disk.set_capacity(10'000);
  ASSERT_TRUE(wal->append(Entries{"2"}));
  EXPECT_EQ(open_wal(disk).entries, (Entries{"1", "2"}));
}

TEST(Wal, a_full_disk_while_a_segment_is_begun_does_no_harm) {
  MemoryDisk disk;
  auto wal = open_wal(disk, 1, 1);
  ASSERT_TRUE(wal->append(Entries{"1"}));
  disk.set_capacity(60);
  EXPECT_FALSE(wal->append(Entries{"2"}));
  disk.set_capacity(10'000);
  ASSERT_TRUE(wal->append(Entries{"2"}));
  EXPECT_EQ(open_wal(disk).entries, (Entries{"1", "2"}));
}

TEST(Wal, after_a_failed_sync_nothing_is_taken_any_more) {
  MemoryDisk disk;
  auto wal = open_wal(disk);
  ASSERT_TRUE(wal->append(Entries{"1"}));
  disk.fail_syncs(1);
  EXPECT_FALSE(wal->append(Entries{"2"}));
  EXPECT_TRUE(wal->broken());
  EXPECT_FALSE(wal->append(Entries{"3"})) << "the next sync would succeed and prove nothing";
  disk.restart(1);
  EXPECT_EQ(open_wal(disk).entries, Entries{"1"});
}

TEST(Wal, what_was_replayed_survives_a_power_failure_although_only_the_page_cache_had_it) {
  int replayed_unsynced = 0;
  for (int crash_at = 0; crash_at < 12; ++crash_at) {
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
      MemoryDisk disk;
      disk.crash_after(crash_at);
      std::size_t acknowledged = 0;
      {
        auto wal = open_wal(disk);
        while (wal.wal && wal->append(Entries{std::string(700, 'x')})) ++acknowledged;
      }
      disk.restart_process();
      const Entries shown = open_wal(disk).entries;
      if (shown.size() > acknowledged) ++replayed_unsynced;
      disk.restart(seed);
      ASSERT_EQ(open_wal(disk).entries, shown) << crash_at << " " << seed;
    }
  }
  EXPECT_GT(replayed_unsynced, 0);
}

// What a power failure at any point may leave: every acknowledged entry, in order, and after them at most those of the
// one append that was under way; whole appends or nothing.
TEST(Wal, a_crash_at_any_change_loses_no_acknowledged_entry) {
  std::mt19937 random(7);
  for (int crash_at = 0; crash_at < 120; ++crash_at) {
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
      SCOPED_TRACE(testing::Message() << "crash at " << crash_at << ", seed " << seed);
      MemoryDisk disk;
      disk.crash_after(crash_at);
      Entries acknowledged;
      Entries attempted;
      auto wal = open_wal(disk, 1, 2000);
      while (wal.wal && !disk.crashed()) {
        Entries batch;
        for (std::uint32_t i = 0; i <= random() % 3; ++i)
          batch.push_back(std::string(random() % 900, 'a' + random() % 26));
        attempted.insert(attempted.end(), batch.begin(), batch.end());
        if (!wal->append(batch)) break;
        acknowledged = attempted;
      }
      disk.restart(seed);
      auto recovered = open_wal(disk, 1, 2000);
      ASSERT_TRUE(recovered.wal) << recovered.wal.error().to_string();
      ASSERT_TRUE(recovered.entries == acknowledged || recovered.entries == attempted);
      // And once more: what was shown stays, and the log goes on.
      ASSERT_TRUE(recovered->append(Entries{"after"}));
      Entries expected = recovered.entries;
      expected.push_back("after");
      disk.crash_after(0);
      disk.restart(seed + 1);
      EXPECT_EQ(open_wal(disk, 1, 2000).entries, expected);
    }
  }
}

}  // namespace
}  // namespace skerry::disk
