// SPDX-License-Identifier: Apache-2.0
//
// Disk: all that the store asks of a file system, as an interface, so that the same code runs on a real one
// (posix_disk.h) and on one in memory that loses what was not synced (memory_disk.h). The one thing to know is what is
// durable when: bytes after File::sync, and names (of files created, renamed or removed) after sync_directory.
//
//   auto file = disk.create("data/log");
//   (*file)->append("record");
//   (*file)->sync();
//   disk.sync_directory("data");
//
// All calls block; they belong on a thread that may (skerry/async/blocking.h). Paths are plain strings with '/'.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/result.h"

namespace skerry::disk {

/// A file open for writing at its end. Closed by the destructor, which syncs nothing.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  /// Adds the bytes at the end. After an error any part of them may be there.
  virtual Result<> append(std::string_view bytes) = 0;
  /// Returns when all bytes appended so far are on the medium. After an error nobody knows which of the bytes since the
  /// last successful call are, and trying again proves nothing: the kernel may have dropped them.
  virtual Result<> sync() = 0;
  /// Cuts the file to `size` bytes; durable after sync().
  virtual Result<> truncate(std::uint64_t size) = 0;
};

/// A file open for reading at any place. Any number of threads may use it at once, also while the file is written to;
/// it goes on reading the same file when that was renamed, replaced or removed.
class Reader {
 public:
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;

  /// Fills `out` with the bytes from `offset` on. Fails with OutOfRange when the file ends before.
  virtual Result<> read(std::uint64_t offset, std::span<char> out) const = 0;
  /// The same if that needs no waiting for the medium, so that it may be called where blocking is not allowed. False
  /// when it would have to wait, or cannot tell, or fails: read() tells. `out` may be partly filled then.
  virtual bool read_cached(std::uint64_t offset, std::span<char> out) const = 0;
};

/// May be used by several threads at once; a File by one at a time.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  /// Makes a new file. Fails with AlreadyExists when the name is taken.
  virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
  /// Opens a file that exists. Fails with NotFound when it does not.
  virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
  /// At most `max_bytes` bytes from `offset` on; fewer only at the end of the file.
  virtual Result<std::string> read(const std::string& path, std::uint64_t offset, std::size_t max_bytes) = 0;
  /// Opens a file that exists. Fails with NotFound when it does not.
  virtual Result<std::unique_ptr<Reader>> open_reader(const std::string& path) = 0;
  virtual Result<std::uint64_t> size(const std::string& path) = 0;
  /// Replaces `to` if it exists. Durable after sync_directory.
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<> remove(const std::string& path) = 0;
  /// Names (not paths) of the files in the directory, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// Makes the directory and those above it where missing.
  virtual Result<> create_directories(const std::string& directory) = 0;
  virtual Result<> sync_directory(const std::string& directory) = 0;
};

}  // namespace skerry::disk
