// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/context.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;

std::shared_ptr<const internal::Slots> slots_named(const std::string& name) {
  auto slots = std::make_shared<internal::Slots>();
  slots->trace = std::make_shared<const std::string>(name);
  return slots;
}

/// The name in the running task's trace slot.
std::string slot_name() {
  const internal::Slots* slots = internal::current_slots();
  if (slots == nullptr || slots->trace == nullptr) return "none";
  return *static_cast<const std::string*>(slots->trace.get());
}

Task<std::string> name_seen_inside() {
  co_await yield();
  co_return slot_name();
}

TEST(Context, outside_of_tasks_it_is_empty) {
  EXPECT_EQ(internal::current_slots(), nullptr);
  EXPECT_FALSE(time_left().has_value());
  EXPECT_FALSE(is_cancelled());
  EXPECT_EQ(Context::capture().slots(), nullptr);
  EXPECT_EQ(Context::capture().deadline(), internal::kNoDeadline);
}

TEST(Context, slots_reach_awaited_tasks_children_on_any_worker_and_go) {
  Result<> result = run_on(2, []() -> Task<> {
    EXPECT_EQ(slot_name(), "none");
    internal::set_current_slots(slots_named("request"));
    std::string awaited = co_await name_seen_inside();
    EXPECT_EQ(awaited, "request");
    std::string child;
    std::string far_child;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { child = co_await name_seen_inside(); });
      scope.go_on(Runtime::current().worker(1), [&]() -> Task<> { far_child = co_await name_seen_inside(); });
      co_return;
    });
    EXPECT_EQ(child, "request");
    EXPECT_EQ(far_child, "request");
    Channel<std::string> detached(1);
    go([](Channel<std::string> out) -> Task<> { co_await out.send(slot_name()); }, detached);
    std::optional<std::string> seen = co_await detached.receive();
    EXPECT_EQ(seen, "request");
  });
  EXPECT_TRUE(result);
}

TEST(Context, a_child_that_sets_its_slots_leaves_those_of_the_parent) {
  Result<> result = run_on(1, []() -> Task<> {
    internal::set_current_slots(slots_named("parent"));
    co_await with_scope([](Scope& scope) -> Task<> {
      scope.go([]() -> Task<> {
        internal::set_current_slots(slots_named("child"));
        co_await yield();
        EXPECT_EQ(slot_name(), "child");
      });
      co_await yield();
      EXPECT_EQ(slot_name(), "parent");
    });
    EXPECT_EQ(slot_name(), "parent");
  });
  EXPECT_TRUE(result);
}

TEST(Context, a_slots_guard_is_undone_by_a_value_an_error_and_a_panic) {
  auto guarded = [](int how) -> Task<int> {
    internal::SlotsGuard guard(slots_named("inner"));
    if (how == 1) co_await Error::aborted("no");
    if (how == 2) throw Panic("bug");
    co_return 0;
  };
  Result<> result = run_on(1, [&]() -> Task<> {
    internal::set_current_slots(slots_named("outer"));
    for (int how = 0; how < 3; ++how) {
      try {
        (void)co_await guarded(how).result();
      } catch (const Panic&) {
      }
      EXPECT_EQ(slot_name(), "outer");
    }
  });
  EXPECT_TRUE(result);
}

TEST(Context, the_deadline_reaches_children_but_not_go) {
  Result<> result = run_on(2, []() -> Task<> {
    auto body = [](Channel<bool> detached) -> Task<> {
      EXPECT_TRUE(time_left().has_value());
      EXPECT_LE(*time_left(), 1h);
      EXPECT_GT(*time_left(), 59min);
      co_await with_scope([](Scope& scope) -> Task<> {
        scope.go_on(Runtime::current().worker(1), []() -> Task<> {
          EXPECT_TRUE(time_left().has_value());
          co_return;
        });
        co_return;
      });
      go([](Channel<bool> out) -> Task<> { co_await out.send(time_left().has_value()); }, detached);
    };
    Channel<bool> detached(1);
    co_await with_timeout(1h, body(detached));
    std::optional<bool> seen = co_await detached.receive();
    EXPECT_EQ(seen, false);
    EXPECT_FALSE(time_left().has_value()) << "the deadline ends with its task";
  });
  EXPECT_TRUE(result);
}

TEST(Context, a_detached_task_outlives_the_cancellation_of_its_starter) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(1);
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        go(
            [](Channel<int> out) -> Task<> {
              co_await sleep(5ms);
              co_await out.send(1);
            },
            channel);
        co_await sleep(24h);
      });
      co_await async_test::until_waiting("sleep", 2);
      scope.cancel();
    }).result();
    std::optional<int> value = co_await channel.receive();
    EXPECT_EQ(value, 1);
  });
  EXPECT_TRUE(result);
}

TEST(Context, with_context_carries_slots_and_the_earlier_deadline) {
  Result<> result = run_on(2, []() -> Task<> {
    auto capture = []() -> Task<Context> {
      internal::SlotsGuard guard(slots_named("captured"));
      co_return Context::capture();
    };
    auto look = []() -> Task<std::string> {
      EXPECT_TRUE(time_left().has_value());
      EXPECT_LE(*time_left(), 1h);
      co_return slot_name();
    };
    Context context = co_await with_timeout(1h, capture());
    EXPECT_EQ(slot_name(), "none");
    std::string seen = co_await with_context(context, look());
    EXPECT_EQ(seen, "captured");
    seen = co_await with_timeout(24h, with_context(context, look()));
    EXPECT_EQ(seen, "captured");
    seen = co_await with_timeout(1min, with_context(context, look()));
    EXPECT_EQ(seen, "captured");
    EXPECT_EQ(slot_name(), "none");
    EXPECT_FALSE(time_left().has_value());
  });
  EXPECT_TRUE(result);
}

TEST(Context, with_context_ends_the_task_when_the_captured_deadline_passes) {
  Result<> result = run_on(1, []() -> Task<> {
    auto capture = []() -> Task<Context> { co_return Context::capture(); };
    Context context = co_await with_timeout(3ms, capture());
    Result<> ended = co_await with_context(context, []() -> Task<> { co_await sleep(24h); }()).result();
    EXPECT_EQ(ended.error().code(), Code::kDeadlineExceeded);
  });
  EXPECT_TRUE(result);
}

TEST(Context, with_context_stays_under_the_callers_cancellation) {
  bool went_on = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    Context context = Context::capture();
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        (void)co_await with_context(context, []() -> Task<> { co_await sleep(24h); }()).result();
        went_on = true;
      });
      co_await async_test::until_waiting("sleep", 1);
      scope.cancel();
    }).result();
  });
  EXPECT_TRUE(result);
  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace skerry
