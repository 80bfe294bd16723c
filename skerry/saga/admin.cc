// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/admin.h"

#include <algorithm>

#include "skerry/saga/runner_state.h"
#include "skerry/saga/saga_table.h"
#include "skerry/telemetry/span_context.h"

namespace skerry::saga {
namespace {

std::string reason_of(const Progress& progress) {
  if (progress.state != State::kStuck) return progress.reason;
  for (const StepProgress& step : progress.steps) {
    const bool stuck = step.state == StepState::kFailed || step.state == StepState::kCompensationFailed;
    if (stuck) return fmt::format("{}: {}", step.name, step.error);
  }
  return progress.reason;
}

SagaSummary summary_of(Runner& runner, const internal::SagaRow& row, const Progress& progress) {
  return {.id = row.id,
          .saga = row.definition,
          .version = row.version,
          .state = row.state,
          .reason = reason_of(progress),
          .created_ms = row.created_ms,
          .changed_ms = row.changed_ms,
          .due_ms = row.due_ms,
          .known = runner.shared().find(row.definition, row.version) != nullptr};
}

/// A later version's progress may be of another form; it is shown without its steps then.
Progress progress_of(const internal::SagaRow& row) { return parse_json<Progress>(row.progress).value_or(Progress()); }

Task<State> change(Runner& runner, std::string id, const char* nothing,
                   std::function<Task<bool>(sql::Transaction&)> act) {
  return runner.shared().database().transaction([&runner, id, nothing, act](sql::Transaction& tx) -> Task<State> {
    const bool changed = co_await act(tx);
    const auto state = co_await runner.state(tx, id);
    if (!changed) co_return Error::failed_precondition("saga \"{}\": {}", id, nothing);
    co_return state.value_or(State::kRunning);
  });
}

}  // namespace

Task<std::vector<SagaSummary>> list_sagas(Runner& runner, ListOptions options) {
  internal::ListQuery query{.state = std::nullopt,
                            .definition = options.saga,
                            .limit = std::clamp<std::int64_t>(options.limit, 0, kMaxListedSagas),
                            .offset = std::max<std::int64_t>(options.offset, 0)};
  if (options.state) query.state = state_name(*options.state);
  std::vector<SagaSummary> sagas;
  const auto rows = co_await internal::list_rows(runner.shared().database(), std::move(query));
  for (const internal::SagaRow& row : rows) sagas.push_back(summary_of(runner, row, progress_of(row)));
  co_return sagas;
}

Task<SagaDetails> show_saga(Runner& runner, std::string id) {
  const auto row = co_await internal::find_row(runner.shared().database(), id);
  if (!row) co_return Error::not_found("there is no saga \"{}\"", id);
  Progress progress = progress_of(*row);
  SagaDetails details;
  static_cast<SagaSummary&>(details) = summary_of(runner, *row, progress);
  if (const auto trace = telemetry::parse_traceparent(row->traceparent)) details.trace_id = trace->trace_id.to_hex();
  details.owner = row->owner;
  details.lease_until_ms = row->lease_until_ms;
  details.data = parse_json_value(row->data).value_or(boost::json::value(row->data));
  details.steps = std::move(progress.steps);
  co_return details;
}

Task<State> retry_saga(Runner& runner, std::string id) {
  return change(runner, id, "nothing of it waits for another attempt",
                [&runner, id](sql::Transaction& tx) { return runner.retry(tx, id); });
}

Task<State> compensate_saga(Runner& runner, std::string id, std::string reason) {
  return change(runner, id, "it is cancelled already",
                [&runner, id, reason](sql::Transaction& tx) { return runner.cancel(tx, id, reason); });
}

}  // namespace skerry::saga
