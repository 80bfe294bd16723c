// SPDX-License-Identifier: Apache-2.0
//
// Text from outside made safe to write down: UTF-8 with the broken parts replaced, and JSON strings of it.
#pragma once

#include <string>
#include <string_view>

namespace skerry::telemetry {

/// The length of the well-formed UTF-8 sequence (RFC 3629) at the start of `text`: 1 to 4, or 0 where there is none.
std::size_t utf8_sequence_bytes(std::string_view text);

/// Appends `text`; each byte that belongs to no well-formed sequence becomes U+FFFD.
void append_valid_utf8(std::string& out, std::string_view text);

/// Appends `text` as a JSON string with its quotes (RFC 8259 section 7), repaired as above.
void append_json_string(std::string& out, std::string_view text);

}  // namespace skerry::telemetry
