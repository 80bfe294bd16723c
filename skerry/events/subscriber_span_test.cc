// SPDX-License-Identifier: Apache-2.0
//
// What the span of an attempt says of the event's fate.
#include <gtest/gtest.h>

#include <algorithm>

#include "skerry/events/event_span.h"
#include "skerry/events/testing/bench.h"

namespace skerry::events {
namespace {

using testing::Bench;
using testing::see;
using testing::StringValue;
using testing::until;
using Fates = std::vector<std::string>;

class SubscriberSpanTest : public testing::EventsTest {
 protected:
  /// "ID outcome" of the consumer spans in the order in which they ended; "failed" behind those that did.
  static Fates fates(Bench& bench) {
    Fates fates;
    for (const auto& span : bench.telemetry.spans().drain(1'000)) {
      if (span->kind != telemetry::SpanKind::kConsumer) continue;
      std::string fate = text(*span, "messaging.message.id") + " " + text(*span, internal::kOutcomeAttribute);
      if (span->status.code == telemetry::SpanStatusCode::kError) fate += " failed";
      fates.push_back(std::move(fate));
    }
    return fates;
  }

 private:
  static std::string text(const telemetry::SpanData& span, std::string_view key) {
    for (const telemetry::Attribute& attribute : span.attributes) {
      if (attribute.key == key) return std::get<std::string>(attribute.value);
    }
    return "-";
  }
};

TEST_F(SubscriberSpanTest, says_handled_duplicate_parked_and_stale) {
  run([](Bench& bench) -> Task<> {
    bench.telemetry.spans().open();
    bench.options.ordering = Ordering::kBySequence;
    bench.on<StringValue>(see);
    const auto publish = [&](const char* id, std::int64_t sequence) {
      bench.publish(id, "o-1", {.id = id, .sequence = sequence});
    };
    publish("v2", 2);
    publish("v1", 1);
    co_await bench.with_member([&] { return until([&] { return bench.count("handled") == 2; }); });
    publish("v2", 2);
    publish("late", 1);
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    Fates told = fates(bench);
    // The search for parked events that are due may find what was released already.
    const auto repeated = std::ranges::unique(told);
    told.erase(repeated.begin(), repeated.end());
    EXPECT_EQ(told, (Fates{"v2 parked", "v1 handled", "v2 handled", "v2 duplicate", "late stale"}));
  });
}

TEST_F(SubscriberSpanTest, is_there_for_a_duplicate_that_a_handler_without_transaction_never_sees) {
  run([](Bench& bench) -> Task<> {
    bench.telemetry.spans().open();
    bench.on<StringValue>([](StringValue, EventContext) -> Task<> { co_return; });
    bench.publish("x", "a", {.id = "e-1"});
    bench.publish("x", "a", {.id = "e-1"});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(fates(bench), (Fates{"e-1 handled", "e-1 duplicate"}));
  });
}

TEST_F(SubscriberSpanTest, says_dead_on_the_last_attempt_alone) {
  run([](Bench& bench) -> Task<> {
    bench.telemetry.spans().open();
    bench.on<StringValue>([](StringValue, EventContext) -> Task<> { co_await Error::internal("always"); });
    bench.failing_burials = 1;  // that the dead letter is written at the second try is no attempt
    bench.publish("x", "a", {.id = "e-1"});
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(fates(bench), (Fates{"e-1 - failed", "e-1 - failed", "e-1 dead failed"}));
  });
}

TEST_F(SubscriberSpanTest, says_dead_of_an_event_that_the_process_has_died_of_too_often) {
  run([](Bench& bench) -> Task<> {
    int calls = 0;
    bench.on<StringValue>([&](StringValue, EventContext, sql::Transaction&) -> Task<> {
      ++calls;
      Event never;
      co_await never.wait();
    });
    bench.publish("poison", "a", {.id = "e-1"});
    for (int death = 1; death <= 3; ++death) {
      co_await bench.with_dying_member([&] { return until([&] { return calls == death; }); });
    }
    bench.telemetry.spans().open();
    co_await bench.with_member([&] { return bench.until_all_committed(); });
    EXPECT_EQ(fates(bench), Fates{"e-1 dead failed"});
  });
}

}  // namespace
}  // namespace skerry::events
