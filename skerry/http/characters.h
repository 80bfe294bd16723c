// SPDX-License-Identifier: Apache-2.0
//
// The character classes of HTTP and URIs, one table look-up each. Internal to http/; everything that reads or writes a
// message decides by these and by nothing else, so that reader and writer agree on what is allowed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace skerry::http::internal {

enum CharacterClass : std::uint8_t {
  kTokenCharacter = 1,       ///< tchar, RFC 9110 section 5.6.2
  kFieldCharacter = 2,       ///< VCHAR, obs-text, SP, HTAB: what a field value may hold, RFC 9110 section 5.5
  kTargetCharacter = 4,      ///< what may stand in a request target, see `is_target_character`
  kUnreservedCharacter = 8,  ///< RFC 3986 section 2.3
  /// Names and IP literals with their port, RFC 3986 section 3.2, but without the sub-delimiters: no host has them, and
  /// "a,b" is two hosts to some.
  kHostCharacter = 16,
};

constexpr bool contains(std::string_view set, int character) {
  return set.find(static_cast<char>(character)) != std::string_view::npos;
}

constexpr std::array<std::uint8_t, 256> make_character_table() {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    std::uint8_t classes = 0;
    if (alphanumeric || (c != 0 && contains("!#$%&'*+-.^_`|~", c))) classes |= kTokenCharacter;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) classes |= kFieldCharacter;
    if (c > 0x20 && c < 0x7f && !contains("\"#<>\\", c)) classes |= kTargetCharacter;
    if (alphanumeric || (c != 0 && contains("-._~", c))) classes |= kUnreservedCharacter;
    if (alphanumeric || (c != 0 && contains("-._~%:[]", c))) classes |= kHostCharacter;
    table[static_cast<std::size_t>(c)] = classes;
  }
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kCharacterTable = make_character_table();

constexpr bool has_class(char character, CharacterClass wanted) {
  return (kCharacterTable[static_cast<unsigned char>(character)] & wanted) != 0;
}

/// Whether every character of `text` is of the class; true for empty text.
constexpr bool all_of_class(std::string_view text, CharacterClass wanted) {
  for (const char character : text) {
    if (!has_class(character, wanted)) return false;
  }
  return true;
}

/// A non-empty token (method, field name, coding name).
constexpr bool is_token(std::string_view text) { return !text.empty() && all_of_class(text, kTokenCharacter); }

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }

constexpr char to_lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

/// The same for eight characters at once.
constexpr std::uint64_t to_lower_word(std::uint64_t characters) {
  constexpr std::uint64_t kEach = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHighBits = 0x80 * kEach;
  // The sum of a byte below 0x80 and (0x80 - c) has its high bit set when the byte is c or more.
  const std::uint64_t low = characters & ~kHighBits;
  const std::uint64_t from_a = low + (0x80 - 'A') * kEach;
  const std::uint64_t past_z = low + (0x80 - ('Z' + 1)) * kEach;
  const std::uint64_t upper = from_a & ~past_z & ~characters & kHighBits;
  return characters | (upper >> 2);
}

/// Writes `text` in lower case to `to`, which does not overlap it.
inline void copy_lower(char* to, std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const auto copy_word = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kWord);
    word = to_lower_word(word);
    std::memcpy(to + at, &word, kWord);
  };
  if (text.size() < kWord) {
    for (std::size_t at = 0; at < text.size(); ++at) to[at] = to_lower(text[at]);
    return;
  }
  for (std::size_t at = 0; at + kWord < text.size(); at += kWord) copy_word(at);
  // The last word may repeat some of the one before it.
  copy_word(text.size() - kWord);
}

/// Comparison of ASCII text without regard to case.
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char character) {
  if (is_digit(character)) return character - '0';
  const char lower = to_lower(character);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// `text` without spaces and tabs at its ends (OWS, RFC 9110 section 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace skerry::http::internal
