// SPDX-License-Identifier: Apache-2.0
//
// Whatever a file of the trace store has become: opening it never crashes, keeps a prefix, and what was kept once is
// kept again. In half of the runs the checksums are made right first, so that the contents are reached.
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "platform/collector/segment.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::collector::segment_fuzzer {

// A file of this service whose records are the pieces of `data` between 0xFF bytes.
std::string with_right_checksums(std::string_view data) {
  std::string file = encode_segment_header("order");
  while (!data.empty()) {
    const std::size_t end = data.find('\xFF');
    append_record(file, data.substr(0, end));
    data = end == std::string_view::npos ? std::string_view() : data.substr(end + 1);
  }
  return file;
}

std::size_t read_all(const Segment& segment) {
  for (const SpanIndex::Entry& entry : segment.index().entries()) {
    // A record may hold a message that is none: then the span is unreadable.
    const auto stored = segment.read(entry);
    SKERRY_CHECK(segment.read_key(entry).has_value(), "what is in the index has a key");
    if (stored) SKERRY_CHECK(stored->origin != nullptr, "a span has an origin");
  }
  return segment.index().entries().size();
}

void check(std::string_view content) {
  static const std::filesystem::path path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "skerry_segment_fuzzer_XXXXXX").string();
    ::close(::mkstemp(name.data()));
    return std::filesystem::path(name);
  }();
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(content.data(), static_cast<long>(content.size()));
  std::size_t spans = 0;
  {
    const auto segment = Segment::open(path, 1);
    if (!segment) return;
    SKERRY_CHECK((*segment)->bytes() + (*segment)->torn_bytes() == content.size(), "a prefix is kept");
    spans = read_all(**segment);
  }
  const auto again = Segment::open(path, 1);
  SKERRY_CHECK(again.has_value() && (*again)->torn_bytes() == 0, "the torn end is gone");
  SKERRY_CHECK(read_all(**again) == spans, "the same spans are found again");
}

}  // namespace skerry::platform::collector::segment_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::platform::collector::segment_fuzzer;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  check(with_right_checksums(bytes));
  return 0;
}
