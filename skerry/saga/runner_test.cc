// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/runner.h"

#include <algorithm>

#include "skerry/saga/runner_test_support.h"

namespace skerry::saga {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

class RunnerCalls : public RunnerTest {};
class RunnerCommands : public RunnerTest {};

struct OtherData {
  int number = 0;
};
BOOST_DESCRIBE_STRUCT(OtherData, (), (number))

Strings sorted(Strings strings) {
  std::ranges::sort(strings);
  return strings;
}

TEST_F(RunnerCalls, runs_every_step_once_and_tells_the_end_in_a_transaction) {
  Shop shop;
  run_with(call_definition(shop), [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCompleted);
    EXPECT_EQ(sorted(shop.calls()), (Strings{"o1/charge", "o1/logistics", "o1/points", "o1/reserve"}));
    EXPECT_EQ(shop.calls()[0], "o1/reserve");
    EXPECT_EQ(shop.calls()[1], "o1/charge");
    const auto told = co_await ends(db);
    EXPECT_EQ(told, Strings{"o1 completed "});
  });
}

TEST_F(RunnerCalls, a_refusal_compensates_in_reverse) {
  Shop shop;
  shop.answer("o1/charge", {fail(Error::failed_precondition("card declined"))});
  run_with(call_definition(shop), [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCancelled);
    EXPECT_EQ(shop.calls(), (Strings{"o1/reserve", "o1/charge", "o1/reserve/compensate"}));
    const auto told = co_await ends(db);
    EXPECT_EQ(told, Strings{"o1 cancelled card declined"});
  });
}

TEST_F(RunnerCalls, failures_are_tried_again_with_the_same_key_and_a_panic_is_a_failure) {
  Shop shop;
  shop.answer("o1/reserve", {fail(Error::unavailable("down")), fail(Error::unavailable("down"))});
  Definition<Order> definition = call_definition(shop);
  std::atomic<int> attempts = 0;
  definition.step("panics")
      .run([&](Call<Order>& call) -> Task<> {
        EXPECT_EQ(call.attempt, ++attempts);
        if (call.attempt < 3) throw std::logic_error("a bug");
        co_return;
      })
      .retry(kFastRetry);
  run_with(definition, [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCompleted);
    EXPECT_EQ(shop.count("o1/reserve"), 3);
    EXPECT_EQ(attempts, 3);
  });
}

TEST_F(RunnerCalls, a_step_that_fails_for_good_is_compensated_like_a_done_one) {
  Shop shop;
  shop.answer("o1/charge", {3, fail(Error::unavailable("down"))});
  run_with(call_definition(shop), [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCancelled);
    EXPECT_EQ(shop.count("o1/charge"), 3);
    EXPECT_EQ(shop.count("o1/charge/compensate"), 1);
    EXPECT_EQ(shop.calls().back(), "o1/reserve/compensate");
  });
}

TEST_F(RunnerCalls, a_call_that_takes_too_long_is_cancelled_and_has_failed) {
  Event never;
  std::atomic<int> begun = 0;
  Definition<Order> definition("order", 1);
  definition.step("hang")
      .run([&](Call<Order>&) -> Task<> {
        ++begun;
        co_await never.wait();
      })
      .timeout(milliseconds(5))
      .retry(kFastRetry);
  run_with(definition, [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCancelled);
    EXPECT_EQ(begun, 3);
  });
}

TEST_F(RunnerCalls, change_the_sagas_data_also_side_by_side) {
  Definition<Order> definition("order", 1);
  for (const char* step : {"first", "second", "third"}) {
    definition.beside(step).run([](Call<Order>& call) -> Task<> {
      call.update([step = call.key](Order& order) { order.cents += 1; });
      co_return;
    });
  }
  definition.step("last").run([](Call<Order>& call) -> Task<> {
    EXPECT_EQ(call.data.cents, 123);
    call.update([](Order& order) { order.tracking = "T1"; });
    co_return;
  });
  definition.on_end([](sql::Transaction& tx, Ended<Order> ended) -> Task<> {
    co_await tx.execute("insert into ends values (?, '', '', ?)", ended.saga, ended.data.tracking);
  });
  run_with(definition, [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCompleted);
    const auto tracking = co_await db.one<std::string>("select tracking from ends");
    EXPECT_EQ(tracking, "T1");
  });
}

TEST_F(RunnerCalls, a_change_that_makes_data_that_cannot_be_kept_is_a_failure) {
  Definition<Order> definition("order", 1);
  definition.step("spoil")
      .run([](Call<Order>& call) -> Task<> {
        if (call.attempt < 3) call.update([](Order& order) { order.tracking = "\xff"; });
        co_return;
      })
      .retry(kFastRetry);
  run_with(definition, [&](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await until(db, runner, "o1", State::kCompleted);
  });
}

TEST_F(RunnerCalls, hundreds_of_sagas_run_at_the_same_time_up_to_the_limit) {
  Shop shop;
  std::atomic<int> active = 0;
  std::atomic<int> most = 0;
  Definition<Order> definition = call_definition(shop);
  definition.step("count").run([&](Call<Order>&) -> Task<> {
    const int now = ++active;
    most = std::max(most.load(), now);
    co_await yield();
    --active;
  });
  run_with(definition,
           [&](sql::Database& db, Runner& runner) -> Task<> {
             co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
               for (int i = 0; i < 200; ++i) co_await runner.start(tx, "order", fmt::format("o{}", i), Order());
             });
             for (int i = 0; i < 200; ++i) co_await until(db, runner, fmt::format("o{}", i), State::kCompleted);
             EXPECT_EQ(shop.calls().size(), 800U);
           },
           {.max_active = 16});
  EXPECT_LE(most, 16);
}

TEST_F(RunnerCalls, a_saga_of_a_transaction_that_is_rolled_back_never_was) {
  Shop shop;
  run_with(call_definition(shop), [&](sql::Database& db, Runner& runner) -> Task<> {
    const auto failed = co_await db
                            .transaction([&](sql::Transaction& tx) -> Task<> {
                              co_await runner.start(tx, "order", "o1", Order());
                              co_await Error::aborted("no");
                            })
                            .result();
    EXPECT_FALSE(failed);
    co_await start(db, runner, "o2");
    co_await until(db, runner, "o2", State::kCompleted);
    const auto state = co_await runner.state(db, "o1");
    EXPECT_EQ(state, std::nullopt);
    EXPECT_EQ(shop.count("o1/reserve"), 0);
  });
}

TEST_F(RunnerCommands, are_sent_in_the_transaction_and_go_on_with_the_reply) {
  run_with(command_definition(), [](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    auto keys = co_await sent(db, 1);
    EXPECT_EQ(keys, Strings{"o1/reserve"});
    auto applied = co_await reply(db, runner, "o1/reserve", Reply::done());
    EXPECT_EQ(applied, ReplyResult::kApplied);
    applied = co_await reply(db, runner, "o1/reserve", Reply::done());
    EXPECT_EQ(applied, ReplyResult::kIgnored);
    applied = co_await reply(db, runner, "o1/charge", Reply::done());
    EXPECT_EQ(applied, ReplyResult::kApplied);
    const auto state = co_await runner.state(db, "o1");
    EXPECT_EQ(state, State::kCompleted);
    keys = co_await sent(db, 2);
    EXPECT_EQ(keys, (Strings{"o1/reserve", "o1/charge"}));
  });
}

TEST_F(RunnerCommands, a_reply_changes_the_data_when_it_is_applied) {
  run_with(command_definition(), [](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await reply(db, runner, "o1/reserve", Reply::done());
    for (int i = 0; i < 2; ++i) {
      co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
        co_await runner.reply<Order>(tx, "o1/charge", Reply::done(), [](Order& order) { order.tracking += "T"; });
      });
    }
    const auto tracking = co_await db.one<std::string>("select tracking from ends");
    EXPECT_EQ(tracking, "T");
  });
}

TEST_F(RunnerCommands, are_sent_again_when_no_reply_comes_and_then_compensated) {
  Definition<Order> definition = command_definition();
  definition.step("points")
      .run([](sql::Transaction& tx, Call<Order>& call) -> Task<> {
        co_await tx.execute("insert into sent (key) values (?)", call.key);
      })
      .compensate([](sql::Transaction& tx, Call<Order>& call) -> Task<> {
        EXPECT_EQ(call.step_key, "o1/points");
        EXPECT_EQ(call.reason, "no answer within 5 ms");
        co_await tx.execute("insert into sent (key) values (?)", call.key);
      })
      .timeout(milliseconds(5))
      .retry({.max_attempts = 2, .first_delay = milliseconds(1), .max_delay = milliseconds(1)});
  run_with(definition, [](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await reply(db, runner, "o1/reserve", Reply::done());
    co_await reply(db, runner, "o1/charge", Reply::done());
    auto keys = co_await sent(db, 5);
    keys.resize(5);
    EXPECT_EQ(keys, (Strings{"o1/reserve", "o1/charge", "o1/points", "o1/points", "o1/points/compensate"}));
  });
}

TEST_F(RunnerCommands, a_late_success_is_compensated_even_when_the_saga_has_ended) {
  run_with(command_definition(), [](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await reply(db, runner, "o1/reserve", Reply::refused("no stock"));
    co_await reply(db, runner, "o1/reserve", Reply::done());
    const auto keys = co_await sent(db, 2);
    EXPECT_EQ(keys, (Strings{"o1/reserve", "o1/reserve/compensate"}));
    co_await reply(db, runner, "o1/reserve/compensate", Reply::done());
    const auto told = co_await ends(db);
    EXPECT_EQ(told, Strings{"o1 cancelled no stock"}) << "the end is told once";
  });
}

TEST_F(RunnerCommands, the_user_cancels_and_a_completed_saga_can_be_cancelled_too) {
  run_with(command_definition(), [](sql::Database& db, Runner& runner) -> Task<> {
    const auto cancel = [&](const char* reason) {
      return db.transaction([&, reason](sql::Transaction& tx) { return runner.cancel(tx, "o1", reason); });
    };
    co_await start(db, runner, "o1");
    co_await reply(db, runner, "o1/reserve", Reply::done());
    co_await reply(db, runner, "o1/charge", Reply::done());
    const bool cancelled = co_await cancel("sent back");
    EXPECT_TRUE(cancelled);
    const bool again = co_await cancel("again");
    EXPECT_FALSE(again);
    co_await reply(db, runner, "o1/charge/compensate", Reply::done());
    co_await reply(db, runner, "o1/reserve/compensate", Reply::done());
    const auto told = co_await ends(db);
    EXPECT_EQ(told, (Strings{"o1 completed ", "o1 cancelled sent back"}));
  });
}

TEST_F(RunnerCommands, bad_input_is_told_what_is_wrong) {
  run_with(command_definition(), [](sql::Database& db, Runner& runner) -> Task<> {
    auto result = co_await reply(db, runner, "o9/reserve", Reply::done());
    EXPECT_EQ(result, ReplyResult::kUnknown);
    co_await start(db, runner, "o1");
    result = co_await reply(db, runner, "o1/teleport", Reply::done());
    EXPECT_EQ(result, ReplyResult::kUnknown);
    const auto no_key = co_await reply(db, runner, "nonsense", Reply::done()).result();
    EXPECT_EQ(no_key.error().code(), Code::kInvalidArgument);
    const auto twice = co_await start(db, runner, "o1").result();
    EXPECT_EQ(twice.error().code(), Code::kAlreadyExists);
    const auto no_id = co_await start(db, runner, "").result();
    EXPECT_EQ(no_id.error().code(), Code::kInvalidArgument);
    co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
      const auto unknown = co_await runner.start(tx, "refund", "r1", Order()).result();
      EXPECT_EQ(unknown.error().code(), Code::kNotFound);
      const auto other_type = co_await runner.start(tx, "order", "o2", OtherData()).result();
      EXPECT_EQ(other_type.error().code(), Code::kInternal);
      const auto nobody = co_await runner.cancel(tx, "o9", "").result();
      EXPECT_EQ(nobody.error().code(), Code::kNotFound);
    });
    co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
      const auto too_large = co_await runner.start(tx, "order", "o3", Order{std::string(2'000'000, 'x')}).result();
      EXPECT_EQ(too_large.error().code(), Code::kInvalidArgument);
      const auto no_text = co_await runner.start(tx, "order", "o3", Order{"\xff"}).result();
      EXPECT_EQ(no_text.error().code(), Code::kInvalidArgument);
    });
    co_await reply(db, runner, "o1/reserve", Reply::refused("\xff" + std::string(5'000, 'x')));
    const auto state = co_await runner.state(db, "o1");
    EXPECT_EQ(state, State::kCancelled) << "a reason from elsewhere does no harm";
    EXPECT_EQ(runner.add(command_definition()).error().code(), Code::kAlreadyExists);
    EXPECT_EQ(runner.add(Definition<Order>("empty", 1)).error().code(), Code::kInvalidArgument);
  });
}

}  // namespace
}  // namespace skerry::saga
