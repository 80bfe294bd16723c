// SPDX-License-Identifier: Apache-2.0
//
// TemporaryDirectory: a directory below the system's for temporary files that goes, with all that is in it, when the
// object does. For tests and tools.
//
//   disk::TemporaryDirectory directory;
//   open_store(directory.path() / "data");
#pragma once

#include <filesystem>
#include <string>

namespace skerry::disk {

class TemporaryDirectory {
 public:
  /// Precondition: the system's directory for temporary files can be written to.
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The path of a name in it, for what takes paths as text.
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace skerry::disk
