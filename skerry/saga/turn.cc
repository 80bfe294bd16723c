// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/turn.h"

#include <functional>

#include "skerry/async/panic.h"
#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/log.h"
#include "skerry/telemetry/utf8.h"

namespace skerry::saga::internal {
namespace {

Error unknown_definition(const SagaRow& row) {
  return Error::unavailable(
      "saga \"{}\" is of version {} of \"{}\", which this process does not have; another instance may", row.id,
      row.version, row.definition);
}

/// Reasons come from others; the row has to stay readable.
std::string fit_for_row(std::string_view reason) {
  std::string fit;
  telemetry::append_valid_utf8(fit, reason.substr(0, kMaxReasonBytes));
  return fit;
}

}  // namespace

Result<> check_data(const std::string& data) {
  if (data.size() > kMaxDataBytes) {
    return fail(Error::invalid_argument("a saga's data may have {} bytes, not {}", kMaxDataBytes, data.size()));
  }
  for (std::string_view rest = data; !rest.empty();) {
    const std::size_t bytes = telemetry::utf8_sequence_bytes(rest);
    if (bytes == 0) return fail(Error::invalid_argument("a saga's data has text that is no UTF-8"));
    rest.remove_prefix(bytes);
  }
  return {};
}

telemetry::SpanOptions attempt_span_options(const telemetry::SpanContext& trace) {
  const telemetry::SpanContext& running = telemetry::current_span();
  if (!trace.valid() || (running.valid() && running.trace_id == trace.trace_id)) return {};
  telemetry::SpanOptions options{.parent = trace};
  if (running.valid()) options.links.push_back(running);
  return options;
}

std::string attempt_span_name(const std::string& saga, const Key& key) {
  return fmt::format("saga {}/{}{}", saga, key.step, key.compensates() ? " compensate" : "");
}

Turn::Turn(RunnerState& state, sql::Transaction& tx, const AnyDefinition& definition, SagaRow row, Progress progress)
    : state_(&state),
      tx_(&tx),
      definition_(&definition),
      row_(std::move(row)),
      progress_(std::move(progress)),
      before_(progress_),
      trace_(telemetry::parse_trace_headers(row_.traceparent, row_.tracestate).value_or(telemetry::SpanContext())) {
  // What moves the saga is the cause of what follows: its baggage, with an event's ids, goes on with it.
  const telemetry::Baggage& baggage = telemetry::current_baggage();
  if (!baggage.empty()) row_.baggage = baggage.header();
}

Task<std::optional<Turn>> Turn::load(RunnerState& state, sql::Transaction& tx, std::string id) {
  std::optional<SagaRow> row = co_await find_row(tx, std::move(id));
  if (!row) co_return std::nullopt;
  const AnyDefinition* definition = state.find(row->definition, row->version);
  if (definition == nullptr) co_return unknown_definition(*row);
  Result<Progress> progress = parse_json<Progress>(row->progress);
  if (!progress) co_return Error::internal("saga \"{}\": {}", row->id, progress.error().message());
  if (!fits(definition->plan, *progress)) {
    co_return Error::unavailable(
        "saga \"{}\" was started with other steps of version {} of \"{}\" than this process has; changed steps are a "
        "new version",
        row->id, row->version, row->definition);
  }
  co_return Turn(state, tx, *definition, *std::move(row), *std::move(progress));
}

Turn Turn::create(RunnerState& state, sql::Transaction& tx, const AnyDefinition& definition, std::string id,
                  std::string data) {
  SagaRow row;
  row.id = std::move(id);
  row.definition = definition.plan.name;
  row.version = definition.plan.version;
  row.data = std::move(data);
  row.created_ms = state.now_ms();
  if (const telemetry::SpanContext& span = telemetry::current_span(); span.valid()) {
    row.traceparent = telemetry::format_traceparent(span);
    row.tracestate = span.state.header();
  }
  Turn turn(state, tx, definition, std::move(row), new_progress(definition.plan));
  turn.new_ = true;
  return turn;
}

std::optional<std::size_t> Turn::find_step(const std::string& name) const {
  const std::vector<StepPlan>& steps = definition_->plan.steps;
  const auto found = std::ranges::find(steps, name, &StepPlan::name);
  if (found == steps.end()) return std::nullopt;
  return static_cast<std::size_t>(found - steps.begin());
}

Task<bool> Turn::claim() {
  if (owned()) co_return keep_lease(row_.fence);
  const std::int64_t now = state_->now_ms();
  if (row_.owner && row_.lease_until_ms.value_or(0) > now) co_return false;
  row_.owner = state_->owner();
  ++row_.fence;
  may_call_ = true;
  co_await feed({EventKind::kClaim});
  co_return true;
}

bool Turn::keep_lease(std::int64_t fence) {
  may_call_ = owned() && row_.fence == fence;
  return may_call_;
}

Result<> Turn::check(const Change& change) const {
  if (!change) return {};
  const Result<std::string> changed = change(row_.data);
  return changed ? check_data(*changed) : fail(Error(changed.error()));
}

Task<bool> Turn::feed(SagaEvent event, Change change) {
  const Conditions conditions{
      .now = state_->now(), .may_call = may_call_, .jitter_seed = std::hash<std::string>()(row_.id)};
  event.reason = fit_for_row(event.reason);
  const Applied applied = apply(definition_->plan, progress_, event, conditions);
  if (!applied.changed) co_return false;
  if (event.kind == EventKind::kDone) co_await change_data(change);
  for (const Effect& effect : applied.effects) co_await carry_out(effect);
  co_return true;
}

Result<> Turn::change_data(const Change& change) {
  if (!change) return {};
  Result<std::string> changed = change(row_.data);
  if (!changed) return fail(std::move(changed));
  if (Result<> checked = check_data(*changed); !checked) return checked;
  row_.data = *std::move(changed);
  return {};
}

CallInput Turn::input_of(std::size_t step, int round) const {
  return {.data = row_.data,
          .key = {row_.id, definition_->plan.steps[step].name, round},
          .attempt = progress_.steps[step].attempts,
          .reason = progress_.reason};
}

Task<> Turn::carry_out(Effect effect) {
  if (effect.kind == Effect::Kind::kEnded) {
    co_await tell_end();
    co_return;
  }
  const StepActions& actions = definition_->steps[effect.step];
  const Action& action = effect.round == 0 ? actions.run : actions.compensate;
  CallInput input = input_of(effect.step, effect.round);
  if (action.call) {
    calls_.push_back({definition_, effect.step, row_.fence, std::move(input), trace_, row_.baggage});
    co_return;
  }
  const telemetry::BaggageGuard baggage(telemetry::Baggage::parse(row_.baggage).value_or(telemetry::Baggage()));
  std::string name = attempt_span_name(row_.definition, input.key);
  auto publish =
      telemetry::in_span(std::move(name), action.command(*tx_, std::move(input)), attempt_span_options(trace_));
  const Change change = co_await panic_as_error(std::move(publish));
  co_await change_data(change);
}

Task<> Turn::tell_end() {
  if (!definition_->on_end) co_return;
  const telemetry::BaggageGuard baggage(telemetry::Baggage::parse(row_.baggage).value_or(telemetry::Baggage()));
  auto told = definition_->on_end(*tx_, {row_.id, progress_.state, progress_.reason, row_.data});
  co_await panic_as_error(
      telemetry::in_span(fmt::format("saga {} end", row_.definition), std::move(told), attempt_span_options(trace_)));
}

Task<> Turn::save() {
  row_.state = state_name(progress_.state);
  row_.progress = to_json(progress_);
  row_.changed_ms = state_->now_ms();
  const auto due = next_due(progress_);
  row_.due_ms = due ? std::optional(due->time_since_epoch().count()) : std::nullopt;
  if (may_call_) set_lease();
  if (new_) {
    co_await insert_row(*tx_, row_);
  } else {
    co_await update_row(*tx_, row_);
  }
  tx_->on_commit([state = state_, saga = row_.definition, before = before_, after = progress_, due_ms = row_.due_ms] {
    state->metrics().count_changes(saga, before, after);
    state->wake_for(due_ms);
  });
  report();
}

void Turn::set_lease() {
  if (has_calls_under_way(definition_->plan, progress_)) {
    row_.lease_until_ms = state_->now_ms() + state_->options().lease.count();
  } else {
    row_.owner.reset();
    row_.lease_until_ms.reset();
  }
}

// Within the transaction, so that the line has its trace; one that is rolled back is tried again and reports again.
void Turn::report() const {
  if (progress_.state == before_.state) return;
  if (progress_.state == State::kStuck) {
    std::string error;
    for (const StepProgress& step : progress_.steps) {
      const bool stuck = step.state == StepState::kFailed || step.state == StepState::kCompensationFailed;
      if (stuck) error = fmt::format("{}: {}", step.name, step.error);
    }
    log::error("saga is stuck and waits for an operator",
               {{"saga", row_.definition}, {"id", row_.id}, {"error", error}});
  } else if (progress_.state == State::kCancelled) {
    log::info("saga cancelled", {{"saga", row_.definition}, {"id", row_.id}, {"reason", progress_.reason}});
  }
}

}  // namespace skerry::saga::internal
