// SPDX-License-Identifier: Apache-2.0
//
// JSON to and from described structs: request bodies, configuration, what is stored in the registry. One
// BOOST_DESCRIBE_STRUCT line per struct is all that is needed; a document that does not fit gets an error that names
// the place. A key that is missing keeps the default of the struct, unless the struct lists it as required.
//
//   struct Item {
//     std::string sku;
//     std::uint32_t quantity = 1;
//     static constexpr std::array<std::string_view, 1> kRequiredFields{"sku"};
//   };
//   BOOST_DESCRIBE_STRUCT(Item, (), (sku, quantity))
//
//   Result<Item> item = parse_json<Item>(R"({"sku":"pear","quantity":-1})");
//   // INVALID_ARGUMENT: quantity: expected an integer from 0 to 4294967295, got -1
//
// What maps to what:
//   bool                        true, false
//   integers                    a number without a fraction, in the range of the type (2.0 and 1e3 are integers)
//   double, float               a number that the type can hold
//   std::string                 a string
//   described enum              a string: the enumerator, kRoundRobin being "round_robin"
//   std::optional<T>            T; null and a missing key are nullopt, and nullopt is not written
//   std::vector<T>              an array
//   std::map, unordered_map     an object, where the key is std::string
//   described struct            an object; a trailing underscore of a member is not part of its key (namespace_)
//   boost::json::value          anything, as it is
//
// A struct may have `Result<> validate() const`, called once all its fields are read; `invalid_field` makes its errors.
// This header includes no more of Boost.JSON than its forward declarations; who handles a boost::json::value includes
// <boost/json/value.hpp>.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/base/json_mapping.h"
#include "skerry/base/result.h"

namespace skerry {

/// The longest text that `parse_json` reads, unless told otherwise.
inline constexpr std::size_t kMaxJsonBytes = std::size_t{8} << 20;
/// The deepest nesting of arrays and objects, unless told otherwise.
inline constexpr std::size_t kMaxJsonDepth = 32;

/// What happens to a key that the struct does not have.
enum class UnknownFields : std::uint8_t {
  kIgnore,   ///< Two versions run side by side: the newer one's field means nothing to the older one.
  kReject,   ///< INVALID_ARGUMENT, naming it.
  kCollect,  ///< Its path is appended to JsonOptions::unknown, for a log line.
};

struct JsonOptions {
  UnknownFields unknown_fields = UnknownFields::kIgnore;
  /// Where kCollect puts the paths; not null with kCollect, and outlives the call.
  std::vector<std::string>* unknown = nullptr;
  std::size_t bytes_max = kMaxJsonBytes;
  std::size_t depth_max = kMaxJsonDepth;
};

/// Reads one JSON document (RFC 8259, no extensions, UTF-8 only). An object that has the same key twice is refused,
/// because readers of such an object disagree on which value counts.
/// Errors: INVALID_ARGUMENT with line and column; RESOURCE_EXHAUSTED for a text that is longer than `bytes_max`.
Result<boost::json::value> parse_json_value(std::string_view text, const JsonOptions& options = {});

/// Maps a document to T.
/// Errors: INVALID_ARGUMENT whose message begins with the path of the field, which is also its detail "field":
/// `items[2].quantity: expected an integer, got "x"`.
template <class T>
Result<T> from_json(const boost::json::value& value, const JsonOptions& options = {}) {
  T out{};
  Result<> read = internal::read_json(internal::JsonPlace{value, options}, out);
  if (!read) return fail(std::move(read));
  return out;
}

/// `parse_json_value`, then `from_json`.
template <class T>
Result<T> parse_json(std::string_view text, const JsonOptions& options = {}) {
  T out{};
  Result<> read = internal::parse_and_read(
      text, options,
      [](const internal::JsonPlace& place, void* target) {
        return internal::read_json(place, *static_cast<T*>(target));
      },
      &out);
  if (!read) return fail(std::move(read));
  return out;
}

/// The document for a T. Fields come in the order of the struct's description. A number that JSON has no form for
/// (NaN, infinity) becomes null; strings are taken to be UTF-8. (The second parameter is not for callers: it makes the
/// result's type one that need not be complete until the function is called.)
template <class T, class Value = boost::json::value>
Value to_json_value(const T& source) {
  Value out;
  internal::write_json(source, out);
  return out;
}

/// The text for a T, on one line.
template <class T>
std::string to_json(const T& source) {
  return internal::write_to_text(
      [](const void* object, boost::json::value& out) { internal::write_json(*static_cast<const T*>(object), out); },
      &source);
}

/// The text for a document, on one line.
std::string json_text(const boost::json::value& value);

/// Lays `layer` over `target`: objects are merged key by key at every depth, and everything else, null and arrays
/// included, replaces what was there. Keys that only `target` has stay.
void merge_json(boost::json::value& target, const boost::json::value& layer);

/// The error for a field whose value is of the right type and yet not acceptable, for `validate`:
/// `return fail(invalid_field("max_items", "expected 1 to 1000"))`. The mapping puts the path of the struct before it.
Error invalid_field(std::string_view field, std::string_view problem);

}  // namespace skerry
