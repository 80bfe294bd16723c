// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/inbox.h"

#include <gtest/gtest.h>

#include "skerry/events/testing/bench.h"

namespace skerry::events {
namespace {

using testing::Bench;

class InboxTest : public testing::EventsTest {
 protected:
  static Task<bool> claim(Bench& bench, std::string group, std::string source, std::string id) {
    return bench.database.transaction(
        [&bench, group, source, id](sql::Transaction& tx) { return bench.store.inbox.claim(tx, group, source, id); });
  }
};

TEST_F(InboxTest, gives_an_event_to_the_first_who_claims_it) {
  run([](Bench& bench) -> Task<> {
    const bool first = co_await claim(bench, "payment", "order", "e-1");
    const bool second = co_await claim(bench, "payment", "order", "e-1");
    EXPECT_TRUE(first);
    EXPECT_FALSE(second);
  });
}

TEST_F(InboxTest, knows_events_by_group_source_and_id_together) {
  run([](Bench& bench) -> Task<> {
    co_await claim(bench, "payment", "order", "e-1");
    const bool other_group = co_await claim(bench, "points", "order", "e-1");
    const bool other_source = co_await claim(bench, "payment", "shop", "e-1");
    const bool other_id = co_await claim(bench, "payment", "order", "e-2");
    EXPECT_TRUE(other_group && other_source && other_id);
  });
}

TEST_F(InboxTest, forgets_a_claim_whose_transaction_failed) {
  run([](Bench& bench) -> Task<> {
    const Result<> failed = co_await bench.database
                                .transaction([&bench](sql::Transaction& tx) -> Task<> {
                                  const bool first = co_await bench.store.inbox.claim(tx, "payment", "order", "e-1");
                                  EXPECT_TRUE(first);
                                  co_await Error::internal("no");
                                })
                                .result();
    EXPECT_FALSE(failed.has_value());
    const bool handled = co_await Inbox::was_handled(bench.database, "payment", "order", "e-1");
    EXPECT_FALSE(handled);
    const bool again = co_await claim(bench, "payment", "order", "e-1");
    EXPECT_TRUE(again);
  });
}

TEST_F(InboxTest, prunes_what_is_older_than_the_window_and_nothing_else) {
  run([](Bench& bench) -> Task<> {
    co_await claim(bench, "payment", "order", "old");
    co_await bench.database.execute("update skerry_inbox set handled_at = 1000 where id = 'old'");
    co_await claim(bench, "payment", "order", "new");
    const auto pruned = co_await bench.store.inbox.prune(std::chrono::system_clock::now() - std::chrono::hours(1));
    EXPECT_EQ(pruned, 1);
    const bool old_known = co_await Inbox::was_handled(bench.database, "payment", "order", "old");
    const bool new_known = co_await Inbox::was_handled(bench.database, "payment", "order", "new");
    EXPECT_FALSE(old_known);
    EXPECT_TRUE(new_known);
  });
}

}  // namespace
}  // namespace skerry::events
