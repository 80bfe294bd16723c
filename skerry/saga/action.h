// SPDX-License-Identifier: Apache-2.0
//
// What the code of a step is given, and how it is kept without its types. Services see Call and Ended; the rest joins
// Definition to Runner.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/base/json.h"
#include "skerry/saga/key.h"
#include "skerry/saga/plan.h"
#include "skerry/saga/progress.h"
#include "skerry/sql/transaction.h"

namespace skerry::saga {

/// What a step or a compensation knows of its saga. Lives as long as the task it is given to.
template <class T>
class Call {
 public:
  /// The saga's data as it was when the attempt began. Changes of this copy are lost: see update.
  T data;
  /// The identity of this piece of work, the same in all attempts: the idempotency key. "o17/charge", and
  /// "o17/charge/compensate" for its compensation (skerry/saga/key.h).
  std::string key;
  /// The key of the step's run: what a compensation undoes. In the run it is the same as `key`.
  std::string step_key;
  /// The saga's id.
  std::string saga;
  /// Counted from 1.
  int attempt = 1;
  /// Of a compensation: why the saga is cancelled.
  std::string reason;

  /// Changes the saga's data together with the success of this attempt: `change` is called with the data as it is then,
  /// which steps that ran side by side may have changed too. The last change given counts.
  void update(std::function<void(T&)> change) { change_ = std::move(change); }
  const std::function<void(T&)>& change() const { return change_; }

 private:
  std::function<void(T&)> change_;
};

/// A saga that has ended.
template <class T>
struct Ended {
  std::string saga;
  /// kCompleted or kCancelled.
  State state;
  /// Why it was cancelled.
  std::string reason;
  T data;
};

/// The codes that say no for good: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION
/// and OUT_OF_RANGE.
bool is_refusal(const Error& error);

namespace internal {

/// A Call without its type.
struct CallInput {
  std::string data;
  Key key;
  int attempt = 1;
  std::string reason;
};

/// Makes new data of the present data, both as JSON. Null when nothing changes.
using Change = std::function<Result<std::string>(const std::string& data)>;

/// The code of a step's run or compensation: one of the two is set, or neither.
struct Action {
  std::function<Task<Change>(CallInput)> call;
  std::function<Task<Change>(sql::Transaction&, CallInput)> command;

  Mode mode() const {
    if (call) return Mode::kCall;
    return command ? Mode::kCommand : Mode::kNone;
  }
};

struct StepActions {
  Action run;
  Action compensate;
  std::function<bool(const Error&)> refuses;
};

using OnEnd = std::function<Task<>(sql::Transaction&, Ended<std::string>)>;

/// Tells types apart without RTTI names.
using TypeId = const void*;
template <class T>
TypeId type_of() {
  static const char kTag = 0;
  return &kTag;
}

/// A Definition without its type.
struct AnyDefinition {
  Plan plan;
  std::vector<StepActions> steps;  // as plan.steps
  OnEnd on_end;
  TypeId type;
};

template <class T>
Result<T> read_data(const std::string& data) {
  Result<T> read = parse_json<T>(data);
  if (!read) return fail(std::move(read).error().annotate("the saga's data"));
  return read;
}

template <class T>
Change make_change(std::function<void(T&)> change) {
  if (!change) return nullptr;
  return [change = std::move(change)](const std::string& data) -> Result<std::string> {
    Result<T> read = read_data<T>(data);
    if (!read) return fail(std::move(read));
    change(*read);
    return to_json(*read);
  };
}

template <class T>
Result<Call<T>> make_call(CallInput input) {
  Result<T> data = read_data<T>(input.data);
  if (!data) return fail(std::move(data));
  Call<T> call;
  call.data = *std::move(data);
  call.key = input.key.text();
  call.step_key = Key{input.key.saga, input.key.step}.text();
  call.saga = std::move(input.key.saga);
  call.attempt = input.attempt;
  call.reason = std::move(input.reason);
  return call;
}

template <class T, class F>
Task<Change> run_call(std::shared_ptr<F> f, CallInput input) {
  Call<T> call = co_await make_call<T>(std::move(input));
  co_await (*f)(call);
  co_return make_change<T>(call.change());
}

template <class T, class F>
Task<Change> run_command(std::shared_ptr<F> f, sql::Transaction& tx, CallInput input) {
  Call<T> call = co_await make_call<T>(std::move(input));
  co_await (*f)(tx, call);
  co_return make_change<T>(call.change());
}

template <class T, class F>
Action make_action(F f) {
  auto kept = std::make_shared<F>(std::move(f));
  Action action;
  if constexpr (std::invocable<F&, Call<T>&>) {
    action.call = [kept](CallInput input) { return run_call<T>(kept, std::move(input)); };
  } else {
    static_assert(std::invocable<F&, sql::Transaction&, Call<T>&>,
                  "a step is a Task<>(saga::Call<T>&) or a Task<>(sql::Transaction&, saga::Call<T>&)");
    action.command = [kept](sql::Transaction& tx, CallInput input) {
      return run_command<T>(kept, tx, std::move(input));
    };
  }
  return action;
}

template <class T, class F>
Task<> run_end(std::shared_ptr<F> f, sql::Transaction& tx, Ended<std::string> ended) {
  T data = co_await read_data<T>(ended.data);
  co_await (*f)(tx, Ended<T>{std::move(ended.saga), ended.state, std::move(ended.reason), std::move(data)});
}

template <class T, class F>
OnEnd make_end(F f) {
  return [kept = std::make_shared<F>(std::move(f))](sql::Transaction& tx, Ended<std::string> ended) {
    return run_end<T>(kept, tx, std::move(ended));
  };
}

}  // namespace internal
}  // namespace skerry::saga
