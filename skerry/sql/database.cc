// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/database.h"

#include <algorithm>

#include "skerry/async/blocking.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"
#include "skerry/sql/pool.h"

namespace skerry::sql {
namespace internal {
namespace {

// A Turn behind the interface that database.h can name.
class WriterTurn final : public TransactionTurn {
 public:
  WriterTurn(Writer& writer, TransactionKind kind, Mutex::Guard guard) : turn_(writer, kind, std::move(guard)) {}

  Task<Answer> run(std::string sql, std::vector<Value> arguments) override {
    return turn_.run(std::move(sql), std::move(arguments));
  }
  Task<std::int64_t> run_each(std::string sql, std::vector<std::vector<Value>> lists) override {
    return turn_.run_each(std::move(sql), std::move(lists));
  }
  Task<> run_script(std::string sql) override { return turn_.run_script(std::move(sql)); }
  Task<> finish(bool succeeded) override { return turn_.finish(succeeded); }

 private:
  Writer::Turn turn_;
};

}  // namespace

Task<std::unique_ptr<TransactionTurn>> TransactionTurn::take(Pool& pool, TransactionKind kind) {
  auto guard = co_await pool.writer().wait_for_turn();
  co_return std::make_unique<WriterTurn>(pool.writer(), kind, std::move(guard));
}

Task<std::vector<Row>> rows_of(Task<Answer> answer) {
  Answer whole = co_await std::move(answer);
  co_return std::move(whole.rows);
}

Task<std::int64_t> changes_of(Task<Answer> answer) {
  const Answer whole = co_await std::move(answer);
  co_return whole.changes;
}

}  // namespace internal

Task<std::int64_t> Transaction::execute_each(std::string_view sql, std::vector<std::vector<Value>> lists) {
  return turn_.run_each(std::string(sql), std::move(lists));
}
Task<> Transaction::script(std::string_view sql) { return turn_.run_script(std::string(sql)); }
Task<internal::Answer> Transaction::read(std::string sql, std::vector<Value> arguments) {
  return turn_.run(std::move(sql), std::move(arguments));
}
Task<internal::Answer> Transaction::write(std::string sql, std::vector<Value> arguments) {
  return turn_.run(std::move(sql), std::move(arguments));
}

Database::Database(std::unique_ptr<internal::Pool> pool) : pool_(std::move(pool)) {}
Database::~Database() = default;

internal::TransactionKind Database::shared_kind() { return internal::TransactionKind::kShared; }
internal::TransactionKind Database::exclusive_kind() { return internal::TransactionKind::kExclusive; }

Task<std::unique_ptr<Database>> Database::open(DatabaseOptions options) {
  SKERRY_CHECK(options.max_readers > 0, "a database without readers answers no query");
  auto writer = co_await blocking(
      [wanted = internal::Pool::connection_options(options, false)] { return internal::Connection::open(wanted); });
  auto pool = std::make_unique<internal::Pool>(std::move(options), std::move(writer));
  co_return std::unique_ptr<Database>(new Database(std::move(pool)));
}

DatabaseStats Database::stats() const {
  return {.transactions = pool_->writer().transactions(),
          .commits = pool_->writer().commits(),
          .at_once = pool_->at_once()};
}

Task<internal::Answer> Database::read(std::string sql, std::vector<Value> arguments) {
  return pool_->read(std::move(sql), std::move(arguments));
}

Task<internal::Answer> Database::write(std::string sql, std::vector<Value> arguments) {
  return transaction(
      [sql = std::move(sql), arguments = std::move(arguments)](Transaction& tx) mutable -> Task<internal::Answer> {
        return tx.write(std::move(sql), std::move(arguments));
      });
}

Task<bool> Database::claim_fill(Transaction& tx, std::string name) {
  co_await tx.script(
      "create table if not exists skerry_fills (name text primary key, filled_at text not null) strict;");
  const auto inserted = co_await tx.execute(
      "insert into skerry_fills values (?, datetime('now')) on conflict do nothing", std::move(name));
  co_return inserted == 1;
}

}  // namespace skerry::sql
