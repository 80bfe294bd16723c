// SPDX-License-Identifier: Apache-2.0
//
// UserStore: the table of users, in the service's own database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace shop {

/// A user as stored, and as a line of users.jsonl.
struct User {
  std::string user_id;
  std::string name;
  std::int32_t age = 0;
  static constexpr std::array<std::string_view, 3> kRequiredFields{"user_id", "name", "age"};
};
BOOST_DESCRIBE_STRUCT(User, (), (user_id, name, age))

/// Any worker may call it once it is open.
class UserStore {
 public:
  /// Opens the database, makes its tables, and fills them from the file when nobody has filled them before.
  skerry::Task<> open(std::filesystem::path database, std::filesystem::path seed);

  /// Precondition: open.
  skerry::sql::Database& database() { return *database_; }

  /// The user with this id. Precondition: open.
  skerry::Task<std::optional<User>> find(std::string user_id);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
