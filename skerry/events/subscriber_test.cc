// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/subscriber.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "skerry/async/panic.h"
#include "skerry/events/flow.h"
#include "skerry/events/testing/bench.h"

namespace skerry::events {
namespace {

using testing::all_seen;
using testing::Bench;
using testing::see;
using testing::StringValue;
using testing::until;
using Texts = std::vector<std::string>;

class SubscriberTest : public testing::EventsTest {};

TEST_F(SubscriberTest, handles_every_event_and_commits_its_offset) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see);
    bench.publish("early", "a");
    co_await bench.with_member([&]() -> Task<> {
      bench.publish("late", "a");
      co_await bench.until_all_committed();
    });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"early", "late"}));
    EXPECT_EQ(bench.count("handled"), 2);
  });
}

TEST_F(SubscriberTest, tells_the_handler_which_event_it_handles) {
  run([](Bench& bench) -> Task<> {
    bool called = false;
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction&) -> Task<> {
      called = true;
      EXPECT_EQ(message.value(), "hello");
      EXPECT_EQ(context.event().id, "e-1");
      EXPECT_EQ(context.event().sequence, 4);
      EXPECT_EQ(context.key(), "k");
      EXPECT_EQ(context.group(), "payment");
      EXPECT_EQ(context.position().topic, "orders");
      EXPECT_EQ(context.position().offset, 0);
      EXPECT_EQ(context.attempt(), 1u);
      const internal::Flow flow = internal::current_flow();
      EXPECT_EQ(flow.causation_id, "e-1");
      co_return;
    });
    bench.publish("hello", "k", {.id = "e-1", .sequence = 4});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_TRUE(called);
  });
}

TEST_F(SubscriberTest, drops_an_event_that_comes_twice) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see);
    bench.publish("once", "a", {.id = "same"});
    bench.publish("once", "a", {.id = "same"});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    bench.publish("once", "a", {.id = "same"});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"once"}));
    EXPECT_EQ(bench.count("duplicate"), 2);
  });
}

TEST_F(SubscriberTest, handles_different_keys_side_by_side_and_one_key_in_order) {
  run([](Bench& bench) -> Task<> {
    std::map<std::string, int> running;
    std::size_t most = 0;
    std::map<std::string, Texts> order;
    Event go_on;
    bench.on<StringValue>([&](StringValue message, EventContext context) -> Task<> {
      EXPECT_EQ(++running[context.key()], 1);
      most = std::max(most, running.size());
      co_await go_on.wait();
      order[context.key()].push_back(message.value());
      if (--running[context.key()] == 0) running.erase(context.key());
    });
    for (const char* text : {"1", "2", "3"}) {
      for (const char* key : {"a", "b", "c"}) bench.publish(text, key);
    }
    co_await bench.with_member([&]() -> Task<> {
      co_await until([&] { return running.size() == 3; });
      go_on.set();
      co_await bench.until_all_committed();
    });
    EXPECT_EQ(most, 3u);
    for (const char* key : {"a", "b", "c"}) EXPECT_EQ(order[key], (Texts{"1", "2", "3"}));
  });
}

TEST_F(SubscriberTest, pauses_partitions_that_are_ahead_of_their_handlers) {
  run([](Bench& bench) -> Task<> {
    bench.subscriber_options.limits = {.max_parallel = 1, .max_queued = 4};
    Event go_on;
    bench.on<StringValue>([&](StringValue, EventContext) -> Task<> { co_await go_on.wait(); });
    for (int i = 0; i < 40; ++i) bench.publish("x", "k");
    co_await bench.with_member([&]() -> Task<> {
      co_await until([&] { return bench.kafka.paused().size() == 1; });
      go_on.set();
      co_await bench.until_all_committed();
      co_await until([&] { return bench.kafka.paused().empty(); });
    });
    EXPECT_EQ(bench.count("handled"), 40);
  });
}

TEST_F(SubscriberTest, tries_a_failed_attempt_again_and_counts_it) {
  run([](Bench& bench) -> Task<> {
    std::vector<std::uint32_t> attempts;
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      attempts.push_back(context.attempt());
      co_await see(message, context, tx);
      if (attempts.size() == 1) co_await Error::unavailable("the bank is closed");
      if (attempts.size() == 2) panic("a bug");
    });
    bench.publish("paid", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(attempts, (std::vector<std::uint32_t>{1, 2, 3}));
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"paid"}));  // what the failed attempts wrote was rolled back
    EXPECT_EQ(bench.metrics.retries.with({"orders", "payment"}).value(), 2);
    const auto left = co_await bench.database.one<int>("select count(*) from skerry_attempts");
    EXPECT_EQ(left, 0);
  });
}

TEST_F(SubscriberTest, lets_other_keys_pass_while_one_waits_for_its_next_attempt) {
  run([](Bench& bench) -> Task<> {
    bench.options.retry = {.first = std::chrono::hours(1), .max = std::chrono::hours(1)};
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      if (context.key() == "stuck") co_await Error::unavailable("not yet");
      co_await see(message, context, tx);
    });
    bench.publish("never", "stuck");
    for (int i = 0; i < 20; ++i) bench.publish("fine", "k" + std::to_string(i));
    co_await bench.with_member([&] { return until([&] { return bench.count("handled") == 20; }); });
  });
}

TEST_F(SubscriberTest, cancels_an_attempt_that_takes_too_long) {
  run([](Bench& bench) -> Task<> {
    bench.options.handler_limit = std::chrono::milliseconds(100);
    int calls = 0;
    bench.on<StringValue>([&](StringValue, EventContext) -> Task<> {
      Event never;
      if (++calls == 1) co_await never.wait();
    });
    bench.publish("x", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    // On a busy machine the attempts after it may take too long, too.
    EXPECT_GE(calls, 2);
    EXPECT_EQ(bench.count("handled"), 1);
  });
}

TEST_F(SubscriberTest, lets_a_handler_claim_the_event_in_a_transaction_of_its_own) {
  run([](Bench& bench) -> Task<> {
    std::vector<bool> claims;
    bench.on<StringValue>([&](StringValue message, EventContext context) -> Task<> {
      co_await bench.database.transaction([&](sql::Transaction& tx) -> Task<> {
        claims.push_back(co_await context.claim(tx));
        if (claims.back()) co_await see(message, context, tx);
      });
    });
    bench.publish("x", "a", {.id = "same"});
    bench.publish("x", "a", {.id = "same"});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(claims, (std::vector<bool>{true}));  // the second one was turned away before the handler
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"x"}));
  });
}

TEST_F(SubscriberTest, works_without_a_database_at_least_once) {
  run([](Bench& bench) -> Task<> {
    bench.with_database = false;
    Texts seen;
    bench.on<StringValue>([&](StringValue message, EventContext context) -> Task<> {
      seen.push_back(message.value());
      if (seen.size() == 1) co_await Error::unavailable("again");
      const auto claimed =
          co_await bench.database
              .transaction([&](sql::Transaction& tx) -> Task<bool> { co_return co_await context.claim(tx); })
              .result();
      EXPECT_EQ(claimed.error().code(), Code::kFailedPrecondition);
    });
    bench.publish("x", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(seen, (Texts{"x", "x"}));
  });
}

TEST_F(SubscriberTest, finishes_what_runs_before_it_gives_a_partition_away) {
  run([](Bench& bench) -> Task<> {
    Event go_on;
    int running = 0;
    int most = 0;
    bench.on<StringValue>([&](StringValue, EventContext) -> Task<> {
      most = std::max(most, ++running);
      co_await go_on.wait();
      --running;
    });
    for (int partition = 0; partition < 2; ++partition) {
      kafka::Record record = bench.record(StringValue(), "k");
      record.partition = partition;
      bench.kafka.append(record);
    }
    co_await bench.with_member([&]() -> Task<> {
      co_await until([&] { return running == 2; });
      // The second member is to get one of the two partitions, and waits for its handler.
      co_await bench.with_member([&]() -> Task<> {
        go_on.set();
        co_await bench.until_all_committed();
      });
    });
    EXPECT_EQ(bench.count("handled"), 2);
    EXPECT_EQ(most, 2);
  });
}

TEST_F(SubscriberTest, commits_again_what_the_broker_did_not_take) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see);
    bench.kafka.fail_commits(2, Code::kUnavailable, false);
    bench.publish("x", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(bench.count("handled"), 1);
  });
}

TEST_F(SubscriberTest, handles_again_what_a_dead_member_did_not_commit_but_once_in_effect) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see);
    bench.kafka.fail_commits(1'000'000, Code::kUnavailable, false);
    for (int i = 0; i < 10; ++i) bench.publish(std::to_string(i), "k");
    co_await bench.with_dying_member([&] { return until([&] { return bench.count("handled") == 10; }); });
    bench.kafka.fail_commits(0, Code::kUnavailable, false);
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
    EXPECT_EQ(bench.count("duplicate"), 10);
  });
}

TEST_F(SubscriberTest, gives_up_handlers_that_outlast_the_stop) {
  run([](Bench& bench) -> Task<> {
    bench.subscriber_options.stop_limit = std::chrono::milliseconds(5);
    bool started = false;
    bench.on<StringValue>([&](StringValue, EventContext) -> Task<> {
      started = true;
      Event never;
      co_await never.wait();
    });
    bench.publish("x", "a");
    co_await bench.with_member([&] { return until([&] { return started; }); });
    EXPECT_FALSE(bench.kafka.all_committed());
  });
}

}  // namespace
}  // namespace skerry::events
