// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/wal_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "skerry/base/byte_order.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::disk {
namespace {

constexpr std::string_view kSegmentMagic = "SKYWAL1\n";
constexpr std::uint32_t kFrameMagic = 0xf5a3e901;

struct FrameHead {
  std::uint32_t payload_bytes = 0;
  std::uint32_t entries = 0;
  std::uint64_t first_index = 0;
  std::uint32_t payload_checksum = 0;
};

std::optional<FrameHead> decode_head(std::string_view bytes) {
  if (bytes.size() < kFrameHeadBytes) return std::nullopt;
  const std::string_view covered = bytes.substr(0, kFrameHeadBytes - sizeof(std::uint32_t));
  if (take_integer<std::uint32_t>(bytes) != kFrameMagic) return std::nullopt;
  FrameHead head;
  head.payload_bytes = take_integer<std::uint32_t>(bytes);
  head.entries = take_integer<std::uint32_t>(bytes);
  head.first_index = take_integer<std::uint64_t>(bytes);
  head.payload_checksum = take_integer<std::uint32_t>(bytes);
  if (take_integer<std::uint32_t>(bytes) != crc32c(covered)) return std::nullopt;
  if (head.payload_bytes > kMaxFrameBytes) return std::nullopt;
  return head;
}

// The payload of a frame with this head, if it is all there and as it was written.
std::optional<std::string_view> good_payload(std::string_view bytes, const FrameHead& head) {
  bytes.remove_prefix(kFrameHeadBytes);
  if (bytes.size() < head.payload_bytes) return std::nullopt;
  bytes = bytes.substr(0, head.payload_bytes);
  if (crc32c(bytes) != head.payload_checksum) return std::nullopt;
  return bytes;
}

bool visit_payload(std::string_view payload, const FrameHead& head, const VisitEntry& visit) {
  std::uint64_t index = head.first_index;
  for (std::uint32_t i = 0; i < head.entries; ++i) {
    if (payload.size() < sizeof(std::uint32_t)) return false;
    const auto length = take_integer<std::uint32_t>(payload);
    if (payload.size() < length) return false;
    visit(index++, payload.substr(0, length));
    payload.remove_prefix(length);
  }
  return payload.empty();
}

bool has_good_frame(std::string_view bytes) {
  std::string magic;
  append_integer(magic, kFrameMagic);
  for (std::size_t at = bytes.find(magic); at != std::string_view::npos; at = bytes.find(magic, at + 1)) {
    const std::string_view rest = bytes.substr(at);
    if (auto head = decode_head(rest); head && good_payload(rest, *head)) return true;
  }
  return false;
}

// True when, from `at` on, some sector's part was never written: it holds zeros alone.
bool has_unwritten_sector(std::string_view bytes, std::size_t at) {
  while (at < bytes.size()) {
    const std::size_t sector_end = std::min(bytes.size(), (at / kSectorBytes + 1) * kSectorBytes);
    const std::string_view part = bytes.substr(at, sector_end - at);
    if (std::ranges::all_of(part, [](char c) { return c == '\0'; })) return true;
    at = sector_end;
  }
  return false;
}

// What the bytes from `at` on are, which are not a good frame.
SegmentScan::End judge(std::string_view bytes, std::size_t at) {
  const std::string_view rest = bytes.substr(at);
  if (has_good_frame(rest.substr(1))) return SegmentScan::End::kCorrupt;
  if (rest.size() < kFrameHeadBytes) return SegmentScan::End::kTorn;
  if (auto head = decode_head(rest); head && rest.size() - kFrameHeadBytes < head->payload_bytes)
    return SegmentScan::End::kTorn;
  return has_unwritten_sector(bytes, at) ? SegmentScan::End::kTorn : SegmentScan::End::kCorrupt;
}

}  // namespace

std::string encode_segment_header(std::uint64_t first_index) {
  std::string out(kSegmentMagic);
  append_integer(out, first_index);
  append_integer(out, crc32c(out));
  return out;
}

std::size_t encoded_size(std::string_view entry) { return sizeof(std::uint32_t) + entry.size(); }

FrameBuilder::FrameBuilder(std::string& out, std::uint64_t first_index)
    : out_(out), begin_(out.size()), first_index_(first_index) {
  out_.append(kFrameHeadBytes, '\0');
}

std::size_t FrameBuilder::payload_bytes() const { return out_.size() - begin_ - kFrameHeadBytes; }

std::size_t FrameBuilder::add(std::string_view head, std::string_view body) {
  append_integer(out_, static_cast<std::uint32_t>(head.size() + body.size()));
  const std::size_t position = out_.size();
  out_ += head;
  out_ += body;
  ++entries_;
  return position;
}

void FrameBuilder::finish() {
  SKERRY_CHECK(entries_ > 0, "a frame holds at least one entry");
  SKERRY_CHECK(payload_bytes() <= kMaxFrameBytes, "a frame is too large");
  std::string head;
  append_integer(head, kFrameMagic);
  append_integer(head, static_cast<std::uint32_t>(payload_bytes()));
  append_integer(head, entries_);
  append_integer(head, first_index_);
  append_integer(head, crc32c(std::string_view(out_).substr(begin_ + kFrameHeadBytes)));
  append_integer(head, crc32c(head));
  out_.replace(begin_, kFrameHeadBytes, head);
}

void append_frame(std::string& out, std::uint64_t first_index, std::span<const std::string> entries) {
  FrameBuilder frame(out, first_index);
  for (const std::string& entry : entries) frame.add(entry);
  frame.finish();
}

SegmentScan scan_segment(std::string_view bytes, std::uint64_t first_index, const VisitEntry& visit) {
  SegmentScan scan{.next_index = first_index};
  const std::string header = encode_segment_header(first_index);
  if (!bytes.starts_with(header)) {
    // The header is made durable before the first frame is written.
    const bool torn = bytes.size() <= header.size() && !has_good_frame(bytes);
    scan.end = torn ? SegmentScan::End::kTorn : SegmentScan::End::kCorrupt;
    scan.problem = fmt::format("the header is not that of a log segment that begins at entry {}", first_index);
    return scan;
  }
  std::size_t at = header.size();
  scan.valid_bytes = at;
  while (at < bytes.size()) {
    const std::string_view rest = bytes.substr(at);
    const auto head = decode_head(rest);
    const auto payload = head ? good_payload(rest, *head) : std::nullopt;
    if (!payload) {
      scan.end = judge(bytes, at);
      scan.problem = fmt::format("no good frame at byte {}, entry {}", at, scan.next_index);
      return scan;
    }
    // A frame whose checksums are good and whose contents are not was never written by this program in this place.
    if (head->first_index != scan.next_index || !visit_payload(*payload, *head, visit)) {
      scan.end = SegmentScan::End::kCorrupt;
      scan.problem = fmt::format("the frame at byte {} is not the one of entry {}", at, scan.next_index);
      return scan;
    }
    at += kFrameHeadBytes + head->payload_bytes;
    scan.valid_bytes = at;
    scan.next_index += head->entries;
  }
  return scan;
}

}  // namespace skerry::disk
