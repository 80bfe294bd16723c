// SPDX-License-Identifier: Apache-2.0
//
// Members of a group that come, stop and die at random, over logs in which the events of each aggregate are out of
// order and repeated, with handlers that fail at random and commits that are lost. However it goes: in the end each
// version of each aggregate was handled exactly once in effect, in the order of versions.
#include <boost/describe/class.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "skerry/async/panic.h"
#include "skerry/events/testing/bench.h"

namespace skerry::events {
namespace {

using testing::Bench;
using testing::Int64Value;
using testing::until;

constexpr int kAggregates = 6;
constexpr int kVersions = 12;
constexpr std::int64_t kEffects = kAggregates * kVersions;

class SubscriberModelTest : public testing::EventsTest {
 protected:
  using Random = std::mt19937;

  /// The versions of all aggregates, each shuffled within a window and some of them twice.
  static std::vector<std::pair<std::string, std::int64_t>> make_events(Random& random) {
    std::vector<std::pair<std::string, std::int64_t>> events;
    for (std::int64_t version = 1; version <= kVersions; ++version) {
      for (int i = 0; i < kAggregates; ++i) events.emplace_back("o-" + std::to_string(i), version);
    }
    for (std::size_t i = 0; i + 1 < events.size(); ++i) {
      if (random() % 8 == 0) events.push_back(events[i]);
      const std::size_t other = std::min(events.size() - 1, i + random() % (kAggregates * 3));
      std::swap(events[i], events[other]);
    }
    return events;
  }

  static void publish(Bench& bench, const std::pair<std::string, std::int64_t>& event) {
    Int64Value message;
    message.set_value(event.second);
    bench.kafka.append(bench.record(
        message, event.first, {.id = event.first + "/" + std::to_string(event.second), .sequence = event.second}));
  }

  static Task<> have_effect(Random& random, Int64Value message, EventContext context, sql::Transaction& tx) {
    if (random() % 10 == 0) co_await Error::unavailable("before the effect");
    co_await tx.execute("insert into effects (effect) values (?)",
                        context.key() + "/" + std::to_string(message.value()));
    if (random() % 10 == 0) panic("behind the effect");
  }

  /// A handler with or without a transaction, by the seed; both fail now and then, before and after their effect.
  static void subscribe(Bench& bench, Random& random, bool transactional) {
    if (transactional) {
      bench.on<Int64Value>([&random](Int64Value message, EventContext context, sql::Transaction& tx) {
        return have_effect(random, std::move(message), context, tx);
      });
      return;
    }
    bench.on<Int64Value>([&bench, &random](Int64Value message, EventContext context) -> Task<> {
      for (unsigned pause = random() % 4; pause > 0; --pause) co_await yield();
      co_await bench.database.transaction([&](sql::Transaction& tx) -> Task<> {
        const bool mine = co_await context.claim(tx);
        if (mine) co_await have_effect(random, message, context, tx);
      });
      if (random() % 10 == 0) co_await Error::unavailable("after the effect");
    });
  }

  static Task<> with_some_member(Bench& bench, Random& random, std::function<Task<>()> body) {
    if (random() % 3 == 0) {
      co_await bench.with_member(std::move(body));
    } else {
      co_await bench.with_dying_member(std::move(body));
    }
  }

  /// One life of the group: one or two members, until something has happened or all is done.
  static Task<> live(Bench& bench, Random& random) {
    const double wanted = bench.count("handled") + static_cast<double>(random() % 25);
    const std::function<Task<>()> one = [&bench, wanted] {
      return until([&bench, wanted] { return bench.count("handled") >= wanted || bench.kafka.all_committed(); });
    };
    const std::function<Task<>()> two = [&bench, &random, &one] { return with_some_member(bench, random, one); };
    co_await with_some_member(bench, random, random() % 2 == 0 ? one : two);
  }

  /// An event that was parked and then delivered once more leaves its parked copy to the next sweep.
  static Task<bool> all_is_done(Bench& bench) {
    const auto done = co_await bench.database.one<std::int64_t>("select count(*) from effects");
    const auto parked = co_await bench.database.one<std::int64_t>("select count(*) from skerry_parked");
    co_return *done >= kEffects && *parked == 0 && bench.kafka.all_committed();
  }

  static Task<> run_group(Bench& bench, unsigned seed) {
    Random random(seed);
    co_await bench.database.execute("create table effects (n integer primary key autoincrement, effect text) strict");
    bench.options.ordering = Ordering::kBySequence;
    bench.options.retry.max_attempts = 1'000;
    bench.options.park_limit = std::chrono::hours(1);
    bench.subscriber_options.limits = {.max_parallel = 1 + random() % 8, .max_queued = 1 + random() % 20};
    subscribe(bench, random, random() % 2 == 0);

    const auto events = make_events(random);
    std::size_t published = 0;
    for (int life = 0; life < 6; ++life) {
      const std::size_t until_now = life == 5 ? events.size() : events.size() * (random() % 6) / 5;
      for (; published < until_now; ++published) publish(bench, events[published]);
      bench.kafka.fail_commits(static_cast<int>(random() % 4), Code::kUnavailable, random() % 2 == 0);
      co_await live(bench, random);
    }
    bench.kafka.fail_commits(0, Code::kUnavailable, false);
    co_await bench.with_member([&] { return testing::until_task([&bench] { return all_is_done(bench); }); });
    co_await verify(bench, seed);
  }

  static Task<> verify(Bench& bench, unsigned seed) {
    const auto all = co_await bench.database.query<std::string>("select effect from effects order by n");
    std::map<std::string, std::int64_t> last;
    for (const std::string& effect : all) {
      const std::string aggregate = effect.substr(0, effect.find('/'));
      EXPECT_EQ(effect, aggregate + "/" + std::to_string(++last[aggregate])) << "seed " << seed;
    }
    EXPECT_EQ(last.size(), std::size_t{kAggregates}) << "seed " << seed;
    for (const auto& [aggregate, version] : last) EXPECT_EQ(version, kVersions) << aggregate << ", seed " << seed;
    const auto parked = co_await bench.database.query<std::string>(
        "select p.subject || '/' || p.sequence || ' behind ' || o.sequence from skerry_parked p "
        "join skerry_ordering o using (consumer, topic, source, subject)");
    EXPECT_EQ(parked, std::vector<std::string>()) << "seed " << seed;
    EXPECT_TRUE(bench.buried.empty()) << "seed " << seed;
  }
};

TEST_F(SubscriberModelTest, handles_each_version_once_in_effect_and_in_order_whatever_happens) {
  for (unsigned seed = 1; seed <= 12 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    run([seed](Bench& bench) { return run_group(bench, seed); }, fmt::format("seed{}.db", seed));
  }
}

}  // namespace
}  // namespace skerry::events
