// SPDX-License-Identifier: Apache-2.0
//
// Names and sizes that the parts of the durable log share.
#pragma once

#include <cstdint>
#include <string>

namespace skerry::platform::kafka::log {

/// LogOptions::segment_bytes counts up to this: positions in a segment have 32 bits.
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{1} << 30;

/// A file of LogOptions::reserve_bytes bytes, removed when there is no room for an entry that frees space.
inline std::string reserve_path(const std::string& directory) { return directory + "/reserve"; }

}  // namespace skerry::platform::kafka::log
