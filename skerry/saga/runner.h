// SPDX-License-Identifier: Apache-2.0
//
// Runner: runs a service's sagas. Their state is a row in the service's own database, changed in the same transaction
// as the business data, the outbox and the inbox, so after a crash each goes on where it was.
//
//   auto db = co_await sql::Database::open({.path = "order.db"});
//   saga::Runner sagas(*db);
//   co_await sagas.create_tables();
//   co_await sagas.add(order_saga(stock, outbox));                     // skerry/saga/definition.h
//   app.background("sagas", [&] { return sagas.run(); });
//
//   co_await db->transaction([&](sql::Transaction& tx) -> Task<> {     // begins with the order, or not at all
//     co_await tx.execute("insert into orders values (?, 'accepted')", id);
//     co_await sagas.start(tx, "order", id, order);
//   });
//
//   // In the handler of a reply, in the transaction of its inbox:
//   co_await sagas.reply(tx, paid.key(), saga::Reply::done());
//
// The one thing to know: calls run in run() alone. The instances of a service that share a database share the sagas as
// well: each saga whose calls run is leased to one instance, and is taken over when the lease ends because that
// instance has died or hangs. Commands and replies need no lease, since each is one transaction.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skerry/saga/action.h"
#include "skerry/saga/definition.h"
#include "skerry/saga/reply.h"
#include "skerry/saga/saga_state_machine.h"
#include "skerry/sql/database.h"

namespace skerry::saga {

struct RunnerOptions {
  /// How long a saga whose calls run stays with its instance after the last sign of life. Renewed at a third of it.
  std::chrono::milliseconds lease{10'000};
  /// The longest time between two looks at the table, whatever is due: finds what a changed clock, another instance or
  /// a lost wake-up left behind.
  std::chrono::milliseconds sweep{30'000};
  /// Sagas whose calls run at the same time in this process.
  std::size_t max_active = 256;
  /// How long sagas that have ended are kept. A reply that comes later is unknown.
  std::chrono::hours keep_ended{24 * 7};
  /// Wall time. For tests.
  std::function<Time()> now = nullptr;
};

enum class ReplyResult : std::uint8_t {
  kApplied,
  kIgnored,  ///< A duplicate, or of a step that does not wait for it (any more).
  kUnknown,  ///< There is no such saga, or not any more.
};

namespace internal {
class RunnerState;
}

/// May be used on every worker. Outlives the tasks that use it; the database outlives it.
class Runner {
 public:
  explicit Runner(sql::Database& database, RunnerOptions options = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Makes the tables where they are missing. Before everything else.
  Task<> create_tables();

  /// Makes a definition known; several versions of one name may be. Before start, reply and run. Errors:
  /// INVALID_ARGUMENT for a definition that makes no sense, ALREADY_EXISTS for the same name and version.
  template <class T>
  Result<> add(const Definition<T>& definition) {
    return add_erased(definition.erase());
  }

  /// Starts a saga of the highest version of `definition` with the transaction: its first commands are published in it,
  /// its first calls begin soon after it. The running task's trace becomes the saga's. Errors: ALREADY_EXISTS if the id
  /// is taken, INVALID_ARGUMENT for an id that is not a valid_id or data above 1 MiB or not in UTF-8, NOT_FOUND for an
  /// unknown definition, INTERNAL if T is not its type; what the first commands fail with.
  template <class T>
  Task<> start(sql::Transaction& tx, std::string definition, std::string id, T data) {
    return start_erased(tx, std::move(definition), std::move(id), to_json(data), internal::type_of<T>());
  }

  /// Tells a reply to a command, known by the key that the command carried. May come twice, late and in any order: what
  /// cannot be used is ignored, and a success that is told after its step was given up is compensated. Errors:
  /// INVALID_ARGUMENT for a text that is no key, UNAVAILABLE for a saga whose definition this process does not have
  /// (another instance may), what the next commands fail with.
  Task<ReplyResult> reply(sql::Transaction& tx, std::string key, Reply reply);
  /// The same, changing the saga's data if the reply is a success that is applied: `update` is called within. T is the
  /// type of the saga's data.
  template <class T>
  Task<ReplyResult> reply(sql::Transaction& tx, std::string key, Reply reply, std::function<void(T&)> update) {
    return reply_erased(tx, std::move(key), std::move(reply), internal::make_change<T>(std::move(update)));
  }

  /// Cancels a saga: steps under way are waited for, then everything that may have taken effect is compensated. A
  /// completed saga too: who does not want that looks at state() first, in the same transaction. False if it is being
  /// cancelled already. Errors: NOT_FOUND; UNAVAILABLE as reply.
  Task<bool> cancel(sql::Transaction& tx, std::string id, std::string reason);

  /// Lets what waits or is stuck be tried again at once, with all its attempts. False if there is nothing of the kind.
  /// Errors: as cancel.
  Task<bool> retry(sql::Transaction& tx, std::string id);

  /// The state of a saga; nullopt if there is none.
  Task<std::optional<State>> state(sql::Executor& executor, std::string id);

  /// Begins calls, and does what is due, until it is cancelled; then the calls under way are cancelled as well and the
  /// sagas are free for other instances at once. One at a time.
  Task<> run();

  /// For skerry/saga/admin.h.
  internal::RunnerState& shared() { return *state_; }

 private:
  Result<> add_erased(internal::AnyDefinition definition);
  Task<> start_erased(sql::Transaction& tx, std::string definition, std::string id, std::string data,
                      internal::TypeId type);
  Task<ReplyResult> reply_erased(sql::Transaction& tx, std::string key, Reply reply, internal::Change change);
  Task<bool> feed(sql::Transaction& tx, std::string id, SagaEvent event);

  std::unique_ptr<internal::RunnerState> state_;
};

}  // namespace skerry::saga
