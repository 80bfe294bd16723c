// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/utf8.h"

#include <cstdint>

namespace skerry::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// The range of the second byte depends on the first: that is what shuts out overlong forms, surrogates and numbers
// past U+10FFFF (RFC 3629 section 4).
bool second_byte_allowed(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return is_continuation(second);
  }
}

std::size_t announced_bytes(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

void append_json_escape(std::string& out, unsigned char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
  }
}

bool is_plain_json(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

}  // namespace

std::size_t utf8_sequence_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t count = announced_bytes(first);
  if (count == 0 || count > text.size()) return 0;
  if (count == 1) return 1;
  if (!second_byte_allowed(first, static_cast<unsigned char>(text[1]))) return 0;
  for (std::size_t i = 2; i < count; ++i) {
    if (!is_continuation(static_cast<unsigned char>(text[i]))) return 0;
  }
  return count;
}

void append_valid_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t ascii = 0;
    while (ascii < text.size() && static_cast<unsigned char>(text[ascii]) < 0x80) ++ascii;
    out += text.substr(0, ascii);
    text.remove_prefix(ascii);
    if (text.empty()) break;
    const std::size_t count = utf8_sequence_bytes(text);
    if (count == 0) {
      out += kReplacement;
      text.remove_prefix(1);
    } else {
      out += text.substr(0, count);
      text.remove_prefix(count);
    }
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain_json(static_cast<unsigned char>(text[plain]))) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text[0]);
    const std::size_t count = utf8_sequence_bytes(text);
    if (c < 0x80) {
      append_json_escape(out, c);
    } else {
      out += count == 0 ? kReplacement : text.substr(0, count);
    }
    text.remove_prefix(count == 0 ? 1 : count);
  }
  out += '"';
}

}  // namespace skerry::telemetry
