// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/wal_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skerry::disk {
namespace {

using End = SegmentScan::End;

struct ScannedSegment {
  SegmentScan scan;
  std::vector<std::string> entries;
};

ScannedSegment scan_of(std::string_view bytes, std::uint64_t first_index = 1) {
  ScannedSegment scanned;
  scanned.scan = scan_segment(bytes, first_index, [&](std::uint64_t index, std::string_view entry) {
    EXPECT_EQ(index, first_index + scanned.entries.size());
    scanned.entries.emplace_back(entry);
  });
  return scanned;
}

// Two frames: entries 1 and 2, then entry 3.
std::string two_frames(std::size_t* second_at = nullptr) {
  std::string bytes = encode_segment_header(1);
  append_frame(bytes, 1, std::vector<std::string>{"one", ""});
  if (second_at != nullptr) *second_at = bytes.size();
  append_frame(bytes, 3, std::vector<std::string>{"three"});
  return bytes;
}

TEST(WalFormat, gives_back_what_was_written) {
  auto scanned = scan_of(two_frames());
  EXPECT_EQ(scanned.scan.end, End::kClean);
  EXPECT_EQ(scanned.entries, (std::vector<std::string>{"one", "", "three"}));
  EXPECT_EQ(scanned.scan.next_index, 4u);
  EXPECT_EQ(scanned.scan.valid_bytes, two_frames().size());
}

TEST(WalFormat, a_segment_without_frames_is_clean) {
  auto scanned = scan_of(encode_segment_header(9), 9);
  EXPECT_EQ(scanned.scan.end, End::kClean);
  EXPECT_EQ(scanned.scan.next_index, 9u);
}

TEST(WalFormat, every_cut_in_the_last_frame_is_a_torn_tail) {
  std::size_t second_at = 0;
  const std::string bytes = two_frames(&second_at);
  for (std::size_t size = second_at + 1; size < bytes.size(); ++size) {
    auto scanned = scan_of(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(scanned.scan.end, End::kTorn) << size;
    EXPECT_EQ(scanned.scan.valid_bytes, second_at) << size;
    EXPECT_EQ(scanned.scan.next_index, 3u) << size;
    EXPECT_EQ(scanned.entries.size(), 2u) << size;
  }
}

TEST(WalFormat, a_cut_in_the_header_is_a_torn_segment) {
  const std::string header = encode_segment_header(1);
  for (std::size_t size = 0; size < header.size(); ++size) {
    auto scanned = scan_of(std::string_view(header).substr(0, size));
    EXPECT_EQ(scanned.scan.end, End::kTorn) << size;
    EXPECT_EQ(scanned.scan.valid_bytes, 0u) << size;
  }
}

TEST(WalFormat, zeros_after_the_last_frame_are_a_torn_tail) {
  for (std::size_t zeros : {1u, 27u, 28u, 5000u}) {
    auto scanned = scan_of(two_frames() + std::string(zeros, '\0'));
    EXPECT_EQ(scanned.scan.end, End::kTorn) << zeros;
    EXPECT_EQ(scanned.entries.size(), 3u);
    EXPECT_EQ(scanned.scan.valid_bytes, two_frames().size());
  }
}

TEST(WalFormat, a_last_frame_with_a_sector_that_was_never_written_is_a_torn_tail) {
  std::string bytes = two_frames();
  const std::size_t good = bytes.size();
  append_frame(bytes, 4, std::vector<std::string>{std::string(3000, 'x')});
  for (std::size_t sector = kSectorBytes; sector < bytes.size(); sector += kSectorBytes) {
    std::string torn = bytes;
    const std::size_t length = std::min(kSectorBytes, bytes.size() - sector);
    torn.replace(sector, length, length, '\0');
    auto scanned = scan_of(torn);
    EXPECT_EQ(scanned.scan.end, End::kTorn) << sector;
    EXPECT_EQ(scanned.scan.valid_bytes, good) << sector;
  }
}

TEST(WalFormat, a_bad_frame_with_a_good_one_behind_it_is_damage) {
  std::size_t second_at = 0;
  const std::string bytes = two_frames(&second_at);
  for (std::size_t at = kSegmentHeaderBytes; at < second_at; ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    auto scanned = scan_of(damaged);
    EXPECT_EQ(scanned.scan.end, End::kCorrupt) << at;
    EXPECT_TRUE(scanned.entries.empty()) << at;
    EXPECT_FALSE(scanned.scan.problem.empty());
  }
}

TEST(WalFormat, a_flipped_bit_in_the_last_frame_is_damage_and_not_a_torn_tail) {
  std::size_t second_at = 0;
  const std::string bytes = two_frames(&second_at);
  for (std::size_t at = second_at; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x01);
    EXPECT_EQ(scan_of(damaged).scan.end, End::kCorrupt) << at;
  }
}

TEST(WalFormat, a_damaged_header_is_damage) {
  std::string bytes = two_frames();
  bytes[3] = 'x';
  auto scanned = scan_of(bytes);
  EXPECT_EQ(scanned.scan.end, End::kCorrupt);
  EXPECT_TRUE(scanned.entries.empty());
}

TEST(WalFormat, a_segment_of_another_place_is_refused) {
  EXPECT_EQ(scan_of(two_frames(), 5).scan.end, End::kCorrupt);
  std::string bytes = two_frames();
  append_frame(bytes, 9, std::vector<std::string>{"from elsewhere"});
  auto scanned = scan_of(bytes);
  EXPECT_EQ(scanned.scan.end, End::kCorrupt);
  EXPECT_EQ(scanned.entries.size(), 3u);
}

TEST(WalFormat, a_frame_is_built_entry_by_entry_where_it_will_lie) {
  std::string built = encode_segment_header(1);
  FrameBuilder frame(built, 1);
  const std::size_t first = frame.add("he", "llo");
  const std::size_t second = frame.add("world");
  EXPECT_EQ(frame.payload_bytes(), encoded_size("hello") + encoded_size("world"));
  frame.finish();
  EXPECT_EQ(built.substr(first, 5), "hello");
  EXPECT_EQ(built.substr(second, 5), "world");
  std::string whole = encode_segment_header(1);
  append_frame(whole, 1, std::vector<std::string>{"hello", "world"});
  EXPECT_EQ(built, whole);
}

}  // namespace
}  // namespace skerry::disk
