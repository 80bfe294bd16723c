// SPDX-License-Identifier: Apache-2.0
//
// For tests: what a producer makes of records that it compresses, with the same libraries as Kafka's clients.
//
//   std::string bytes = compressed("the records", Compression::kZstd);
//   std::string batch = compressed_batch(records, Compression::kLz4);
#pragma once

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <span>
#include <string>
#include <string_view>

#include "platform/kafka/protocol/records.h"
#include "platform/kafka/protocol/wire.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {

inline std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  SKERRY_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SKERRY_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "there is room for all");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string compressed(std::string_view bytes, Compression codec) {
  std::string out;
  switch (codec) {
    case Compression::kNone:
      return std::string(bytes);
    case Compression::kGzip:
      return gzipped(bytes);
    case Compression::kSnappy:
      snappy::Compress(bytes.data(), bytes.size(), &out);
      return out;
    case Compression::kLz4:
      out.resize(LZ4F_compressFrameBound(bytes.size(), nullptr));
      out.resize(LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), nullptr));
      return out;
    case Compression::kZstd:
      out.resize(ZSTD_compressBound(bytes.size()));
      out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1));
      return out;
  }
  return out;
}

/// Snappy as the Java library writes it: its header, and blocks of at most `block_bytes`.
inline std::string snappy_of_java(std::string_view bytes, std::size_t block_bytes) {
  std::string out("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(block_bytes, bytes.size()))) {
    const std::string block = compressed(bytes.substr(0, block_bytes), Compression::kSnappy);
    Writer(out).integer(static_cast<std::int32_t>(block.size()));
    out += block;
  }
  return out;
}

/// A batch with these bytes in place of its records, which are said to be compressed so.
inline std::string batch_around(std::span<const NewRecord> records, Compression codec, std::string_view bytes) {
  constexpr std::size_t kChecksumAt = 17;
  constexpr std::size_t kAttributesAt = 21;
  const std::string plain = write_batch(records, {.attributes = static_cast<std::int16_t>(codec)});
  const std::string covered = plain.substr(kAttributesAt, kRecordBatchHeaderBytes - kAttributesAt) + std::string(bytes);
  std::string batch = plain.substr(0, 8);
  Writer writer(batch);
  writer.integer(static_cast<std::int32_t>(kAttributesAt - kRecordBatchLengthEnd + covered.size()));
  batch += plain.substr(kRecordBatchLengthEnd, kChecksumAt - kRecordBatchLengthEnd);
  writer.integer(static_cast<std::int32_t>(crc32c(covered)));
  return batch + covered;
}

inline std::string compressed_batch(std::span<const NewRecord> records, Compression codec) {
  const std::string plain = write_batch(records);
  return batch_around(records, codec, compressed(std::string_view(plain).substr(kRecordBatchHeaderBytes), codec));
}

}  // namespace skerry::platform::kafka::protocol
