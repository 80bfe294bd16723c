// SPDX-License-Identifier: Apache-2.0
//
// Turn: one transaction's work on one saga: the row is read, events are fed to the state machine, commands are
// published and the end is told within the transaction, calls are collected for after it, the row is written.
// Internal to saga/.
//
//   std::optional<Turn> turn = co_await Turn::load(state, tx, id);
//   co_await turn->feed({EventKind::kDone, step}, change);
//   co_await turn->save();
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "skerry/async/panic.h"
#include "skerry/saga/runner_state.h"
#include "skerry/saga/saga_state_machine.h"
#include "skerry/saga/saga_table.h"
#include "skerry/sql/transaction.h"
#include "skerry/telemetry/span.h"

namespace skerry::saga::internal {

/// Of a saga's data as JSON, and of a reason.
inline constexpr std::size_t kMaxDataBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxReasonBytes = 1'000;

/// A call that a committed turn has handed out.
struct PendingCall {
  const AnyDefinition* definition;
  std::size_t step;
  /// Of the lease under which it runs.
  std::int64_t fence;
  CallInput input;
  /// The saga's.
  telemetry::SpanContext trace;
  std::string baggage;

  const StepPlan& plan() const { return definition->plan.steps[step]; }
  const StepActions& actions() const { return definition->steps[step]; }
  const Action& action() const { return input.key.compensates() ? actions().compensate : actions().run; }
};

/// Errors: INVALID_ARGUMENT for data that is too large, or could not be read again because it is no UTF-8.
Result<> check_data(const std::string& data);

/// The span of one attempt, under the saga's trace: a child of the running span where that belongs to the trace.
telemetry::SpanOptions attempt_span_options(const telemetry::SpanContext& trace);
std::string attempt_span_name(const std::string& saga, const Key& key);

/// Gives what the task gives; its panic is an INTERNAL error.
template <class T>
Task<T> panic_as_error(Task<T> task);

class Turn {
 public:
  /// nullopt if there is no such saga. UNAVAILABLE if this process does not have its definition, or another than the
  /// saga was started with under the same version.
  static Task<std::optional<Turn>> load(RunnerState& state, sql::Transaction& tx, std::string id);
  /// Of a saga that is new; save() inserts it.
  static Turn create(RunnerState& state, sql::Transaction& tx, const AnyDefinition& definition, std::string id,
                     std::string data);

  const SagaRow& row() const { return row_; }
  const Progress& progress() const { return progress_; }
  /// nullopt for a step that the saga does not have.
  std::optional<std::size_t> find_step(const std::string& name) const;

  /// Leases the saga to this runner if it is free, or its lease has ended, and lets the turn hand out calls. False if
  /// it is another's.
  Task<bool> claim();
  /// Lets the turn hand out calls under the lease with this fence. False if that lease is lost.
  bool keep_lease(std::int64_t fence);
  /// Errors: INVALID_ARGUMENT for a change that makes data that cannot be kept.
  Result<> check(const Change& change) const;
  /// Applies the event and carries out what follows; `change` makes the new data if a success is applied. False if the
  /// event meant nothing.
  Task<bool> feed(SagaEvent event, Change change = nullptr);
  /// Writes the row. The lease ends with the last call; once the transaction is on disk, the runner's loop is woken for
  /// what is due. Last.
  Task<> save();
  /// What to call once the transaction is on disk.
  std::vector<PendingCall> take_calls() { return std::move(calls_); }

 private:
  Turn(RunnerState& state, sql::Transaction& tx, const AnyDefinition& definition, SagaRow row, Progress progress);
  bool owned() const { return row_.owner == state_->owner(); }
  Result<> change_data(const Change& change);
  void set_lease();
  Task<> carry_out(Effect effect);
  Task<> tell_end();
  CallInput input_of(std::size_t step, int round) const;
  void report() const;

  // Pointers, so that a turn can be moved out of load().
  RunnerState* state_;
  sql::Transaction* tx_;
  const AnyDefinition* definition_;
  SagaRow row_;
  Progress progress_;
  Progress before_;
  telemetry::SpanContext trace_;
  std::vector<PendingCall> calls_;
  // Set in the turns of the runner's loop alone, which makes the calls after the commit.
  bool may_call_ = false;
  bool new_ = false;
};

template <class T>
Task<T> panic_as_error(Task<T> task) {
  std::optional<Result<T>> result;
  std::string panic;
  try {
    result.emplace(co_await task.result());
  } catch (...) {
    panic = panic_message(std::current_exception());
  }
  if (!result) co_await Error::internal("panic: {}", panic);
  if constexpr (std::is_void_v<T>) {
    co_await std::move(*result);
  } else {
    co_return co_await std::move(*result);
  }
}

}  // namespace skerry::saga::internal
