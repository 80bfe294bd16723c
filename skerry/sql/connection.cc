// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <thread>

#include "skerry/base/defer.h"
#include "skerry/sql/sqlite_error.h"

namespace skerry::sql::internal {
namespace {

using std::chrono::steady_clock;

// How many steps of SQLite's virtual machine pass between two looks at the clock: some tens of microseconds.
constexpr int kStepsPerDeadlineCheck = 2'000;
constexpr std::chrono::milliseconds kBusyPause{1};
constexpr std::chrono::milliseconds kBusyPauseMax{20};

std::string_view text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

Value value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT:
      return std::string(text_of(statement, column));
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return Blob{size == 0 ? std::string() : std::string(bytes, size)};
    }
    default:
      return std::monostate();
  }
}

// Binds without a copy: the values outlive the execution of the statement.
struct Binder {
  sqlite3_stmt* statement;
  int index;
  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, index, number); }
  int operator()(double number) const { return sqlite3_bind_double(statement, index, number); }
  int operator()(const std::string& text) const {
    return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(const Blob& blob) const {
    // A null pointer would bind NULL instead of no bytes.
    const char* bytes = blob.bytes.empty() ? "" : blob.bytes.data();
    return sqlite3_bind_blob64(statement, index, bytes, blob.bytes.size(), SQLITE_STATIC);
  }
};

bool is_blank(std::string_view sql) {
  return std::all_of(sql.begin(), sql.end(), [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == ';'; });
}

}  // namespace

Connection::Connection(ConnectionOptions options) : options_(std::move(options)) {}

Connection::~Connection() {
  for (const Statement& statement : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close(handle_);
}

Result<std::unique_ptr<Connection>> Connection::open(ConnectionOptions options) {
  std::unique_ptr<Connection> connection(new Connection(std::move(options)));
  Result<> opened = connection->open_file();
  if (opened) opened = connection->configure();
  if (!opened) return fail(std::move(opened));
  return connection;
}

Result<> Connection::open_file() {
  if (options_.path.empty() || options_.path.starts_with(":memory:")) {
    return fail(Error::invalid_argument("a database is a file: the connections of a pool share it"));
  }
  // Not SQLITE_OPEN_READONLY for readers: reading a WAL database writes to its shared memory.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options_.read_only ? 0 : SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(options_.path.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(handle_, code, fmt::format("open {}", options_.path)));
  install_handlers();
  return {};
}

void Connection::install_handlers() {
  sqlite3_busy_handler(
      handle_,
      [](void* self, int tries) {
        const auto* connection = static_cast<Connection*>(self);
        if (steady_clock::now() >= connection->busy_end_) return 0;
        std::this_thread::sleep_for(std::min(kBusyPause * (tries + 1), kBusyPauseMax));
        return 1;
      },
      this);
  // A connection's transactions are begun and ended by Database alone, which has to know where they stand.
  sqlite3_set_authorizer(
      handle_,
      [](void* self, int action, const char*, const char*, const char*, const char*) {
        const bool control = action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT || action == SQLITE_ATTACH;
        return control && !static_cast<Connection*>(self)->controlling_ ? SQLITE_DENY : SQLITE_OK;
      },
      this);
  // An interrupted write would roll back its whole transaction, which others may share: only readers are stopped.
  if (!options_.read_only) return;
  sqlite3_progress_handler(
      handle_, kStepsPerDeadlineCheck,
      [](void* self) { return steady_clock::now() >= static_cast<Connection*>(self)->deadline_ ? 1 : 0; }, this);
}

Result<> Connection::configure() {
  Result<> done = switch_to_wal();
  for (const char* pragma : {"pragma synchronous=full", "pragma foreign_keys=on"}) {
    if (done) done = control(pragma, Deadline::max());
  }
  if (done && options_.read_only) done = control("pragma query_only=on", Deadline::max());
  return done;
}

// SQLite does not call the busy handler for every lock that the change of mode takes, so the waiting is done here.
Result<> Connection::switch_to_wal() {
  const auto end = steady_clock::now() + options_.busy_limit;
  for (;;) {
    auto mode = run("pragma journal_mode=wal", {}, Deadline::max());
    if (mode) {
      const auto name = mode->rows.empty() ? Result<std::string>("none") : mode->rows.front().as<std::string>();
      if (name && *name == "wal") return {};
      return fail(Error::failed_precondition("{} cannot be switched to a write-ahead log", options_.path));
    }
    if (mode.error().code() != Code::kUnavailable || steady_clock::now() >= end) return fail(std::move(mode));
    std::this_thread::sleep_for(kBusyPause);
  }
}

void Connection::set_deadline(Deadline deadline) {
  deadline_ = deadline;
  busy_end_ = std::min(deadline, steady_clock::now() + options_.busy_limit);
}

Error Connection::last_error(std::string_view what) const {
  return sqlite_error(handle_, sqlite3_extended_errcode(handle_), what);
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

bool Connection::has_open_foreign_keys() const {
  int current = 0;
  int highest = 0;
  sqlite3_db_status(handle_, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0);
  return current != 0;
}

Result<sqlite3_stmt*> Connection::compile(std::string_view sql, std::size_t* used, bool keep) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      keep ? SQLITE_PREPARE_PERSISTENT : 0, &statement, &tail);
  if (code != SQLITE_OK) return fail(last_error("prepare"));
  *used = static_cast<std::size_t>(tail - sql.data());
  return statement;
}

Result<Connection::Statement*> Connection::prepare(std::string_view sql) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    if (found->second->control && !controlling_) return fail(Error::internal("prepare: not authorized: {}", sql));
    statements_.splice(statements_.begin(), statements_, found->second);
    return &*found->second;
  }
  std::size_t used = 0;
  auto compiled = compile(sql, &used, true);
  if (!compiled) return fail(std::move(compiled));
  if (*compiled == nullptr || !is_blank(sql.substr(used))) {
    sqlite3_finalize(*compiled);
    return fail(Error::internal("one statement is expected: {}", sql));
  }
  if (statements_.size() == kMaxCachedStatements) {
    sqlite3_finalize(statements_.back().handle);
    by_sql_.erase(statements_.back().sql);
    statements_.pop_back();
  }
  statements_.push_front({std::string(sql), *compiled, controlling_});
  by_sql_.emplace(statements_.front().sql, statements_.begin());
  return &statements_.front();
}

Result<> Connection::bind(sqlite3_stmt* statement, std::span<const Value> parameters) {
  const auto expected = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
  if (expected != parameters.size()) {
    return fail(
        Error::internal("{} arguments for {} parameters: {}", parameters.size(), expected, sqlite3_sql(statement)));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::visit(Binder{statement, static_cast<int>(i) + 1}, parameters[i]) != SQLITE_OK) {
      return fail(last_error("bind"));
    }
  }
  return {};
}

Row Connection::read_row(sqlite3_stmt* statement, const Columns& columns) const {
  std::vector<Value> values;
  values.reserve(columns->size());
  for (std::size_t i = 0; i < columns->size(); ++i) values.push_back(value_of(statement, static_cast<int>(i)));
  return {columns, std::move(values)};
}

Result<Answer> Connection::step_to_end(sqlite3_stmt* statement) {
  Answer answer;
  Columns columns;
  const std::int64_t changes_before = sqlite3_total_changes64(handle_);
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) return fail(last_error("execute"));
    if (columns == nullptr) {
      std::vector<std::string> names;
      const int count = sqlite3_column_count(statement);
      for (int i = 0; i < count; ++i) names.emplace_back(sqlite3_column_name(statement, i));
      columns = std::make_shared<const std::vector<std::string>>(std::move(names));
    }
    if (answer.rows.size() == options_.max_rows) {
      return fail(Error::resource_exhausted("an answer of more than {} rows", options_.max_rows));
    }
    answer.rows.push_back(read_row(statement, columns));
  }
  // sqlite3_changes keeps the count of an earlier statement when this one changes nothing.
  if (sqlite3_total_changes64(handle_) != changes_before) answer.changes = sqlite3_changes64(handle_);
  return answer;
}

Result<Answer> Connection::run(std::string_view sql, std::span<const Value> parameters, Deadline deadline) {
  set_deadline(deadline);
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement));
  return execute(**statement, parameters);
}

std::optional<Result<Answer>> Connection::run_at_once(std::string_view sql, std::span<const Value> parameters) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end() || !found->second->quick || found->second->control != controlling_) return std::nullopt;
  statements_.splice(statements_.begin(), statements_, found->second);
  deadline_ = steady_clock::now() + kRunAtOnceLimit;
  busy_end_ = Deadline::min();
  auto answer = execute(*found->second, parameters);
  const bool stopped =
      !answer && (answer.error().code() == Code::kUnavailable || answer.error().code() == Code::kDeadlineExceeded);
  if (stopped) return std::nullopt;
  return answer;
}

Result<Answer> Connection::execute(Statement& statement, std::span<const Value> parameters) {
  // The reset also gives up the statement's locks, and the values that were bound without a copy.
  Defer reset([handle = statement.handle] {
    sqlite3_reset(handle);
    sqlite3_clear_bindings(handle);
  });
  Result<> bound = bind(statement.handle, parameters);
  if (!bound) return fail(std::move(bound));
  const auto begun = steady_clock::now();
  auto answer = step_to_end(statement.handle);
  statement.quick = steady_clock::now() - begun <= kQuickRun;
  return answer;
}

Result<std::int64_t> Connection::run_each(std::string_view sql, std::span<const std::vector<Value>> lists,
                                          Deadline deadline) {
  std::int64_t changes = 0;
  for (const std::vector<Value>& parameters : lists) {
    auto answer = run(sql, parameters, deadline);
    if (!answer) return fail(std::move(answer));
    changes += answer->changes;
  }
  return changes;
}

Result<> Connection::run_script(std::string_view sql, Deadline deadline) {
  set_deadline(deadline);
  while (!is_blank(sql)) {
    std::size_t used = 0;
    auto statement = compile(sql, &used, false);
    if (!statement) return fail(std::move(statement));
    Defer finalize([handle = *statement] { sqlite3_finalize(handle); });
    sql.remove_prefix(used);
    if (*statement == nullptr) continue;  // a comment
    auto answer = step_to_end(*statement);
    if (!answer) return fail(std::move(answer));
  }
  return {};
}

Result<> Connection::control(const char* sql, Deadline deadline) {
  controlling_ = true;
  Defer restore([this] { controlling_ = false; });
  auto answer = run(sql, {}, deadline);
  if (!answer) return fail(std::move(answer));
  return {};
}

std::optional<Result<>> Connection::control_at_once(const char* sql) {
  controlling_ = true;
  Defer restore([this] { controlling_ = false; });
  auto answer = run_at_once(sql, {});
  if (!answer) return std::nullopt;
  if (!*answer) return fail(*std::move(answer));
  return Result<>();
}

}  // namespace skerry::sql::internal
