// SPDX-License-Identifier: Apache-2.0
//
// What the tests with a database share: a shop of participants in memory, and a service that runs its sagas.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/async/timeout.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/saga/runner.h"
#include "skerry/sql/database.h"

namespace skerry::saga {

struct Order {
  std::string item;
  int cents = 0;
  std::string tracking;
};
BOOST_DESCRIBE_STRUCT(Order, (), (item, cents, tracking))

/// What the steps of the tests do to the world: notes every call, and what each is to answer.
class Shop {
 public:
  /// The next calls of this key answer so, one after the other; then success.
  void answer(const std::string& key, std::vector<Result<>> answers) {
    const std::lock_guard lock(mutex_);
    answers_[key] = std::move(answers);
  }
  Result<> call(const std::string& key) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(key);
    std::vector<Result<>>& answers = answers_[key];
    if (answers.empty()) return {};
    Result<> answer = std::move(answers.front());
    answers.erase(answers.begin());
    return answer;
  }
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::ptrdiff_t count(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::count(calls_, key);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Result<>>> answers_;
  std::vector<std::string> calls_;
};

inline constexpr Retry kFastRetry{
    .max_attempts = 3, .first_delay = std::chrono::milliseconds(1), .max_delay = std::chrono::milliseconds(4)};

/// reserve, charge, then points beside logistics; every step is a call of the shop. The end is written into `ends`.
inline Definition<Order> call_definition(Shop& shop, int version = 1) {
  Definition<Order> order("order", version);
  const auto call = [&shop](Call<Order>& of) -> Task<> { co_await shop.call(of.key); };  // tidy: allow(capture) copied
  order.step("reserve").run(call).compensate(call).retry(kFastRetry);
  order.step("charge").run(call).compensate(call).retry(kFastRetry);
  order.step("points").run(call).compensate(call).retry(kFastRetry);
  order.beside("logistics").run(call).compensate(call).retry(kFastRetry);
  order.on_end([](sql::Transaction& tx, Ended<Order> ended) -> Task<> {
    co_await tx.execute("insert into ends values (?, ?, ?, ?)", ended.saga, state_name(ended.state), ended.reason,
                        ended.data.tracking);
  });
  return order;
}

/// The same with commands, which are rows of the table `sent`.
inline Definition<Order> command_definition() {
  Definition<Order> order("order", 1);
  const auto send = [](sql::Transaction& tx, Call<Order>& call) -> Task<> {
    co_await tx.execute("insert into sent (key) values (?)", call.key);
  };
  for (const char* step : {"reserve", "charge"}) order.step(step).run(send).compensate(send).retry(kFastRetry);
  order.on_end([](sql::Transaction& tx, Ended<Order> ended) -> Task<> {
    co_await tx.execute("insert into ends values (?, ?, ?, ?)", ended.saga, state_name(ended.state), ended.reason,
                        ended.data.tracking);
  });
  return order;
}

class RunnerTest : public testing::Test {
 protected:
  /// Opens the database of the test.
  Task<std::unique_ptr<sql::Database>> open() {
    auto db = co_await sql::Database::open({.path = folder_.path("order.db")});
    co_await db->fill_once("test", [](sql::Transaction& tx) -> Task<> {
      co_await tx.script(
          "create table ends (id text, state text, reason text, tracking text) strict;"
          "create table sent (position integer primary key, key text) strict;");
    });
    co_return std::move(db);
  }

  /// Runs body(), a Task<>, on a runtime of two workers, for at most a minute.
  template <class F>
  static void run(F body) {
    Runtime runtime({.workers = 2});
    const Result<> result = runtime.run([&]() -> Task<> { co_await with_timeout(std::chrono::seconds(60), body()); });
    EXPECT_TRUE(result.has_value()) << result.error().to_string();
  }

  /// Runs body(db, runner), a Task<>, beside the runner's loop.
  template <class F>
  void run_with(Definition<Order> definition, F body, RunnerOptions options = {}) {
    run([&]() -> Task<> {
      auto db = co_await open();
      Runner runner(*db, options);
      co_await runner.create_tables();
      co_await runner.add(definition);
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&]() { return runner.run(); });
        co_await body(*db, runner);
        scope.cancel();
      }).result();
    });
  }

  static Task<> start(sql::Database& db, Runner& runner, std::string id) {
    co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
      co_await runner.start(tx, "order", id, Order{.item = "pear", .cents = 120});
    });
  }
  static Task<ReplyResult> reply(sql::Database& db, Runner& runner, std::string key, Reply reply) {
    return db.transaction([&runner, key, reply](sql::Transaction& tx) { return runner.reply(tx, key, reply); });
  }

  /// Waits until the saga is in the state.
  static Task<> until(sql::Database& db, Runner& runner, std::string id, State wanted) {
    for (;;) {
      const auto state = co_await runner.state(db, id);
      if (state == wanted) co_return;
      co_await sleep(std::chrono::milliseconds(1));
    }
  }
  /// Waits until so many commands were sent, and gives their keys.
  static Task<std::vector<std::string>> sent(sql::Database& db, std::size_t count) {
    for (;;) {
      auto keys = co_await db.query<std::string>("select key from sent order by position");
      if (keys.size() >= count) co_return keys;
      co_await sleep(std::chrono::milliseconds(1));
    }
  }
  static Task<std::vector<std::string>> ends(sql::Database& db) {
    return db.query<std::string>("select id || ' ' || state || ' ' || reason from ends order by rowid");
  }

  disk::TemporaryDirectory folder_;
};

}  // namespace skerry::saga
