// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/user/user_store.h"

#include <utility>
#include <vector>

#include "examples/shop/seed.h"

namespace shop {

using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Transaction;
using skerry::sql::Value;
using skerry::sql::values;

Task<> UserStore::open(std::filesystem::path database, std::filesystem::path seed) {
  database_ = co_await Database::open({.path = database.string()});
  co_await database_->migrate({{1, "users", R"(
      create table users (
        user_id text primary key,
        name    text not null,
        age     integer not null check (age >= 0)
      ) strict, without rowid)"},
                               {2, "versions", "alter table users add column version integer not null default 1"}});
  co_await database_->fill_once("users", [seed](Transaction& transaction) -> Task<> {
    std::vector<std::vector<Value>> rows;
    for (User& user : co_await read_json_lines<User>(seed)) {
      rows.push_back(values(std::move(user.user_id), std::move(user.name), user.age));
    }
    co_await transaction.execute_each("insert into users (user_id, name, age) values (?, ?, ?)", std::move(rows));
  });
}

Task<std::optional<User>> UserStore::find(std::string user_id) {
  co_return co_await database_->one<User>("select user_id, name, age from users where user_id = ?", user_id);
}

}  // namespace shop
