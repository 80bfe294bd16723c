// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/json_mapping.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

#include "skerry/base/check.h"
#include "skerry/base/json.h"

namespace skerry::internal {
namespace {

namespace json = boost::json;

// How much of a value that does not fit is shown in the error.
constexpr std::size_t kMaxShownBytes = 64;

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void append_path(const JsonPlace& place, std::string& path) {
  if (place.parent == nullptr) return;
  append_path(*place.parent, path);
  if (place.in_array) {
    path += fmt::format("[{}]", place.index);
  } else if (!is_plain_key(place.key)) {
    path += fmt::format("[{}]", json::serialize(json::string(place.key)));
  } else {
    if (!path.empty()) path += '.';
    path += place.key;
  }
}

std::string path_of(const JsonPlace& place) {
  std::string path;
  append_path(place, path);
  return path;
}

std::string shown(const json::value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (!value.is_string()) return json::serialize(value);
  std::string_view text = value.get_string();
  if (text.size() <= kMaxShownBytes) return json::serialize(value);
  std::size_t length = kMaxShownBytes;
  // A byte of the form 10xxxxxx continues a character, which is not to be cut in two.
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  return json::serialize(json::string(text.substr(0, length))) + "...";
}

Error field_error(const std::string& path, std::string_view problem) {
  if (path.empty()) return Error::invalid_argument("{}", problem);
  return Error::invalid_argument("{}: {}", path, problem).with_detail("field", path);
}

Error mismatch(const JsonPlace& place, std::string_view expected) {
  return field_error(path_of(place), fmt::format("expected {}, got {}", expected, shown(place.value)));
}

// The number as an integer where it is one: in the form 2 as well as in the forms 2.0 and 2e0.
template <class T>
std::optional<T> whole_number(const json::value& value) {
  json::error_code ec;
  const T number = value.to_number<T>(ec);
  if (ec) return std::nullopt;
  return number;
}

std::string snake_case(std::string_view name) {
  if (name.size() < 2 || name[0] != 'k' || name[1] < 'A' || name[1] > 'Z') return std::string(name);
  std::string snake;
  for (const char c : name.substr(1)) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !snake.empty()) snake += '_';
    snake += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return snake;
}

Result<> check_depth(const JsonPlace& place) {
  if (place.depth < place.options.depth_max) return {};
  return fail(field_error(path_of(place), fmt::format("nested deeper than {}", place.options.depth_max)));
}

}  // namespace

Result<bool> read_bool(const JsonPlace& place) {
  if (place.value.is_bool()) return place.value.get_bool();
  return fail(mismatch(place, "true or false"));
}

Result<std::int64_t> read_signed(const JsonPlace& place, std::int64_t min, std::int64_t max) {
  if (const auto number = whole_number<std::int64_t>(place.value); number && *number >= min && *number <= max) {
    return *number;
  }
  if (!place.value.is_number()) return fail(mismatch(place, "an integer"));
  return fail(mismatch(place, fmt::format("an integer from {} to {}", min, max)));
}

Result<std::uint64_t> read_unsigned(const JsonPlace& place, std::uint64_t max) {
  if (const auto number = whole_number<std::uint64_t>(place.value); number && *number <= max) return *number;
  if (!place.value.is_number()) return fail(mismatch(place, "an integer"));
  return fail(mismatch(place, fmt::format("an integer from 0 to {}", max)));
}

Result<double> read_double(const JsonPlace& place, double max) {
  if (!place.value.is_number()) return fail(mismatch(place, "a number"));
  const double number = place.value.to_number<double>();
  if (!(std::abs(number) <= max)) return fail(mismatch(place, fmt::format("a number from {} to {}", -max, max)));
  return number;
}

Result<std::string> read_string(const JsonPlace& place) {
  if (!place.value.is_string()) return fail(mismatch(place, "a string"));
  return std::string(place.value.get_string());
}

Result<std::size_t> read_enumerator(const JsonPlace& place, std::span<const char* const> names) {
  std::string expected;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = snake_case(names[i]);
    if (place.value.is_string() && place.value.get_string() == name) return i;
    expected += fmt::format("{}\"{}\"", i == 0 ? "one of " : ", ", name);
  }
  return fail(mismatch(place, expected));
}

Result<std::size_t> read_array_size(const JsonPlace& place) {
  if (Result<> depth = check_depth(place); !depth) return fail(std::move(depth));
  if (!place.value.is_array()) return fail(mismatch(place, "an array"));
  return place.value.get_array().size();
}

Result<std::size_t> read_object_size(const JsonPlace& place) {
  if (Result<> depth = check_depth(place); !depth) return fail(std::move(depth));
  if (!place.value.is_object()) return fail(mismatch(place, "an object"));
  return place.value.get_object().size();
}

bool is_null(const json::value& value) { return value.is_null(); }

const json::value& element_at(const json::value& array, std::size_t index) { return array.get_array()[index]; }

JsonMember member_at(const json::value& object, std::size_t index) {
  const json::key_value_pair& member = object.get_object().begin()[static_cast<std::ptrdiff_t>(index)];
  return {member.key(), &member.value()};
}

const json::value* find_member(const json::value& object, std::string_view key) {
  return object.get_object().if_contains(key);
}

void copy_value(const json::value& from, json::value& to) { to = from; }

Error missing_field(const JsonPlace& place, std::string_view key) {
  return field_error(path_of(place.member(key, place.value)), "this field is required");
}

Result<> handle_unknown_fields(const JsonPlace& place, std::span<const std::string_view> known) {
  if (place.options.unknown_fields == UnknownFields::kIgnore) return {};
  for (const auto& member : place.value.get_object()) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) != known.end()) continue;
    std::string path = path_of(place.member(member.key(), member.value()));
    if (place.options.unknown_fields == UnknownFields::kReject) return fail(field_error(path, "unknown field"));
    SKERRY_CHECK(place.options.unknown != nullptr, "kCollect without a place to collect in");
    place.options.unknown->push_back(std::move(path));
  }
  return {};
}

Error at_place(const JsonPlace& place, Error error) {
  const std::string path = path_of(place);
  if (path.empty()) return error;
  // invalid_field begins its message with the field, so that "items[2]" and "quantity: too many" join with a point.
  const std::string_view field = error.detail("field");
  const bool names_field = !field.empty() && error.message().starts_with(field);
  Error placed(error.code(), fmt::format("{}{}{}", path, names_field ? "." : ": ", error.message()));
  placed = std::move(placed).with_detail("field", names_field ? fmt::format("{}.{}", path, field) : path);
  for (const auto& [name, value] : error.details()) {
    if (name != "field") placed = std::move(placed).with_detail(name, value);
  }
  return placed;
}

void write_null(json::value& out) { out = nullptr; }
void write_bool(json::value& out, bool value) { out = value; }
void write_signed(json::value& out, std::int64_t value) { out = value; }
void write_unsigned(json::value& out, std::uint64_t value) { out = value; }
void write_double(json::value& out, double value) {
  if (std::isfinite(value)) {
    out = value;
  } else {
    out = nullptr;
  }
}
void write_string(json::value& out, std::string_view value) { out = value; }
void write_enumerator(json::value& out, const char* name) { out = snake_case(name); }

void begin_array(json::value& out, std::size_t size) { out.emplace_array().reserve(size); }
void begin_object(json::value& out) { out.emplace_object(); }

json::value& add_element(json::value& array) { return array.get_array().emplace_back(nullptr); }
json::value& add_member(json::value& object, std::string_view key) { return object.get_object()[key]; }

}  // namespace skerry::internal
