// SPDX-License-Identifier: Apache-2.0
//
// Executor: what can run SQL: a Database, where every call is on its own, or a Transaction. Code that should work
// inside and outside of a transaction takes a `sql::Executor&`.
//
//   auto user = co_await db.one<User>("select name, age from users where id = ?", id);
//   auto skus = co_await db.query<std::string>("select sku from products order by sku limit ?", 20);
//   auto changed = co_await db.execute("update products set stock = stock - ? where sku = ?", 2, sku);
//
// A T is a described struct, a single value or Row (skerry/sql/row.h). Arguments are integers (not unsigned 64-bit
// ones), reals, bool, text, Blob, nullptr, or std::optional of these; they never become part of the SQL.
//
// Errors of all calls: ALREADY_EXISTS for a violated UNIQUE or primary key, FAILED_PRECONDITION for another constraint,
// UNAVAILABLE when another connection kept a lock for longer than DatabaseOptions::busy_limit, RESOURCE_EXHAUSTED for a
// full disk or an answer of too many rows, INTERNAL for SQL that is wrong. A statement that failed changed nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/sql/row.h"

namespace skerry::sql {

namespace internal {
struct Answer;
Task<std::vector<Row>> rows_of(Task<Answer> answer);
Task<std::int64_t> changes_of(Task<Answer> answer);
}  // namespace internal

class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  /// All rows of one statement. Outside of a transaction the statement may only read.
  template <class T = Row, class... Args>
  Task<std::vector<T>> query(std::string_view sql, Args... arguments) {
    return map_all<T>(internal::rows_of(read(std::string(sql), values(std::move(arguments)...))));
  }

  /// The row of a statement that has one or none; more are an INTERNAL error.
  template <class T = Row, class... Args>
  Task<std::optional<T>> one(std::string_view sql, Args... arguments) {
    return map_one<T>(internal::rows_of(read(std::string(sql), values(std::move(arguments)...))));
  }

  /// Runs a statement that writes and gives the number of rows that it inserted, updated or deleted. On a Database this
  /// is a transaction of its own: when it returns, the change is on disk.
  template <class... Args>
  Task<std::int64_t> execute(std::string_view sql, Args... arguments) {
    return internal::changes_of(write(std::string(sql), values(std::move(arguments)...)));
  }

 protected:
  virtual Task<internal::Answer> read(std::string sql, std::vector<Value> arguments) = 0;
  virtual Task<internal::Answer> write(std::string sql, std::vector<Value> arguments) = 0;

 private:
  template <class T>
  static Task<std::vector<T>> map_all(Task<std::vector<Row>> rows) {
    co_return co_await rows_as<T>(co_await std::move(rows));
  }
  template <class T>
  static Task<std::optional<T>> map_one(Task<std::vector<Row>> rows) {
    const std::vector<Row> found = co_await std::move(rows);
    if (found.empty()) co_return std::nullopt;
    if (found.size() > 1) co_return Error::internal("{} rows where one is expected", found.size());
    co_return co_await found.front().as<T>();
  }
};

}  // namespace skerry::sql
