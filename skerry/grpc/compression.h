// SPDX-License-Identifier: Apache-2.0
//
// Compression of single gRPC messages, by the names that stand in `grpc-encoding` and `grpc-accept-encoding`. Each
// message is compressed alone. The one thing to know: the size limit holds for the decompressed message, and
// decompression stops as soon as it is passed, so a small message cannot unfold into a large one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::grpc {

enum class Compression : std::uint8_t {
  kIdentity,
  kGzip,     // RFC 1952
  kDeflate,  // RFC 1950, the zlib format, as HTTP's "deflate"
};

/// What is sent as `grpc-accept-encoding`.
inline constexpr std::string_view kAcceptEncoding = "identity,gzip,deflate";

/// "identity", "gzip" or "deflate".
std::string_view compression_name(Compression compression);

/// The compression of this name, in lower case; nullopt for one that is not supported.
std::optional<Compression> compression_from_name(std::string_view name);

/// True when the comma-separated `grpc-accept-encoding` value names the compression. Identity is always accepted.
bool accepts_compression(std::string_view accept_encoding, Compression compression);

/// The message compressed; with kIdentity a copy.
std::string compress(Compression compression, std::string_view message);

/// The message restored. kResourceExhausted when it would be larger than `message_bytes_max`, kInternal when `data` is
/// not a whole stream of that format.
Result<std::string> decompress(Compression compression, std::string_view data, std::size_t message_bytes_max);

}  // namespace skerry::grpc
