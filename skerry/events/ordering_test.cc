// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/ordering.h"

#include <gtest/gtest.h>

namespace skerry::events::internal {
namespace {

using std::chrono::hours;

Time at(int hour) { return Time(hours(24 * 365 * 50 + hour)); }

CloudEvent event(std::optional<std::int64_t> sequence, std::optional<Time> time = std::nullopt) {
  return {.id = "e", .source = "s", .type = "t", .time = time, .sequence = sequence};
}

TEST(Ordering, takes_everything_as_it_is_received_unless_asked_otherwise) {
  const AggregatePosition position{.sequence = 5, .time = at(5)};
  EXPECT_EQ(judge(Ordering::kAsReceived, position, event(1, at(1))), Verdict::kDue);
}

TEST(Ordering, by_sequence_has_exactly_one_version_due) {
  const AggregatePosition position{.sequence = 5, .time = at(5)};
  EXPECT_EQ(judge(Ordering::kBySequence, position, event(4)), Verdict::kStale);
  EXPECT_EQ(judge(Ordering::kBySequence, position, event(5)), Verdict::kStale);
  EXPECT_EQ(judge(Ordering::kBySequence, position, event(6)), Verdict::kDue);
  EXPECT_EQ(judge(Ordering::kBySequence, position, event(7)), Verdict::kEarly);
  EXPECT_EQ(judge(Ordering::kBySequence, {}, event(1)), Verdict::kDue);
  EXPECT_EQ(judge(Ordering::kBySequence, {}, event(2)), Verdict::kEarly);
}

TEST(Ordering, by_sequence_does_not_look_at_the_time) {
  const AggregatePosition position{.sequence = 5, .time = at(5)};
  EXPECT_EQ(judge(Ordering::kBySequence, position, event(6, at(1))), Verdict::kDue);
  EXPECT_EQ(judge(Ordering::kBySequence, position, event(5, at(9))), Verdict::kStale);
}

TEST(Ordering, by_sequence_takes_events_without_one_as_they_come) {
  EXPECT_EQ(judge(Ordering::kBySequence, {.sequence = 5}, event(std::nullopt)), Verdict::kDue);
  EXPECT_FALSE(is_ordered(Ordering::kBySequence, event(std::nullopt)));
}

TEST(Ordering, by_time_drops_only_what_is_older_than_the_last) {
  const AggregatePosition position{.time = at(5)};
  EXPECT_EQ(judge(Ordering::kByTime, position, event({}, at(4))), Verdict::kStale);
  EXPECT_EQ(judge(Ordering::kByTime, position, event({}, at(5))), Verdict::kDue);
  EXPECT_EQ(judge(Ordering::kByTime, position, event({}, at(6))), Verdict::kDue);
  EXPECT_EQ(judge(Ordering::kByTime, position, event({}, std::nullopt)), Verdict::kDue);
  EXPECT_EQ(judge(Ordering::kByTime, {}, event({}, at(1))), Verdict::kDue);
}

TEST(Ordering, advances_to_the_event) {
  EXPECT_EQ(advanced(Ordering::kBySequence, {.sequence = 5, .time = at(5)}, event(6, at(6))),
            (AggregatePosition{.sequence = 6, .time = at(6)}));
  EXPECT_EQ(advanced(Ordering::kBySequence, {.sequence = 5, .time = at(5)}, event(9, at(1))),
            (AggregatePosition{.sequence = 9, .time = at(5)}));
  EXPECT_EQ(advanced(Ordering::kByTime, {.time = at(5)}, event(3, at(7))), (AggregatePosition{.time = at(7)}));
}

}  // namespace
}  // namespace skerry::events::internal
