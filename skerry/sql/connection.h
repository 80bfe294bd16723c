// SPDX-License-Identifier: Apache-2.0
//
// Connection: one SQLite connection, synchronous. Its calls block, so they are made on threads of the blocking pool, by
// one thread at a time. Internal to sql/; services see Database.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/sql/row.h"

struct sqlite3;
struct sqlite3_stmt;

namespace skerry::sql::internal {

/// Prepared statements that one connection keeps; the one used longest ago goes first.
inline constexpr std::size_t kMaxCachedStatements = 128;

struct ConnectionOptions {
  std::string path;
  bool read_only = false;
  /// How long a call waits for a lock that another connection, perhaps of another process, holds.
  std::chrono::milliseconds busy_limit{5'000};
  /// Rows that one answer may have.
  std::size_t max_rows = 100'000;
};

/// What one statement gave.
struct Answer {
  std::vector<Row> rows;
  /// Rows that an insert, update or delete touched.
  std::int64_t changes = 0;
};

class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Opens the file, making it unless read_only; sets WAL, synchronous=FULL, foreign keys on.
  static Result<std::unique_ptr<Connection>> open(ConnectionOptions options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement to its end. BEGIN, COMMIT, SAVEPOINT, ATTACH and their like are refused here.
  /// A statement of a read-only connection is stopped at the deadline.
  Result<Answer> run(std::string_view sql, std::span<const Value> parameters, Deadline deadline);
  /// Runs one statement once for each list; gives the sum of the changes.
  Result<std::int64_t> run_each(std::string_view sql, std::span<const std::vector<Value>> lists, Deadline deadline);
  /// Runs several statements, separated by semicolons, without parameters and answers.
  Result<> run_script(std::string_view sql, Deadline deadline);
  /// BEGIN, COMMIT, SAVEPOINT and their like.
  Result<> control(const char* sql, Deadline deadline);

  /// False when no transaction is open, also because SQLite has rolled it back itself (a full disk, an I/O error).
  bool in_transaction() const;
  /// True when a deferred foreign key is violated as things stand: a commit would fail.
  bool has_open_foreign_keys() const;

 private:
  struct Statement {
    std::string sql;
    sqlite3_stmt* handle;
    bool control;
  };

  explicit Connection(ConnectionOptions options);
  Result<> open_file();
  Result<> configure();
  Result<> switch_to_wal();
  Result<sqlite3_stmt*> prepare(std::string_view sql);
  Result<sqlite3_stmt*> compile(std::string_view sql, std::size_t* used, bool keep);
  Result<> bind(sqlite3_stmt* statement, std::span<const Value> parameters);
  Result<Answer> step_to_end(sqlite3_stmt* statement);
  Row read_row(sqlite3_stmt* statement, const Columns& columns) const;
  Error last_error(std::string_view what) const;
  void set_deadline(Deadline deadline);
  void install_handlers();

  ConnectionOptions options_;
  sqlite3* handle_ = nullptr;
  Deadline deadline_ = Deadline::max();
  Deadline busy_end_ = Deadline::max();
  bool controlling_ = false;
  std::list<Statement> statements_;  // the one used last is in front
  std::unordered_map<std::string_view, std::list<Statement>::iterator> by_sql_;
};

}  // namespace skerry::sql::internal
