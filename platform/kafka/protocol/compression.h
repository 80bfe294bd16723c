// SPDX-License-Identifier: Apache-2.0
//
// What is inside a compressed batch. The broker passes compressed records on as they came; only to find a record by its
// time does it look at them.
//
//   std::string records = co_await decompress(batch.compression(), batch.records(), kMaxDecompressedBytes);
//   RecordReader reader(batch, records);
//
// The formats are those of Kafka's clients: gzip members (RFC 1952), Zstandard frames (RFC 8878), LZ4 frames, and for
// Snappy either one raw block (librdkafka) or the blocks of the Java library, with its header. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "platform/kafka/protocol/record_batch.h"
#include "skerry/base/result.h"

namespace skerry::platform::kafka::protocol {

/// Records of one batch are not expanded beyond this, whatever a producer has packed into them.
inline constexpr std::size_t kMaxDecompressedBytes = std::size_t{64} << 20;

/// The bytes as they were before; kNone copies them. Takes time: for the pool of blocking work. Errors: CORRUPT_MESSAGE
/// when the bytes are not of this format or are cut off, MESSAGE_TOO_LARGE when more than `max_bytes` come out.
Result<std::string> decompress(Compression compression, std::string_view bytes, std::size_t max_bytes);

}  // namespace skerry::platform::kafka::protocol
