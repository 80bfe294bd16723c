// SPDX-License-Identifier: Apache-2.0
//
// What becomes of records that cannot be handled.
#include <gtest/gtest.h>

#include "skerry/events/testing/bench.h"

namespace skerry::events {
namespace {

using testing::all_seen;
using testing::Bench;
using testing::Int64Value;
using testing::see;
using testing::StringValue;
using testing::until;
using Texts = std::vector<std::string>;

/// Handles all but the text "bad".
Task<> see_good(StringValue message, EventContext context, sql::Transaction& tx) {
  if (message.value() == "bad") co_await Error::internal("this one is bad");
  co_await see(message, context, tx);
}

class SubscriberDeadLetterTest : public testing::EventsTest {
 protected:
  static void publish_version(Bench& bench, std::int64_t version) {
    bench.publish(std::to_string(version), "o-1", {.id = fmt::format("v{}", version), .sequence = version});
  }
  static DeadLetter letter(const Bench& bench, std::size_t index = 0) { return *exhume(bench.buried.at(index)); }
};

TEST_F(SubscriberDeadLetterTest, buries_an_event_that_its_handler_always_fails_on_and_goes_on) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see_good);
    bench.publish("bad", "a", {.id = "e-bad"});
    bench.publish("good", "a");
    const kafka::Record original = bench.kafka.log({"orders", 0}).empty() ? bench.kafka.log({"orders", 1}).front()
                                                                          : bench.kafka.log({"orders", 0}).front();
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"good"}));
    EXPECT_EQ(bench.buried.size(), 1u);
    EXPECT_EQ(bench.buried.front().topic, "orders.payment.dlq");
    const DeadLetter dead = letter(bench);
    EXPECT_EQ(dead.death.reason, DeadReason::kFailed);
    EXPECT_EQ(dead.death.attempts, 3u);
    EXPECT_NE(dead.death.error.find("this one is bad"), std::string::npos);
    EXPECT_EQ(dead.death.position, position_of(original));
    EXPECT_EQ(dead.record, original);
    EXPECT_EQ(bench.metrics.dead_letters.with({"orders", "payment", "failed"}).value(), 1);
  });
}

TEST_F(SubscriberDeadLetterTest, buries_what_is_no_event_without_holding_up_its_partition) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see_good);
    bench.kafka.append({.topic = "orders", .key = "a", .value = "hello"});
    bench.publish("good", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(letter(bench).death.reason, DeadReason::kNotAnEvent);
    EXPECT_EQ(letter(bench).death.attempts, 0u);
    EXPECT_EQ(bench.count("handled"), 1);
  });
}

TEST_F(SubscriberDeadLetterTest, buries_data_that_is_no_message_of_its_type_at_once) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see_good);
    kafka::Record record = bench.record(StringValue(), "a");
    record.value = "\xff\xff\xff";
    bench.kafka.append(record);
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(letter(bench).death.reason, DeadReason::kNotAnEvent);
    EXPECT_EQ(letter(bench).death.attempts, 1u);
  });
}

TEST_F(SubscriberDeadLetterTest, buries_an_unknown_type_unless_it_is_to_be_ignored) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see_good);
    bench.kafka.append(bench.record(Int64Value(), "a"));
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(letter(bench).death.reason, DeadReason::kUnknownType);
    bench.options.unknown_type = UnknownType::kIgnore;
    bench.kafka.append(bench.record(Int64Value(), "a"));
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(bench.buried.size(), 1u);
  });
}

TEST_F(SubscriberDeadLetterTest, does_not_repeat_a_permanent_error) {
  run([](Bench& bench) -> Task<> {
    int calls = 0;
    bench.on<StringValue>([&](StringValue, EventContext) -> Task<> {
      ++calls;
      co_await Error::invalid_argument("no such card");
    });
    bench.publish("x", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(letter(bench).death.reason, DeadReason::kPermanent);
  });
}

TEST_F(SubscriberDeadLetterTest, tries_only_the_burial_again_when_that_fails) {
  run([](Bench& bench) -> Task<> {
    int calls = 0;
    bench.on<StringValue>([&](StringValue, EventContext) -> Task<> {
      ++calls;
      co_await Error::invalid_argument("no");
    });
    bench.failing_burials = 2;
    bench.publish("x", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(bench.buried.size(), 1u);
  });
}

TEST_F(SubscriberDeadLetterTest, counts_attempts_over_deaths_of_the_process) {
  run([](Bench& bench) -> Task<> {
    int calls = 0;
    bench.on<StringValue>([&](StringValue, EventContext, sql::Transaction&) -> Task<> {
      ++calls;
      Event never;
      co_await never.wait();  // until the process dies
    });
    bench.publish("poison", "a");
    for (int death = 1; death <= 3; ++death) {
      co_await bench.with_dying_member([&] { return until([&] { return calls == death; }); });
    }
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(letter(bench).death.reason, DeadReason::kFailed);
  });
}

TEST_F(SubscriberDeadLetterTest, handles_a_redriven_event_also_behind_later_versions) {
  run([](Bench& bench) -> Task<> {
    bench.options.ordering = Ordering::kBySequence;
    bool healed = false;
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      if (message.value() == "1" && !healed) co_await Error::invalid_argument("not yet");
      co_await see(message, context, tx);
    });
    bench.publish("1", "a", {.id = "one", .sequence = 1});
    bench.publish("2", "a", {.id = "two", .sequence = 2});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    healed = true;
    bench.kafka.append(redriven(letter(bench)));
    bench.kafka.append(redriven(letter(bench)));
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"2", "1"}));
    EXPECT_EQ(bench.count("duplicate"), 1);
  });
}

TEST_F(SubscriberDeadLetterTest, passes_over_what_was_redriven_for_another_group) {
  run([](Bench& bench) -> Task<> {
    bench.on<StringValue>(see_good);
    kafka::Record record = bench.record(StringValue(), "a");
    record.partition = 0;
    DeathCertificate death{.position = {.topic = "orders"}, .group = "points"};
    bench.kafka.append(redriven(*exhume(bury(record, death))));
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(bench.count("passed_over"), 1);
    EXPECT_EQ(bench.count("handled"), 0);
  });
}

TEST_F(SubscriberDeadLetterTest, holds_the_key_of_a_dead_letter_where_that_is_asked_for) {
  run([](Bench& bench) -> Task<> {
    bench.options.after_dead_letter = AfterDeadLetter::kHoldKey;
    bool healed = false;
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      if (message.value() == "a1" && !healed) co_await Error::invalid_argument("not yet");
      co_await see(message, context, tx);
    });
    for (const char* text : {"a1", "a2", "a3"}) bench.publish(text, "a");
    bench.publish("b1", "b");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"b1"}));
    EXPECT_EQ(bench.buried.size(), 3u);
    EXPECT_EQ(letter(bench, 1).death.reason, DeadReason::kHeld);
    EXPECT_TRUE(letter(bench, 1).death.key_held);

    healed = true;
    for (std::size_t i = 0; i < 3; ++i) bench.kafka.append(redriven(letter(bench, i)));
    bench.publish("a4", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"b1", "a1", "a2", "a3", "a4"}));
    EXPECT_EQ(bench.buried.size(), 3u);
  });
}

TEST_F(SubscriberDeadLetterTest, frees_a_held_key_when_its_dead_letters_are_discarded) {
  run([](Bench& bench) -> Task<> {
    bench.options.after_dead_letter = AfterDeadLetter::kHoldKey;
    bench.on<StringValue>(see_good);
    bench.options.retry.max_attempts = 1;
    bench.publish("bad", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    bench.kafka.append(discarded(letter(bench)));
    bench.publish("good", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"good"}));
  });
}

TEST_F(SubscriberDeadLetterTest, keeps_a_key_held_when_its_redriven_event_dies_again) {
  run([](Bench& bench) -> Task<> {
    bench.options.after_dead_letter = AfterDeadLetter::kHoldKey;
    bench.options.retry.max_attempts = 1;
    bench.on<StringValue>(see_good);
    bench.publish("bad", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    bench.kafka.append(redriven(letter(bench)));
    bench.publish("good", "a");
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(bench.buried.size(), 3u);
    bench.kafka.append(discarded(letter(bench, 1)));
    bench.kafka.append(redriven(letter(bench, 2)));
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const auto held = co_await bench.database.one<int>("select count(*) from skerry_held_keys");
    EXPECT_EQ(held, 0);
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"good"}));
  });
}

TEST_F(SubscriberDeadLetterTest, keeps_the_order_of_versions_behind_a_held_key) {
  run([](Bench& bench) -> Task<> {
    bench.options.after_dead_letter = AfterDeadLetter::kHoldKey;
    bench.options.ordering = Ordering::kBySequence;
    bool healed = false;
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      if (message.value() == "1" && !healed) co_await Error::invalid_argument("not yet");
      co_await see(message, context, tx);
    });
    // 4 is parked although its key is held, and dies in its turn; the second 2 is no second dead letter.
    for (const std::int64_t version : {1, 2, 4, 2, 3}) publish_version(bench, version);
    co_await bench.with_member([&] { return until([&] { return bench.buried.size() == 4; }); });
    EXPECT_EQ(bench.count("parked"), 1);
    EXPECT_EQ(bench.count("stale"), 1);
    for (std::size_t at = 0; at < 4; ++at) {
      EXPECT_EQ(*letter(bench, at).record.header("ce_sequence"), std::to_string(at + 1));
      EXPECT_EQ(letter(bench, at).death.reason, at == 0 ? DeadReason::kPermanent : DeadReason::kHeld);
    }
    healed = true;
    for (std::size_t at = 0; at < 4; ++at) bench.kafka.append(redriven(letter(bench, at)));
    publish_version(bench, 5);
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(bench.buried.size(), 4u);
  });
}

TEST_F(SubscriberDeadLetterTest, holds_a_key_also_when_the_version_of_its_aggregate_is_forgotten) {
  run([](Bench& bench) -> Task<> {
    bench.options.after_dead_letter = AfterDeadLetter::kHoldKey;
    bench.options.ordering = Ordering::kBySequence;
    bench.options.park_limit = std::chrono::milliseconds(0);
    bool healed = false;
    bench.on<StringValue>([&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      if (!healed) co_await Error::invalid_argument("not yet");
      co_await see(message, context, tx);
    });
    publish_version(bench, 1);
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Time future = std::chrono::system_clock::now() + std::chrono::hours(1);
    const std::int64_t forgotten = co_await internal::OrderingGuard::prune(bench.database, future);
    EXPECT_EQ(forgotten, 1);
    healed = true;
    publish_version(bench, 2);
    co_await bench.with_member([&] { return until([&] { return bench.buried.size() == 2; }); });
    EXPECT_EQ(letter(bench, 1).death.reason, DeadReason::kHeld);
    for (std::size_t at = 0; at < 2; ++at) bench.kafka.append(redriven(letter(bench, at)));
    publish_version(bench, 3);
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "2", "3"}));
  });
}

}  // namespace
}  // namespace skerry::events
