// SPDX-License-Identifier: Apache-2.0
//
// What every Disk promises, on the real one and on the one in memory; and what the one in memory loses.
#include "skerry/disk/disk.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

#include "skerry/disk/memory_disk.h"
#include "skerry/disk/posix_disk.h"
#include "skerry/disk/temporary_directory.h"

namespace skerry::disk {
namespace {

void behaves_like_a_disk(Disk& disk, const std::string& root) {
  const std::string directory = root + "/a/b";
  ASSERT_TRUE(disk.create_directories(directory));
  ASSERT_TRUE(disk.create_directories(directory));
  const std::string path = directory + "/file";
  EXPECT_EQ(disk.open(path).error().code(), Code::kNotFound);
  EXPECT_EQ(disk.size(path).error().code(), Code::kNotFound);
  EXPECT_EQ(disk.remove(path).error().code(), Code::kNotFound);
  auto file = disk.create(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(disk.create(path).error().code(), Code::kAlreadyExists);
  ASSERT_TRUE((*file)->append("hello "));
  ASSERT_TRUE((*file)->append("world"));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE(disk.sync_directory(directory));
  EXPECT_EQ(disk.size(path).value(), 11u);
  EXPECT_EQ(disk.read(path, 0, 100).value(), "hello world");
  EXPECT_EQ(disk.read(path, 6, 3).value(), "wor");
  EXPECT_EQ(disk.read(path, 11, 3).value(), "");
  EXPECT_EQ(disk.read(path, 50, 3).value(), "");
  auto reader = disk.open_reader(path);
  ASSERT_TRUE(reader);
  std::string word(5, ' ');
  ASSERT_TRUE((*reader)->read(6, word));
  EXPECT_EQ(word, "world");
  EXPECT_EQ((*reader)->read(7, word).error().code(), Code::kOutOfRange);
  EXPECT_EQ((*reader)->read(50, word).error().code(), Code::kOutOfRange);
  EXPECT_FALSE((*reader)->read_cached(7, word));
  if (std::string again(5, ' '); (*reader)->read_cached(0, again)) EXPECT_EQ(again, "hello");
  EXPECT_EQ(disk.open_reader(directory + "/none").error().code(), Code::kNotFound);
  ASSERT_TRUE((*file)->truncate(5));
  ASSERT_TRUE((*disk.open(path))->append("!"));
  EXPECT_EQ(disk.read(path, 0, 100).value(), "hello!");
  ASSERT_TRUE(disk.create(directory + "/other"));
  EXPECT_EQ(disk.list(directory).value(), (std::vector<std::string>{"file", "other"}));
  ASSERT_TRUE(disk.rename(path, directory + "/other"));
  EXPECT_EQ(disk.list(directory).value(), (std::vector<std::string>{"other"}));
  EXPECT_EQ(disk.read(directory + "/other", 0, 100).value(), "hello!");
  ASSERT_TRUE(disk.remove(directory + "/other"));
  EXPECT_TRUE(disk.list(directory)->empty());
  std::string removed(6, ' ');
  EXPECT_TRUE((*reader)->read(0, removed)) << "a reader keeps its file";
  EXPECT_EQ(removed, "hello!");
}

TEST(Disk, the_real_one_does_what_the_interface_says) {
  TemporaryDirectory directory;
  PosixDisk disk;
  behaves_like_a_disk(disk, directory.path());
  EXPECT_EQ(disk.list(directory.path("missing")).error().code(), Code::kNotFound);
}

TEST(Disk, the_one_in_memory_does_what_the_interface_says) {
  MemoryDisk disk;
  behaves_like_a_disk(disk, "root");
}

TEST(Disk, a_directory_can_be_locked_once) {
  TemporaryDirectory directory;
  {
    auto first = DirectoryLock::take(directory.path());
    ASSERT_TRUE(first);
    auto second = DirectoryLock::take(directory.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::kFailedPrecondition);
    EXPECT_NE(second.error().message().find(directory.path().string()), std::string::npos);
    EXPECT_NE(second.error().message().find(std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_TRUE(DirectoryLock::take(directory.path()));
}

TEST(Disk, a_lock_goes_with_the_process_that_holds_it) {
  TemporaryDirectory directory;
  const pid_t child = ::fork();
  if (child == 0) {
    auto held = DirectoryLock::take(directory.path());
    ::_exit(held ? 0 : 1);  // without destructors, as after a kill
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(DirectoryLock::take(directory.path()));
}

TEST(MemoryDisk, keeps_what_was_synced_and_loses_some_of_what_was_not) {
  std::set<std::string> outcomes;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    MemoryDisk disk;
    auto file = disk.create("d/file");
    ASSERT_TRUE((*file)->append("synced"));
    ASSERT_TRUE((*file)->sync());
    ASSERT_TRUE(disk.sync_directory("d"));
    ASSERT_TRUE((*file)->append(std::string(2000, 'x')));
    disk.restart(seed);
    const std::string found = disk.read("d/file", 0, 10'000).value();
    EXPECT_TRUE(found.starts_with("synced"));
    EXPECT_FALSE((*file)->append("more")) << "a file that was open before the restart is of no use";
    outcomes.insert(found);
  }
  EXPECT_TRUE(outcomes.contains("synced"));
  EXPECT_TRUE(outcomes.contains("synced" + std::string(2000, 'x')));
  EXPECT_GT(outcomes.size(), 10u) << "torn in many ways";
}

TEST(MemoryDisk, a_name_is_durable_only_after_its_directory_was_synced) {
  std::set<bool> found;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    MemoryDisk disk;
    auto file = disk.create("d/file");
    ASSERT_TRUE((*file)->append("x"));
    ASSERT_TRUE((*file)->sync());
    disk.restart(seed);
    found.insert(disk.size("d/file").has_value());
  }
  EXPECT_EQ(found.size(), 2u);
}

TEST(MemoryDisk, a_rename_happens_wholly_or_not_at_all) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    MemoryDisk disk;
    ASSERT_TRUE(disk.create("d/new"));
    ASSERT_TRUE(disk.sync_directory("d"));
    ASSERT_TRUE(disk.rename("d/new", "d/old"));
    disk.restart(seed);
    EXPECT_EQ(disk.list("d")->size(), 1u);
  }
}

TEST(MemoryDisk, bytes_of_a_failed_sync_are_lost_although_a_later_one_succeeds) {
  MemoryDisk disk;
  auto file = disk.create("d/file");
  ASSERT_TRUE(disk.sync_directory("d"));
  ASSERT_TRUE((*file)->append("x"));
  disk.fail_syncs(1);
  EXPECT_FALSE((*file)->sync());
  EXPECT_TRUE((*file)->sync());
  disk.restart(3);
  EXPECT_EQ(disk.size("d/file").value(), 0u);
}

TEST(MemoryDisk, a_removal_can_fail_and_leaves_the_file) {
  MemoryDisk disk;
  ASSERT_TRUE(disk.create("d/file"));
  disk.fail_removals(1);
  EXPECT_EQ(disk.remove("d/file").error().code(), Code::kInternal);
  EXPECT_TRUE(disk.size("d/file"));
  EXPECT_TRUE(disk.remove("d/file"));
  EXPECT_FALSE(disk.size("d/file"));
}

TEST(MemoryDisk, everything_fails_after_the_crash_until_the_restart) {
  MemoryDisk disk;
  disk.crash_after(1);
  ASSERT_TRUE(disk.create("d/one"));
  EXPECT_FALSE(disk.create("d/two"));
  EXPECT_FALSE(disk.list("d"));
  EXPECT_FALSE(disk.size("d/one"));
  disk.restart(0);
  EXPECT_TRUE(disk.list("d"));
}

TEST(MemoryDisk, a_full_disk_takes_what_fits_and_fails) {
  MemoryDisk disk;
  disk.set_capacity(3);
  auto file = disk.create("d/file");
  EXPECT_EQ((*file)->append("12345").error().code(), Code::kResourceExhausted);
  EXPECT_EQ(disk.size("d/file").value(), 3u);
}

}  // namespace
}  // namespace skerry::disk
