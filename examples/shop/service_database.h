// SPDX-License-Identifier: Apache-2.0
//
// How the services open their databases, and fill them from the data files on their first start.
//
//   database_ = co_await open_database(path, {{1, "accounts and payments", kSchema}});
//   co_await fill_table<AccountRow>(*database_, "accounts", data_folder() / "accounts.jsonl");
#pragma once

#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/seed.h"

#include "skerry/sql/database.h"

namespace shop {

/// Opens the file and makes the tables that are missing.
skerry::Task<std::unique_ptr<skerry::sql::Database>> open_database(std::filesystem::path file,
                                                                   std::vector<skerry::sql::Migration> steps);

namespace internal {
/// "insert into accounts (user_id, balance_cents) values (?, ?)"
std::string insert_statement(const std::string& table, const std::vector<std::string>& columns);

template <class Row>
using Fields = boost::describe::describe_members<Row, boost::describe::mod_public>;

template <class Row>
std::vector<std::string> column_names() {
  std::vector<std::string> names;
  boost::mp11::mp_for_each<Fields<Row>>([&](auto field) { names.emplace_back(field.name); });
  return names;
}

template <class Row>
std::vector<skerry::sql::Value> column_values(const Row& row) {
  std::vector<skerry::sql::Value> values;
  boost::mp11::mp_for_each<Fields<Row>>([&](auto field) {
    for (skerry::sql::Value& value : skerry::sql::values(row.*field.pointer)) values.push_back(std::move(value));
  });
  return values;
}
}  // namespace internal

/// Fills the table, whose columns are the fields of Row, with the lines of the file, when no process has filled it
/// before. Errors: those of read_json_lines and of the database.
template <class Row>
skerry::Task<> fill_table(skerry::sql::Database& database, std::string table, std::filesystem::path file) {
  co_await database.fill_once(table, [table, file](skerry::sql::Transaction& transaction) -> skerry::Task<> {
    std::vector<std::vector<skerry::sql::Value>> lists;
    for (const Row& row : co_await read_json_lines<Row>(file)) lists.push_back(internal::column_values(row));
    co_await transaction.execute_each(internal::insert_statement(table, internal::column_names<Row>()),
                                      std::move(lists));
  });
}

}  // namespace shop
