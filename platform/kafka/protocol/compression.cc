// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/compression.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/wire.h"
#include "skerry/base/defer.h"

namespace skerry::platform::kafka::protocol {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
using Piece = std::array<char, kPieceBytes>;

Error corrupt(std::string_view codec) {
  return kafka_error(ErrorCode::kCorruptMessage, "the records are not {}, or are cut off", codec);
}

Error too_large(std::size_t max_bytes) {
  return kafka_error(ErrorCode::kMessageTooLarge, "the records are larger than {} bytes when they are expanded",
                     max_bytes);
}

Result<> add(std::string& out, std::string_view piece, std::size_t max_bytes) {
  if (piece.size() > max_bytes - out.size()) return fail(too_large(max_bytes));
  out += piece;
  return {};
}

Result<std::string> from_gzip(std::string_view bytes, std::size_t max_bytes) {
  constexpr int kGzipWindow = MAX_WBITS + 16;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return fail(Error::internal("zlib has no memory"));
  const Defer end([&] { inflateEnd(&stream); });
  // zlib's type has no const; it does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  const auto piece = std::make_unique<Piece>();
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(piece->data());
    stream.avail_out = static_cast<uInt>(piece->size());
    const int state = inflate(&stream, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) return fail(corrupt("gzip"));
    if (Result<> added = add(out, {piece->data(), piece->size() - stream.avail_out}, max_bytes); !added)
      return fail(std::move(added));
    if (state != Z_STREAM_END) continue;
    if (stream.avail_in == 0) return out;
    if (inflateReset(&stream) != Z_OK) return fail(corrupt("gzip"));
  }
}

Result<std::string> from_zstd(std::string_view bytes, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string out;
  const auto piece = std::make_unique<Piece>();
  while (true) {
    ZSTD_outBuffer written{piece->data(), piece->size(), 0};
    const std::size_t before = in.pos;
    const std::size_t left = ZSTD_decompressStream(context.get(), &written, &in);
    if (ZSTD_isError(left) != 0) return fail(corrupt("zstd"));
    if (Result<> added = add(out, {piece->data(), written.pos}, max_bytes); !added) return fail(std::move(added));
    if (left == 0 && in.pos == in.size) return out;
    if (in.pos == before && written.pos == 0) return fail(corrupt("zstd"));
  }
}

Result<std::string> from_lz4(std::string_view bytes, std::size_t max_bytes) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0)
    return fail(Error::internal("lz4 has no memory"));
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> context(made,
                                                                                     &LZ4F_freeDecompressionContext);
  std::string out;
  const auto piece = std::make_unique<Piece>();
  while (true) {
    std::size_t taken = bytes.size();
    std::size_t written = piece->size();
    const std::size_t left = LZ4F_decompress(context.get(), piece->data(), &written, bytes.data(), &taken, nullptr);
    if (LZ4F_isError(left) != 0) return fail(corrupt("lz4"));
    bytes.remove_prefix(taken);
    if (Result<> added = add(out, {piece->data(), written}, max_bytes); !added) return fail(std::move(added));
    if (left == 0 && bytes.empty()) return out;
    if (taken == 0 && written == 0) return fail(corrupt("lz4"));
  }
}

// One raw block.
Result<> add_snappy_block(std::string& out, std::string_view block, std::size_t max_bytes) {
  std::size_t length = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &length)) return fail(corrupt("snappy"));
  if (length > max_bytes - out.size()) return fail(too_large(max_bytes));
  // Before room is made for what it says: a block does not expand beyond that.
  if (!snappy::IsValidCompressedBuffer(block.data(), block.size())) return fail(corrupt("snappy"));
  const std::size_t place = out.size();
  out.resize(place + length);
  if (!snappy::RawUncompress(block.data(), block.size(), out.data() + place)) return fail(corrupt("snappy"));
  return {};
}

Result<std::string> from_snappy(std::string_view bytes, std::size_t max_bytes) {
  // The Java library begins with this and two versions of 4 bytes each; then every block has its length before it.
  constexpr std::string_view kJavaHead("\x82SNAPPY\0", 8);
  constexpr std::size_t kJavaVersionsBytes = 8;
  std::string out;
  if (!bytes.starts_with(kJavaHead)) {
    if (Result<> added = add_snappy_block(out, bytes, max_bytes); !added) return fail(std::move(added));
    return out;
  }
  Reader reader(bytes.substr(kJavaHead.size()));
  reader.bytes(kJavaVersionsBytes);
  while (!reader.failed() && reader.remaining() > 0) {
    const std::string_view block = reader.bytes(reader.integer<std::int32_t>());
    if (reader.failed()) break;
    if (Result<> added = add_snappy_block(out, block, max_bytes); !added) return fail(std::move(added));
  }
  if (reader.failed()) return fail(corrupt("snappy"));
  return out;
}

}  // namespace

Result<std::string> decompress(Compression compression, std::string_view bytes, std::size_t max_bytes) {
  switch (compression) {
    case Compression::kNone:
      if (bytes.size() > max_bytes) return fail(too_large(max_bytes));
      return std::string(bytes);
    case Compression::kGzip:
      return from_gzip(bytes, max_bytes);
    case Compression::kSnappy:
      return from_snappy(bytes, max_bytes);
    case Compression::kLz4:
      return from_lz4(bytes, max_bytes);
    case Compression::kZstd:
      return from_zstd(bytes, max_bytes);
  }
  return fail(
      kafka_error(ErrorCode::kUnsupportedCompressionType, "there is no codec {}", static_cast<int>(compression)));
}

}  // namespace skerry::platform::kafka::protocol
