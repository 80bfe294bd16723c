// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/sql/database.h"
#include "skerry/sql/sql_test_support.h"

namespace skerry::sql {
namespace {

constexpr std::string_view kCountTo =
    "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ?) "
    "select count(*) from numbers";
constexpr int kLong = 500'000;

class AtOnceTest : public SqlTest {};

Task<> expect_count(Executor& executor, int to) {
  const auto count = co_await executor.one<int>(kCountTo, to);
  EXPECT_EQ(count, to);
}

Task<> add(Transaction& tx, std::string key) {
  co_await tx.execute("insert into t values (?, 1) on conflict do update set v = v + 1", std::move(key));
}

/// Repeats transactions until one ran on the worker from its begin.
Task<> until_at_once(Database& db) {
  for (auto before = db.stats().at_once; db.stats().at_once < before + 3;) {
    co_await db.transaction([](Transaction& tx) { return add(tx, "first"); });
  }
}

TEST_F(AtOnceTest, runs_a_quick_read_on_the_worker_once_it_is_known) {
  expect_ran(with_table([](Database& db) -> Task<> {
    while (db.stats().at_once == 0) co_await expect_count(db, 1);
  }));
}

TEST_F(AtOnceTest, leaves_what_takes_long_to_the_pool) {
  expect_ran(with_table([](Database& db) -> Task<> {
    for (int i = 0; i < 5; ++i) co_await expect_count(db, kLong);
    EXPECT_EQ(db.stats().at_once, 0u);
  }));
}

TEST_F(AtOnceTest, stops_a_read_that_turns_out_to_be_long_and_runs_it_on_the_pool) {
  expect_ran(with_table([](Database& db) -> Task<> {
    while (db.stats().at_once == 0) co_await expect_count(db, 1);
    const auto before = db.stats().at_once;
    co_await expect_count(db, kLong);
    co_await expect_count(db, kLong);
    EXPECT_EQ(db.stats().at_once, before);
    while (db.stats().at_once == before) co_await expect_count(db, 1);
  }));
}

TEST_F(AtOnceTest, runs_the_statements_of_a_transaction_on_the_worker) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await until_at_once(db);
    const auto rows = co_await db.one<int>("select count(*) from t");
    EXPECT_EQ(rows, 1);
  }));
}

TEST_F(AtOnceTest, gives_the_errors_of_statements_and_goes_on_in_the_transaction) {
  expect_ran(with_table([](Database& db) -> Task<> {
    for (int i = 0; i < 50; ++i) {
      co_await db.transaction([](Transaction& tx) -> Task<> {
        co_await tx.execute("delete from t");
        co_await tx.execute("insert into t values (?, ?)", "same", 1);
        const auto twice = co_await tx.execute("insert into t values (?, ?)", "same", 1).result();
        EXPECT_EQ(twice.error().code(), Code::kAlreadyExists);
        const auto negative = co_await tx.execute("insert into t values (?, ?)", "other", -1).result();
        EXPECT_EQ(negative.error().code(), Code::kFailedPrecondition);
      });
    }
    co_await expect_equal(db.one<int>("select count(*) from t"), std::optional(1));
    EXPECT_GT(db.stats().at_once, 0u);
  }));
}

TEST_F(AtOnceTest, undoes_what_ran_on_the_worker_when_the_body_fails) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await until_at_once(db);
    for (int i = 0; i < 20; ++i) {
      const auto failed = co_await db
                              .transaction([](Transaction& tx) -> Task<> {
                                co_await add(tx, "never");
                                co_await Error::aborted("no");
                              })
                              .result();
      EXPECT_EQ(failed.error().code(), Code::kAborted);
    }
    co_await expect_equal(db.one<int>("select count(*) from t where k = 'never'"), std::optional(0));
  }));
}

TEST_F(AtOnceTest, shares_commits_between_transactions_that_wait) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await until_at_once(db);
    const auto before = db.stats();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 200; ++i) {
        scope.go([&db, i] { return db.transaction([i](Transaction& tx) { return add(tx, std::to_string(i)); }); });
      }
      co_return;
    });
    const auto after = db.stats();
    EXPECT_EQ(after.transactions - before.transactions, 200u);
    EXPECT_LT(after.commits - before.commits, 100u);
    co_await expect_equal(db.one<int>("select count(*) from t"), std::optional(201));
  }));
}

// The worker must not wait for the lock that only its own task can release.
TEST_F(AtOnceTest, waits_on_the_pool_for_a_lock_that_another_connection_holds) {
  Runtime runtime({.workers = 1});
  expect_ran(runtime.run([&]() -> Task<> {
    auto db = co_await Database::open({.path = path()});
    auto other = co_await Database::open({.path = path()});
    co_await db->execute("create table t (k text primary key, v int) strict");
    co_await until_at_once(*db);
    Event locked;
    Event wanted;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        co_await other->transaction([&](Transaction& tx) -> Task<> {
          co_await add(tx, "other");
          locked.set();
          co_await wanted.wait();
          co_await sleep(std::chrono::milliseconds(50));
        });
      });
      co_await locked.wait();
      wanted.set();
      co_await db->transaction([](Transaction& tx) { return add(tx, "mine"); });
    });
    co_await expect_equal(db->one<int>("select count(*) from t"), std::optional(3));
  }));
}

TEST_F(AtOnceTest, leaves_no_lock_behind_when_its_task_is_cancelled) {
  expect_ran(with_table([this](Database& db) -> Task<> {
    auto other = co_await Database::open({.path = path(), .busy_limit = std::chrono::seconds(20)});
    co_await until_at_once(db);
    for (int i = 0; i < 30; ++i) {
      (void)co_await with_timeout(std::chrono::milliseconds(i % 3), db.transaction([](Transaction& tx) -> Task<> {
        co_await add(tx, "cancelled");
        co_await sleep(std::chrono::hours(1));
      })).result();
      co_await other->transaction([](Transaction& tx) { return add(tx, "other"); });
    }
    co_await expect_equal(db.one<int>("select v from t where k = 'other'"), std::optional(30));
    co_await expect_equal(db.one<int>("select count(*) from t where k = 'cancelled'"), std::optional(0));
  }));
}

}  // namespace
}  // namespace skerry::sql
