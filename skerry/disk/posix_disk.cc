// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/posix_disk.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace skerry::disk {
namespace {

constexpr mode_t kFileMode = 0600;

std::unexpected<Error> disk_failure(std::string_view action, const std::string& path) {
  const int error = errno;
  return fail(system_error(error, fmt::format("{} {}", action, path)));
}

int open_retrying(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return disk_failure("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<> sync() override {
    // Not repeated on EINTR either: only a call that succeeds has said anything about the data.
    if (::fdatasync(fd_.get()) != 0) return disk_failure("fdatasync", path_);
    return {};
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return disk_failure("truncate", path_);
    return {};
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

class PosixReader final : public Reader {
 public:
  PosixReader(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> read(std::uint64_t offset, std::span<char> out) const override {
    while (!out.empty()) {
      const ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return disk_failure("read", path_);
      if (got == 0) return fail(Error::out_of_range("{} ends before byte {}", path_, offset + out.size()));
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return {};
  }

  bool read_cached(std::uint64_t offset, std::span<char> out) const override {
    // Not every file system knows RWF_NOWAIT; one that does not says so, and then everything is read by read().
    while (!out.empty()) {
      const iovec into{out.data(), out.size()};
      const ssize_t got = ::preadv2(fd_.get(), &into, 1, static_cast<off_t>(offset), RWF_NOWAIT);
      if (got <= 0) return false;
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return true;
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

Result<std::unique_ptr<File>> open_file(const std::string& path, int flags, std::string_view action) {
  UniqueFd fd(open_retrying(path, flags | O_WRONLY | O_APPEND));
  if (!fd) return disk_failure(action, path);
  return std::make_unique<PosixFile>(std::move(fd), path);
}

}  // namespace

Result<std::unique_ptr<File>> PosixDisk::create(const std::string& path) {
  return open_file(path, O_CREAT | O_EXCL, "create");
}

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& path) { return open_file(path, 0, "open"); }

Result<std::string> PosixDisk::read(const std::string& path, std::uint64_t offset, std::size_t max_bytes) {
  UniqueFd fd(open_retrying(path, O_RDONLY));
  if (!fd) return disk_failure("open", path);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return disk_failure("stat", path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string bytes(std::min<std::uint64_t>(max_bytes, size > offset ? size - offset : 0), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        ::pread(fd.get(), bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return disk_failure("read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::unique_ptr<Reader>> PosixDisk::open_reader(const std::string& path) {
  UniqueFd fd(open_retrying(path, O_RDONLY));
  if (!fd) return disk_failure("open", path);
  return std::make_unique<PosixReader>(std::move(fd), path);
}

Result<std::uint64_t> PosixDisk::size(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return disk_failure("stat", path);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<> PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return disk_failure("rename", from);
  return {};
}

Result<> PosixDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return disk_failure("remove", path);
  return {};
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) names.push_back(it->path().filename().string());
  if (error) return fail(system_error(error.value(), fmt::format("list {}", directory)));
  std::ranges::sort(names);
  return names;
}

Result<> PosixDisk::create_directories(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(system_error(error.value(), fmt::format("create directory {}", directory)));
  // The name of a new directory is durable once its parent is synced.
  const auto parent = std::filesystem::path(directory).lexically_normal().parent_path();
  return sync_directory(parent.empty() ? "." : parent.string());
}

Result<> PosixDisk::sync_directory(const std::string& directory) {
  UniqueFd fd(open_retrying(directory, O_RDONLY | O_DIRECTORY));
  if (!fd) return disk_failure("open", directory);
  if (::fsync(fd.get()) != 0) return disk_failure("fsync", directory);
  return {};
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const std::string path = directory + "/lock";
  UniqueFd fd(open_retrying(path, O_RDWR | O_CREAT));
  if (!fd) return disk_failure("open", path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return disk_failure("lock", path);
    char holder[32] = {};
    const ssize_t length = ::pread(fd.get(), holder, sizeof holder - 1, 0);
    return fail(Error::failed_precondition("the data directory {} is in use by process {}", directory,
                                           length > 0 ? holder : "(unknown)"));
  }
  // For the message above, and for people; the lock is the flock.
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), self.data(), self.size(), 0) < 0)
    return disk_failure("write", path);
  return DirectoryLock(std::move(fd));
}

}  // namespace skerry::disk
