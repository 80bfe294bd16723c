// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/barrier.h"

#include "skerry/saga/runner_test_support.h"

namespace skerry::saga {
namespace {

class SagaBarrier : public RunnerTest {
 protected:
  /// Runs body(), a Task<>, with a barrier.
  template <class F>
  void with_barrier(F body) {
    run([&]() -> Task<> {
      db_ = co_await open();
      Barrier barrier(*db_);
      barrier_ = &barrier;
      co_await barrier.create_tables();
      co_await body();
      db_.reset();
    });
  }
  /// Passes the barrier with work that gives `reply`; counts the work.
  Task<Reply> once(std::string key, Reply reply = Reply::done()) {
    return db_->transaction([this, key, reply](sql::Transaction& tx) -> Task<Reply> {
      co_return co_await barrier_->once(tx, key, [&]() -> Task<Reply> {
        ++works_;
        co_return reply;
      });
    });
  }
  Task<> expect(std::string key, Reply expected, int works, Reply answer = Reply::done()) {
    const Reply got = co_await once(key, answer);
    EXPECT_EQ(got, expected) << key << ": " << got.reason;
    EXPECT_EQ(works_, works) << key;
  }

  std::unique_ptr<sql::Database> db_;
  Barrier* barrier_ = nullptr;
  int works_ = 0;
};

TEST_F(SagaBarrier, a_run_is_done_once_and_undone_once) {
  with_barrier([this]() -> Task<> {
    co_await expect("o1/charge", Reply::done(), 1);
    co_await expect("o1/charge", Reply::done(), 1);
    co_await expect("o1/charge/compensate", Reply::done(), 2);
    co_await expect("o1/charge/compensate", Reply::done(), 2);
    co_await expect("o1/charge/compensate/2", Reply::done(), 2);
    co_await expect("o1/charge", Reply::refused("it was compensated"), 2);
  });
}

TEST_F(SagaBarrier, a_refusal_is_remembered_and_needs_no_compensation) {
  with_barrier([this]() -> Task<> {
    co_await expect("o1/charge", Reply::refused("declined"), 1, Reply::refused("declined"));
    co_await expect("o1/charge", Reply::refused("declined"), 1);
    co_await expect("o1/charge/compensate", Reply::done(), 1);
    co_await expect("o1/charge", Reply::refused("declined"), 1);
  });
}

TEST_F(SagaBarrier, a_run_that_comes_after_its_compensation_is_refused) {
  with_barrier([this]() -> Task<> {
    co_await expect("o1/charge/compensate", Reply::done(), 0);
    co_await expect("o1/charge", Reply::refused("it was compensated before it ran"), 0);
    co_await expect("o1/charge/compensate", Reply::done(), 0);
  });
}

TEST_F(SagaBarrier, a_failure_is_tried_again) {
  with_barrier([this]() -> Task<> {
    co_await expect("o1/charge", Reply::failed("busy"), 1, Reply::failed("busy"));
    co_await expect("o1/charge", Reply::done(), 2);
    co_await expect("o1/charge/compensate", Reply::failed("busy"), 3, Reply::failed("busy"));
    co_await expect("o1/charge/compensate", Reply::refused("never"), 4, Reply::refused("never"));
    co_await expect("o1/charge/compensate", Reply::done(), 5);
  });
}

TEST_F(SagaBarrier, steps_and_sagas_do_not_disturb_each_other) {
  with_barrier([this]() -> Task<> {
    co_await expect("o1/charge", Reply::done(), 1);
    co_await expect("o1/points", Reply::done(), 2);
    co_await expect("o2/charge", Reply::done(), 3);
    co_await expect("o2/points/compensate", Reply::done(), 3);
  });
}

TEST_F(SagaBarrier, remembers_nothing_of_a_transaction_that_failed) {
  with_barrier([this]() -> Task<> {
    const auto failed =
        co_await db_
            ->transaction([this](sql::Transaction& tx) -> Task<> {
              co_await barrier_->once(tx, "o1/charge", []() -> Task<Reply> { co_return Reply::done(); });
              co_await Error::aborted("no");
            })
            .result();
    EXPECT_FALSE(failed);
    co_await expect("o1/charge", Reply::done(), 1);
    const auto bad = co_await once("nonsense").result();
    EXPECT_EQ(bad.error().code(), Code::kInvalidArgument);
  });
}

TEST_F(SagaBarrier, forgets_what_is_old) {
  with_barrier([this]() -> Task<> {
    co_await expect("o1/charge", Reply::done(), 1);
    const auto now = std::chrono::system_clock::now();
    auto pruned = co_await barrier_->prune(now - std::chrono::hours(1));
    EXPECT_EQ(pruned, 0);
    pruned = co_await barrier_->prune(now + std::chrono::hours(1));
    EXPECT_EQ(pruned, 1);
    co_await expect("o1/charge", Reply::done(), 2);
  });
}

TEST(SagaReply, is_an_error_for_who_answers_a_call) {
  EXPECT_TRUE(Reply::done().result());
  EXPECT_TRUE(is_refusal(Reply::refused("no").result().error()));
  EXPECT_FALSE(is_refusal(Reply::failed("busy").result().error()));
}

}  // namespace
}  // namespace skerry::saga
