// SPDX-License-Identifier: Apache-2.0
//
// Transaction: what the body of Database::transaction works with. Its statements see what the earlier ones changed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/sql/executor.h"

namespace skerry::sql {

class Database;
namespace internal {
class TransactionTurn;
}

/// Valid only during the body. Its calls may be made from children of a scope in the body; they take their turns.
class Transaction final : public Executor {
 public:
  explicit Transaction(internal::TransactionTurn& turn) : turn_(turn) {}

  /// Runs a statement once for each list of arguments, all in one go on the database's thread: for filling tables.
  /// Gives the number of rows changed.
  Task<std::int64_t> execute_each(std::string_view sql, std::vector<std::vector<Value>> lists);

  /// Runs several statements that are separated by semicolons and have no arguments.
  Task<> script(std::string_view sql);

  /// Has `call` called once the transaction is on disk, before Database::transaction gives its value; never if it is
  /// rolled back. For waking whoever waits for what was committed: it must be fast and must not fail.
  void on_commit(std::function<void()> call) { on_commit_.push_back(std::move(call)); }

 protected:
  Task<internal::Answer> read(std::string sql, std::vector<Value> arguments) override;
  Task<internal::Answer> write(std::string sql, std::vector<Value> arguments) override;

 private:
  friend class Database;

  void committed() {
    for (const auto& call : on_commit_) call();
  }

  internal::TransactionTurn& turn_;
  std::vector<std::function<void()>> on_commit_;
};

}  // namespace skerry::sql
