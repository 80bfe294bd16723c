// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/ordering_guard.h"

#include <gtest/gtest.h>

#include "skerry/events/testing/bench.h"

namespace skerry::events::internal {
namespace {

using testing::Bench;

const AggregateKey kOrder{.topic = "orders", .source = "order", .subject = "o-1"};
const kafka::TopicPartition kPartition{.topic = "orders", .partition = 0};

kafka::Record record(std::int64_t offset, std::int32_t partition = 0) {
  return {.topic = "orders",
          .partition = partition,
          .offset = offset,
          .key = std::string("\xff\x00", 2),
          .headers = {{"\xfe", "\xfd"}},
          .timestamp = kafka::Timestamp(std::chrono::milliseconds(5))};
}

class OrderingGuardTest : public testing::EventsTest {
 protected:
  static Task<bool> park(Bench& bench, AggregateKey aggregate, std::int64_t sequence, kafka::Record record) {
    return bench.database.transaction([&bench, aggregate, sequence, record](sql::Transaction& tx) {
      return bench.store.ordering.park(tx, aggregate, sequence, record);
    });
  }
  static Task<> set(Bench& bench, AggregateKey aggregate, std::int64_t sequence) {
    return bench.database.transaction([&bench, aggregate, sequence](sql::Transaction& tx) {
      return bench.store.ordering.set_position(tx, aggregate, {.sequence = sequence});
    });
  }
  static Task<std::vector<std::int64_t>> released(Bench& bench, SubscribeOptions options = {}) {
    const auto releases = co_await bench.store.ordering.releases(bench.database, kPartition, options);
    std::vector<std::int64_t> offsets;
    // A gap that is given up shows as a negative offset.
    for (const Release& release : releases) {
      offsets.push_back(release.gap_given_up ? -release.record.offset : release.record.offset);
    }
    co_return offsets;
  }
};

TEST_F(OrderingGuardTest, remembers_the_position_of_an_aggregate) {
  run([](Bench& bench) -> Task<> {
    const auto none = co_await bench.store.ordering.position(bench.database, kOrder);
    EXPECT_EQ(none, AggregatePosition());
    const AggregatePosition position{.sequence = 7, .time = Time(std::chrono::nanoseconds(123'456'789))};
    for (int i = 0; i < 2; ++i) {
      co_await bench.database.transaction(
          [&](sql::Transaction& tx) { return bench.store.ordering.set_position(tx, kOrder, position); });
    }
    const auto kept = co_await bench.store.ordering.position(bench.database, kOrder);
    EXPECT_EQ(kept, position);
    const auto other = co_await OrderingGuard("points").position(bench.database, kOrder);
    EXPECT_EQ(other, AggregatePosition());
  });
}

TEST_F(OrderingGuardTest, parks_a_record_once_and_gives_it_back_byte_for_byte) {
  run([](Bench& bench) -> Task<> {
    const bool first = co_await park(bench, kOrder, 3, record(10));
    const bool again = co_await park(bench, kOrder, 3, record(11));
    EXPECT_TRUE(first);
    EXPECT_FALSE(again);
    const auto parked = co_await bench.store.ordering.parked(bench.database, kOrder, 3);
    EXPECT_EQ(parked, record(10));
    const auto other = co_await bench.store.ordering.parked(bench.database, kOrder, 4);
    EXPECT_EQ(other, std::nullopt);
    co_await bench.database.transaction(
        [&](sql::Transaction& tx) { return bench.store.ordering.unpark(tx, kOrder, 3); });
    const auto gone = co_await bench.store.ordering.parked(bench.database, kOrder, 3);
    EXPECT_EQ(gone, std::nullopt);
  });
}

TEST_F(OrderingGuardTest, releases_the_first_parked_event_of_an_aggregate_when_it_is_due) {
  run([](Bench& bench) -> Task<> {
    co_await park(bench, kOrder, 3, record(10));
    co_await park(bench, kOrder, 4, record(9));
    auto now = co_await released(bench);
    EXPECT_TRUE(now.empty());
    co_await set(bench, kOrder, 2);
    now = co_await released(bench);
    EXPECT_EQ(now, (std::vector<std::int64_t>{10}));
    co_await set(bench, kOrder, 3);  // handled by another delivery
    now = co_await released(bench);
    EXPECT_EQ(now, (std::vector<std::int64_t>{10}));
  });
}

TEST_F(OrderingGuardTest, gives_gaps_up_by_age_and_by_number) {
  run([](Bench& bench) -> Task<> {
    co_await park(bench, kOrder, 3, record(10));
    co_await park(bench, kOrder, 5, record(11));
    auto now = co_await released(bench, {.max_parked = 1});
    EXPECT_EQ(now, (std::vector<std::int64_t>{-10}));
    co_await bench.database.execute("update skerry_parked set parked_at = parked_at - 60000 where sequence = 5");
    now = co_await released(bench, {.park_limit = std::chrono::seconds(61)});
    EXPECT_TRUE(now.empty());
    now = co_await released(bench, {.park_limit = std::chrono::seconds(60)});
    EXPECT_EQ(now, (std::vector<std::int64_t>{-10}));
  });
}

TEST_F(OrderingGuardTest, looks_only_into_its_partition_and_group) {
  run([](Bench& bench) -> Task<> {
    const AggregateKey elsewhere{.topic = "orders", .source = "order", .subject = "o-2"};
    co_await park(bench, elsewhere, 1, record(20, 1));
    auto now = co_await released(bench);
    EXPECT_TRUE(now.empty());
    co_await park(bench, kOrder, 1, record(10));
    const auto count = co_await bench.store.ordering.count(bench.database, kPartition);
    EXPECT_EQ(count, 1);
    const auto other = co_await OrderingGuard("points").releases(bench.database, kPartition, {});
    EXPECT_TRUE(other.empty());
  });
}

TEST_F(OrderingGuardTest, forgets_aggregates_that_are_silent_for_long_unless_events_are_parked_for_them) {
  run([](Bench& bench) -> Task<> {
    const AggregateKey waiting{.topic = "orders", .source = "order", .subject = "o-2"};
    const AggregateKey lively{.topic = "orders", .source = "order", .subject = "o-3"};
    for (const AggregateKey& aggregate : {kOrder, waiting, lively}) co_await set(bench, aggregate, 7);
    co_await park(bench, waiting, 9, record(10));
    co_await bench.database.execute("update skerry_ordering set changed_at = 1000");
    co_await set(bench, lively, 8);
    const Time horizon = std::chrono::system_clock::now() - std::chrono::hours(1);
    const std::int64_t pruned = co_await OrderingGuard::prune(bench.database, horizon);
    EXPECT_EQ(pruned, 1);
    const auto forgotten = co_await bench.store.ordering.position(bench.database, kOrder);
    EXPECT_EQ(forgotten, AggregatePosition());
    const auto kept = co_await bench.store.ordering.position(bench.database, waiting);
    EXPECT_EQ(kept.sequence, 7);
    const auto moved = co_await bench.store.ordering.position(bench.database, lively);
    EXPECT_EQ(moved.sequence, 8);
  });
}

TEST_F(OrderingGuardTest, takes_the_positions_of_a_former_version_for_ones_of_now) {
  run([](Bench& bench) -> Task<> {
    co_await bench.database.transaction([](sql::Transaction& tx) -> Task<> {
      co_await tx.script(
          "drop index skerry_ordering_by_age; alter table skerry_ordering drop column changed_at;"
          "insert into skerry_ordering values ('payment', 'orders', 'order', 'o-1', 7, null);"
          "delete from skerry_fills where name = 'skerry_ordering_2';");
    });
    co_await OrderingGuard::create_tables(bench.database);
    const Time horizon = std::chrono::system_clock::now() - std::chrono::hours(1);
    const std::int64_t pruned = co_await OrderingGuard::prune(bench.database, horizon);
    EXPECT_EQ(pruned, 0);
    const auto position = co_await bench.store.ordering.position(bench.database, kOrder);
    EXPECT_EQ(position.sequence, 7);
  });
}

}  // namespace
}  // namespace skerry::events::internal
