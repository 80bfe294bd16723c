// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/scope.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "skerry/async/sync.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;
using async_test::until;
using async_test::until_waiting;

Worker& other_worker() { return Runtime::current().worker(1); }

/// A child that ends only when it is cancelled.
Task<> sleep_for_ever(Counted) { co_await sleep(24h); }

TEST(Scope, waits_for_its_children_when_the_body_has_ended) {
  std::atomic<int> ended = 0;
  Result<int> result = run_on(2, [&]() -> Task<int> {
    int value = co_await with_scope([&](Scope& scope) -> Task<int> {
      scope.go([&]() -> Task<> {
        co_await sleep(2ms);
        ++ended;
      });
      scope.go_on(other_worker(), [&]() -> Task<> {
        co_await sleep(5ms);
        ++ended;
      });
      co_return 3;
    });
    EXPECT_EQ(ended, 2);
    co_return value;
  });
  EXPECT_EQ(*result, 3);
}

TEST(Scope, without_children_gives_the_value_of_its_body) {
  Result<std::unique_ptr<int>> result = run_on(1, []() -> Task<std::unique_ptr<int>> {
    co_return co_await with_scope([](Scope&) -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); });
  });
  EXPECT_EQ(**result, 5);
}

TEST(Scope, the_error_of_a_child_cancels_all_and_is_the_error) {
  std::atomic<int> live = 0;
  bool reached = false;
  Result<> result = run_on(2, [&]() -> Task<> {
    Result<> failed = co_await with_scope([&](Scope& scope) -> Task<> {
                        scope.go(sleep_for_ever, Counted(live));
                        scope.go_on(other_worker(), sleep_for_ever, Counted(live));
                        scope.go([]() -> Task<> { co_await Error::not_found("child"); });
                        co_await sleep(24h);
                        reached = true;
                      }).result();
    EXPECT_EQ(live, 0) << "all children have ended and are freed";
    co_await std::move(failed);
  });
  EXPECT_EQ(result.error(), Error::not_found("child"));
  EXPECT_FALSE(reached);
}

TEST(Scope, the_error_of_its_body_cancels_and_joins_the_children) {
  std::atomic<int> live = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    Result<> failed = co_await with_scope([&](Scope& scope) -> Task<> {
                        scope.go(sleep_for_ever, Counted(live));
                        scope.go_on(other_worker(), sleep_for_ever, Counted(live));
                        co_await Error::aborted("body");
                      }).result();
    EXPECT_EQ(live, 0);
    co_await std::move(failed);
  });
  EXPECT_EQ(result.error(), Error::aborted("body"));
}

TEST(Scope, a_panic_of_its_body_cancels_and_joins_the_children_and_goes_on) {
  std::atomic<int> live = 0;
  EXPECT_THROW((void)run_on(2,
                            [&]() -> Task<> {
                              co_await with_scope([&](Scope& scope) -> Task<> {
                                scope.go(sleep_for_ever, Counted(live));
                                scope.go_on(other_worker(), sleep_for_ever, Counted(live));
                                throw std::out_of_range("body");
                                co_return;
                              });
                            }),
               std::out_of_range);
  EXPECT_EQ(live, 0);
}

TEST(Scope, a_panic_of_a_child_on_another_worker_is_rethrown_where_the_scope_is_awaited) {
  std::atomic<int> live = 0;
  bool caught = false;
  Result<> result = run_on(2, [&]() -> Task<> {
    try {
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go(sleep_for_ever, Counted(live));
        scope.go_on(other_worker(), []() -> Task<> {
          throw std::out_of_range("child");
          co_return;
        });
        co_await sleep(24h);
      });
    } catch (const std::out_of_range&) {
      caught = true;
    }
    EXPECT_EQ(live, 0);
  });
  EXPECT_TRUE(result);
  EXPECT_TRUE(caught);
}

TEST(Scope, cancellation_from_outside_joins_the_children_and_ends_the_task) {
  std::atomic<int> live = 0;
  bool went_on = false;
  Result<> result = run_on(2, [&]() -> Task<> {
    (void)co_await with_scope([&](Scope& outer) -> Task<> {
      outer.go([&]() -> Task<> {
        (void)co_await with_scope([&](Scope& scope) -> Task<> {
          scope.go(sleep_for_ever, Counted(live));
          scope.go_on(other_worker(), sleep_for_ever, Counted(live));
          co_return;
        }).result();
        went_on = true;
      });
      co_await until([&] { return live == 2; });
      outer.cancel();
    }).result();
    EXPECT_EQ(live, 0);
  });
  EXPECT_TRUE(result);
  EXPECT_FALSE(went_on) << ".result() does not show a task its own cancellation";
}

TEST(Scope, a_deadline_reaches_children_on_other_workers_and_waits_for_them) {
  std::atomic<int> live = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    Result<> timed_out = co_await with_timeout(3ms, with_scope([&](Scope& scope) -> Task<> {
                                                 scope.go(sleep_for_ever, Counted(live));
                                                 scope.go_on(other_worker(), sleep_for_ever, Counted(live));
                                                 co_return;
                                               }))
                             .result();
    EXPECT_EQ(timed_out.error().code(), Code::kDeadlineExceeded);
    EXPECT_EQ(live, 0);
  });
  EXPECT_TRUE(result);
}

TEST(Scope, waits_also_for_children_that_take_their_time_after_the_cancellation) {
  bool cleaned_up = false;
  Result<> result = run_on(2, [&]() -> Task<> {
    (void)co_await with_timeout(1ms, with_scope([&](Scope& scope) -> Task<> {
                                  scope.go_on(other_worker(), [&]() -> Task<> {
                                    co_await shielded(1h, []() -> Task<> { co_await sleep(20ms); }());
                                    cleaned_up = true;
                                  });
                                  co_return;
                                }))
        .result();
    EXPECT_TRUE(cleaned_up);
  });
  EXPECT_TRUE(result);
}

TEST(Scope, the_first_error_wins) {
  Result<> result = run_on(1, []() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      for (int i = 0; i < 3; ++i) {
        scope.go([i]() -> Task<> {
          co_await sleep(i * 10ms);
          co_await Error::not_found("child {}", i);
        });
      }
      co_await shielded(1h, []() -> Task<> { co_await sleep(30ms); }());
      co_await Error::internal("the body is later");
    });
  });
  EXPECT_EQ(result.error(), Error::not_found("child 0"));
}

TEST(Scope, children_may_refer_to_the_frame_around_and_to_the_captures_of_the_body) {
  Result<int> sum = run_on(2, []() -> Task<int> {
    std::atomic<int> total = 0;
    co_await with_scope([&total, text = std::string(46, 'x')](Scope& scope) -> Task<> {
      for (int i = 0; i < 100; ++i) {
        scope.go_on(other_worker(), [&]() -> Task<> {
          co_await yield();
          total += static_cast<int>(text.size());
        });
      }
      co_return;
    });
    co_return total.load();
  });
  EXPECT_EQ(*sum, 100 * 46);
}

TEST(Scope, the_frame_of_a_body_that_failed_stays_until_the_children_have_ended) {
  bool seen = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      std::string local = "a local string of the body, on the heap";
      scope.go([&]() -> Task<> {
        co_await shielded(1h, []() -> Task<> { co_await sleep(5ms); }());
        seen = local == "a local string of the body, on the heap";
      });
      co_await Error::aborted("body");
    });
  });
  EXPECT_EQ(result.error(), Error::aborted("body"));
  EXPECT_TRUE(seen);
}

TEST(Scope, captures_arguments_and_values_of_children_go_before_the_scope_ends) {
  std::atomic<int> live = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    for (int round = 0; round < 500; ++round) {
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go_on(
            other_worker(), [&live, capture = Counted(live)](Counted) -> Task<Counted> { co_return Counted(live); },
            Counted(live));
        co_return;
      });
      EXPECT_EQ(live, 0);
    }
  });
  EXPECT_TRUE(result);
}

TEST(Scope, a_child_may_start_siblings) {
  std::atomic<int> ran = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        for (int i = 0; i < 10; ++i) {
          scope.go_on(other_worker(), [&]() -> Task<> {
            ++ran;
            scope.go([&]() -> Task<> {
              ++ran;
              co_return;
            });
            co_return;
          });
        }
        co_return;
      });
      co_return;
    });
    EXPECT_EQ(ran, 20);
  });
  EXPECT_TRUE(result);
}

TEST(Scope, a_child_started_after_the_cancellation_ends_at_its_first_wait) {
  bool started = false;
  bool went_on = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.cancel();
      scope.go([&]() -> Task<> {
        started = true;
        co_await yield();
        went_on = true;
      });
      co_return;
    });
  });
  EXPECT_EQ(result.error().code(), Code::kCancelled);
  EXPECT_TRUE(started);
  EXPECT_FALSE(went_on);
}

TEST(Scope, cancelled_by_its_body_it_ends_with_cancelled_with_and_without_children) {
  Result<> result = run_on(1, []() -> Task<> {
    Result<int> value = co_await with_scope([](Scope& scope) -> Task<int> {
                          scope.cancel();
                          co_return 1;
                        }).result();
    EXPECT_EQ(value.error().code(), Code::kCancelled);
  });
  EXPECT_TRUE(result) << "the cancellation of a scope inside is not that of the task";
}

TEST(Scope, an_inner_scope_that_fails_does_not_cancel_the_outer_one) {
  bool sibling_ended = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    co_await with_scope([&](Scope& outer) -> Task<> {
      outer.go([&]() -> Task<> {
        co_await sleep(5ms);
        sibling_ended = true;
      });
      Result<> inner = co_await with_scope([](Scope& scope) -> Task<> {
                         scope.go([]() -> Task<> { co_await Error::not_found("inner"); });
                         co_return;
                       }).result();
      EXPECT_EQ(inner.error(), Error::not_found("inner"));
    });
  });
  EXPECT_TRUE(result);
  EXPECT_TRUE(sibling_ended);
}

TEST(Scope, an_error_deep_inside_nested_scopes_joins_everything_on_its_way_out) {
  std::atomic<int> live = 0;
  struct Nest {
    static Task<> run(int depth, std::atomic<int>* count) {
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go(sleep_for_ever, Counted(*count));
        scope.go_on(other_worker(), sleep_for_ever, Counted(*count));
        if (depth == 0) co_await Error::data_loss("bottom");
        scope.go(run, depth - 1, count);
        co_await sleep(24h);
      });
    }
  };
  Result<> result = run_on(2, [&]() -> Task<> {
    Result<> failed = co_await Nest::run(20, &live).result();
    EXPECT_EQ(live, 0);
    co_await std::move(failed);
  });
  EXPECT_EQ(result.error(), Error::data_loss("bottom"));
}

}  // namespace
}  // namespace skerry
