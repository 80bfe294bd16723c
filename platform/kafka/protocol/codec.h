// SPDX-License-Identifier: Apache-2.0
//
// The codec of the messages: a message lists its fields once, in their order on the wire and with the versions that
// have them, and that list decodes and encodes it in every version.
//
//   struct HeartbeatRequest {
//     static constexpr ApiKey kKey = ApiKey::kHeartbeat;
//     std::string group_id;
//     std::optional<std::string> group_instance_id;
//     void fields(this auto& self, auto& visit) {
//       visit(self.group_id);
//       visit(self.group_instance_id, since(3));
//     }
//   };
//
//   HeartbeatRequest request = co_await decode<HeartbeatRequest>(bytes, version);
//   encode(HeartbeatResponse{.error_code = ErrorCode::kNone}, version, out);
//
// A field's type is its type on the wire: integers, bool, enumerations by their underlying type, Milliseconds, Uuid,
// std::string (a string), Bytes (byte arrays, and batches of records), std::vector (an array), structures with fields
// of their own; std::optional around a string, bytes or array where null is allowed. A field that the version lacks
// keeps its default when decoded and is left out when encoded. Unknown tagged fields are skipped; none are written.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "platform/kafka/protocol/api_key.h"
#include "platform/kafka/protocol/wire.h"

namespace skerry::platform::kafka::protocol {

/// Elements of all arrays of one message together. The frame's size bounds what a message carries; this bounds what an
/// element costs in memory beyond its bytes.
inline constexpr std::size_t kMaxElements = 200'000;

/// A time in an INT32 of milliseconds, as the protocol has it; and in an INT64.
using Milliseconds = std::chrono::duration<std::int32_t, std::milli>;
using LongMilliseconds = std::chrono::duration<std::int64_t, std::milli>;
using Uuid = std::array<char, 16>;

/// Bytes with a length of 32 bits, where a string's has 16.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// The versions of a message that have a field.
struct Versions {
  std::int16_t first = 0;
  std::int16_t last = std::numeric_limits<std::int16_t>::max();
  constexpr bool contain(std::int16_t version) const { return version >= first && version <= last; }
};
constexpr Versions since(std::int16_t first) { return {.first = first}; }
constexpr Versions until(std::int16_t last) { return {.last = last}; }
constexpr Versions between(std::int16_t first, std::int16_t last) { return {first, last}; }

namespace internal {

template <class T>
concept Numeric = std::is_integral_v<T> || std::is_enum_v<T>;

/// The integer that stands for a bool or an enumeration on the wire.
template <Numeric T>
struct WireInteger {
  using type = std::make_signed_t<T>;
};
template <>
struct WireInteger<bool> {
  using type = std::int8_t;
};

inline constexpr std::int32_t kNullLength = -1;

}  // namespace internal

/// Reads a message's fields; its failure is the reader's.
class Decoder {
 public:
  Decoder(Reader& reader, std::int16_t version, bool is_flexible)
      : reader_(reader), version_(version), is_flexible_(is_flexible) {}

  template <class T>
  void operator()(T& field, Versions versions = {}) {
    if (versions.contain(version_)) read(field);
  }

  template <class T>
  void structure(T& value) {
    value.fields(*this);
    if (is_flexible_) reader_.skip_tagged_fields();
  }

 private:
  template <internal::Numeric T>
  void read(T& field) {
    field = static_cast<T>(reader_.integer<typename internal::WireInteger<T>::type>());
  }
  template <class Rep>
  void read(std::chrono::duration<Rep, std::milli>& field) {
    field = std::chrono::duration<Rep, std::milli>(reader_.integer<Rep>());
  }
  void read(Uuid& field) {
    const std::string_view bytes = reader_.bytes(static_cast<std::int64_t>(field.size()));
    bytes.copy(field.data(), bytes.size());
  }
  void read(std::string& field) { field = reader_.bytes(length<std::int16_t>()); }
  void read(Bytes& field) { field.value = reader_.bytes(length<std::int32_t>()); }
  template <class T>
  void read(std::vector<T>& field) {
    read_elements(field, length<std::int32_t>());
  }
  template <class T>
  void read(T& field) {
    structure(field);
  }

  void read(std::optional<std::string>& field) {
    const std::int32_t size = length<std::int16_t>();
    if (size != internal::kNullLength) field = reader_.bytes(size);
  }
  void read(std::optional<Bytes>& field) {
    const std::int32_t size = length<std::int32_t>();
    if (size != internal::kNullLength) field = Bytes{std::string(reader_.bytes(size))};
  }
  template <class T>
  void read(std::optional<std::vector<T>>& field) {
    const std::int32_t size = length<std::int32_t>();
    if (size != internal::kNullLength) read_elements(field.emplace(), size);
  }

  // kNullLength for null. A compact length is one more than the length, so that 0 is null.
  template <class Classic>
  std::int32_t length() {
    if (!is_flexible_) return reader_.integer<Classic>();
    const std::uint32_t compact = reader_.unsigned_varint();
    if (compact > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
      reader_.fail("a length is more than what follows");
      return 0;
    }
    return static_cast<std::int32_t>(compact) - 1;
  }

  // Grows as elements are found: the number alone allocates nothing.
  template <class T>
  void read_elements(std::vector<T>& elements, std::int32_t count) {
    if (count < 0 || static_cast<std::size_t>(count) > reader_.remaining())
      reader_.fail("an array has more elements than there are bytes, or a negative number of them");
    for (std::int32_t i = 0; i < count && !reader_.failed(); ++i) {
      if (++elements_ > kMaxElements) return reader_.fail("its arrays have too many elements");
      read(elements.emplace_back());
    }
  }

  Reader& reader_;
  const std::int16_t version_;
  const bool is_flexible_;
  std::size_t elements_ = 0;
};

/// Appends a message's fields.
class Encoder {
 public:
  Encoder(Writer& writer, std::int16_t version, bool is_flexible)
      : writer_(writer), version_(version), is_flexible_(is_flexible) {}

  template <class T>
  void operator()(const T& field, Versions versions = {}) {
    if (versions.contain(version_)) write(field);
  }

  template <class T>
  void structure(const T& value) {
    value.fields(*this);
    if (is_flexible_) writer_.unsigned_varint(0);
  }

 private:
  template <internal::Numeric T>
  void write(const T& field) {
    writer_.integer(static_cast<typename internal::WireInteger<T>::type>(field));
  }
  template <class Rep>
  void write(const std::chrono::duration<Rep, std::milli>& field) {
    writer_.integer(field.count());
  }
  void write(const Uuid& field) { writer_.bytes({field.data(), field.size()}); }
  // A string of ours that is too long for the wire is a text for people: its beginning says enough.
  void write(const std::string& field) {
    const std::string_view text =
        std::string_view(field).substr(0, static_cast<std::size_t>(std::numeric_limits<std::int16_t>::max()));
    length<std::int16_t>(text.size());
    writer_.bytes(text);
  }
  void write(const Bytes& field) {
    length<std::int32_t>(field.value.size());
    writer_.bytes(field.value);
  }
  template <class T>
  void write(const std::vector<T>& field) {
    length<std::int32_t>(field.size());
    for (const T& element : field) write(element);
  }
  template <class T>
  void write(const T& field) {
    structure(field);
  }
  void write(const std::optional<std::string>& field) { write_optional<std::int16_t>(field); }
  template <class T>
  void write(const std::optional<T>& field) {
    write_optional<std::int32_t>(field);
  }

  template <class Classic, class T>
  void write_optional(const std::optional<T>& field) {
    if (field) return write(*field);
    if (is_flexible_) return writer_.unsigned_varint(0);
    writer_.integer(static_cast<Classic>(internal::kNullLength));
  }

  template <class Classic>
  void length(std::size_t size) {
    if (is_flexible_) return writer_.unsigned_varint(static_cast<std::uint32_t>(size + 1));
    writer_.integer(static_cast<Classic>(size));
  }

  Writer& writer_;
  const std::int16_t version_;
  const bool is_flexible_;
};

/// The body of a message in this version. Bytes behind its fields are ignored, as Kafka does: librdkafka 2.0 sends some
/// with an OffsetFetch for all topics. INVALID_ARGUMENT when it is malformed.
template <class Message>
Result<Message> decode(std::string_view bytes, std::int16_t version) {
  Reader reader(bytes);
  Message message;
  Decoder(reader, version, api_of(Message::kKey).is_flexible(version)).structure(message);
  if (Result<> good = reader.status(); !good) return fail(std::move(good));
  return message;
}

/// Appends the body of the message in this version to `out`.
template <class Message>
void encode(const Message& message, std::int16_t version, std::string& out) {
  Writer writer(out);
  Encoder(writer, version, api_of(Message::kKey).is_flexible(version)).structure(message);
}

}  // namespace skerry::platform::kafka::protocol
