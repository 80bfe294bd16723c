// SPDX-License-Identifier: Apache-2.0
//
// Attributes: the names and values on spans and log records. A Field refers to what the caller holds and is what the
// functions take, so that nothing is copied when nothing is recorded; an Attribute owns its text and is what is kept.
//
//   span.set("order_id", id);
//   log::info("order stored", {{"order_id", id}, {"total_cents", total}});
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace skerry::telemetry {

/// A value that refers to the caller's text: valid within the expression in which it is made.
class FieldValue {
 public:
  using Variant = std::variant<bool, std::int64_t, double, std::string_view>;

  template <class T>
    requires std::same_as<T, bool>
  FieldValue(T value) : value_(value) {}
  /// A number past the range of int64 becomes its end: OTLP has no unsigned numbers.
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  FieldValue(T value) : value_(clamp(value)) {}
  FieldValue(std::floating_point auto value) : value_(static_cast<double>(value)) {}
  template <class T>
    requires std::convertible_to<const T&, std::string_view> && (!std::is_arithmetic_v<T>)
  FieldValue(const T& text) : value_(std::string_view(text)) {}

  const Variant& variant() const { return value_; }

 private:
  template <class T>
  static std::int64_t clamp(T value) {
    if (std::cmp_greater(value, std::numeric_limits<std::int64_t>::max())) {
      return std::numeric_limits<std::int64_t>::max();
    }
    return static_cast<std::int64_t>(value);
  }

  Variant value_;
};

struct Field {
  std::string_view key;
  FieldValue value;
};

/// A value that owns its text.
using AttributeValue = std::variant<bool, std::int64_t, double, std::string>;

struct Attribute {
  std::string key;
  AttributeValue value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// What is kept of one text; the rest is cut off (at a character's boundary).
inline constexpr std::size_t kMaxAttributeBytes = 4096;

/// The owning copy of a field, its text cut to kMaxAttributeBytes and made valid UTF-8.
Attribute to_attribute(const Field& field);
AttributeValue to_attribute_value(const FieldValue& value);

/// `text` cut to at most `limit` bytes at a character's boundary, as valid UTF-8 of at most 3 * limit bytes.
std::string bounded_text(std::string_view text, std::size_t limit);

/// An estimate of what the attribute takes in memory.
std::size_t memory_bytes(const Attribute& attribute);

}  // namespace skerry::telemetry
