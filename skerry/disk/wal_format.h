// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a write-ahead log segment. Pure: bytes in, entries out. A segment begins with a header that names the
// index of its first entry, and goes on with frames. A frame holds the entries of one commit and is written only after
// the frame before it is on the medium; so a bad frame at the very end is a write that was cut off, and a bad frame
// with a good one behind it is damage to something that was acknowledged.
//
//   std::string segment = encode_segment_header(1);
//   append_frame(segment, 1, entries);
//   SegmentScan scan = scan_segment(segment, 1, [](std::uint64_t index, std::string_view entry) { ... });
//
// All integers are little endian. Header: magic "SKYWAL1\n", first index u64, CRC-32C u32 of these. Frame: magic u32,
// payload length u32, number of entries u32, index of the first u64, CRC-32C u32 of the payload, CRC-32C u32 of the
// frame's head up to here; payload: for each entry its length u32 and its bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::disk {

inline constexpr std::size_t kSegmentHeaderBytes = 20;
inline constexpr std::size_t kFrameHeadBytes = 28;
/// The longest payload of a frame. A commit holds less (see Wal); what claims more is damaged.
inline constexpr std::size_t kMaxFrameBytes = std::size_t{64} << 20;
/// The unit in which a medium writes: after a crash each one holds what was written or what was there before.
inline constexpr std::size_t kSectorBytes = 512;

std::string encode_segment_header(std::uint64_t first_index);
/// What entries cost in a frame's payload.
std::size_t encoded_size(std::string_view entry);
/// Appends one frame to a string, entry by entry, without a copy of the whole between.
///
///   FrameBuilder frame(out, 1);
///   std::size_t at = frame.add("head", "body");      // where the entry's bytes begin in `out`
///   frame.finish();
class FrameBuilder {
 public:
  /// `out` outlives the builder and is changed by nobody else meanwhile.
  FrameBuilder(std::string& out, std::uint64_t first_index);
  FrameBuilder(const FrameBuilder&) = delete;
  FrameBuilder& operator=(const FrameBuilder&) = delete;

  /// Adds an entry that is one piece and then the other. Gives the position of its first byte in `out`.
  std::size_t add(std::string_view head, std::string_view body = {});
  /// Bytes of the payload so far.
  std::size_t payload_bytes() const;
  std::uint32_t entries() const { return entries_; }
  /// Writes the frame's head; nothing may be added after it. Precondition: there are entries, and their payload is at
  /// most kMaxFrameBytes.
  void finish();

 private:
  std::string& out_;
  const std::size_t begin_;
  const std::uint64_t first_index_;
  std::uint32_t entries_ = 0;
};

/// Appends one frame. Precondition: there are entries, and their payload is at most kMaxFrameBytes.
void append_frame(std::string& out, std::uint64_t first_index, std::span<const std::string> entries);

struct SegmentScan {
  enum class End {
    kClean,    // the last frame ends where the segment ends
    kTorn,     // after the last good frame comes a write that was cut off
    kCorrupt,  // something that had been written completely is damaged
  };
  End end = End::kClean;
  std::uint64_t valid_bytes = 0;  // up to the end of the last good frame; 0 when the segment's header is not good
  std::uint64_t next_index = 0;   // the index after the last good entry
  std::string problem;            // for people; empty when clean
};

using VisitEntry = std::function<void(std::uint64_t index, std::string_view entry)>;

/// Calls `visit` for every entry of every good frame up to the first bad one. Accepts any bytes.
SegmentScan scan_segment(std::string_view bytes, std::uint64_t first_index, const VisitEntry& visit);

}  // namespace skerry::disk
