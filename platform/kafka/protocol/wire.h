// SPDX-License-Identifier: Apache-2.0
//
// Reader and Writer: the primitive types of the Kafka protocol in bytes. Integers are big endian; varints are those of
// protobuf, zigzag where they are signed. The one thing to know: a Reader that met something wrong stays failed and
// gives zeros and empty views from then on, so that a decoder reads straight through and asks once at the end.
//
//   Reader reader(frame);
//   const auto key = reader.integer<std::int16_t>();
//   const std::string_view name = reader.bytes(reader.integer<std::int16_t>());
//   co_await reader.finish();                                    // everything was there, and nothing else
//
// No length from outside is trusted: views are checked against what is left, and nothing is allocated here.
//
// https://kafka.apache.org/protocol#protocol_types
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "skerry/base/result.h"

namespace skerry::platform::kafka::protocol {

class Reader {
 public:
  /// The bytes outlive the reader and the views that it gives.
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <std::signed_integral T>
  T integer() {
    if (rest_.size() < sizeof(T)) {
      fail("it ends within a number");
      return 0;
    }
    std::make_unsigned_t<T> value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<decltype(value)>(value << 8 | static_cast<unsigned char>(rest_[i]));
    rest_.remove_prefix(sizeof(T));
    return static_cast<T>(value);
  }
  std::uint32_t unsigned_varint() { return static_cast<std::uint32_t>(varint_of(32)); }
  std::int32_t varint() { return static_cast<std::int32_t>(unzigzag(varint_of(32))); }
  std::int64_t varlong() { return static_cast<std::int64_t>(unzigzag(varint_of(64))); }

  /// The next `count` bytes. Fails for a negative count and for more than is left.
  std::string_view bytes(std::int64_t count);

  /// The fields that no version of the message here knows: number of fields, then tag, size and bytes of each
  /// (KIP-482).
  void skip_tagged_fields();

  /// Only the first reason is kept.
  void fail(std::string_view reason);
  bool failed() const { return reason_.data() != nullptr; }
  std::size_t remaining() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }

  /// The first failure, or one if there is something left: INVALID_ARGUMENT with the reason.
  Result<> finish() const;
  /// The first failure. What is left may be read further.
  Result<> status() const;

 private:
  std::uint64_t varint_of(unsigned bits) {
    // Nearly all in a record have one byte, and a batch has thousands.
    if (rest_.empty() || static_cast<unsigned char>(rest_.front()) >= 0x80) return long_varint_of(bits);
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t long_varint_of(unsigned bits);
  static std::uint64_t unzigzag(std::uint64_t value) { return value >> 1 ^ (~(value & 1) + 1); }

  std::string_view rest_;
  std::string_view reason_;  // null: nothing failed
};

class Writer {
 public:
  /// Appends to `out`, which outlives the writer.
  explicit Writer(std::string& out) : out_(out) {}

  template <std::signed_integral T>
  void integer(T value) {
    for (std::size_t i = sizeof(T); i-- > 0;)
      out_.push_back(static_cast<char>(static_cast<std::make_unsigned_t<T>>(value) >> (8 * i) & 0xff));
  }
  void unsigned_varint(std::uint32_t value) { varint_of(value); }
  void varint(std::int32_t value) { varint_of(static_cast<std::uint32_t>(value) << 1 ^ (value < 0 ? ~0U : 0U)); }
  void varlong(std::int64_t value) {
    varint_of(static_cast<std::uint64_t>(value) << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  void bytes(std::string_view value) { out_.append(value); }

  std::string& out() { return out_; }

 private:
  void varint_of(std::uint64_t value);
  std::string& out_;
};

}  // namespace skerry::platform::kafka::protocol
