// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/memory_disk.h"

#include <algorithm>

#include "skerry/base/check.h"
#include "skerry/disk/wal_format.h"

namespace skerry::disk {
namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

class MemoryDisk::MemoryFile final : public File {
 public:
  MemoryFile(MemoryDisk& disk, std::shared_ptr<Inode> inode)
      : disk_(disk), inode_(std::move(inode)), epoch_(disk.epoch_) {}

  Result<> append(std::string_view bytes) override {
    std::lock_guard lock(disk_.mutex_);
    if (auto ready = begin(); !ready) return ready;
    if (disk_.capacity_) {
      const std::uint64_t used = disk_.count_bytes();
      const std::uint64_t room = *disk_.capacity_ > used ? *disk_.capacity_ - used : 0;
      inode_->current += bytes.substr(0, room);
      if (room < bytes.size()) return fail(Error::resource_exhausted("no space left on device"));
      return {};
    }
    inode_->current += bytes;
    return {};
  }

  Result<> sync() override {
    std::lock_guard lock(disk_.mutex_);
    if (auto ready = begin(); !ready) return ready;
    if (disk_.failing_syncs_ > 0) {
      --disk_.failing_syncs_;
      inode_->sync_failed = true;
      return fail(Error::internal("input/output error"));
    }
    ++disk_.syncs_;
    // After a failed sync the kernel takes the pages for clean: a later one succeeds and has written nothing.
    if (!inode_->sync_failed) inode_->durable = inode_->current;
    return {};
  }

  Result<> truncate(std::uint64_t size) override {
    std::lock_guard lock(disk_.mutex_);
    if (auto ready = begin(); !ready) return ready;
    inode_->current.resize(size);
    return {};
  }

 private:
  Result<> begin() {
    if (epoch_ != disk_.epoch_) return fail(Error::unavailable("the disk was restarted"));
    return disk_.begin_change();
  }

  MemoryDisk& disk_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t epoch_;
};

class MemoryDisk::MemoryReader final : public Reader {
 public:
  MemoryReader(const MemoryDisk& disk, std::shared_ptr<Inode> inode)
      : disk_(disk), inode_(std::move(inode)), epoch_(disk.epoch_) {}

  Result<> read(std::uint64_t offset, std::span<char> out) const override {
    std::lock_guard lock(disk_.mutex_);
    if (epoch_ != disk_.epoch_) return fail(Error::unavailable("the disk was restarted"));
    if (disk_.is_crashed()) return fail(Error::unavailable("the disk has crashed"));
    const std::string& bytes = inode_->current;
    if (offset > bytes.size() || out.size() > bytes.size() - offset)
      return fail(Error::out_of_range("the file ends before byte {}", offset + out.size()));
    std::ranges::copy(std::string_view(bytes).substr(offset, out.size()), out.begin());
    return {};
  }
  bool read_cached(std::uint64_t offset, std::span<char> out) const override { return read(offset, out).has_value(); }

 private:
  const MemoryDisk& disk_;
  std::shared_ptr<Inode> inode_;
  std::uint64_t epoch_;
};

void MemoryDisk::crash_after(int changes) {
  std::lock_guard lock(mutex_);
  changes_left_ = changes;
}

bool MemoryDisk::crashed() const {
  std::lock_guard lock(mutex_);
  return is_crashed();
}

void MemoryDisk::fail_syncs(int count) {
  std::lock_guard lock(mutex_);
  failing_syncs_ = count;
}

void MemoryDisk::fail_removals(int count) {
  std::lock_guard lock(mutex_);
  failing_removals_ = count;
}

void MemoryDisk::set_capacity(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

std::uint64_t MemoryDisk::used_bytes() const {
  std::lock_guard lock(mutex_);
  return count_bytes();
}

int MemoryDisk::syncs() const {
  std::lock_guard lock(mutex_);
  return syncs_;
}

int MemoryDisk::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

Result<> MemoryDisk::begin_change() {
  if (changes_left_) {
    if (*changes_left_ == 0) return fail(Error::unavailable("the disk has crashed"));
    --*changes_left_;
  }
  ++changes_;
  return {};
}

Result<std::shared_ptr<MemoryDisk::Inode>> MemoryDisk::find(const std::string& path) const {
  if (is_crashed()) return fail(Error::unavailable("the disk has crashed"));
  auto it = names_.find(path);
  if (it == names_.end()) return fail(Error::not_found("no file {}", path));
  return it->second;
}

void MemoryDisk::change_names(std::vector<NameChange> changes) {
  for (const NameChange& change : changes) {
    if (change.inode) {
      names_[change.path] = change.inode;
    } else {
      names_.erase(change.path);
    }
  }
  pending_.push_back(std::move(changes));
}

std::uint64_t MemoryDisk::count_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, inode] : names_) used += inode->current.size();
  return used;
}

std::string MemoryDisk::after_crash(const Inode& inode, std::mt19937& random) {
  const std::string& durable = inode.durable;
  const std::string& current = inode.current;
  if (inode.sync_failed || durable == current) return durable;
  // A truncation that was not synced has happened or has not.
  if (current.size() < durable.size()) return random() % 2 == 0 ? current : durable;
  const std::size_t unsynced = current.size() - durable.size();
  // The three cases that matter most are made likely: all of it, none of it, and something between.
  const std::uint32_t kind = random() % 4;
  if (kind == 0) return current;
  if (kind == 1) return durable;
  const std::size_t size = kind == 2 ? current.size() : durable.size() + random() % (unsynced + 1);
  std::string found(size, '\0');
  for (std::size_t sector = 0; sector < size; sector += kSectorBytes) {
    const std::size_t length = std::min(kSectorBytes, size - sector);
    const bool written = sector + length <= durable.size() || random() % 2 == 0;
    const std::string& source = written ? current : durable;
    if (sector < source.size()) found.replace(sector, std::min(length, source.size() - sector), source, sector, length);
    found.resize(size, '\0');
  }
  return found;
}

void MemoryDisk::restart(std::uint32_t seed) {
  std::lock_guard lock(mutex_);
  std::mt19937 random(seed);
  const std::size_t kept = pending_.empty() ? 0 : random() % (pending_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) {
    for (const NameChange& change : pending_[i]) {
      if (change.inode) {
        durable_names_[change.path] = change.inode;
      } else {
        durable_names_.erase(change.path);
      }
    }
  }
  pending_.clear();
  names_.clear();
  for (auto& [path, inode] : durable_names_) {
    auto fresh = std::make_shared<Inode>();
    fresh->current = after_crash(*inode, random);
    fresh->durable = fresh->current;
    inode = fresh;
    names_[path] = fresh;
  }
  forget_open_files();
}

void MemoryDisk::restart_process() {
  std::lock_guard lock(mutex_);
  forget_open_files();
}

void MemoryDisk::forget_open_files() {
  changes_left_.reset();
  failing_syncs_ = 0;
  failing_removals_ = 0;
  ++epoch_;
}

void MemoryDisk::corrupt(const std::string& path, std::uint64_t offset, unsigned char mask) {
  std::lock_guard lock(mutex_);
  auto inode = find(path);
  SKERRY_CHECK(inode.has_value() && offset < (*inode)->current.size(), "no such byte to corrupt");
  for (std::string* bytes : {&(*inode)->current, &(*inode)->durable})
    if (offset < bytes->size()) (*bytes)[offset] = static_cast<char>((*bytes)[offset] ^ static_cast<char>(mask));
}

Result<std::unique_ptr<File>> MemoryDisk::create(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return fail(std::move(ready));
  if (names_.contains(path)) return fail(Error::already_exists("create {}: it exists", path));
  auto inode = std::make_shared<Inode>();
  change_names({{path, inode}});
  return std::make_unique<MemoryFile>(*this, inode);
}

Result<std::unique_ptr<File>> MemoryDisk::open(const std::string& path) {
  std::lock_guard lock(mutex_);
  auto inode = find(path);
  if (!inode) return fail(std::move(inode));
  return std::make_unique<MemoryFile>(*this, *inode);
}

Result<std::string> MemoryDisk::read(const std::string& path, std::uint64_t offset, std::size_t max_bytes) {
  std::lock_guard lock(mutex_);
  auto inode = find(path);
  if (!inode) return fail(std::move(inode));
  if (offset >= (*inode)->current.size()) return std::string();
  return (*inode)->current.substr(offset, max_bytes);
}

Result<std::unique_ptr<Reader>> MemoryDisk::open_reader(const std::string& path) {
  std::lock_guard lock(mutex_);
  auto inode = find(path);
  if (!inode) return fail(std::move(inode));
  return std::make_unique<MemoryReader>(*this, *inode);
}

Result<std::uint64_t> MemoryDisk::size(const std::string& path) {
  std::lock_guard lock(mutex_);
  auto inode = find(path);
  if (!inode) return fail(std::move(inode));
  return (*inode)->current.size();
}

Result<> MemoryDisk::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  auto inode = names_.find(from);
  if (inode == names_.end()) return fail(Error::not_found("no file {}", from));
  change_names({{to, inode->second}, {from, nullptr}});
  return {};
}

Result<> MemoryDisk::remove(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  if (!names_.contains(path)) return fail(Error::not_found("no file {}", path));
  if (failing_removals_ > 0) {
    --failing_removals_;
    return fail(Error::internal("input/output error"));
  }
  change_names({{path, nullptr}});
  return {};
}

Result<std::vector<std::string>> MemoryDisk::list(const std::string& directory) {
  std::lock_guard lock(mutex_);
  if (is_crashed()) return fail(Error::unavailable("the disk has crashed"));
  std::vector<std::string> found;
  for (const auto& [path, inode] : names_)
    if (directory_of(path) == directory) found.push_back(path.substr(directory.size() + 1));
  return found;
}

Result<> MemoryDisk::create_directories(const std::string&) {
  std::lock_guard lock(mutex_);
  if (is_crashed()) return fail(Error::unavailable("the disk has crashed"));
  return {};
}

Result<> MemoryDisk::sync_directory(const std::string& directory) {
  std::lock_guard lock(mutex_);
  if (auto ready = begin_change(); !ready) return ready;
  std::erase_if(pending_, [&](const std::vector<NameChange>& changes) {
    return directory_of(changes.front().path) == directory;
  });
  std::erase_if(durable_names_, [&](const auto& entry) { return directory_of(entry.first) == directory; });
  for (const auto& [path, inode] : names_)
    if (directory_of(path) == directory) durable_names_[path] = inode;
  return {};
}

}  // namespace skerry::disk
