// SPDX-License-Identifier: Apache-2.0
//
// MemoryDisk: a Disk in memory that behaves as badly as a real one may. What was not synced can be lost, wholly or
// sector by sector, when it crashes; it can be full, it can fail to sync, and its bytes can rot.
//
//   MemoryDisk disk;
//   disk.crash_after(12);        // the twelfth change from now on is the last one
//   ...                          // run the store until it fails
//   disk.restart(seed);          // what a machine would find after the power came back
//
// The model: a file's bytes since its last sync come back in sectors of 512 bytes, each as written or as zeros, and the
// file may be shorter; of a directory's changes since its last sync a beginning comes back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "skerry/disk/disk.h"

namespace skerry::disk {

class MemoryDisk final : public Disk {
 public:
  MemoryDisk() = default;

  /// From now on this many changes (appends, syncs, truncations, creations, renames, removals) succeed; the next one
  /// and every call after it fail with Unavailable, until restart.
  void crash_after(int changes);
  bool crashed() const;
  /// The power comes back: drops what the seed says is lost. Files that are still open fail from then on.
  void restart(std::uint32_t seed);
  /// The process alone was killed: everything written is there to be read, synced or not. Files that are still open
  /// fail from then on.
  void restart_process();

  /// The next `count` syncs of files fail with Internal, and what they should have made durable is lost at restart.
  void fail_syncs(int count);
  /// The next `count` removals fail with Internal and remove nothing.
  void fail_removals(int count);
  /// Appends that would take all files together above this fail with ResourceExhausted, after writing what fits.
  void set_capacity(std::uint64_t bytes);
  /// Bytes of all files.
  std::uint64_t used_bytes() const;
  /// Inverts bits of one byte, durably. Precondition: the file has that byte.
  void corrupt(const std::string& path, std::uint64_t offset, unsigned char mask);

  /// File syncs that succeeded so far.
  int syncs() const;
  /// Changes that succeeded so far.
  int changes() const;

  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Result<std::unique_ptr<File>> open(const std::string& path) override;
  Result<std::string> read(const std::string& path, std::uint64_t offset, std::size_t max_bytes) override;
  Result<std::unique_ptr<Reader>> open_reader(const std::string& path) override;
  Result<std::uint64_t> size(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<> create_directories(const std::string& directory) override;
  Result<> sync_directory(const std::string& directory) override;

 private:
  struct Inode {
    std::string current;
    std::string durable;
    bool sync_failed = false;
    std::uint64_t epoch = 0;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  // A change of one name: its new inode, or null where the name goes.
  struct NameChange {
    std::string path;
    std::shared_ptr<Inode> inode;
  };
  class MemoryFile;
  class MemoryReader;

  // The following expect that the mutex is held.
  bool is_crashed() const { return changes_left_ == 0; }
  Result<> begin_change();
  Result<std::shared_ptr<Inode>> find(const std::string& path) const;
  void change_names(std::vector<NameChange> changes);
  std::uint64_t count_bytes() const;
  void forget_open_files();
  static std::string after_crash(const Inode& inode, std::mt19937& random);

  mutable std::mutex mutex_;  // of the following
  Names names_;
  Names durable_names_;
  std::vector<std::vector<NameChange>> pending_;  // each element happens wholly or not at all
  std::optional<int> changes_left_;
  int failing_syncs_ = 0;
  int failing_removals_ = 0;
  std::optional<std::uint64_t> capacity_;
  int syncs_ = 0;
  int changes_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace skerry::disk
