// SPDX-License-Identifier: Apache-2.0
//
// Text encodings of bytes, and the checksum of what is written to disk. Pure functions; the decoders accept bytes from
// outside and answer nullopt for what is not well formed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skerry {

/// Lower-case hexadecimal, two digits a byte.
std::string hex_encode(std::string_view bytes);
/// Accepts upper and lower case; nullopt for an odd length or another character.
std::optional<std::string> hex_decode(std::string_view text);

/// Base64 with the standard alphabet (RFC 4648 section 4), with or without the `=` padding.
std::string base64_encode(std::string_view bytes, bool padding = true);
/// Accepts padded and unpadded text; nullopt for anything else.
std::optional<std::string> base64_decode(std::string_view text);

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, continuing `seed` where given: the checksum of a whole is
/// crc32c(second, crc32c(first)).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace skerry
