// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/wire.h"

namespace skerry::platform::kafka::protocol {

std::string_view Reader::bytes(std::int64_t count) {
  if (count < 0) {
    fail("a length is negative where none may be");
    return {};
  }
  if (static_cast<std::uint64_t>(count) > rest_.size()) {
    fail("a length is more than what follows");
    return {};
  }
  const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(taken.size());
  return taken;
}

void Reader::skip_tagged_fields() {
  for (std::uint32_t left = unsigned_varint(); left > 0 && !failed(); --left) {
    unsigned_varint();
    bytes(unsigned_varint());
  }
}

void Reader::fail(std::string_view reason) {
  if (!failed()) reason_ = reason;
  rest_ = {};
}

Result<> Reader::status() const {
  if (failed()) return skerry::fail(Error::invalid_argument("malformed message: {}", reason_));
  return {};
}

Result<> Reader::finish() const {
  if (!failed() && !rest_.empty())
    return skerry::fail(Error::invalid_argument("malformed message: {} bytes are left at its end", rest_.size()));
  return status();
}

std::uint64_t Reader::long_varint_of(unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    if (rest_.empty()) {
      fail("it ends within a number");
      return 0;
    }
    const auto next = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    // The last byte has fewer bits of the number than of itself.
    const unsigned room = bits - shift;
    if (room < 7 && (next & 0x7f) >> room != 0) break;
    value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if ((next & 0x80) == 0) return value;
  }
  fail("a number is too long");
  return 0;
}

void Writer::varint_of(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
  out_.push_back(static_cast<char>(value));
}

}  // namespace skerry::platform::kafka::protocol
