// SPDX-License-Identifier: Apache-2.0
//
// PosixDisk: the file system of the machine, with real fdatasync and fsync. DirectoryLock keeps a second process out of
// a data directory.
#pragma once

#include <string>

#include "skerry/base/unique_fd.h"
#include "skerry/disk/disk.h"

namespace skerry::disk {

/// Stateless: any number may be used side by side. Files are made readable by their owner alone.
class PosixDisk final : public Disk {
 public:
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
};

/// Holds flock(2) on DIRECTORY/lock while it lives; the kernel lets go of it when the process ends, however it ends.
class DirectoryLock {
 public:
  /// Fails with FailedPrecondition, naming the directory and the process that holds it, when it is taken.
  static Result<DirectoryLock> take(const std::string& directory);

 private:
  explicit DirectoryLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace skerry::disk
