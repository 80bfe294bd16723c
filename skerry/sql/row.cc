// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/row.h"

#include <array>

namespace skerry::sql {
namespace internal {
namespace {

std::string_view kind_of(const Value& value) {
  constexpr std::array<std::string_view, 5> kKinds{"NULL", "an integer", "a real", "text", "bytes"};
  return kKinds[value.index()];
}

Error type_error(std::string_view expected, const Value& value) {
  return Error::internal("expected {}, found {}", expected, kind_of(value));
}

}  // namespace

Result<std::int64_t> value_as_integer(const Value& value, std::int64_t min, std::int64_t max) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return fail(type_error("an integer", value));
  if (*number < min || *number > max) return fail(Error::internal("{} is not from {} to {}", *number, min, max));
  return *number;
}

Result<double> value_as_real(const Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  return fail(type_error("a real", value));
}

Result<std::string> value_as_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return fail(type_error("text", value));
}

Result<Blob> value_as_blob(const Value& value) {
  if (const auto* blob = std::get_if<Blob>(&value)) return *blob;
  return fail(type_error("bytes", value));
}

Error in_column(std::string_view column, Error error) { return std::move(error).annotate(column); }

}  // namespace internal

const Value* Row::find(std::string_view column) const {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if ((*columns_)[i] == column) return &values_[i];
  }
  return nullptr;
}

}  // namespace skerry::sql
