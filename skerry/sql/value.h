// SPDX-License-Identifier: Apache-2.0
//
// Value: what a column holds and what a `?` is bound to. Callers rarely name it: the calls of Database and Transaction
// take plain arguments and turn them into values.
//
//   co_await db.execute("insert into files values (?, ?, ?)", name, 12, Blob{bytes});
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace skerry::sql {

/// Bytes, as opposed to text.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

/// NULL, an integer, a real, text in UTF-8, or bytes: SQLite's storage classes
/// (https://www.sqlite.org/datatype3.html).
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

namespace internal {

/// Every value of such a type fits SQLite's integers; an unsigned type of 64 bits does not, and is refused.
template <class T>
concept BindableInteger = std::integral<T> && (std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t));

template <BindableInteger T>
Value to_value(T number) {
  return static_cast<std::int64_t>(number);
}
template <std::floating_point T>
Value to_value(T number) {
  return static_cast<double>(number);
}
inline Value to_value(std::string text) { return text; }
inline Value to_value(std::string_view text) { return std::string(text); }
inline Value to_value(const char* text) { return std::string(text); }
inline Value to_value(Blob blob) { return blob; }
inline Value to_value(std::nullptr_t) { return std::monostate(); }
inline Value to_value(std::nullopt_t) { return std::monostate(); }
inline Value to_value(Value value) { return value; }
template <class T>
Value to_value(std::optional<T> value) {
  if (!value) return std::monostate();
  return to_value(*std::move(value));
}

}  // namespace internal

/// The arguments as values, for calls that take a list of them.
template <class... Args>
std::vector<Value> values(Args&&... arguments) {
  std::vector<Value> list;
  list.reserve(sizeof...(Args));
  (list.push_back(internal::to_value(std::forward<Args>(arguments))), ...);
  return list;
}

}  // namespace skerry::sql
