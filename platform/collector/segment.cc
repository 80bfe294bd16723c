// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "skerry/base/defer.h"

namespace skerry::platform::collector {

Segment::Segment(std::filesystem::path path, std::uint64_t number, UniqueFd file)
    : path_(std::move(path)),
      number_(number),
      file_(std::move(file)),
      last_written_(std::chrono::system_clock::now()) {}

Result<std::unique_ptr<Segment>> Segment::create(std::filesystem::path path, std::uint64_t number,
                                                 std::string_view service) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail(system_error(errno, "creating " + path.string()));
  std::unique_ptr<Segment> segment(new Segment(std::move(path), number, std::move(file)));
  segment->service_ = service;
  const Result<> written = segment->write(encode_segment_header(service));
  if (!written) {
    ::unlink(segment->path_.c_str());
    return fail(written.error());
  }
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::open(std::filesystem::path path, std::uint64_t number) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return fail(system_error(errno, "opening " + path.string()));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail(system_error(errno, "looking at " + path.string()));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return fail(Error::data_loss("{} is empty", path.string()));
  if (size > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Error::data_loss("{} is too long", path.string()));
  }
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
  if (mapped == MAP_FAILED) return fail(system_error(errno, "reading " + path.string()));
  const Defer unmap([&] { ::munmap(mapped, size); });
  std::unique_ptr<Segment> segment(new Segment(std::move(path), number, std::move(file)));
  segment->last_written_ = std::chrono::system_clock::from_time_t(status.st_mtime);
  Result<> loaded = segment->load(std::string_view(static_cast<const char*>(mapped), size));
  if (!loaded) return fail(std::move(loaded));
  return segment;
}

Result<> Segment::load(std::string_view content) {
  Result<SegmentHeader> header = decode_segment_header(content);
  if (!header) return fail(std::move(header));
  service_ = std::move(header->service);
  std::size_t at = header->bytes;
  while (at < content.size()) {
    const std::optional<std::string_view> payload = read_record(content.substr(at));
    if (!payload || !load_record(*payload, static_cast<std::uint32_t>(at))) break;
    at += kRecordHeaderBytes + payload->size();
  }
  bytes_ = at;
  torn_bytes_ = content.size() - at;
  // Records are found one after the other: behind a broken one nothing can be read, and what is appended next must
  // follow the last good one.
  if (torn_bytes_ > 0 && ::ftruncate(file_.get(), static_cast<off_t>(at)) != 0) {
    return fail(system_error(errno, "cutting the torn end off " + path_.string()));
  }
  return {};
}

bool Segment::load_record(std::string_view payload, std::uint32_t offset) {
  if (const std::optional<SpanKey> key = decode_span_key(payload)) {
    if (key->origin >= origins_.size()) return false;
    index_.add(*key, offset);
    return true;
  }
  std::shared_ptr<const SpanOrigin> origin = decode_origin(payload, service_);
  if (origin == nullptr) return false;
  origin_numbers_.emplace(payload, static_cast<std::uint32_t>(origins_.size()));
  origins_.push_back(std::move(origin));
  return true;
}

// Appends the origin's record to `out` where the file does not have it yet.
std::uint32_t Segment::origin_number(const std::string& payload, std::string& out,
                                     std::vector<const std::string*>& added) {
  const auto next = static_cast<std::uint32_t>(origins_.size() + added.size());
  const auto [found, inserted] = origin_numbers_.try_emplace(payload, next);
  if (inserted) {
    append_record(out, payload);
    added.push_back(&payload);
  }
  return found->second;
}

Result<> Segment::append(const std::vector<Item>& items) {
  std::string out;
  std::vector<const std::string*> added_origins;
  std::vector<std::pair<SpanKey, std::uint32_t>> added_spans;
  added_spans.reserve(items.size());
  for (const Item& item : items) {
    SpanKey key = item.key;
    key.origin = origin_number(*item.origin_payload, out, added_origins);
    added_spans.emplace_back(key, static_cast<std::uint32_t>(bytes_ + out.size()));
    append_record(out, encode_span(key, *item.span));
  }
  Result<> written = write(out);
  if (!written) {
    for (const std::string* payload : added_origins) origin_numbers_.erase(*payload);
    return written;
  }
  for (const std::string* payload : added_origins) origins_.push_back(decode_origin(*payload, service_));
  for (const auto& [key, offset] : added_spans) index_.add(key, offset);
  last_written_ = std::chrono::system_clock::now();
  return {};
}

Result<> Segment::write(std::string_view bytes) {
  std::uint64_t at = bytes_;
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      Error error = system_error(count < 0 ? errno : EIO, "writing " + path_.string());
      // Should this fail too, then the next append overwrites the part, or the next start cuts it off.
      if (::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0)
        error = std::move(error).annotate("and cutting back");
      return fail(std::move(error));
    }
    at += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  bytes_ = at;
  return {};
}

std::optional<std::string> Segment::read_payload(const SpanIndex::Entry& entry) const {
  // One read gets most records whole.
  std::string record(1024, '\0');
  std::size_t filled = 0;
  const auto fill = [&] {
    while (filled < record.size()) {
      const ssize_t count = ::pread(file_.get(), record.data() + filled, record.size() - filled,
                                    static_cast<off_t>(entry.offset + filled));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      filled += static_cast<std::size_t>(count);
    }
  };
  fill();
  if (filled < kRecordHeaderBytes) return std::nullopt;
  const std::size_t length = record_bytes(record);
  if (length > kRecordHeaderBytes + kMaxRecordBytes) return std::nullopt;
  if (length > record.size()) {
    record.resize(length);
    fill();
  }
  const std::optional<std::string_view> payload = read_record(std::string_view(record).substr(0, filled));
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

std::optional<StoredSpan> Segment::read(const SpanIndex::Entry& entry) const {
  const std::optional<std::string> payload = read_payload(entry);
  if (!payload) return std::nullopt;
  const std::optional<SpanKey> key = decode_span_key(*payload);
  std::optional<OtlpSpan> span = decode_span(*payload);
  if (!key || !span || key->origin >= origins_.size()) return std::nullopt;
  return StoredSpan{origins_[key->origin], *std::move(span)};
}

std::optional<SpanKey> Segment::read_key(const SpanIndex::Entry& entry) const {
  const std::optional<std::string> payload = read_payload(entry);
  if (!payload) return std::nullopt;
  std::optional<SpanKey> key = decode_span_key(*payload);
  if (key) key->name = {};
  return key;
}

}  // namespace skerry::platform::collector
