// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/saga_table.h"

#include "skerry/saga/runner_test_support.h"

namespace skerry::saga {
namespace {

using Strings = std::vector<std::string>;

class SagaTable : public RunnerTest {
 protected:
  /// Runs body(db), a Task<>, with the table.
  template <class F>
  void with_table(F body) {
    run([&]() -> Task<> {
      auto db = co_await open();
      co_await internal::create_tables(*db);
      co_await body(*db);
    });
  }
  static Task<> add(sql::Database& db, internal::SagaRow row) {
    row.definition = "order";
    row.version = 1;
    if (row.state.empty()) row.state = "running";
    co_await db.transaction([&](sql::Transaction& tx) { return internal::insert_row(tx, row); });
  }
  static Task<Strings> due(sql::Database& db, std::int64_t now_ms, std::int64_t limit = 10) {
    return internal::due_ids(db, {"order", 1, "me", now_ms, limit});
  }
  static Task<std::optional<std::int64_t>> next(sql::Database& db, std::int64_t now_ms) {
    return internal::next_due_ms(db, {"order", 1, "me", now_ms, 10});
  }
};

TEST_F(SagaTable, gives_what_is_due_and_free_or_mine_and_what_others_have_lost) {
  with_table([](sql::Database& db) -> Task<> {
    co_await add(db, {.id = "free", .due_ms = 100});
    co_await add(db, {.id = "mine", .due_ms = 50, .owner = "me", .lease_until_ms = 10});
    co_await add(db, {.id = "theirs", .due_ms = 0, .owner = "you", .lease_until_ms = 200});
    co_await add(db, {.id = "waits for a reply"});
    Strings ids = co_await due(db, 49);
    EXPECT_EQ(ids, Strings{});
    ids = co_await due(db, 100);
    EXPECT_EQ(ids, (Strings{"mine", "free"}));
    ids = co_await due(db, 200);
    EXPECT_EQ(ids, (Strings{"mine", "free", "theirs"}));
    ids = co_await due(db, 100, 1);
    EXPECT_EQ(ids, Strings{"mine"});
    auto at = co_await next(db, 0);
    EXPECT_EQ(at, 50);
    at = co_await next(db, 50);
    EXPECT_EQ(at, 100);
    at = co_await next(db, 100);
    EXPECT_EQ(at, 200);
    at = co_await next(db, 200);
    EXPECT_EQ(at, std::nullopt);
  });
}

TEST_F(SagaTable, renews_and_releases_the_leases_of_one_owner) {
  with_table([](sql::Database& db) -> Task<> {
    co_await add(db, {.id = "mine", .owner = "me", .lease_until_ms = 10});
    co_await add(db, {.id = "theirs", .owner = "you", .lease_until_ms = 10});
    co_await internal::renew_leases(db, "me", 500);
    auto mine = co_await internal::find_row(db, "mine");
    auto theirs = co_await internal::find_row(db, "theirs");
    EXPECT_EQ(mine->lease_until_ms, 500);
    EXPECT_EQ(theirs->lease_until_ms, 10);
    co_await internal::release_leases(db, "me");
    mine = co_await internal::find_row(db, "mine");
    EXPECT_EQ(mine->owner, std::nullopt);
    EXPECT_EQ(mine->due_ms, 0);
  });
}

TEST_F(SagaTable, removes_only_what_has_ended_long_ago) {
  with_table([](sql::Database& db) -> Task<> {
    co_await add(db, {.id = "old", .state = "completed", .changed_ms = 10});
    co_await add(db, {.id = "new", .state = "cancelled", .changed_ms = 100});
    co_await add(db, {.id = "open", .state = "stuck", .changed_ms = 10});
    const auto purged = co_await internal::purge_ended(db, 50);
    EXPECT_EQ(purged, 1);
    const auto left = co_await db.query<std::string>("select id from skerry_saga order by id");
    EXPECT_EQ(left, (Strings{"new", "open"}));
  });
}

TEST_F(SagaTable, counts_what_is_open) {
  with_table([](sql::Database& db) -> Task<> {
    co_await add(db, {.id = "a", .created_ms = 30});
    co_await add(db, {.id = "b", .created_ms = 20});
    co_await add(db, {.id = "c", .state = "completed", .created_ms = 10});
    const auto open = co_await internal::count_open(db);
    EXPECT_EQ(open.size(), 1U);
    EXPECT_EQ(open.at(0).count, 2);
    EXPECT_EQ(open.at(0).oldest_ms, 20);
  });
}

TEST_F(SagaTable, the_looks_of_the_loop_use_their_indexes) {
  with_table([](sql::Database& db) -> Task<> {
    const auto plan = co_await db.query<sql::Row>(
        "explain query plan select id from skerry_saga where definition = ? and version = ? and due_ms <= ? "
        "and (owner is null or owner = ?) order by due_ms limit ?",
        "order", 1, 0, "me", 1);
    const auto detail = co_await plan.at(0).get<std::string>("detail");
    EXPECT_NE(detail.find("skerry_saga_due"), std::string::npos) << detail;
  });
}

}  // namespace
}  // namespace skerry::saga
