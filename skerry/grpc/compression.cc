// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/compression.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "skerry/base/check.h"
#include "skerry/base/defer.h"

namespace skerry::grpc {
namespace {

// zlib's windowBits: 15 is the largest window; 16 more selects the gzip format.
constexpr int kZlibWindow = 15;
constexpr int kGzipWindow = kZlibWindow + 16;
constexpr int kMemoryLevel = 8;
constexpr std::size_t kInflateStepBytes = 16 * 1024;

int window_bits(Compression compression) { return compression == Compression::kGzip ? kGzipWindow : kZlibWindow; }

// zlib takes its input through a pointer to non-const bytes and never writes to it.
Bytef* zlib_input(std::string_view data) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));  // NOLINT
}

bool names_equal(std::string_view text, std::string_view name) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text == name;
}

// Inflates one step into `out`, which may grow by one byte past the limit: that byte is how too much is noticed.
int inflate_step(z_stream& stream, std::string& out, std::size_t message_bytes_max) {
  const std::size_t before = out.size();
  const std::size_t room = std::min(kInflateStepBytes, message_bytes_max + 1 - before);
  out.resize(before + room);
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream.avail_out = static_cast<uInt>(room);
  const int status = inflate(&stream, Z_NO_FLUSH);
  out.resize(before + room - stream.avail_out);
  return status;
}

}  // namespace

std::string_view compression_name(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gzip";
    case Compression::kDeflate:
      return "deflate";
    case Compression::kIdentity:
      break;
  }
  return "identity";
}

std::optional<Compression> compression_from_name(std::string_view name) {
  for (const auto compression : {Compression::kIdentity, Compression::kGzip, Compression::kDeflate}) {
    if (compression_name(compression) == name) return compression;
  }
  return std::nullopt;
}

bool accepts_compression(std::string_view accept_encoding, Compression compression) {
  if (compression == Compression::kIdentity) return true;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    if (names_equal(accept_encoding.substr(0, comma), compression_name(compression))) return true;
    if (comma == std::string_view::npos) return false;
    accept_encoding.remove_prefix(comma + 1);
  }
  return false;
}

std::string compress(Compression compression, std::string_view message) {
  if (compression == Compression::kIdentity) return std::string(message);
  SKERRY_CHECK(message.size() < std::numeric_limits<uInt>::max(), "a gRPC message is at most 4 GiB");
  z_stream stream{};
  const int opened = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits(compression), kMemoryLevel,
                                  Z_DEFAULT_STRATEGY);
  SKERRY_CHECK(opened == Z_OK, "zlib has no memory");
  Defer close([&] { deflateEnd(&stream); });
  std::string out(deflateBound(&stream, message.size()), '\0');
  stream.next_in = zlib_input(message);
  stream.avail_in = static_cast<uInt>(message.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  SKERRY_CHECK(status == Z_STREAM_END, "deflateBound gave too little room");
  out.resize(out.size() - stream.avail_out);
  return out;
}

Result<std::string> decompress(Compression compression, std::string_view data, std::size_t message_bytes_max) {
  const auto too_large = [&] {
    return Error::resource_exhausted("gRPC message is larger than the limit of {} bytes when decompressed",
                                     message_bytes_max);
  };
  if (compression == Compression::kIdentity) {
    if (data.size() > message_bytes_max) return fail(too_large());
    return std::string(data);
  }
  if (data.size() > kInflateStepBytes && data.size() >= std::numeric_limits<uInt>::max()) return fail(too_large());
  z_stream stream{};
  if (inflateInit2(&stream, window_bits(compression)) != Z_OK) {
    return fail(Error::resource_exhausted("no memory to decompress a gRPC message"));
  }
  Defer close([&] { inflateEnd(&stream); });
  stream.next_in = zlib_input(data);
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  while (true) {
    const int status = inflate_step(stream, out, message_bytes_max);
    if (out.size() > message_bytes_max) return fail(too_large());
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) return out;
      // A gzip file may be several members in a row (RFC 1952 section 2.2), a zlib stream is one.
      if (compression != Compression::kGzip || inflateReset(&stream) != Z_OK) break;
      continue;
    }
    // Z_BUF_ERROR: no progress is possible, so the input ended before its stream did.
    if (status != Z_OK) break;
  }
  return fail(Error::internal("gRPC message is not valid {} data", compression_name(compression)));
}

}  // namespace skerry::grpc
