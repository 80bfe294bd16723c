// SPDX-License-Identifier: Apache-2.0
//
// Database: an SQLite database for coroutines. Calls suspend only the task: they run on the blocking pool, except for
// statements that took no longer than to go there and back when they ran last (DatabaseStats::at_once). Reads run side
// by side, writes one after the other, and what is acknowledged is on disk (WAL, synchronous=FULL). Several processes
// may share the file.
//
//   auto db = co_await sql::Database::open({.path = "shop.db"});
//   co_await db->migrate({{1, "stock", "create table stock (sku text primary key, amount int check (amount >= 0))
//   strict"}}); auto amount = co_await db->transaction([&](sql::Transaction& tx) -> Task<std::optional<int>> {
//     co_await tx.execute("update stock set amount = amount - ? where sku = ?", 2, sku);
//     co_return co_await tx.one<int>("select amount from stock where sku = ?", sku);
//   });
//
// A Database outlives the tasks that use it, and may be used from every worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/timeout.h"
#include "skerry/sql/transaction.h"

namespace skerry::sql {

struct DatabaseOptions {
  /// The file; made if it is missing. Its folder has to be there.
  std::string path;
  /// Connections that read at the same time; opened when they are needed.
  std::size_t max_readers = 4;
  /// How long a call waits for a lock that another process holds, before it fails with UNAVAILABLE.
  std::chrono::milliseconds busy_limit{5'000};
  /// Rows that one answer may have; more are RESOURCE_EXHAUSTED.
  std::size_t max_rows = 100'000;
};

/// One step of a schema. Steps are never changed once they were applied somewhere; a new step is added instead.
struct Migration {
  int version;  ///< Positive; steps run in the order of their versions.
  std::string name;
  std::string script;
};

/// Since the database was opened. `transactions / commits` is how many transactions one fdatasync served.
struct DatabaseStats {
  std::uint64_t transactions = 0;
  std::uint64_t commits = 0;
  /// Statements that ran on a worker, because they were quick when they ran last.
  std::uint64_t at_once = 0;
};

namespace internal {

class Pool;
enum class TransactionKind : std::uint8_t;

/// One transaction between its begin and its end; hides the connection from this header.
class TransactionTurn {
 public:
  /// Waits for the writing connection.
  static Task<std::unique_ptr<TransactionTurn>> take(Pool& pool, TransactionKind kind);
  virtual ~TransactionTurn() = default;
  virtual Task<Answer> run(std::string sql, std::vector<Value> arguments) = 0;
  virtual Task<std::int64_t> run_each(std::string sql, std::vector<std::vector<Value>> lists) = 0;
  virtual Task<> run_script(std::string sql) = 0;
  virtual Task<> finish(bool succeeded) = 0;
};

/// How long the end of a transaction may take when its task is cancelled: as long as a disk may hang.
inline constexpr std::chrono::hours kFinishLimit{1};

}  // namespace internal

class Database final : public Executor {
 public:
  /// Opens the file and checks that it is a database. Errors: NOT_FOUND or PERMISSION_DENIED for a path that cannot be
  /// opened, DATA_LOSS for a file that is no database.
  static Task<std::unique_ptr<Database>> open(DatabaseOptions options);
  /// Closes the connections. Precondition: no task uses the database.
  ~Database() override;

  /// Runs body(tx), which returns a Task<T>, in a write transaction, and gives its value once the transaction is on
  /// disk. Every other way out of the body rolls back: an error, a panic, cancellation. The error of a commit that
  /// failed is the error here; nothing of the transaction remains then.
  ///
  /// The body holds the only connection that writes, and transactions that wait share its commit: let it do nothing
  /// but database work. Cancelled in the body, the transaction is rolled back; cancelled after the body has succeeded,
  /// it is committed and the task ends then.
  template <class F>
  auto transaction(F body) -> Task<typename std::invoke_result_t<F&, Transaction&>::value_type> {
    return run_transaction(shared_kind(), std::move(body));
  }

  /// Applies the steps that were not applied yet, in one exclusive transaction; several processes may do so at once.
  /// Steps that the database has and this list does not belong to a newer program, and are left alone.
  /// Errors: FAILED_PRECONDITION if a step was changed after it had been applied, INVALID_ARGUMENT for versions that
  /// are not positive or not unique.
  Task<> migrate(std::vector<Migration> steps);

  /// Runs body(tx), which returns a Task<>, in an exclusive transaction, unless a transaction of this name was
  /// committed before, by whatever process. True if it ran. For the first filling of a database that several instances
  /// share.
  template <class F>
  Task<bool> fill_once(std::string name, F body) {
    return run_transaction(exclusive_kind(),
                           [name = std::move(name), body = std::move(body)](Transaction& tx) mutable -> Task<bool> {
                             const bool first = co_await claim_fill(tx, name);
                             if (first) co_await body(tx);
                             co_return first;
                           });
  }

  /// Any thread.
  DatabaseStats stats() const;

 protected:
  Task<internal::Answer> read(std::string sql, std::vector<Value> arguments) override;
  Task<internal::Answer> write(std::string sql, std::vector<Value> arguments) override;

 private:
  explicit Database(std::unique_ptr<internal::Pool> pool);
  static internal::TransactionKind shared_kind();
  static internal::TransactionKind exclusive_kind();
  static Task<bool> claim_fill(Transaction& tx, std::string name);

  template <class F>
  auto run_transaction(internal::TransactionKind kind, F body)
      -> Task<typename std::invoke_result_t<F&, Transaction&>::value_type> {
    using T = typename std::invoke_result_t<F&, Transaction&>::value_type;
    auto turn = co_await internal::TransactionTurn::take(*pool_, kind);
    Transaction tx(*turn);
    std::optional<skerry::internal::Outcome<T>> outcome;
    std::exception_ptr panic;
    try {
      // Seen here also when it ends by cancellation, which has to roll back.
      auto ended = co_await skerry::internal::at_boundary(body(tx));
      outcome.emplace(std::move(ended));
    } catch (...) {
      panic = std::current_exception();
    }
    const bool succeeded = outcome && outcome->result;
    Result<> finished = co_await shielded(internal::kFinishLimit, turn->finish(succeeded)).result();
    turn.reset();
    if (succeeded && finished) tx.committed();
    co_await skerry::internal::EndIfCancelled();
    if (panic) std::rethrow_exception(panic);
    if (succeeded) co_await std::move(finished);
    if constexpr (std::is_void_v<T>) {
      co_await std::move(outcome->result);
    } else {
      co_return co_await std::move(outcome->result);
    }
  }

  std::unique_ptr<internal::Pool> pool_;
};

}  // namespace skerry::sql
