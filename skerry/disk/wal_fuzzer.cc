// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a log segment: the scan must stay inside them, report consecutive entries, and agree with itself when
// only the good part is scanned again.
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/disk/wal_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::disk;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto scan = [](std::string_view segment, std::string& seen) {
    std::uint64_t expected = 1;
    return scan_segment(segment, 1, [&](std::uint64_t index, std::string_view entry) {
      SKERRY_CHECK(index == expected++, "entries are consecutive");
      seen.append(entry).push_back('\n');
    });
  };
  std::string seen;
  const SegmentScan first = scan(bytes, seen);
  SKERRY_CHECK(first.valid_bytes <= size, "no more is valid than there is");
  if (first.valid_bytes > 0) {
    std::string seen_again;
    const SegmentScan again = scan(bytes.substr(0, first.valid_bytes), seen_again);
    SKERRY_CHECK(again.end == SegmentScan::End::kClean, "the good part is good");
    SKERRY_CHECK(again.next_index == first.next_index && seen_again == seen, "and holds the same entries");
  }
  return 0;
}
