// SPDX-License-Identifier: Apache-2.0
//
// The templates behind skerry/base/json.h, which is the header to include. Everything here that does not depend on the
// mapped type is in json_mapping.cc, so that a mapped struct costs its users little compile time.
#pragma once

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/json/fwd.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "skerry/base/result.h"

namespace skerry {
struct JsonOptions;
}

namespace skerry::internal {

/// A value together with its way from the root, which lives on the stack of the readers and becomes text only when
/// there is an error to tell.
struct JsonPlace {
  const boost::json::value& value;
  const JsonOptions& options;
  const JsonPlace* parent = nullptr;
  std::string_view key;   // in an object
  std::size_t index = 0;  // in an array
  bool in_array = false;
  std::size_t depth = 0;

  JsonPlace member(std::string_view name, const boost::json::value& at) const {
    return {.value = at, .options = options, .parent = this, .key = name, .depth = depth + 1};
  }
  JsonPlace element(std::size_t position, const boost::json::value& at) const {
    return {.value = at, .options = options, .parent = this, .index = position, .in_array = true, .depth = depth + 1};
  }
};

struct JsonMember {
  std::string_view key;
  const boost::json::value* value;
};

// Readers of what does not depend on the mapped type. They fail with the place's path and what was found there.
Result<bool> read_bool(const JsonPlace& place);
Result<std::int64_t> read_signed(const JsonPlace& place, std::int64_t min, std::int64_t max);
Result<std::uint64_t> read_unsigned(const JsonPlace& place, std::uint64_t max);
Result<double> read_double(const JsonPlace& place, double max);
Result<std::string> read_string(const JsonPlace& place);
Result<std::size_t> read_enumerator(const JsonPlace& place, std::span<const char* const> names);
Result<std::size_t> read_array_size(const JsonPlace& place);
Result<std::size_t> read_object_size(const JsonPlace& place);
bool is_null(const boost::json::value& value);
const boost::json::value& element_at(const boost::json::value& array, std::size_t index);
JsonMember member_at(const boost::json::value& object, std::size_t index);
const boost::json::value* find_member(const boost::json::value& object, std::string_view key);
void copy_value(const boost::json::value& from, boost::json::value& to);

Error missing_field(const JsonPlace& place, std::string_view key);
Result<> handle_unknown_fields(const JsonPlace& place, std::span<const std::string_view> known);
/// The error of a struct's `validate`, with the struct's place before the field that it names.
Error at_place(const JsonPlace& place, Error error);

using JsonReadFunction = Result<> (*)(const JsonPlace&, void*);
Result<> parse_and_read(std::string_view text, const JsonOptions& options, JsonReadFunction read, void* target);

// Writers.
void write_null(boost::json::value& out);
void write_bool(boost::json::value& out, bool value);
void write_signed(boost::json::value& out, std::int64_t value);
void write_unsigned(boost::json::value& out, std::uint64_t value);
void write_double(boost::json::value& out, double value);
void write_string(boost::json::value& out, std::string_view value);
void write_enumerator(boost::json::value& out, const char* name);
void begin_array(boost::json::value& out, std::size_t size);
void begin_object(boost::json::value& out);
/// The references are good until the next element or member is added.
boost::json::value& add_element(boost::json::value& array);
boost::json::value& add_member(boost::json::value& object, std::string_view key);

using JsonWriteFunction = void (*)(const void*, boost::json::value&);
std::string write_to_text(JsonWriteFunction write, const void* object);

template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t>;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsVector = false;
template <class T, class A>
constexpr bool kIsVector<std::vector<T, A>> = true;
template <class T>
constexpr bool kIsStringMap = false;
template <class T, class C, class A>
constexpr bool kIsStringMap<std::map<std::string, T, C, A>> = true;
template <class T, class H, class E, class A>
constexpr bool kIsStringMap<std::unordered_map<std::string, T, H, E, A>> = true;
template <class T>
constexpr bool kIsUnmapped = false;

template <class T>
using JsonMembers = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

constexpr std::string_view json_key(std::string_view member) {
  if (member.ends_with('_')) member.remove_suffix(1);
  return member;
}

template <class T>
constexpr auto json_keys() {
  return []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<std::string_view, sizeof...(D)>{json_key(D::name)...};
  }(boost::mp11::mp_rename<JsonMembers<T>, boost::mp11::mp_list>{});
}

template <class T>
constexpr bool is_required(std::string_view key) {
  if constexpr (requires { T::kRequiredFields; }) {
    for (const std::string_view required : T::kRequiredFields) {
      if (required == key) return true;
    }
  }
  return false;
}

/// Whether each required field is a field: a misspelt name would otherwise make nothing required.
template <class T>
consteval bool required_fields_exist() {
  if constexpr (requires { T::kRequiredFields; }) {
    for (const std::string_view required : T::kRequiredFields) {
      bool found = false;
      for (const std::string_view key : json_keys<T>()) found = found || key == required;
      if (!found) return false;
    }
  }
  return true;
}

template <class E>
constexpr auto enumerator_names() {
  return []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<const char*, sizeof...(D)>{D::name...};
  }(boost::mp11::mp_rename<boost::describe::describe_enumerators<E>, boost::mp11::mp_list>{});
}
template <class E>
constexpr auto enumerator_values() {
  return []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<E, sizeof...(D)>{D::value...};
  }(boost::mp11::mp_rename<boost::describe::describe_enumerators<E>, boost::mp11::mp_list>{});
}

template <class T>
Result<> read_json(const JsonPlace& place, T& out);

/// Moves a leaf's value into the field.
template <class T, class V>
Result<> store(Result<V>&& value, T& out) {
  if (!value) return fail(std::move(value));
  out = static_cast<T>(*std::move(value));
  return {};
}

template <class T>
Result<> read_integer(const JsonPlace& place, T& out) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_signed_v<T>) {
    return store(read_signed(place, Limits::min(), Limits::max()), out);
  } else {
    return store(read_unsigned(place, Limits::max()), out);
  }
}

template <class T>
Result<> read_vector(const JsonPlace& place, T& out) {
  auto size = read_array_size(place);
  if (!size) return fail(std::move(size));
  out.clear();
  out.reserve(*size);
  for (std::size_t i = 0; i < *size; ++i) {
    typename T::value_type element{};
    Result<> read = read_json(place.element(i, element_at(place.value, i)), element);
    if (!read) return read;
    out.push_back(std::move(element));
  }
  return {};
}

template <class T>
Result<> read_map(const JsonPlace& place, T& out) {
  auto size = read_object_size(place);
  if (!size) return fail(std::move(size));
  out.clear();
  for (std::size_t i = 0; i < *size; ++i) {
    const JsonMember member = member_at(place.value, i);
    typename T::mapped_type element{};
    Result<> read = read_json(place.member(member.key, *member.value), element);
    if (!read) return read;
    out.insert_or_assign(std::string(member.key), std::move(element));
  }
  return {};
}

template <class T>
Result<> read_struct(const JsonPlace& place, T& out) {
  static_assert(required_fields_exist<T>(),
                "kRequiredFields names a field that the struct's description does not have");
  auto size = read_object_size(place);
  if (!size) return fail(std::move(size));
  Result<> result;
  std::size_t known_count = 0;
  boost::mp11::mp_for_each<JsonMembers<T>>([&](auto descriptor) {
    if (!result) return;
    constexpr std::string_view key = json_key(decltype(descriptor)::name);
    if (const boost::json::value* value = find_member(place.value, key)) {
      ++known_count;
      result = read_json(place.member(key, *value), out.*descriptor.pointer);
    } else if constexpr (is_required<T>(key)) {
      result = fail(missing_field(place, key));
    }
  });
  if (result && known_count < *size) result = handle_unknown_fields(place, json_keys<T>());
  if constexpr (requires { out.validate(); }) {
    if (result)
      result = std::as_const(out).validate();
    else
      return result;
    if (!result) result = fail(at_place(place, std::move(result).error()));
  }
  return result;
}

template <class T>
Result<> read_json(const JsonPlace& place, T& out) {
  if constexpr (std::same_as<T, boost::json::value>) {
    copy_value(place.value, out);
    return {};
  } else if constexpr (std::same_as<T, bool>) {
    return store(read_bool(place), out);
  } else if constexpr (JsonInteger<T>) {
    return read_integer(place, out);
  } else if constexpr (std::same_as<T, double> || std::same_as<T, float>) {
    return store(read_double(place, std::numeric_limits<T>::max()), out);
  } else if constexpr (std::same_as<T, std::string>) {
    return store(read_string(place), out);
  } else if constexpr (DescribedEnum<T>) {
    static constexpr auto kNames = enumerator_names<T>();
    static constexpr auto kValues = enumerator_values<T>();
    auto index = read_enumerator(place, kNames);
    if (!index) return fail(std::move(index));
    out = kValues[*index];
    return {};
  } else if constexpr (kIsOptional<T>) {
    if (is_null(place.value)) {
      out.reset();
      return {};
    }
    return read_json(place, out.emplace());
  } else if constexpr (kIsVector<T>) {
    return read_vector(place, out);
  } else if constexpr (kIsStringMap<T>) {
    return read_map(place, out);
  } else if constexpr (DescribedStruct<T>) {
    return read_struct(place, out);
  } else {
    static_assert(kIsUnmapped<T>, "no JSON mapping for this type: is its BOOST_DESCRIBE_STRUCT line missing?");
  }
}

template <class T>
void write_json(const T& source, boost::json::value& out);

template <class T>
void write_struct(const T& source, boost::json::value& out) {
  begin_object(out);
  boost::mp11::mp_for_each<JsonMembers<T>>([&](auto descriptor) {
    const auto& field = source.*descriptor.pointer;
    if constexpr (kIsOptional<std::remove_cvref_t<decltype(field)>>) {
      if (!field) return;
    }
    write_json(field, add_member(out, json_key(decltype(descriptor)::name)));
  });
}

template <class T>
void write_enum(const T& source, boost::json::value& out) {
  static constexpr auto kNames = enumerator_names<T>();
  static constexpr auto kValues = enumerator_values<T>();
  for (std::size_t i = 0; i < kValues.size(); ++i) {
    if (kValues[i] == source) return write_enumerator(out, kNames[i]);
  }
  write_signed(out, static_cast<std::int64_t>(source));
}

template <class T>
void write_json(const T& source, boost::json::value& out) {
  if constexpr (std::same_as<T, boost::json::value>) {
    copy_value(source, out);
  } else if constexpr (std::same_as<T, bool>) {
    write_bool(out, source);
  } else if constexpr (JsonInteger<T>) {
    if constexpr (std::is_signed_v<T>) {
      write_signed(out, source);
    } else {
      write_unsigned(out, source);
    }
  } else if constexpr (std::same_as<T, double> || std::same_as<T, float>) {
    write_double(out, source);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    write_string(out, source);
  } else if constexpr (DescribedEnum<T>) {
    write_enum(source, out);
  } else if constexpr (kIsOptional<T>) {
    source ? write_json(*source, out) : write_null(out);
  } else if constexpr (kIsVector<T>) {
    begin_array(out, source.size());
    for (const auto& element : source) write_json<typename T::value_type>(element, add_element(out));
  } else if constexpr (kIsStringMap<T>) {
    begin_object(out);
    for (const auto& [key, element] : source) write_json(element, add_member(out, key));
  } else if constexpr (DescribedStruct<T>) {
    write_struct(source, out);
  } else {
    static_assert(kIsUnmapped<T>, "no JSON mapping for this type: is its BOOST_DESCRIBE_STRUCT line missing?");
  }
}

}  // namespace skerry::internal
