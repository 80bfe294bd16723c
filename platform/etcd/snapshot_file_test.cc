// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/snapshot_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "skerry/disk/memory_disk.h"

namespace skerry::platform::etcd {
namespace {

using Chunks = std::vector<std::string>;

Result<> write_snapshot(disk::Disk& disk, std::uint64_t index, const Chunks& chunks) {
  auto writer = SnapshotWriter::begin(disk, "data", index);
  if (!writer) return fail(std::move(writer));
  for (const auto& chunk : chunks)
    if (auto added = (*writer)->add(chunk); !added) return added;
  return (*writer)->finish();
}

struct LoadedSnapshot {
  Result<std::uint64_t> index = 0;
  Chunks chunks;
};

LoadedSnapshot load(disk::Disk& disk) {
  LoadedSnapshot loaded;
  loaded.index = load_snapshot(disk, "data", [&](std::string_view chunk) -> Result<> {
    loaded.chunks.emplace_back(chunk);
    return {};
  });
  return loaded;
}

TEST(SnapshotFile, without_a_snapshot_the_index_is_zero) {
  disk::MemoryDisk disk;
  EXPECT_EQ(load(disk).index.value(), 0u);
}

TEST(SnapshotFile, gives_back_the_newest_snapshot_and_removes_the_others) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(write_snapshot(disk, 10, {"old"}));
  ASSERT_TRUE(write_snapshot(disk, 300, {"a", std::string(100'000, 'b'), "c"}));
  auto loaded = load(disk);
  EXPECT_EQ(loaded.index.value(), 300u);
  EXPECT_EQ(loaded.chunks, (Chunks{"a", std::string(100'000, 'b'), "c"}));
  EXPECT_EQ(disk.list("data")->size(), 1u);
}

TEST(SnapshotFile, an_unfinished_snapshot_does_not_count_and_is_removed) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(write_snapshot(disk, 10, {"good"}));
  {
    auto writer = SnapshotWriter::begin(disk, "data", 20);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->add("half"));
  }
  EXPECT_EQ(load(disk).chunks, Chunks{"good"});
  EXPECT_EQ(disk.list("data")->size(), 1u);
  EXPECT_TRUE(write_snapshot(disk, 20, {"again"}));
  EXPECT_EQ(load(disk).index.value(), 20u);
}

TEST(SnapshotFile, an_error_of_the_visitor_is_passed_on) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(write_snapshot(disk, 10, {"x"}));
  auto result =
      load_snapshot(disk, "data", [](std::string_view) -> Result<> { return fail(Error::unknown("not understood")); });
  EXPECT_EQ(result.error().message(), "not understood");
}

TEST(SnapshotFile, every_flipped_bit_is_found) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(write_snapshot(disk, 10, {"first chunk", "second chunk"}));
  const std::string path = "data/" + disk.list("data")->at(0);
  const auto size = disk.size(path).value();
  for (std::uint64_t at = 0; at < size; ++at) {
    disk.corrupt(path, at, 0x04);
    auto loaded = load(disk);
    ASSERT_FALSE(loaded.index) << at;
    EXPECT_EQ(loaded.index.error().code(), Code::kDataLoss) << at;
    disk.corrupt(path, at, 0x04);
  }
  EXPECT_TRUE(load(disk).index);
}

TEST(SnapshotFile, every_shorter_or_longer_file_is_refused) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(write_snapshot(disk, 10, {"first chunk", "second chunk"}));
  const std::string path = "data/" + disk.list("data")->at(0);
  const auto size = disk.size(path).value();
  {
    auto file = disk.open(path);
    ASSERT_TRUE((*file)->append("x"));
    EXPECT_FALSE(load(disk).index);
  }
  for (std::uint64_t shorter = size; shorter-- > 0;) {
    ASSERT_TRUE((*disk.open(path))->truncate(shorter));
    EXPECT_FALSE(load(disk).index) << shorter;
  }
}

TEST(SnapshotFile, a_crash_at_any_change_leaves_the_old_or_the_new_snapshot_whole) {
  int seen_old = 0;
  int seen_new = 0;
  for (int crash_at = 0; crash_at < 15; ++crash_at) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "crash at " << crash_at << ", seed " << seed);
      disk::MemoryDisk disk;
      ASSERT_TRUE(write_snapshot(disk, 10, {"old"}));
      disk.crash_after(crash_at);
      const bool finished = write_snapshot(disk, 20, {"new", std::string(2000, 'n')}).has_value();
      disk.restart(seed);
      auto loaded = load(disk);
      ASSERT_TRUE(loaded.index) << loaded.index.error().to_string();
      if (loaded.chunks == Chunks{"old"}) {
        EXPECT_FALSE(finished);
        ++seen_old;
      } else {
        EXPECT_EQ(loaded.chunks, (Chunks{"new", std::string(2000, 'n')}));
        ++seen_new;
      }
    }
  }
  EXPECT_GT(seen_old, 0);
  EXPECT_GT(seen_new, 0);
}

}  // namespace
}  // namespace skerry::platform::etcd
