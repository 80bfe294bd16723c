// SPDX-License-Identifier: Apache-2.0
//
// Sagas whose instance stops, stands still or fails, and instances that share a database. Processes that are killed are
// in crash_test.cc.
#include <algorithm>

#include "skerry/saga/admin.h"
#include "skerry/saga/runner_test_support.h"

namespace skerry::saga {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

class RunnerRecovery : public RunnerTest {
 protected:
  /// A saga of one call that waits for the event.
  static Definition<Order> waiting_definition(Shop& shop, skerry::Event& gate) {
    Definition<Order> definition("order", 1);
    definition.step("wait").run([&shop, &gate](Call<Order>& call) -> Task<> {
      co_await shop.call(call.key);
      co_await gate.wait();
    });
    definition.step("after").run([&shop](Call<Order>& call) -> Task<> { co_await shop.call(call.key); });
    return definition;
  }
  static Task<> until_called(Shop& shop, std::string key, std::ptrdiff_t times = 1) {
    while (shop.count(key) < times) co_await sleep(milliseconds(1));
  }
  static Task<std::int64_t> lease_end(sql::Database& db) {
    const auto lease = co_await db.one<std::int64_t>("select lease_until_ms from skerry_saga where owner is not null");
    co_return lease.value_or(0);
  }
};

TEST_F(RunnerRecovery, a_stopped_runner_leaves_its_sagas_to_others_at_once) {
  run([&]() -> Task<> {
    auto db = co_await open();
    Shop shop;
    skerry::Event gate;
    Runner first(*db);
    co_await first.create_tables();
    co_await first.add(waiting_definition(shop, gate));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return first.run(); });
      co_await start(*db, first, "o1");
      co_await until_called(shop, "o1/wait");
      scope.cancel();
    }).result();
    const auto leased = co_await lease_end(*db);
    EXPECT_EQ(leased, 0);
    gate.set();
    Runner second(*db);
    co_await second.add(waiting_definition(shop, gate));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return second.run(); });
      co_await until(*db, second, "o1", State::kCompleted);
      scope.cancel();
    }).result();
    EXPECT_EQ(shop.calls(), (Strings{"o1/wait", "o1/wait", "o1/after"}));
  });
}

TEST_F(RunnerRecovery, what_a_runner_finds_after_it_lost_its_lease_is_dropped) {
  run([&]() -> Task<> {
    auto db = co_await open();
    Shop shop;
    Shop others_shop;
    skerry::Event gate;
    skerry::Event open_gate;
    open_gate.set();
    // Its clock is an hour late, so to everybody else its leases have ended, as those of one that stands still.
    const auto late = [] {
      return std::chrono::floor<milliseconds>(std::chrono::system_clock::now() - std::chrono::hours(1));
    };
    Runner slow(*db, {.now = late});
    co_await slow.create_tables();
    co_await slow.add(waiting_definition(shop, gate));
    Runner other(*db, {.sweep = milliseconds(5)});
    co_await other.add(waiting_definition(others_shop, open_gate));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return slow.run(); });
      co_await start(*db, slow, "o1");
      co_await until_called(shop, "o1/wait");
      scope.go([&]() { return other.run(); });
      co_await until(*db, other, "o1", State::kCompleted);
      gate.set();
      // A saga of its own goes through the slow runner's loop after the lost one's end has.
      co_await start(*db, slow, "o2");
      co_await until(*db, other, "o2", State::kCompleted);
      scope.cancel();
    }).result();
    EXPECT_EQ(others_shop.calls()[0], "o1/wait");
    EXPECT_EQ(others_shop.calls()[1], "o1/after");
    EXPECT_EQ(shop.count("o1/wait"), 1);
    EXPECT_EQ(shop.count("o1/after"), 0);
  });
}

TEST_F(RunnerRecovery, a_lease_is_renewed_as_long_as_the_call_runs_so_nobody_else_makes_it) {
  run([&]() -> Task<> {
    auto db = co_await open();
    Shop shop;
    skerry::Event gate;
    const RunnerOptions options{.lease = milliseconds(1'500), .sweep = milliseconds(5)};
    Runner first(*db, options);
    co_await first.create_tables();
    co_await first.add(waiting_definition(shop, gate));
    Runner second(*db, options);
    co_await second.add(waiting_definition(shop, gate));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return first.run(); });
      co_await start(*db, first, "o1");
      co_await until_called(shop, "o1/wait");
      scope.go([&]() { return second.run(); });
      const std::int64_t begun = co_await lease_end(*db);
      for (std::int64_t renewed = begun; renewed < begun + 1'500; renewed = co_await lease_end(*db)) {
        co_await sleep(milliseconds(5));
      }
      gate.set();
      co_await until(*db, first, "o1", State::kCompleted);
      scope.cancel();
    }).result();
    EXPECT_EQ(shop.count("o1/wait"), 1);
  });
}

TEST_F(RunnerRecovery, two_runners_share_the_work_and_make_no_call_twice) {
  run([&]() -> Task<> {
    auto db = co_await open();
    auto other_db = co_await sql::Database::open({.path = folder_.path("order.db")});
    Shop shop;
    const RunnerOptions options{.sweep = milliseconds(2)};
    Runner first(*db, options);
    co_await first.create_tables();
    co_await first.add(call_definition(shop));
    Runner second(*other_db, options);
    co_await second.add(call_definition(shop));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return first.run(); });
      scope.go([&]() { return second.run(); });
      for (int i = 0; i < 40; ++i) co_await start(*db, i % 2 == 0 ? first : second, fmt::format("o{}", i));
      for (int i = 0; i < 40; ++i) co_await until(*db, first, fmt::format("o{}", i), State::kCompleted);
      scope.cancel();
    }).result();
    Strings calls = shop.calls();
    EXPECT_EQ(calls.size(), 160U);
    std::ranges::sort(calls);
    EXPECT_EQ(std::ranges::adjacent_find(calls), calls.end());
  });
}

TEST_F(RunnerRecovery, a_command_that_cannot_be_published_is_tried_again_and_holds_up_nobody) {
  Shop shop;
  shop.answer("o1/publish", {fail(Error::unavailable("no outbox")), fail(Error::unavailable("no outbox"))});
  Definition<Order> definition("order", 1);
  definition.step("call").run([&](Call<Order>& call) -> Task<> { co_await shop.call(call.key); });
  definition.step("publish").run([&](sql::Transaction& tx, Call<Order>& call) -> Task<> {
    co_await tx.execute("insert into sent (key) values (?)", call.key);
    co_await shop.call(call.key);
  });
  run_with(definition, [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await start(db, runner, "o2");
    const Strings keys = co_await sent(db, 2);
    EXPECT_EQ(keys, (Strings{"o2/publish", "o1/publish"}));
    EXPECT_EQ(shop.count("o1/call"), 1);
    EXPECT_EQ(shop.count("o1/publish"), 3);
  });
}

TEST_F(RunnerRecovery, an_unknown_version_is_left_alone_and_reported) {
  run([&]() -> Task<> {
    auto db = co_await open();
    Shop shop;
    Runner old_one(*db);
    co_await old_one.create_tables();
    co_await old_one.add(command_definition());
    co_await start(*db, old_one, "o1");
    Runner new_one(*db, {.sweep = milliseconds(2)});
    co_await new_one.add(call_definition(shop, 2));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return new_one.run(); });
      const auto refused = co_await reply(*db, new_one, "o1/reserve", Reply::done()).result();
      EXPECT_EQ(refused.error().code(), Code::kUnavailable);
      co_await start(*db, new_one, "o2");
      co_await until(*db, new_one, "o2", State::kCompleted);
      scope.cancel();
    }).result();
    const SagaDetails left = co_await show_saga(new_one, "o1");
    EXPECT_FALSE(left.known);
    EXPECT_EQ(left.steps[0].attempts, 1);
    const auto applied = co_await reply(*db, old_one, "o1/reserve", Reply::done());
    EXPECT_EQ(applied, ReplyResult::kApplied);
  });
}

TEST_F(RunnerRecovery, a_version_whose_steps_were_changed_is_left_alone_too) {
  run([&]() -> Task<> {
    auto db = co_await open();
    Runner runner(*db);
    co_await runner.create_tables();
    co_await runner.add(command_definition());
    co_await start(*db, runner, "o1");
    Definition<Order> changed = command_definition();
    changed.step("more").run([](Call<Order>&) -> Task<> { co_return; });
    Runner other(*db);
    co_await other.add(changed);
    const auto refused = co_await reply(*db, other, "o1/reserve", Reply::done()).result();
    EXPECT_EQ(refused.error().code(), Code::kUnavailable);
  });
}

TEST_F(RunnerRecovery, two_versions_run_side_by_side_and_new_sagas_are_of_the_higher) {
  Shop shop;
  Definition<Order> second("order", 2);
  second.step("only").run([&](Call<Order>& call) -> Task<> { co_await shop.call(call.key); });
  run([&]() -> Task<> {
    auto db = co_await open();
    Runner before(*db);
    co_await before.create_tables();
    co_await before.add(call_definition(shop, 1));
    co_await start(*db, before, "o1");
    Runner runner(*db);
    co_await runner.add(call_definition(shop, 1));
    co_await runner.add(second);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return runner.run(); });
      co_await start(*db, runner, "o2");
      co_await until(*db, runner, "o1", State::kCompleted);
      co_await until(*db, runner, "o2", State::kCompleted);
      scope.cancel();
    }).result();
    EXPECT_EQ(shop.calls().size(), 5U);
    EXPECT_EQ(shop.count("o2/only"), 1);
  });
}

}  // namespace
}  // namespace skerry::saga
