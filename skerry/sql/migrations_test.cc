// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "skerry/sql/database.h"
#include "skerry/sql/sql_test_support.h"

namespace skerry::sql {
namespace {

class MigrationsTest : public SqlTest {
 protected:
  static const std::vector<Migration>& steps() {
    static const std::vector<Migration> kSteps{
        {1, "users", "create table users (id integer primary key); -- a comment\ninsert into users values (1);"},
        {2, "names", "alter table users add column name text; update users set name = 'anna';"}};
    return kSteps;
  }

  /// What migrating with the list fails with, or "ok".
  std::string migrated(std::vector<Migration> list) {
    const auto result = run([&]() -> Task<> {
      auto db = co_await Database::open({.path = path()});
      co_await db->migrate(list);
    });
    return result ? "ok" : result.error().to_string();
  }

  template <class T>
  T answer(std::string sql) {
    return run([&]() -> Task<T> {
             auto db = co_await Database::open({.path = path()});
             const auto value = co_await db->template one<T>(sql);
             co_return *value;
           })
        .value();
  }
};

TEST_F(MigrationsTest, steps_run_once_and_in_the_order_of_their_versions) {
  EXPECT_EQ(migrated({steps()[1], steps()[0]}), "ok");
  EXPECT_EQ(migrated(steps()), "ok");
  EXPECT_EQ(answer<std::string>("select name from users"), "anna");
  EXPECT_EQ(answer<int>("select count(*) from skerry_migrations"), 2);
}

TEST_F(MigrationsTest, a_new_step_is_added_to_what_is_there) {
  EXPECT_EQ(migrated({steps()[0]}), "ok");
  EXPECT_EQ(migrated(steps()), "ok");
  EXPECT_EQ(answer<std::string>("select name from users"), "anna");
}

TEST_F(MigrationsTest, an_older_program_leaves_the_steps_of_a_newer_one_alone) {
  EXPECT_EQ(migrated(steps()), "ok");
  EXPECT_EQ(migrated({steps()[0]}), "ok");
  EXPECT_EQ(answer<std::string>("select name from users"), "anna");
}

TEST_F(MigrationsTest, a_step_that_was_changed_after_it_ran_is_refused) {
  EXPECT_EQ(migrated(steps()), "ok");
  auto changed = steps();
  changed[0].script += " ";
  EXPECT_EQ(migrated(changed), "FAILED_PRECONDITION: migration 1 (users) was changed after it had been applied");
}

TEST_F(MigrationsTest, a_step_that_fails_undoes_all_of_them) {
  auto broken = steps();
  broken.push_back({3, "broken", "create table more (x); create table users (x);"});
  EXPECT_EQ(migrated(broken), "INTERNAL: migration 3 (broken): prepare: table users already exists");
  EXPECT_EQ(answer<int>("select count(*) from sqlite_schema"), 0);
  EXPECT_EQ(migrated(steps()), "ok");
}

TEST_F(MigrationsTest, versions_are_positive_and_unique) {
  EXPECT_EQ(migrated({{0, "zero", ""}}), "INVALID_ARGUMENT: migration zero has version 0");
  EXPECT_EQ(migrated({{1, "a", ""}, {1, "b", ""}}), "INVALID_ARGUMENT: two migrations have version 1");
}

TEST_F(MigrationsTest, processes_that_start_together_apply_each_step_and_fill_once) {
  const int finished = run_in_processes(4, [this] {
    const auto started = run([this]() -> Task<> {
      auto db = co_await Database::open({.path = path(), .busy_limit = std::chrono::milliseconds(60'000)});
      co_await db->migrate(steps());
      co_await db->fill_once("users", [](Transaction& tx) -> Task<> {
        for (int i = 10; i < 500; ++i) co_await tx.execute("insert into users values (?, 'more')", i);
      });
      const auto users = co_await db->one<int>("select count(*) from users");
      if (users != 491) co_await Error::internal("{} users", users.value_or(0));
    });
    if (!started) std::fprintf(stderr, "%s\n", started.error().to_string().c_str());
    return started.has_value();
  });
  EXPECT_EQ(finished, 4);
  EXPECT_EQ(answer<int>("select count(*) from users"), 491);
}

TEST_F(MigrationsTest, a_fill_that_fails_is_tried_again_by_the_next) {
  expect_ran(run([this]() -> Task<> {
    auto db = co_await Database::open({.path = path()});
    co_await db->migrate(steps());
    const auto failed = co_await db
                            ->fill_once("users",
                                        [](Transaction& tx) -> Task<> {
                                          co_await tx.execute("insert into users values (7, 'seven')");
                                          co_await Error::unavailable("the file is not there yet");
                                        })
                            .result();
    EXPECT_EQ(failed.error(), Error::unavailable("the file is not there yet"));
    co_await expect_equal(db->one<int>("select count(*) from users"), 1);
    const auto fill = [](Transaction& tx) -> Task<> { co_await tx.execute("insert into users values (7, 'seven')"); };
    co_await expect_equal(db->fill_once("users", fill), true);
    co_await expect_equal(db->fill_once("users", fill), false);
    co_await expect_equal(db->one<int>("select count(*) from users"), 2);
  }));
}

}  // namespace
}  // namespace skerry::sql
