// SPDX-License-Identifier: Apache-2.0
//
// Writer: the one connection of a Database that writes, and the queue before it. Transactions run one after the other,
// each in a savepoint, and those that were queued when one ended share its commit: one fdatasync for all of them (group
// commit). A transaction is acknowledged only when that commit is on disk. Internal to sql/.
//
// Invariants:
//  1. Whoever touches the connection holds mutex_; so does the thread of the pool that works for it. On a worker only
//     what is quick is run, and nothing that waits for the disk.
//  2. open_group_ is set exactly while the connection is in a transaction (BEGIN was run).
//  3. A member of the open group that has succeeded queues for mutex_ again; so the group is committed at the latest
//  when
//     everybody who was queued before has run.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/sql/connection.h"

namespace skerry::sql::internal {

/// Transactions that one commit may make durable.
inline constexpr std::size_t kMaxGroup = 64;

enum class TransactionKind : std::uint8_t {
  kShared,     // may share its commit
  kExclusive,  // BEGIN EXCLUSIVE, alone
};

class Writer {
 public:
  struct Group {
    std::size_t succeeded = 0;
    std::optional<Result<>> outcome;
  };

  /// One transaction's hold of the writer. Nothing is begun before its first statement.
  class Turn {
   public:
    Turn(Writer& writer, TransactionKind kind, Mutex::Guard guard)
        : writer_(writer), kind_(kind), guard_(std::move(guard)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Task<Answer> run(std::string sql, std::vector<Value> arguments);
    Task<std::int64_t> run_each(std::string sql, std::vector<std::vector<Value>> lists);
    Task<> run_script(std::string sql);

    /// Keeps what was done (and waits until it is on disk) or undoes it. Called once, shielded from cancellation.
    Task<> finish(bool succeeded);

   private:
    friend class Writer;
    template <class F>
    auto on_connection(F use);
    std::optional<Result<Answer>> run_at_once(const std::string& sql, const std::vector<Value>& arguments);

    Writer& writer_;
    const TransactionKind kind_;
    std::optional<Mutex::Guard> guard_;
    // The children of a scope in the body may use the transaction at once.
    Mutex one_at_a_time_;
    std::shared_ptr<Group> group_;  // set when begun
    std::optional<Error> own_failure_;
    bool finished_ = false;
  };

  explicit Writer(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::uint64_t transactions() const { return transactions_.load(std::memory_order_relaxed); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  std::uint64_t at_once() const { return at_once_.load(std::memory_order_relaxed); }

  /// Waits for the connection, first come, first served.
  Task<Mutex::Guard> wait_for_turn();

 private:
  // On a worker; false when begin() has to be run on the pool.
  bool begin_at_once(Turn& turn);
  // These run on the pool; on a worker begin() inside an open group, and end() of a success without a commit.
  Result<> begin(Turn& turn, Connection::Deadline deadline);
  void end(Turn& turn, bool succeeded, bool commit_now);
  void commit();
  void roll_back(Result<> outcome);

  const std::unique_ptr<Connection> connection_;
  Mutex mutex_;
  std::atomic<std::size_t> queued_{0};
  std::shared_ptr<Group> open_group_;
  std::atomic<std::uint64_t> transactions_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> at_once_{0};
};

}  // namespace skerry::sql::internal
