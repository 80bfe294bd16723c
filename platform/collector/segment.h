// SPDX-License-Identifier: Apache-2.0
//
// Segment: one append-only file with spans of one service, and its index. The trace store's unit of forgetting: space
// is freed by deleting whole files. What was appended survives the end of the process, however it ends, because it is
// in the system's cache by then; it is not synced, so a machine that loses power may lose the last spans. A torn tail
// is cut off when the file is opened again.
//
// Not thread-safe. The format is in platform/collector/segment_format.h.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/collector/segment_format.h"
#include "platform/collector/span_index.h"
#include "skerry/base/unique_fd.h"

namespace skerry::platform::collector {

class Segment {
 public:
  /// Makes the file, which must not exist.
  static Result<std::unique_ptr<Segment>> create(std::filesystem::path path, std::uint64_t number,
                                                 std::string_view service);
  /// Reads the index of an existing file. DATA_LOSS where not even the header can be read.
  static Result<std::unique_ptr<Segment>> open(std::filesystem::path path, std::uint64_t number);
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// One span to append, with the payload of its origin's record.
  struct Item {
    const std::string* origin_payload;
    const OtlpSpan* span;
    SpanKey key;
  };
  /// Appends all or, on an error of the disk, none.
  Result<> append(const std::vector<Item>& items);

  /// The span of an entry of the index; nullopt where the file has become unreadable.
  std::optional<StoredSpan> read(const SpanIndex::Entry& entry) const;
  /// Its key alone; `name` is empty.
  std::optional<SpanKey> read_key(const SpanIndex::Entry& entry) const;

  const SpanIndex& index() const { return index_; }
  const std::string& service() const { return service_; }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t number() const { return number_; }
  /// The length of the file.
  std::uint64_t bytes() const { return bytes_; }
  /// Bytes that were cut off when the file was opened.
  std::uint64_t torn_bytes() const { return torn_bytes_; }
  /// When a span was last appended, as far as the file system knows.
  std::chrono::system_clock::time_point last_written() const { return last_written_; }

 private:
  Segment(std::filesystem::path path, std::uint64_t number, UniqueFd file);
  Result<> load(std::string_view content);
  bool load_record(std::string_view payload, std::uint32_t offset);
  std::uint32_t origin_number(const std::string& payload, std::string& out, std::vector<const std::string*>& added);
  Result<> write(std::string_view bytes);
  std::optional<std::string> read_payload(const SpanIndex::Entry& entry) const;

  const std::filesystem::path path_;
  const std::uint64_t number_;
  const UniqueFd file_;
  std::string service_;
  std::uint64_t bytes_ = 0;
  std::uint64_t torn_bytes_ = 0;
  std::chrono::system_clock::time_point last_written_;
  SpanIndex index_;
  std::vector<std::shared_ptr<const SpanOrigin>> origins_;
  std::unordered_map<std::string, std::uint32_t> origin_numbers_;
};

}  // namespace skerry::platform::collector
