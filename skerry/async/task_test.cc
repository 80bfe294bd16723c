// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/task.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "skerry/async/panic.h"
#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;

/// Writes its name into a log when it goes, so that tests see which frame went when.
struct Witness {
  std::vector<std::string>* log;
  std::string name;
  Witness(std::vector<std::string>* to, std::string what) : log(to), name(std::move(what)) {}
  Witness(Witness&& other) noexcept : log(std::exchange(other.log, nullptr)), name(std::move(other.name)) {}
  Witness(const Witness&) = delete;
  ~Witness() {
    if (log != nullptr) log->push_back(name);
  }
};

template <class F>
auto run_task(F f) {
  Runtime runtime({.workers = 1});
  return runtime.run(std::move(f));
}

Task<int> give(int value) { co_return value; }
Task<int> refuse(std::string text) { co_return Error::not_found("{}", text); }
Result<int> parse(bool good) {
  if (!good) return skerry::fail(Error::invalid_argument("not a number"));
  return 7;
}

TEST(Task, gives_the_value_of_what_it_awaits) {
  auto sum = [](int a, int b) -> Task<int> {
    int left = co_await give(a);
    int right = co_await give(b);
    co_return left + right;
  };
  EXPECT_EQ(*run_task([&] { return sum(2, 3); }), 5);
}

TEST(Task, passes_the_error_of_a_child_on_to_its_own_caller) {
  bool reached = false;
  Result<int> result = run_task([&]() -> Task<int> {
    int value = co_await refuse("gone");
    reached = true;
    co_return value;
  });
  EXPECT_FALSE(reached);
  EXPECT_EQ(result.error(), Error::not_found("gone"));
}

TEST(Task, passes_the_error_of_an_awaited_result_on) {
  Result<int> good = run_task([]() -> Task<int> { co_return co_await parse(true); });
  Result<int> bad = run_task([]() -> Task<int> { co_return co_await parse(false); });
  EXPECT_EQ(*good, 7);
  EXPECT_EQ(bad.error().code(), Code::kInvalidArgument);
}

TEST(Task, awaiting_an_error_ends_a_task_without_value) {
  Result<> result = run_task([]() -> Task<> { co_await Error::aborted("no"); });
  EXPECT_EQ(result.error(), Error::aborted("no"));
}

TEST(Task, result_shows_the_error_to_who_asks) {
  Result<std::string> seen = run_task([]() -> Task<std::string> {
    Result<int> result = co_await refuse("gone").result();
    co_return result ? "value" : result.error().message();
  });
  EXPECT_EQ(*seen, "gone");
}

TEST(Task, frames_go_innermost_first_before_the_receiver_resumes) {
  std::vector<std::string> log;
  auto inner = [](std::vector<std::string>* to) -> Task<> {
    Witness witness(to, "inner");
    co_await Error::internal("broken");
  };
  auto middle = [&inner](std::vector<std::string>* to) -> Task<> {
    Witness witness(to, "middle");
    co_await inner(to);
    to->push_back("not reached");
  };
  (void)run_task([&]() -> Task<> {
    Witness witness(&log, "receiver");
    Result<> result = co_await middle(&log).result();
    log.push_back("looked");
  });
  EXPECT_EQ(log, (std::vector<std::string>{"inner", "middle", "looked", "receiver"}));
}

TEST(Task, frames_of_a_task_held_in_a_variable_go_before_its_error_is_seen) {
  std::vector<std::string> log;
  auto failing = [](Witness) -> Task<> { co_await Error::internal("broken"); };
  (void)run_task([&]() -> Task<> {
    Task<> task = failing(Witness(&log, "parameter"));
    Result<> result = co_await task.result();
    log.push_back("looked");
  });
  EXPECT_EQ(log, (std::vector<std::string>{"parameter", "looked"}));
}

TEST(Task, frames_inside_with_timeout_go_before_its_error_is_seen) {
  std::vector<std::string> log;
  auto failing = [](Witness) -> Task<> { co_await Error::internal("broken"); };
  (void)run_task([&]() -> Task<> {
    Result<> result = co_await with_timeout(1h, failing(Witness(&log, "parameter"))).result();
    log.push_back("looked");
  });
  EXPECT_EQ(log, (std::vector<std::string>{"parameter", "looked"}));
}

TEST(Task, a_task_that_was_never_awaited_runs_nothing_and_frees_its_arguments) {
  std::vector<std::string> log;
  bool ran = false;
  {
    auto task = [](Witness, bool* flag) -> Task<> {
      *flag = true;
      co_return;
    }(Witness(&log, "argument"), &ran);
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(log, std::vector<std::string>{"argument"});
}

TEST(Task, a_panic_travels_through_awaiting_tasks_as_an_exception) {
  auto bug = []() -> Task<int> {
    throw std::out_of_range("index 9");
    co_return 0;
  };
  EXPECT_THROW((void)run_task([&]() -> Task<int> { co_return co_await bug(); }), std::out_of_range);
  EXPECT_THROW((void)run_task([&]() -> Task<> { (void)co_await bug().result(); }), std::out_of_range);
}

TEST(Task, a_panic_can_be_caught_where_it_is_awaited) {
  Result<int> result = run_task([]() -> Task<int> {
    try {
      co_await []() -> Task<> {
        throw Panic("bug");
        co_return;
      }();
    } catch (const Panic&) {
      co_return 1;
    }
    co_return 0;
  });
  EXPECT_EQ(*result, 1);
}

TEST(Task, a_million_child_awaits_need_no_stack) {
  Result<std::int64_t> sum = run_task([]() -> Task<std::int64_t> {
    std::int64_t total = 0;
    for (int i = 0; i < 1'000'000; ++i) total += co_await give(1);
    co_return total;
  });
  EXPECT_EQ(*sum, 1'000'000);
}

Task<int> nested(int depth) {
  if (depth == 0) co_return Error::internal("bottom");
  co_return co_await nested(depth - 1);
}

TEST(Task, an_error_walks_up_a_hundred_thousand_frames_without_stack) {
  Result<int> result = run_task([] { return nested(100'000); });
  EXPECT_EQ(result.error().message(), "bottom");
}

TEST(Task, awaiting_twice_is_a_bug_that_is_reported) {
  EXPECT_DEATH((void)run_task([]() -> Task<> {
                 Task<int> task = give(1);
                 (void)co_await task;
                 (void)co_await task;
               }),
               "a task is awaited only once");
}

}  // namespace
}  // namespace skerry
