// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/service_database.h"

#include <fmt/ranges.h>

namespace shop {

using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Migration;

Task<std::unique_ptr<Database>> open_database(std::filesystem::path file, std::vector<Migration> steps) {
  std::unique_ptr<Database> database = co_await Database::open({.path = file.string()});
  co_await database->migrate(std::move(steps));
  co_return std::move(database);
}

namespace internal {

std::string insert_statement(const std::string& table, const std::vector<std::string>& columns) {
  const std::vector<std::string> places(columns.size(), "?");
  return fmt::format("insert into {} ({}) values ({})", table, fmt::join(columns, ", "), fmt::join(places, ", "));
}

}  // namespace internal

}  // namespace shop
