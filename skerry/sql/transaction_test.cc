// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "skerry/async/channel.h"
#include "skerry/async/scope.h"
#include "skerry/async/sync.h"
#include "skerry/sql/database.h"
#include "skerry/sql/sql_test_support.h"

namespace skerry::sql {
namespace {

using std::chrono::milliseconds;

class TransactionTest : public SqlTest {};

Task<int> count_rows(Database& db) {
  const auto count = co_await db.one<int>("select count(*) from t");
  co_return *count;
}

Task<> insert_row(Transaction& tx, std::string key) {
  co_await tx.execute("insert into t values (?, 1)", std::move(key));
}

TEST_F(TransactionTest, keeps_what_a_body_did_that_succeeded_and_gives_its_value) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto seen = co_await db.transaction([](Transaction& tx) -> Task<int> {
      co_await insert_row(tx, "a");
      co_await insert_row(tx, "b");
      const auto inside = co_await tx.one<int>("select count(*) from t");
      co_return *inside;
    });
    EXPECT_EQ(seen, 2);
    co_await expect_equal(count_rows(db), 2);
  }));
}

TEST_F(TransactionTest, readers_do_not_see_what_is_not_committed) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.transaction([&](Transaction& tx) -> Task<> {
      co_await insert_row(tx, "a");
      co_await expect_equal(count_rows(db), 0);
    });
    co_await expect_equal(count_rows(db), 1);
  }));
}

TEST_F(TransactionTest, rolls_back_when_the_body_fails) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto failed = co_await db
                            .transaction([](Transaction& tx) -> Task<int> {
                              co_await insert_row(tx, "a");
                              co_return Error::not_found("no such thing");
                            })
                            .result();
    EXPECT_EQ(failed.error(), Error::not_found("no such thing"));
    co_await expect_equal(count_rows(db), 0);
    co_await db.execute("insert into t values ('after', 1)");
    co_await expect_equal(count_rows(db), 1);
  }));
}

TEST_F(TransactionTest, rolls_back_when_the_body_panics) {
  expect_ran(with_table([](Database& db) -> Task<> {
    std::string caught;
    try {
      co_await db.transaction([](Transaction& tx) -> Task<> {
        co_await insert_row(tx, "a");
        throw std::logic_error("a bug");
      });
    } catch (const std::logic_error& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "a bug");
    co_await expect_equal(count_rows(db), 0);
    co_await db.execute("insert into t values ('after', 1)");
  }));
}

TEST_F(TransactionTest, rolls_back_when_it_is_cancelled_in_the_body) {
  expect_ran(with_table([](Database& db) -> Task<> {
    Event never;
    auto endless = db.transaction([&](Transaction& tx) -> Task<> {
      co_await insert_row(tx, "a");
      co_await never.wait();
    });
    const auto cancelled = co_await with_timeout(milliseconds(20), std::move(endless)).result();
    EXPECT_EQ(cancelled.error().code(), Code::kDeadlineExceeded);
    co_await expect_equal(count_rows(db), 0);
    co_await db.execute("insert into t values ('after', 1)");
    co_await expect_equal(count_rows(db), 1);
  }));
}

TEST_F(TransactionTest, cancelled_while_it_waits_for_its_turn_it_never_runs) {
  expect_ran(with_table([](Database& db) -> Task<> {
    Event first_may_end;
    bool second_ran = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      Event first_runs;
      scope.go([&]() -> Task<> {
        co_await db.transaction([&](Transaction& tx) -> Task<> {
          co_await insert_row(tx, "first");
          first_runs.set();
          co_await first_may_end.wait();
        });
      });
      co_await first_runs.wait();
      auto second = db.transaction([&](Transaction& tx) -> Task<> {
        second_ran = true;
        co_await insert_row(tx, "second");
      });
      const auto waited = co_await with_timeout(milliseconds(20), std::move(second)).result();
      EXPECT_EQ(waited.error().code(), Code::kDeadlineExceeded);
      first_may_end.set();
    });
    EXPECT_FALSE(second_ran);
    co_await expect_equal(count_rows(db), 1);
  }));
}

TEST_F(TransactionTest, a_failed_statement_undoes_itself_alone_where_the_body_goes_on) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.transaction([](Transaction& tx) -> Task<> {
      co_await insert_row(tx, "a");
      const auto again = co_await tx.execute("insert into t values ('b', 1), ('a', 1)").result();
      EXPECT_EQ(again.error().code(), Code::kAlreadyExists);
      co_await insert_row(tx, "c");
    });
    co_await expect_equal(db.query<std::string>("select k from t order by k"), (std::vector<std::string>{"a", "c"}));
  }));
}

TEST_F(TransactionTest, a_body_without_statements_touches_nothing) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto before = db.stats();
    co_await expect_equal(db.transaction([](Transaction&) -> Task<int> { co_return 7; }), 7);
    EXPECT_EQ(db.stats().commits, before.commits);
  }));
}

TEST_F(TransactionTest, children_of_a_scope_share_it) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.transaction([](Transaction& tx) -> Task<> {
      co_await with_scope([&](Scope& scope) -> Task<> {
        for (int i = 0; i < 20; ++i) {
          scope.go_on(Runtime::current().worker(static_cast<std::size_t>(i) % 2),
                      [&tx, i]() -> Task<> { co_await insert_row(tx, fmt::format("k{}", i)); });
        }
        co_return;
      });
    });
    co_await expect_equal(count_rows(db), 20);
  }));
}

TEST_F(TransactionTest, execute_each_runs_a_statement_for_every_list) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.transaction([](Transaction& tx) -> Task<> {
      co_await expect_equal(tx.execute_each("insert into t values (?, ?)", {values("a", 1), values("b", 2)}), 2);
    });
    co_await expect_equal(db.query<int>("select v from t order by k"), (std::vector<int>{1, 2}));
  }));
}

TEST_F(TransactionTest, a_hundred_buyers_of_the_last_ten_get_exactly_ten) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.execute("insert into t values ('pear', 10)");
    std::atomic<int> sold{0};
    std::atomic<int> refused{0};
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 100; ++i) {
        scope.go_on(Runtime::current().worker(i % 2), [&]() -> Task<> {
          const auto bought = co_await db.execute("update t set v = v - 1 where k = 'pear'").result();
          bought ? ++sold : ++refused;
        });
      }
      co_return;
    });
    EXPECT_EQ(sold, 10);
    EXPECT_EQ(refused, 90);
    co_await expect_equal(db.one<int>("select v from t"), 0);
  }));
}

TEST_F(TransactionTest, transactions_that_queue_share_commits) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto before = db.stats();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 200; ++i) {
        scope.go([&, i]() -> Task<> { co_await db.execute("insert into t values (?, 1)", fmt::format("k{}", i)); });
      }
      co_return;
    });
    co_await expect_equal(count_rows(db), 200);
    const auto after = db.stats();
    EXPECT_EQ(after.transactions - before.transactions, 200U);
    EXPECT_LE(after.commits - before.commits, 20U);
    EXPECT_GE(after.commits - before.commits, 200U / 64U);
  }));
}

TEST_F(TransactionTest, one_that_fails_in_a_shared_commit_takes_nobody_with_it) {
  expect_ran(with_table([](Database& db) -> Task<> {
    std::atomic<int> failed{0};
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 100; ++i) {
        scope.go([&, i]() -> Task<> {
          const auto done = co_await db
                                .transaction([i](Transaction& tx) -> Task<> {
                                  co_await insert_row(tx, fmt::format("k{}", i));
                                  if (i % 3 == 0) co_await Error::aborted("not this one");
                                })
                                .result();
          if (!done) ++failed;
        });
      }
      co_return;
    });
    EXPECT_EQ(failed, 34);
    co_await expect_equal(count_rows(db), 66);
  }));
}

TEST_F(TransactionTest, a_foreign_key_left_open_fails_its_own_transaction_alone) {
  expect_ran(with_table([](Database& db) -> Task<> {
    co_await db.execute("create table child (k text references t (k) deferrable initially deferred)");
    std::atomic<int> failed{0};
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 30; ++i) {
        scope.go([&, i]() -> Task<> {
          const auto done = co_await db
                                .transaction([i](Transaction& tx) -> Task<> {
                                  const std::string key = fmt::format("k{}", i);
                                  co_await tx.execute("insert into child values (?)", key);
                                  if (i % 2 == 0) co_await insert_row(tx, key);
                                })
                                .result();
          if (done) co_return;
          EXPECT_EQ(done.error().code(), Code::kFailedPrecondition);
          ++failed;
        });
      }
      co_return;
    });
    EXPECT_EQ(failed, 15);
    co_await expect_equal(db.one<int>("select count(*) from child"), 15);
  }));
}

TEST_F(TransactionTest, a_full_database_is_resource_exhausted_and_nothing_half_done_stays) {
  expect_ran(with_table([](Database& db) -> Task<> {
    const auto filled = co_await db
                            .transaction([](Transaction& tx) -> Task<> {
                              co_await insert_row(tx, "a");
                              co_await tx.query("pragma max_page_count = 20");
                              for (int i = 0; i < 1'000; ++i) co_await insert_row(tx, fmt::format("{:01000}", i));
                            })
                            .result();
    EXPECT_EQ(filled.error().code(), Code::kResourceExhausted);
    co_await expect_equal(count_rows(db), 0);
    co_await db.execute("insert into t values ('after', 1)");
    co_await expect_equal(count_rows(db), 1);
  }));
}

TEST_F(TransactionTest, waits_for_a_lock_of_another_connection_and_gives_up_as_unavailable) {
  expect_ran(with_table([this](Database& db) -> Task<> {
    auto other = co_await Database::open({.path = path(), .busy_limit = milliseconds(30)});
    co_await db.transaction([&](Transaction& tx) -> Task<> {
      co_await insert_row(tx, "mine");
      const auto refused = co_await other->execute("insert into t values ('theirs', 1)").result();
      EXPECT_EQ(refused.error().code(), Code::kUnavailable);
      co_await expect_equal(count_rows(*other), 0);
    });
    co_await other->execute("insert into t values ('theirs', 1)");
    co_await expect_equal(count_rows(db), 2);
  }));
}

TEST_F(TransactionTest, calls_what_was_to_be_called_once_its_rows_can_be_seen) {
  expect_ran(with_table([](Database& db) -> Task<> {
    std::vector<std::string> calls;
    co_await db.transaction([&](Transaction& tx) -> Task<> {
      tx.on_commit([&] { calls.push_back("first"); });
      tx.on_commit([&] { calls.push_back("second"); });
      co_await tx.execute("insert into t values ('a', 1)");
      EXPECT_TRUE(calls.empty());
    });
    EXPECT_EQ(calls, (std::vector<std::string>{"first", "second"}));
  }));
}

TEST_F(TransactionTest, calls_nothing_when_it_is_rolled_back) {
  expect_ran(with_table([](Database& db) -> Task<> {
    bool called = false;
    const Result<> refused = co_await db
                                 .transaction([&](Transaction& tx) -> Task<> {
                                   tx.on_commit([&] { called = true; });
                                   co_await tx.execute("insert into t values ('a', 1)");
                                   co_await Error::aborted("no");
                                 })
                                 .result();
    EXPECT_FALSE(refused.has_value());
    EXPECT_FALSE(called);
  }));
}

TEST_F(TransactionTest, processes_that_write_at_once_lose_nothing) {
  expect_ran(with_table([](Database& db) -> Task<> { co_await db.execute("insert into t values ('sum', 0)"); }));
  const int finished = run_in_processes(3, [this] {
    const auto added = run([this]() -> Task<> {
      auto db = co_await Database::open({.path = path(), .busy_limit = milliseconds(60'000)});
      co_await with_scope([&](Scope& scope) -> Task<> {
        for (int i = 0; i < 50; ++i) {
          scope.go([&]() -> Task<> {
            co_await db->transaction([](Transaction& tx) -> Task<> {
              const auto sum = co_await tx.one<int>("select v from t where k = 'sum'");
              co_await tx.execute("update t set v = ? where k = 'sum'", *sum + 1);
            });
          });
        }
        co_return;
      });
    });
    return added.has_value();
  });
  EXPECT_EQ(finished, 3);
  expect_ran(with_table([](Database& db) -> Task<> { co_await expect_equal(db.one<int>("select v from t"), 150); }));
}

TEST_F(TransactionTest, what_was_acknowledged_survives_a_killed_process) {
  // The child tells each acknowledged number through the pipe until it is killed in the middle of its work.
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  expect_ran(with_table([](Database& db) -> Task<> { co_await count_rows(db); }));
  const pid_t child = ::fork();
  if (child == 0) {
    (void)run([&]() -> Task<> {
      auto db = co_await Database::open({.path = path()});
      for (int i = 0;; ++i) {
        co_await db->execute("insert into t values (?, ?)", fmt::format("k{}", i), i);
        (void)!::write(ends[1], &i, sizeof i);
      }
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  int acknowledged = -1;
  while (acknowledged < 50)
    ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), ssize_t{sizeof acknowledged});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (::read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
  }
  ::close(ends[0]);
  expect_ran(with_table([&](Database& db) -> Task<> {
    const int kept = co_await count_rows(db);
    EXPECT_GE(kept, acknowledged + 1);
    EXPECT_LE(kept, acknowledged + 2);
    co_await expect_equal(db.one<int>("select max(v) from t"), kept - 1);
  }));
}

}  // namespace
}  // namespace skerry::sql
