// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/runner_loop.h"

#include <algorithm>

#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/telemetry/log.h"

namespace skerry::saga::internal {
namespace {

using std::chrono::milliseconds;

/// After a look at the table, or a turn, that failed: doubled each time up to the maximum.
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kMaxPause{10'000};
/// How often open sagas are counted and old ones are removed.
constexpr milliseconds kHouseInterval{5'000};

milliseconds pause_after(int failures) { return std::min(kMaxPause, kFirstPause * (1 << std::min(failures - 1, 10))); }

}  // namespace

Task<> RunnerLoop::run() {
  co_await with_scope([this](Scope& scope) -> Task<> {
    scope_ = &scope;
    scope.go([this]() { return look_for_due(); });
    scope.go([this]() { return renew(); });
    scope.go([this]() { return keep_house(); });
    co_return;
  });
}

Task<> RunnerLoop::look_for_due() {
  for (int failures = 0;;) {
    state_.begin_look();
    const Result<std::int64_t> next_ms = co_await begin_turns().result();
    milliseconds pause = state_.options().sweep;
    if (next_ms) {
      failures = 0;
      state_.plan(*next_ms);
      if (*next_ms != kNever)
        pause = std::min(pause, milliseconds(std::max<std::int64_t>(0, *next_ms - state_.now_ms())));
    } else {
      pause = pause_after(++failures);
      log::error("sagas cannot be read; trying again", {{"error", next_ms.error().to_string()}});
    }
    (void)co_await with_timeout(pause, [](RunnerState& state) -> Task<> { co_await state.woken(); }(state_)).result();
  }
}

Task<std::int64_t> RunnerLoop::begin_turns() {
  passed_over_ = false;
  std::int64_t next_ms = kNever;
  const std::int64_t now_ms = state_.now_ms();
  for (const Plan* plan : state_.plans()) next_ms = std::min(next_ms, co_await begin_turns_of(plan, now_ms));
  for (const auto& [id, deferral] : deferred_) {
    if (deferral.until_ms > now_ms) next_ms = std::min(next_ms, deferral.until_ms);
  }
  co_return next_ms;
}

Task<std::int64_t> RunnerLoop::begin_turns_of(const Plan* plan, std::int64_t now_ms) {
  // One more than there can be room for, to know whether any is passed over.
  const std::size_t most = state_.options().max_active + in_turn_.size() + deferred_.size() + 1;
  DueQuery query{.definition = plan->name,
                 .version = plan->version,
                 .owner = state_.owner(),
                 .now_ms = now_ms,
                 .limit = static_cast<std::int64_t>(most)};
  for (std::string& id : co_await due_ids(state_.database(), query)) {
    if (in_turn_.size() + calling_.size() >= state_.options().max_active) {
      passed_over_ = true;
      break;
    }
    const auto deferral = deferred_.find(id);
    if (deferral != deferred_.end() && deferral->second.until_ms > now_ms) continue;
    if (!in_turn_.insert(id).second) {
      passed_over_ = true;
      continue;
    }
    scope_->go([this](std::string of) { return take_turn(std::move(of)); }, std::move(id));
  }
  const auto next = co_await next_due_ms(state_.database(), std::move(query));
  co_return next.value_or(kNever);
}

Task<> RunnerLoop::take_turn(std::string id) {
  Result<std::vector<PendingCall>> calls = co_await panic_as_error(turn_transaction(id)).result();
  in_turn_.erase(id);
  if (calls) {
    deferred_.erase(id);
    begin(*std::move(calls));
  } else {
    defer(id, calls.error());
  }
  if (passed_over_) state_.wake();
}

Task<std::vector<PendingCall>> RunnerLoop::turn_transaction(std::string id) {
  return state_.database().transaction([this, id](sql::Transaction& tx) -> Task<std::vector<PendingCall>> {
    std::optional<Turn> turn = co_await Turn::load(state_, tx, id);
    if (!turn) co_return std::vector<PendingCall>();
    const bool claimed = co_await turn->claim();
    if (!claimed) co_return std::vector<PendingCall>();
    co_await turn->feed({EventKind::kTimer});
    co_await turn->save();
    co_return turn->take_calls();
  });
}

void RunnerLoop::defer(const std::string& id, const Error& error) {
  Deferral& deferral = deferred_[id];
  const milliseconds pause = pause_after(++deferral.failures);
  deferral.until_ms = state_.now_ms() + pause.count();
  log::warning("a saga cannot go on; trying again",
               {{"id", id}, {"error", error.to_string()}, {"pause_ms", pause.count()}});
}

void RunnerLoop::begin(std::vector<PendingCall> calls) {
  for (PendingCall& call : calls) {
    ++calling_[call.input.key.saga];
    scope_->go([this](PendingCall of) { return make_call(std::move(of)); }, std::move(call));
  }
}

Task<> RunnerLoop::make_call(PendingCall call) {
  Result<Change> made = co_await attempt(call).result();
  SagaEvent event{.kind = EventKind::kDone, .step = call.step, .round = call.input.key.round};
  if (!made) {
    const bool refused = call.actions().refuses(made.error());
    event.kind = refused ? EventKind::kRefused : EventKind::kFailed;
    event.reason = made.error().message();
  }
  co_await conclude(call, std::move(event), made ? *std::move(made) : Change());
  const auto calling = calling_.find(call.input.key.saga);
  if (--calling->second == 0) calling_.erase(calling);
  if (passed_over_) state_.wake();
}

Task<Change> RunnerLoop::attempt(PendingCall call) {
  const telemetry::BaggageGuard baggage(telemetry::Baggage::parse(call.baggage).value_or(telemetry::Baggage()));
  const std::string& saga = call.definition->plan.name;
  telemetry::Span span =
      telemetry::Span::start(attempt_span_name(saga, call.input.key), attempt_span_options(call.trace));
  span.set("saga.id", std::string_view(call.input.key.saga));
  span.set("saga.attempt", std::int64_t{call.input.attempt});
  auto made = panic_as_error(call.action().call(call.input));
  Result<Change> result = co_await with_timeout(call.plan().timeout, std::move(made)).result();
  if (!result) span.fail(result.error());
  co_return co_await std::move(result);
}

// Until the outcome is stored, or another has the saga: then that one makes the call again.
Task<> RunnerLoop::conclude(PendingCall call, SagaEvent event, Change change) {
  for (int failures = 0;;) {
    auto calls = co_await panic_as_error(conclude_transaction(call, event, change)).result();
    if (calls) {
      begin(*std::move(calls));
      co_return;
    }
    const milliseconds pause = pause_after(++failures);
    log::warning("the outcome of a saga's step cannot be stored; trying again",
                 {{"key", call.input.key.text()}, {"error", calls.error().to_string()}, {"pause_ms", pause.count()}});
    co_await sleep(pause);
  }
}

Task<std::vector<PendingCall>> RunnerLoop::conclude_transaction(PendingCall call, SagaEvent event, Change change) {
  return state_.database().transaction(
      [this, call, event, change](sql::Transaction& tx) -> Task<std::vector<PendingCall>> {
        std::optional<Turn> turn = co_await Turn::load(state_, tx, call.input.key.saga);
        if (!turn || !turn->keep_lease(call.fence)) co_return std::vector<PendingCall>();
        const Result<> fits = turn->check(change);
        SagaEvent told = event;
        if (!fits) told = {EventKind::kFailed, event.step, event.round, fits.error().message()};
        co_await turn->feed(std::move(told), fits ? change : nullptr);
        co_await turn->feed({EventKind::kTimer});
        co_await turn->save();
        co_return turn->take_calls();
      });
}

Task<> RunnerLoop::renew() {
  for (;;) {
    co_await sleep(state_.options().lease / 3);
    if (calling_.empty()) continue;
    const std::int64_t until_ms = state_.now_ms() + state_.options().lease.count();
    const Result<> renewed = co_await renew_leases(state_.database(), state_.owner(), until_ms).result();
    if (!renewed) log::warning("leases of sagas cannot be renewed", {{"error", renewed.error().to_string()}});
  }
}

Task<> RunnerLoop::keep_house() {
  for (;;) {
    const Result<> refreshed = co_await refresh_metrics().result();
    if (!refreshed) log::warning("sagas cannot be counted", {{"error", refreshed.error().to_string()}});
    const std::int64_t kept_ms = milliseconds(state_.options().keep_ended).count();
    (void)co_await purge_ended(state_.database(), state_.now_ms() - kept_ms).result();
    // Those that another instance has helped on.
    const std::int64_t old_ms = state_.now_ms() - 2 * kMaxPause.count();
    std::erase_if(deferred_, [&](const auto& deferred) { return deferred.second.until_ms < old_ms; });
    co_await sleep(kHouseInterval);
  }
}

Task<> RunnerLoop::refresh_metrics() {
  const std::vector<OpenCount> open = co_await count_open(state_.database());
  state_.metrics().show_open(state_.plans(), open, state_.now_ms());
  std::map<std::pair<std::string, int>, std::int64_t> unknown;
  for (const OpenCount& count : open) {
    if (state_.find(count.definition, count.version) == nullptr)
      unknown[{count.definition, count.version}] += count.count;
  }
  for (const auto& [definition, count] : unknown) {
    if (reported_unknown_.contains(definition)) continue;
    log::warning("sagas of a definition that this process does not have are left alone",
                 {{"saga", definition.first}, {"version", std::int64_t{definition.second}}, {"count", count}});
  }
  reported_unknown_ = std::move(unknown);
}

}  // namespace skerry::saga::internal
