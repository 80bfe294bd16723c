// SPDX-License-Identifier: Apache-2.0
//
// Connection: one SQLite connection, synchronous. Its calls block, so they are made on threads of the blocking pool, by
// one thread at a time; only run_at_once is for workers. Internal to sql/; services see Database.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
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

/// A statement that took no longer when it ran last is quick. Most find what they need in memory and take less; to hand
/// one to another thread and wake this one again costs about as much.
inline constexpr std::chrono::microseconds kQuickRun{50};
/// Where a quick statement that reads turns out to be long, it is stopped after this time and runs elsewhere.
inline constexpr std::chrono::milliseconds kRunAtOnceLimit{1};

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
  /// run() for workers: runs a quick statement, without waiting for a lock. nullopt when nothing was done and run() has
  /// to do it: the statement is new or was not quick when it ran last, a lock is held by others, a read took too long.
  std::optional<Result<Answer>> run_at_once(std::string_view sql, std::span<const Value> parameters);
  /// Runs one statement once for each list; gives the sum of the changes.
  Result<std::int64_t> run_each(std::string_view sql, std::span<const std::vector<Value>> lists, Deadline deadline);
  /// Runs several statements, separated by semicolons, without parameters and answers.
  Result<> run_script(std::string_view sql, Deadline deadline);
  /// BEGIN, COMMIT, SAVEPOINT and their like.
  Result<> control(const char* sql, Deadline deadline);
  /// control() for workers, as run_at_once is run().
  std::optional<Result<>> control_at_once(const char* sql);

  /// False when no transaction is open, also because SQLite has rolled it back itself (a full disk, an I/O error).
  bool in_transaction() const;
  /// True when a deferred foreign key is violated as things stand: a commit would fail.
  bool has_open_foreign_keys() const;

 private:
  struct Statement {
    std::string sql;
    sqlite3_stmt* handle;
    bool control;
    bool quick = false;
  };

  explicit Connection(ConnectionOptions options);
  Result<> open_file();
  Result<> configure();
  Result<> switch_to_wal();
  Result<Statement*> prepare(std::string_view sql);
  Result<sqlite3_stmt*> compile(std::string_view sql, std::size_t* used, bool keep);
  Result<> bind(sqlite3_stmt* statement, std::span<const Value> parameters);
  Result<Answer> execute(Statement& statement, std::span<const Value> parameters);
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
