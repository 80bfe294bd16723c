// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "skerry/saga/runner_test_support.h"
#include "skerry/saga/saga_metrics.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::saga {
namespace {

using telemetry::SpanData;

class RunnerTelemetry : public RunnerTest {
 protected:
  static telemetry::TelemetryOptions options() {
    telemetry::TelemetryOptions options;
    options.service = "order";
    options.log.target = telemetry::LogTarget::kNone;
    return options;
  }
  /// Runs body(db, runner) with the telemetry.
  template <class F>
  void run_observed(Definition<Order> definition, F body) {
    telemetry_.spans().open();
    run([&]() -> Task<> {
      const telemetry::AttachTelemetry attached(telemetry_);
      auto db = co_await open();
      Runner runner(*db);
      co_await runner.create_tables();
      co_await runner.add(definition);
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&]() { return runner.run(); });
        co_await body(*db, runner);
        scope.cancel();
      }).result();
    });
    for (auto& span : telemetry_.spans().drain(1'000)) spans_.push_back(std::move(span));
  }
  const SpanData* find(std::string_view name) const {
    const auto found = std::ranges::find_if(spans_, [&](const auto& span) { return span->name == name; });
    EXPECT_NE(found, spans_.end()) << name;
    return found == spans_.end() ? nullptr : found->get();
  }
  double metric(std::string_view name, std::vector<std::string> labels) {
    for (const telemetry::MetricSnapshot& snapshot : telemetry_.metrics().snapshot()) {
      if (snapshot.name != name) continue;
      for (const auto& sample : snapshot.samples) {
        if (sample.label_values == labels) return sample.value;
      }
    }
    return -1;
  }

  telemetry::Telemetry telemetry_{options()};
  std::vector<std::unique_ptr<SpanData>> spans_;
};

TEST_F(RunnerTelemetry, every_step_is_below_the_span_in_which_the_saga_started) {
  Shop shop;
  shop.answer("o1/points", {fail(Error::unavailable("down"))});
  shop.answer("o1/logistics", {fail(Error::failed_precondition("not served"))});
  run_observed(call_definition(shop), [](sql::Database& db, Runner& runner) -> Task<> {
    {
      const telemetry::Span request = telemetry::Span::start("POST /api/orders", {.new_trace = true});
      co_await start(db, runner, "o1");
    }
    co_await until(db, runner, "o1", State::kCancelled);
  });
  const SpanData* request = find("POST /api/orders");
  const SpanData* saga = find("saga order");
  ASSERT_TRUE(request && saga);
  EXPECT_EQ(saga->parent_id, request->context.span_id);
  for (const char* name : {"saga order/reserve", "saga order/charge", "saga order/points", "saga order/logistics",
                           "saga order/charge compensate", "saga order/reserve compensate", "saga order end"}) {
    const SpanData* step = find(name);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->context.trace_id, request->context.trace_id) << name;
    EXPECT_EQ(step->parent_id, saga->context.span_id) << name;
  }
  EXPECT_EQ(find("saga order/logistics")->status.code, telemetry::SpanStatusCode::kError);
}

TEST_F(RunnerTelemetry, a_command_that_follows_a_reply_is_below_the_reply_in_the_same_trace) {
  telemetry::SpanContext other_trace;
  run_observed(command_definition(), [&](sql::Database& db, Runner& runner) -> Task<> {
    telemetry::SpanContext trace;
    {
      const telemetry::Span request = telemetry::Span::start("POST /api/orders", {.new_trace = true});
      trace = request.context();
      co_await start(db, runner, "o1");
    }
    {
      const telemetry::Span handler = telemetry::Span::start("process replies", {.parent = trace});
      co_await reply(db, runner, "o1/reserve", Reply::done());
    }
    const telemetry::Span stranger = telemetry::Span::start("by hand", {.new_trace = true});
    other_trace = stranger.context();
    co_await reply(db, runner, "o1/charge", Reply::done());
  });
  EXPECT_EQ(find("saga order/charge")->parent_id, find("process replies")->context.span_id);
  const SpanData* end = find("saga order end");
  EXPECT_EQ(end->context.trace_id, find("saga order")->context.trace_id);
  ASSERT_EQ(end->links.size(), 1U);
  EXPECT_EQ(end->links[0].trace_id, other_trace.trace_id);
}

TEST_F(RunnerTelemetry, baggage_goes_along_to_steps_that_run_later) {
  std::string seen;
  Definition<Order> definition("order", 1);
  definition.step("look").run([&](Call<Order>&) -> Task<> {
    seen = telemetry::current_baggage().header();
    co_return;
  });
  run_observed(definition, [](sql::Database& db, Runner& runner) -> Task<> {
    {
      const telemetry::BaggageGuard tenant(telemetry::current_baggage().with("tenant", "blue"));
      co_await start(db, runner, "o1");
    }
    co_await until(db, runner, "o1", State::kCompleted);
  });
  EXPECT_EQ(seen, "tenant=blue");
}

TEST_F(RunnerTelemetry, counts_steps_ends_compensations_retries_and_useless_replies) {
  Shop shop;
  shop.answer("o1/reserve", {fail(Error::unavailable("down"))});
  shop.answer("o1/charge", {fail(Error::failed_precondition("declined"))});
  run_observed(call_definition(shop), [](sql::Database& db, Runner& runner) -> Task<> {
    co_await start(db, runner, "o1");
    co_await start(db, runner, "o2");
    co_await until(db, runner, "o1", State::kCancelled);
    co_await until(db, runner, "o2", State::kCompleted);
    co_await reply(db, runner, "o1/charge", Reply::refused("twice"));
    co_await reply(db, runner, "o9/charge", Reply::done());
  });
  EXPECT_EQ(metric("skerry_saga_ended_total", {"order", "cancelled"}), 1);
  EXPECT_EQ(metric("skerry_saga_ended_total", {"order", "completed"}), 1);
  EXPECT_EQ(metric("skerry_saga_steps_total", {"order", "reserve", "done"}), 2);
  EXPECT_EQ(metric("skerry_saga_steps_total", {"order", "charge", "refused"}), 1);
  EXPECT_EQ(metric("skerry_saga_compensations_total", {"order", "reserve"}), 1);
  EXPECT_EQ(metric("skerry_saga_retries_total", {"order", "reserve"}), 1);
  EXPECT_EQ(metric("skerry_saga_replies_ignored_total", {"duplicate or late"}), 1);
  EXPECT_EQ(metric("skerry_saga_replies_ignored_total", {"unknown"}), 1);
}

TEST_F(RunnerTelemetry, shows_open_sagas_their_age_and_those_nobody_knows) {
  internal::SagaMetrics metrics(telemetry_.metrics());
  const Plan order{"order", 1, {}};
  const std::vector<const Plan*> plans{&order};
  metrics.show_open(
      plans, {{"order", 1, "running", 3, 4'000}, {"order", 1, "stuck", 1, 2'000}, {"refund", 1, "running", 5, 0}},
      10'000);
  EXPECT_EQ(metric("skerry_saga_open", {"order", "running"}), 3);
  EXPECT_EQ(metric("skerry_saga_open", {"order", "stuck"}), 1);
  EXPECT_EQ(metric("skerry_saga_open", {"order", "compensating"}), 0);
  EXPECT_EQ(metric("skerry_saga_oldest_open_seconds", {"order"}), 8);
  EXPECT_EQ(metric("skerry_saga_unknown", {}), 5);
  metrics.show_open(plans, {}, 10'000);
  EXPECT_EQ(metric("skerry_saga_open", {"order", "running"}), 0);
  EXPECT_EQ(metric("skerry_saga_oldest_open_seconds", {"order"}), 0);
  EXPECT_EQ(metric("skerry_saga_unknown", {}), 0);
}

}  // namespace
}  // namespace skerry::saga
