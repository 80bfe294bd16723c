// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions that bring the events of an aggregate into their order.
#include <gtest/gtest.h>

#include "skerry/events/testing/bench.h"

namespace skerry::events {
namespace {

using testing::all_seen;
using testing::Bench;
using testing::see;
using testing::StringValue;
using testing::until;
using Texts = std::vector<std::string>;

class SubscriberOrderingTest : public testing::EventsTest {
 protected:
  static void by_sequence(Bench& bench) {
    bench.options.ordering = Ordering::kBySequence;
    bench.on<StringValue>(see);
  }
  static void publish_versions(Bench& bench, std::initializer_list<int> versions) {
    for (const int version : versions) {
      bench.publish(std::to_string(version), "o-1", {.id = "v" + std::to_string(version), .sequence = version});
    }
  }
  static Task<std::int64_t> parked(Bench& bench) {
    const auto count = co_await bench.database.one<std::int64_t>("select count(*) from skerry_parked");
    co_return *count;
  }
};

TEST_F(SubscriberOrderingTest, parks_early_events_until_the_gap_is_filled) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    publish_versions(bench, {3, 4, 2});
    co_await bench.with_member([&]() -> Task<> {
      co_await bench.until_all_committed();
      const Texts nothing = co_await all_seen(bench.database);
      EXPECT_EQ(nothing, Texts());
      EXPECT_EQ(bench.count("parked"), 3);
      publish_versions(bench, {1});
      co_await until([&] { return bench.count("handled") == 4; });
    });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "2", "3", "4"}));
    const auto left = co_await parked(bench);
    EXPECT_EQ(left, 0);
  });
}

TEST_F(SubscriberOrderingTest, keeps_parked_events_over_a_death_and_releases_them_elsewhere) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    publish_versions(bench, {2, 3});
    co_await bench.with_dying_member([&] { return until([&] { return bench.count("parked") == 2; }); });
    publish_versions(bench, {1});
    co_await bench.with_member([&] { return until([&] { return bench.count("handled") == 3; }); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "2", "3"}));
  });
}

TEST_F(SubscriberOrderingTest, releases_what_became_due_while_nobody_was_there) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    publish_versions(bench, {2});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    // As if the process had died between the commit of version 1 and the release of version 2.
    co_await bench.database.execute(
        "insert into skerry_ordering values ('payment', 'orders', 'order', 'o-1', 1, 0, 0)");
    co_await bench.with_member([&] { return until([&] { return bench.count("handled") == 1; }); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"2"}));
  });
}

TEST_F(SubscriberOrderingTest, drops_stale_events_and_tells_them_from_duplicates) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    publish_versions(bench, {1, 2, 1});
    bench.publish("other", "o-1", {.id = "another-event", .sequence = 2});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "2"}));
    EXPECT_EQ(bench.count("duplicate"), 1);
    EXPECT_EQ(bench.count("stale"), 1);
  });
}

TEST_F(SubscriberOrderingTest, changes_nothing_for_an_event_that_is_an_hour_late_by_its_time) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    const Time now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    bench.publish("1", "o-1", {.sequence = 1, .time = now});
    bench.publish("2", "o-1", {.sequence = 2, .time = now - std::chrono::hours(1)});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "2"}));
  });
}

TEST_F(SubscriberOrderingTest, by_time_drops_what_is_older_than_the_last) {
  run([](Bench& bench) -> Task<> {
    bench.options.ordering = Ordering::kByTime;
    bench.on<StringValue>(see);
    const Time now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    bench.publish("new", "o-1", {.time = now});
    bench.publish("old", "o-1", {.time = now - std::chrono::hours(1)});
    bench.publish("newer", "o-1", {.time = now + std::chrono::seconds(1)});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"new", "newer"}));
    EXPECT_EQ(bench.count("stale"), 1);
  });
}

TEST_F(SubscriberOrderingTest, keeps_the_aggregates_of_different_sources_apart) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    publish_versions(bench, {1, 2});
    auto other = make_event(StringValue(), "inventory", "o-1", {.topic = "orders", .sequence = 1});
    bench.kafka.append(internal::to_record(*other));
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(bench.count("handled"), 3);
  });
}

TEST_F(SubscriberOrderingTest, gives_a_gap_up_when_its_time_is_over_and_reports_it) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    publish_versions(bench, {1, 4, 3});
    co_await bench.with_member([&] { return until([&] { return bench.count("parked") == 2; }); });
    bench.options.park_limit = std::chrono::milliseconds(0);
    co_await bench.with_member([&]() -> Task<> {
      co_await until([&] { return bench.count("handled") == 3; });
      publish_versions(bench, {2, 5});
      co_await until([&] { return bench.count("handled") == 4; });
    });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "3", "4", "5"}));
    EXPECT_EQ(bench.count("stale"), 1);
    EXPECT_EQ(bench.metrics.gaps.with({"orders", "payment"}).value(), 1);
  });
}

TEST_F(SubscriberOrderingTest, gives_a_gap_up_when_too_many_are_parked_behind_it) {
  run([](Bench& bench) -> Task<> {
    by_sequence(bench);
    bench.options.max_parked = 3;
    publish_versions(bench, {2, 3, 4, 5});
    co_await bench.with_member([&] { return until([&] { return bench.count("handled") == 4; }); });
    EXPECT_EQ(bench.metrics.gaps.with({"orders", "payment"}).value(), 1);
  });
}

TEST_F(SubscriberOrderingTest, goes_on_behind_events_of_ignored_types_and_dead_ones) {
  run([](Bench& bench) -> Task<> {
    bench.options.ordering = Ordering::kBySequence;
    bench.options.unknown_type = UnknownType::kIgnore;
    bench.on<StringValue>([](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
      if (message.value() == "3") co_await Error::invalid_argument("unhandleable");
      co_await see(message, context, tx);
    });
    publish_versions(bench, {4, 3});
    testing::Int64Value number;
    bench.kafka.append(bench.record(number, "o-1", {.sequence = 2}));
    publish_versions(bench, {1});
    co_await bench.with_member(
        [&]() -> Task<> { co_await until([&] { return bench.count("handled") == 3 && bench.count("dead") == 1; }); });
    const Texts seen = co_await all_seen(bench.database);
    EXPECT_EQ(seen, (Texts{"1", "4"}));
    EXPECT_EQ(bench.buried.size(), 1u);
  });
}

TEST_F(SubscriberOrderingTest, turns_an_early_event_away_before_a_handler_without_transaction) {
  run([](Bench& bench) -> Task<> {
    bench.options.ordering = Ordering::kBySequence;
    Texts called;
    bench.on<StringValue>([&](StringValue message, EventContext) -> Task<> {
      called.push_back(message.value());
      co_return;
    });
    publish_versions(bench, {2, 1, 1});
    co_await bench.with_member(
        [&] { return until([&] { return called.size() == 2 && bench.kafka.all_committed(); }); });
    EXPECT_EQ(called, (Texts{"1", "2"}));
  });
}

}  // namespace
}  // namespace skerry::events
