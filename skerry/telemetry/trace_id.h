// SPDX-License-Identifier: Apache-2.0
//
// TraceId and SpanId: the two ids of W3C Trace Context. A trace id names everything that one request caused, a span id
// one operation in it. Both are plain values; the one with all bits zero means "none" and is refused on the wire.
//
//   TraceId id = TraceId::generate();
//   id.to_hex();                                  // "4bf92f3577b34da6a3ce929d0e0e4736"
//   std::optional<TraceId> same = TraceId::from_hex(id.to_hex());
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace skerry::telemetry {

namespace internal {
/// Reads exactly `count` bytes from 2 * count lower-case hexadecimal digits; false for anything else.
bool read_lower_hex(std::string_view text, std::uint8_t* bytes, std::size_t count);
/// Writes 2 * count lower-case hexadecimal digits.
void write_lower_hex(const std::uint8_t* bytes, std::size_t count, char* text);
void fill_with_random(std::uint8_t* bytes, std::size_t count);
}  // namespace internal

/// An id of kSize bytes, in the order in which they are written.
template <std::size_t kSize, class Tag>
class IdBytes {
 public:
  static constexpr std::size_t kBytes = kSize;
  static constexpr std::size_t kHexDigits = 2 * kSize;

  /// The id with all bits zero: "none".
  constexpr IdBytes() = default;
  constexpr explicit IdBytes(const std::array<std::uint8_t, kSize>& bytes) : bytes_(bytes) {}

  /// A random id that is not zero.
  static IdBytes generate() {
    IdBytes id;
    while (!id.valid()) internal::fill_with_random(id.bytes_.data(), kSize);
    return id;
  }

  /// The id written as lower-case hexadecimal digits, as W3C Trace Context demands; nullopt for another length, another
  /// character, or all zeros.
  static std::optional<IdBytes> from_hex(std::string_view text) {
    IdBytes id;
    if (!internal::read_lower_hex(text, id.bytes_.data(), kSize) || !id.valid()) return std::nullopt;
    return id;
  }

  /// The id in these bytes, as OTLP carries it; nullopt for another length or all zeros.
  static std::optional<IdBytes> from_bytes(std::string_view bytes) {
    IdBytes id;
    if (bytes.size() != kSize) return std::nullopt;
    std::ranges::copy(bytes, id.bytes_.begin());
    if (!id.valid()) return std::nullopt;
    return id;
  }

  bool valid() const {
    for (const std::uint8_t byte : bytes_) {
      if (byte != 0) return true;
    }
    return false;
  }

  std::string to_hex() const {
    std::string text(kHexDigits, '0');
    write_hex(text.data());
    return text;
  }
  /// Writes kHexDigits characters at `text`, without a terminating zero.
  void write_hex(char* text) const { internal::write_lower_hex(bytes_.data(), kSize, text); }

  /// The raw bytes. Valid as long as this id.
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), kSize}; }
  /// The last eight bytes as a number: good enough as a hash, since ids are random.
  std::uint64_t low_bits() const {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes_.data() + kSize - sizeof bits, sizeof bits);
    return bits;
  }

  friend constexpr bool operator==(const IdBytes&, const IdBytes&) = default;
  friend constexpr auto operator<=>(const IdBytes&, const IdBytes&) = default;

 private:
  std::array<std::uint8_t, kSize> bytes_{};
};

using TraceId = IdBytes<16, struct TraceIdTag>;
using SpanId = IdBytes<8, struct SpanIdTag>;

}  // namespace skerry::telemetry

template <std::size_t kSize, class Tag>
struct std::hash<skerry::telemetry::IdBytes<kSize, Tag>> {
  std::size_t operator()(const skerry::telemetry::IdBytes<kSize, Tag>& id) const { return id.low_bits(); }
};
