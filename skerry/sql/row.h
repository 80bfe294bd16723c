// SPDX-License-Identifier: Apache-2.0
//
// Row: one line of an answer, and its mapping to C++ types. Asking for a struct is the usual way: its fields are found
// by the names of the columns.
//
//   struct User { std::string name; int age = 0; };
//   BOOST_DESCRIBE_STRUCT(User, (), (name, age))
//   auto user = co_await db.one<User>("select name, age from users where id = ?", id);     // std::optional<User>
//   auto count = co_await db.one<std::int64_t>("select count(*) from users");
#pragma once

#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/sql/value.h"

namespace skerry::sql {

class Row;

namespace internal {

using Columns = std::shared_ptr<const std::vector<std::string>>;

// The conversions fail with INTERNAL: that a column does not have the type that the program expects is a fault of the
// program or of its data, and not of whoever called it.
Result<std::int64_t> value_as_integer(const Value& value, std::int64_t min, std::int64_t max);
Result<double> value_as_real(const Value& value);
Result<std::string> value_as_text(const Value& value);
Result<Blob> value_as_blob(const Value& value);
Error in_column(std::string_view column, Error error);

template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
concept RowStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
Result<T> value_as(const Value& value) {
  if constexpr (kIsOptional<T>) {
    if (std::holds_alternative<std::monostate>(value)) return T();
    auto inner = value_as<typename T::value_type>(value);
    if (!inner) return fail(std::move(inner));
    return T(*std::move(inner));
  } else if constexpr (std::same_as<T, Value>) {
    return value;
  } else if constexpr (std::same_as<T, bool>) {
    auto number = value_as_integer(value, 0, 1);
    if (!number) return fail(std::move(number));
    return *number != 0;
  } else if constexpr (BindableInteger<T>) {
    auto number = value_as_integer(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    if (!number) return fail(std::move(number));
    return static_cast<T>(*number);
  } else if constexpr (std::same_as<T, double>) {
    return value_as_real(value);
  } else if constexpr (std::same_as<T, std::string>) {
    return value_as_text(value);
  } else {
    static_assert(std::same_as<T, Blob>,
                  "no column has this type; is the struct's BOOST_DESCRIBE_STRUCT line missing?");
    return value_as_blob(value);
  }
}

}  // namespace internal

class Row {
 public:
  Row(internal::Columns columns, std::vector<Value> values)
      : columns_(std::move(columns)), values_(std::move(values)) {}

  const std::vector<std::string>& columns() const { return *columns_; }
  const std::vector<Value>& values() const { return values_; }

  /// The column of this name as a T: a signed integer or one below 64 bits, bool, double, std::string, Blob, Value, or
  /// std::optional of these for a column that may be NULL. Errors: INTERNAL for an unknown column or another type.
  template <class T>
  Result<T> get(std::string_view column) const {
    const Value* value = find(column);
    if (value == nullptr) return fail(Error::internal("the answer has no column \"{}\"", column));
    auto converted = internal::value_as<T>(*value);
    if (!converted) return fail(internal::in_column(column, std::move(converted).error()));
    return converted;
  }

  /// The whole row as a T: a described struct, each field by the column of its name (columns that the struct does not
  /// have are ignored), or a single value from a row of one column. Errors: as get.
  template <class T>
  Result<T> as() const {
    if constexpr (std::same_as<T, Row>) {
      return *this;
    } else if constexpr (internal::RowStruct<T>) {
      return as_struct<T>();
    } else {
      if (values_.size() != 1) return fail(Error::internal("{} columns where one is expected", values_.size()));
      return get<T>(columns_->front());
    }
  }

 private:
  const Value* find(std::string_view column) const;

  template <class T>
  Result<T> as_struct() const {
    using Members = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;
    T out{};
    Result<> result;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      if (!result) return;
      auto field = get<std::remove_reference_t<decltype(out.*member.pointer)>>(member.name);
      if (field) {
        out.*member.pointer = *std::move(field);
      } else {
        result = fail(std::move(field));
      }
    });
    if (!result) return fail(std::move(result));
    return out;
  }

  internal::Columns columns_;
  std::vector<Value> values_;
};

/// Each row as a T; the first that does not fit fails them all.
template <class T>
Result<std::vector<T>> rows_as(std::vector<Row>&& rows) {
  if constexpr (std::same_as<T, Row>) {
    return std::move(rows);
  } else {
    std::vector<T> mapped;
    mapped.reserve(rows.size());
    for (const Row& row : rows) {
      auto one = row.as<T>();
      if (!one) return fail(std::move(one));
      mapped.push_back(*std::move(one));
    }
    return mapped;
  }
}

}  // namespace skerry::sql
