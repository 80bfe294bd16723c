// SPDX-License-Identifier: Apache-2.0
//
// Barrier: makes a step's work exactly once in effect, for the service that does it. It remembers keys in the service's
// own database, in the transaction of the work:
//
//   // handles a command, which may come twice, late, or after its own compensation
//   const saga::Reply reply = co_await barrier.once(tx, command.key(), [&]() -> Task<saga::Reply> {
//     if (co_await stock.left(tx, command.sku()) < command.quantity()) co_return saga::Reply::refused("no stock");
//     co_await stock.take(tx, command.sku(), command.quantity());
//     co_return saga::Reply::done();
//   });
//   co_await outbox.publish(tx, reserved(command.key(), reply), command.order_id());
//
// The one thing to know: the same call serves runs and compensations; the key says which it is.
//
//   the key is          and before there was     then
//   a run               nothing                  the work is done, its reply remembered
//                       the same run             its reply is given again
//                       its compensation         refused: a run that comes too late would never be undone
//   a compensation      nothing, a refused run   done: there is nothing to undo, and no later run will be let in
//                       a run that was done      the work is done, which is to undo the run
//                       a compensation           done
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "skerry/async/task.h"
#include "skerry/saga/key.h"
#include "skerry/saga/reply.h"
#include "skerry/sql/database.h"

namespace skerry::saga {

/// Keys that one prune() removes at most, so that it does not keep the writers waiting.
inline constexpr std::int64_t kMaxPrunedKeys = 5'000;

/// Any worker. The database outlives it.
class Barrier {
 public:
  explicit Barrier(sql::Database& database) : database_(database) {}
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Makes the table where it is missing. Before everything else.
  Task<> create_tables();

  /// Gives the reply for the key: see the table above. `work` is a `Task<Reply>()` in the transaction `tx`. It decides
  /// before it writes: what it wrote stays when it refuses. An Error of it, or a reply of kFailed, is not remembered;
  /// after an Error let the transaction fail. Errors: INVALID_ARGUMENT for a text that is no key, and those of `work`.
  /// `tx` outlives the task.
  template <class F>
  Task<Reply> once(sql::Transaction& tx, std::string key, F work) {
    const Key of = co_await Key::parse(key);
    std::optional<Reply> known = co_await recall(tx, of);
    if (known) co_return *std::move(known);
    Reply reply = co_await work();
    co_await remember(tx, of, reply);
    co_return reply;
  }

  /// Forgets up to kMaxPrunedKeys keys that were last used before `horizon`, and gives how many. A horizon that is
  /// later than the sagas' RunnerOptions::keep_ended ago forgets keys that may be used again.
  Task<std::int64_t> prune(std::chrono::system_clock::time_point horizon);

 private:
  /// The reply, where no work is to be done; a compensation that comes first is remembered by the way.
  Task<std::optional<Reply>> recall(sql::Transaction& tx, Key key);
  Task<> remember(sql::Transaction& tx, Key key, Reply reply);

  sql::Database& database_;
};

}  // namespace skerry::saga
