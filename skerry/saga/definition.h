// SPDX-License-Identifier: Apache-2.0
//
// Definition<T>: what a saga does, step by step, and how each step is undone. T is the saga's data, a described struct
// that is kept as JSON in the saga's row.
//
//   saga::Definition<Order> order_saga(Stock& stock, events::Outbox& outbox) {
//     saga::Definition<Order> order("order", 1);
//     order.step("reserve")                                                  // a call
//         .run([&](saga::Call<Order>& call) -> Task<> { co_await stock.reserve(call.key, call.data.items); })
//         .compensate([&](saga::Call<Order>& call) -> Task<> { co_await stock.release(call.step_key); })
//         .timeout(5s);
//     order.step("charge")                                                   // a command, answered by a reply
//         .run([&](sql::Transaction& tx, saga::Call<Order>& call) -> Task<> {
//           co_await outbox.publish(tx, charge_command(call.key, call.data), call.saga);
//         });
//     order.step("points").run(...).compensate(...);
//     order.beside("logistics").run(...).compensate(...);                    // runs side by side with "points"
//     order.on_end([](sql::Transaction& tx, saga::Ended<Order> ended) -> Task<> {
//       co_await tx.execute("update orders set status = ? where id = ?", saga::state_name(ended.state), ended.saga);
//     });
//     return order;
//   }
//
// The one thing to know: a step may run more than once, and with the same key each time. Whoever does its work takes
// the key for the work's identity (skerry/saga/barrier.h does that in a service's own database).
//
// A step succeeds, is refused (the business says no: what was done is compensated) or fails (nobody knows whether it
// took effect: it is tried again, then compensated or left to an operator). A compensation is called for a step that
// may have taken effect, so it has to succeed where there is nothing to undo.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "skerry/saga/action.h"
#include "skerry/saga/plan.h"

namespace skerry::saga {

/// One step of a Definition; its setters give itself, to be chained.
template <class T>
class Step {
 public:
  /// What the step does, one of two ways, told by the parameters of f:
  ///
  /// `Task<>(Call<T>&)`: a call. It runs in this process and outside of any transaction, at least once; its end is the
  /// step's outcome: a value is success, an Error a refusal or a failure (see refused_by), a panic a failure.
  ///
  /// `Task<>(sql::Transaction&, Call<T>&)`: a command. It publishes a message in the transaction that begins the step,
  /// and Runner::reply tells the outcome. When it fails the transaction does, and is tried again later.
  ///
  /// f is kept as long as the definition, called on any worker, and several times at once.
  template <class F>
  Step& run(F f) {
    run_ = internal::make_action<T>(std::move(f));
    return *this;
  }
  /// What undoes the step, in either way. Without it nothing has to be undone. A failed compensation is tried again
  /// until it succeeds; a refused one needs an operator.
  template <class F>
  Step& compensate(F f) {
    compensate_ = internal::make_action<T>(std::move(f));
    return *this;
  }

  /// How long one attempt may take, of the step and of its compensation: until a call is cancelled, until a reply is no
  /// longer waited for. 10 s unless set.
  Step& timeout(std::chrono::milliseconds limit) {
    plan_.timeout = limit;
    return *this;
  }
  Step& retry(Retry retry) {
    plan_.retry = retry;
    return *this;
  }
  Step& when_exhausted(WhenExhausted then) {
    plan_.when_exhausted = then;
    return *this;
  }
  /// Which errors of a call are refusals. Unless set, is_refusal.
  Step& refused_by(std::function<bool(const Error&)> refuses) {
    refuses_ = std::move(refuses);
    return *this;
  }

 private:
  template <class>
  friend class Definition;

  StepPlan plan_;
  internal::Action run_;
  internal::Action compensate_;
  std::function<bool(const Error&)> refuses_ = is_refusal;
};

template <class T>
class Definition {
 public:
  /// `name` is what sagas are started by. `version` is part of every saga's row: sagas of a version that a process does
  /// not have are left alone there. A change of the steps is a new version; keep the former one until its last saga has
  /// ended.
  Definition(std::string name, int version) : name_(std::move(name)), version_(version) {}

  /// Adds a step that begins when all steps before it are done. Names are unique, see valid_step_name.
  Step<T>& step(std::string name) {
    const std::size_t stage = steps_.empty() ? 0 : steps_.back().plan_.stage + 1;
    return add(std::move(name), stage);
  }
  /// Adds a step that runs side by side with the one added before.
  Step<T>& beside(std::string name) {
    const std::size_t stage = steps_.empty() ? 0 : steps_.back().plan_.stage;
    return add(std::move(name), stage);
  }

  /// f is a `Task<>(sql::Transaction&, Ended<T>)`, called in the transaction in which a saga ends: completed, or
  /// cancelled with everything compensated. Once, unless a completed saga is cancelled, which is another end.
  template <class F>
  Definition& on_end(F f) {
    on_end_ = internal::make_end<T>(std::move(f));
    return *this;
  }

  /// For Runner::add.
  internal::AnyDefinition erase() const {
    internal::AnyDefinition any{{name_, version_, {}}, {}, on_end_, internal::type_of<T>()};
    for (const Step<T>& step : steps_) {
      StepPlan plan = step.plan_;
      plan.run = step.run_.mode();
      plan.compensate = step.compensate_.mode();
      any.plan.steps.push_back(std::move(plan));
      any.steps.push_back({step.run_, step.compensate_, step.refuses_});
    }
    return any;
  }

 private:
  Step<T>& add(std::string name, std::size_t stage) {
    Step<T>& step = steps_.emplace_back();
    step.plan_.name = std::move(name);
    step.plan_.stage = stage;
    return step;
  }

  std::string name_;
  int version_;
  std::deque<Step<T>> steps_;  // a deque, since references to its elements are given away
  internal::OnEnd on_end_;
};

}  // namespace skerry::saga
