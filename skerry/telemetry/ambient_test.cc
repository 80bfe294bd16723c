// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/ambient.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "skerry/async/blocking.h"
#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::telemetry {
namespace {

TelemetryOptions ambient_options() { return TelemetryOptions{.log = {.target = LogTarget::kNone}}; }

TEST(Ambient, baggage_belongs_to_the_innermost_guard) {
  EXPECT_TRUE(current_baggage().empty());
  {
    BaggageGuard outer(Baggage().with("tenant", "blue"));
    {
      BaggageGuard inner(current_baggage().with("run", "7"));
      EXPECT_EQ(current_baggage().header(), "tenant=blue,run=7");
    }
    EXPECT_EQ(current_baggage().header(), "tenant=blue");
  }
  EXPECT_TRUE(current_baggage().empty());
}

TEST(Ambient, a_span_keeps_the_baggage_and_baggage_keeps_the_span) {
  Telemetry telemetry(ambient_options());
  AttachTelemetry attached(telemetry);
  BaggageGuard baggage(Baggage().with("tenant", "blue"));
  Span span = Span::start("work");
  EXPECT_EQ(current_baggage().find("tenant"), "blue");
  BaggageGuard more(current_baggage().with("run", "7"));
  EXPECT_EQ(current_span(), span.context());
  EXPECT_EQ(&current(), &telemetry);
}

TEST(Ambient, another_thread_has_its_own) {
  Telemetry telemetry(ambient_options());
  AttachTelemetry attached(telemetry);
  Span span = Span::start("work");
  std::thread([&] {
    EXPECT_FALSE(current_span().valid());
    EXPECT_NE(&current(), &telemetry);
  }).join();
}

// What a task sees as its telemetry, span and baggage.
struct Seen {
  Telemetry* telemetry = nullptr;
  SpanContext span;
  std::string baggage;
  friend bool operator==(const Seen&, const Seen&) = default;
};
Seen look_around() { return {&current(), current_span(), current_baggage().header()}; }

Task<Seen> look_in_task() { co_return look_around(); }

class AmbientTaskTest : public testing::Test {
 protected:
  template <class F>
  void run(F body) {
    Runtime runtime({.workers = 2});
    const auto result = runtime.run([this, body = std::move(body)]() -> Task<> {
      AttachTelemetry attached(telemetry_);
      co_await body();
    });
    EXPECT_TRUE(result.has_value());
  }
  Telemetry telemetry_{ambient_options()};
};

TEST_F(AmbientTaskTest, an_awaited_task_sees_the_current_span) {
  run([this]() -> Task<> {
    Span span = Span::start("outer");
    BaggageGuard baggage(Baggage().with("tenant", "blue"));
    const Seen seen = co_await look_in_task();
    EXPECT_EQ(seen, (Seen{&telemetry_, span.context(), "tenant=blue"}));
  });
}

Task<SpanContext> span_in_task() {
  Span inner = Span::start("inner");
  co_await yield();
  co_return inner.context();
}

TEST_F(AmbientTaskTest, the_callers_span_is_current_again_when_the_callee_has_ended) {
  run([]() -> Task<> {
    Span span = Span::start("outer");
    const SpanContext inner = co_await span_in_task();
    EXPECT_EQ(inner.trace_id, span.context().trace_id);
    EXPECT_EQ(current_span(), span.context());
  });
}

Task<> fail_in_span() {
  Span inner = Span::start("failing");
  co_await yield();
  co_await Error::unavailable("no");
}

TEST_F(AmbientTaskTest, the_callers_span_is_current_again_when_the_callee_has_failed) {
  run([]() -> Task<> {
    Span span = Span::start("outer");
    const Result<> result = co_await fail_in_span().result();
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(current_span(), span.context());
  });
}

TEST_F(AmbientTaskTest, detached_and_scoped_tasks_inherit_what_was_current_at_their_start) {
  run([this]() -> Task<> {
    Channel<Seen> seen(4);
    SpanContext expected;
    {
      Span span = Span::start("parent");
      expected = span.context();
      go([](Channel<Seen> out) -> Task<> { co_await out.send(look_around()); }, seen);
      go_anywhere([](Channel<Seen> out) -> Task<> { co_await out.send(look_around()); }, seen);
      co_await with_scope([seen](Scope& scope) -> Task<> {
        scope.go([](Channel<Seen> out) -> Task<> { co_await out.send(look_around()); }, seen);
        co_return;
      });
    }
    EXPECT_FALSE(current_span().valid());
    for (int i = 0; i < 3; ++i) {
      const auto one = co_await seen.receive();
      EXPECT_EQ(*one, (Seen{&telemetry_, expected, ""}));
    }
  });
}

TEST_F(AmbientTaskTest, spans_of_tasks_that_take_turns_do_not_mix) {
  telemetry_.spans().open();
  run([]() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      for (int i = 0; i < 10; ++i) {
        scope.go([]() -> Task<> {
          Span outer = Span::start("outer");
          for (int turn = 0; turn < 5; ++turn) {
            co_await yield();
            EXPECT_EQ(current_span(), outer.context());
            Span inner = Span::start("inner");
            co_await yield();
            EXPECT_EQ(current_span(), inner.context());
            EXPECT_EQ(inner.context().trace_id, outer.context().trace_id);
          }
        });
      }
      co_return;
    });
  });
  EXPECT_EQ(telemetry_.spans().drain(1000).size(), 60U);
}

TEST_F(AmbientTaskTest, a_blocking_call_sees_the_span_of_the_task_that_waits) {
  run([this]() -> Task<> {
    Span span = Span::start("query");
    BaggageGuard baggage(Baggage().with("tenant", "blue"));
    const Seen seen = co_await blocking([] { return look_around(); });
    EXPECT_EQ(seen, (Seen{&telemetry_, span.context(), "tenant=blue"}));
  });
}

Task<int> give_seven() { co_return 7; }
Task<int> fail_to_give() {
  co_await yield();
  co_await Error::not_found("nothing there");
  co_return 0;
}
Task<> panic_soon() {
  co_await yield();
  throw std::out_of_range("index 9");
}

TEST_F(AmbientTaskTest, in_span_records_success_failure_and_panic) {
  telemetry_.spans().open();
  run([]() -> Task<> {
    const int seven = co_await in_span("good", give_seven());
    EXPECT_EQ(seven, 7);
    const Result<int> failed = co_await in_span("bad", fail_to_give(), {.kind = SpanKind::kClient}).result();
    EXPECT_EQ(failed.error().code(), Code::kNotFound);
    bool caught = false;
    try {
      co_await in_span("bug", panic_soon());
    } catch (const std::out_of_range&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
  const auto spans = telemetry_.spans().drain(10);
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[0]->status.code, SpanStatusCode::kUnset);
  EXPECT_EQ(spans[1]->status.code, SpanStatusCode::kError);
  EXPECT_EQ(spans[1]->status.message, "NOT_FOUND: nothing there");
  EXPECT_EQ(spans[1]->kind, SpanKind::kClient);
  ASSERT_EQ(spans[2]->events.size(), 1U);
  EXPECT_EQ(spans[2]->status.message, "index 9");
  EXPECT_EQ(spans[2]->attributes.at(0), (Attribute{"error.type", AttributeValue(std::string("std::out_of_range"))}));
}

}  // namespace
}  // namespace skerry::telemetry
