// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/database.h"

#include <boost/describe/class.hpp>

#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/sql/sql_test_support.h"

namespace skerry::sql {
namespace database_test {

struct Item {
  std::string k;
  std::optional<int> v;
  bool operator==(const Item&) const = default;
};
BOOST_DESCRIBE_STRUCT(Item, (), (k, v))

}  // namespace database_test

namespace {

using database_test::Item;

class DatabaseTest : public SqlTest {
 protected:
  /// What a statement fails with, on a database with the table of with_table.
  Error error_of(std::string sql) {
    std::optional<Error> found;
    const auto ran = with_table([&](Database& db) -> Task<> {
      co_await db.execute("insert or ignore into t values ('pear', 1)");
      auto outcome = co_await db.execute(sql).result();
      if (!outcome) found = outcome.error();
    });
    EXPECT_TRUE(ran.has_value()) << ran.error().to_string();
    return found.value_or(Error::unknown("no error"));
  }
};

TEST_F(DatabaseTest, answers_with_structs_values_and_rows) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto changed = co_await db.execute("insert into t values (?, ?), (?, ?)", "pear", 3, "fig", std::nullopt);
    EXPECT_EQ(changed, 2);
    const auto items = co_await db.query<Item>("select k, v, 1 as other from t order by k");
    EXPECT_EQ(items, (std::vector<Item>{{"fig", std::nullopt}, {"pear", 3}}));
    co_await expect_equal(db.query<std::string>("select k from t order by k"), std::vector<std::string>{"fig", "pear"});
    const auto count = co_await db.one<std::int64_t>("select count(*) from t");
    EXPECT_EQ(count, 2);
    const auto none = co_await db.one<Item>("select * from t where k = ?", "plum");
    EXPECT_EQ(none, std::nullopt);
    const auto row = co_await db.one("select k, v from t where v > ?", 0);
    EXPECT_EQ(row->columns(), (std::vector<std::string>{"k", "v"}));
    EXPECT_EQ(row->get<int>("v"), 3);
  }));
}

TEST_F(DatabaseTest, every_kind_of_value_comes_back_as_it_was) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path()});
    co_await db->execute("create table kinds (a, b, c, d, e, f, g, h)");
    const std::string text("nul\0inside ä", 13);
    const Blob bytes{std::string("\x00\xff\x01", 3)};
    co_await db->execute("insert into kinds values (?, ?, ?, ?, ?, ?, ?, ?)", std::numeric_limits<std::int64_t>::min(),
                         1.5, text, bytes, nullptr, true, std::optional<int>(), Blob{});
    const auto row = co_await db->one("select * from kinds");
    EXPECT_EQ(row->get<std::int64_t>("a"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(row->get<double>("b"), 1.5);
    EXPECT_EQ(row->get<std::string>("c"), text);
    EXPECT_EQ(row->get<Blob>("d"), bytes);
    EXPECT_EQ(row->get<std::optional<std::string>>("e").value(), std::nullopt);
    EXPECT_EQ(row->get<bool>("f"), true);
    EXPECT_EQ(row->get<Value>("g"), Value());
    EXPECT_EQ(row->get<Blob>("h"), Blob{});
  }));
}

TEST_F(DatabaseTest, a_column_of_another_type_is_an_internal_error_that_names_it) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.execute("insert into t values ('pear', 300)");
    const auto row = co_await db.one("select k, v, null as n from t");
    EXPECT_EQ(row->get<int>("k").error(), Error::internal("k: expected an integer, found text"));
    EXPECT_EQ(row->get<std::string>("v").error(), Error::internal("v: expected text, found an integer"));
    EXPECT_EQ(row->get<int>("n").error(), Error::internal("n: expected an integer, found NULL"));
    EXPECT_EQ(row->get<std::int8_t>("v").error(), Error::internal("v: 300 is not from -128 to 127"));
    EXPECT_EQ(row->get<int>("w").error(), Error::internal("the answer has no column \"w\""));
    const auto missing = co_await db.query<Item>("select k from t").result();
    EXPECT_EQ(missing.error(), Error::internal("the answer has no column \"v\""));
    const auto wide = co_await db.one<int>("select v, v from t").result();
    EXPECT_EQ(wide.error(), Error::internal("2 columns where one is expected"));
  }));
}

TEST_F(DatabaseTest, one_refuses_a_second_row) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.execute("insert into t values ('a', 1), ('b', 2)");
    const auto both = co_await db.one<Item>("select * from t").result();
    EXPECT_EQ(both.error(), Error::internal("2 rows where one is expected"));
  }));
}

TEST_F(DatabaseTest, arguments_never_become_sql) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.execute("insert into t values (?, 1)", "x'); drop table t; --");
    co_await expect_equal(db.one<int>("select count(*) from t where k = ?", "x'); drop table t; --"), 1);
  }));
}

TEST_F(DatabaseTest, execute_counts_the_rows_it_changed) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await expect_equal(db.execute("insert into t values ('a', 1), ('b', 1), ('c', 2)"), 3);
    co_await expect_equal(db.execute("update t set v = 9 where v = 1"), 2);
    co_await expect_equal(db.execute("update t set v = 9 where v = 1"), 0);
    co_await expect_equal(db.execute("create table u (x)"), 0);
    co_await expect_equal(db.execute("delete from t"), 3);
  }));
}

TEST_F(DatabaseTest, a_duplicate_key_is_already_exists) {
  const Error error = error_of("insert into t values ('pear', 2)");
  EXPECT_EQ(error.code(), Code::kAlreadyExists);
  EXPECT_EQ(error.message(), "execute: UNIQUE constraint failed: t.k");
  EXPECT_EQ(error.detail("sqlite"), "SQLITE_CONSTRAINT_PRIMARYKEY");
}

TEST_F(DatabaseTest, another_violated_constraint_is_a_failed_precondition) {
  EXPECT_EQ(error_of("update t set v = v - 2").code(), Code::kFailedPrecondition);
  EXPECT_EQ(error_of("update t set v = v - 2").detail("sqlite"), "SQLITE_CONSTRAINT_CHECK");
  EXPECT_EQ(error_of("insert into t values ('x', 'text')").code(), Code::kFailedPrecondition);
}

TEST_F(DatabaseTest, wrong_sql_is_an_internal_error) {
  for (const char* sql : {"insert into gone values (1)", "nonsense", "", "insert into t values (?, 1)",
                          "delete from t; delete from t", "begin", "commit", "rollback", "savepoint s",
                          "attach 'x' as y", "BEGIN IMMEDIATE", "begin immediate", "release member"}) {
    EXPECT_EQ(error_of(sql).code(), Code::kInternal) << sql;
  }
}

TEST_F(DatabaseTest, a_query_outside_of_a_transaction_may_only_read) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto written = co_await db.query("insert into t values ('a', 1) returning k").result();
    EXPECT_EQ(written.error().code(), Code::kPermissionDenied);
    co_await expect_equal(db.one<int>("select count(*) from t"), 0);
  }));
}

TEST_F(DatabaseTest, an_answer_over_the_limit_of_rows_is_refused) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path(), .max_rows = 10});
    const std::string sql =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select i from n";
    const auto ten = co_await db->query<int>(sql, 10);
    EXPECT_EQ(ten.size(), 10U);
    const auto more = co_await db->query<int>(sql, 11).result();
    EXPECT_EQ(more.error().code(), Code::kResourceExhausted);
  }));
}

TEST_F(DatabaseTest, a_read_is_stopped_at_its_deadline) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path()});
    // Counts for hours, and answers one row.
    const std::string endless =
        "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n where i < 0";
    const auto stopped = co_await with_timeout(std::chrono::milliseconds(30), db->one<Value>(endless)).result();
    EXPECT_EQ(stopped.error().code(), Code::kDeadlineExceeded);
    co_await expect_equal(db->one<int>("select 7"), 7);
  }));
}

TEST_F(DatabaseTest, more_readers_than_connections_wait_their_turn) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path(), .max_readers = 2});
    int sum = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 50; ++i) {
        scope.go([&, i]() -> Task<> {
          const auto echo = co_await db->one<int>("select ?", i);
          sum += *echo;
        });
      }
      co_return;
    });
    EXPECT_EQ(sum, 50 * 49 / 2);
  }));
}

TEST_F(DatabaseTest, more_statements_than_the_cache_holds_still_run) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path(), .max_readers = 1});
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 300; ++i) {
        co_await expect_equal(db->one<int>(fmt::format("select {} + ?", i), 1), i + 1);
      }
    }
  }));
}

TEST_F(DatabaseTest, a_statement_survives_a_change_of_the_schema) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.execute("insert into t values ('a', 1)");
    const auto before = co_await db.one("select * from t");
    EXPECT_EQ(before->columns().size(), 2U);
    co_await db.execute("alter table t add column extra text");
    const auto after = co_await db.one("select * from t");
    EXPECT_EQ(after->columns().size(), 3U);
  }));
}

TEST_F(DatabaseTest, is_durable_by_write_ahead_log_and_full_synchronisation) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path()});
    co_await db->transaction([](Transaction& tx) -> Task<> {
      co_await expect_equal(tx.one<std::string>("pragma journal_mode"), "wal");
      co_await expect_equal(tx.one<int>("pragma synchronous"), 2);
      co_await expect_equal(tx.one<int>("pragma foreign_keys"), 1);
    });
  }));
}

TEST_F(DatabaseTest, a_path_that_cannot_be_opened_says_why) {
  const auto opened = [](std::string file) {
    auto result = run([file]() -> Task<> {
      auto db = co_await Database::open({.path = file});
      co_await db->one<int>("select 1");
    });
    return result ? Error::unknown("no error") : result.error();
  };
  EXPECT_EQ(opened(path("no/such/folder.db")).code(), Code::kNotFound);
  EXPECT_EQ(opened(":memory:").code(), Code::kInvalidArgument);
  EXPECT_EQ(opened("").code(), Code::kInvalidArgument);
  std::ofstream(path("text.db")) << std::string(5'000, 'x');
  EXPECT_EQ(opened(path("text.db")).code(), Code::kDataLoss);
}

}  // namespace
}  // namespace skerry::sql
