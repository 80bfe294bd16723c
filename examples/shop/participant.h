// SPDX-License-Identifier: Apache-2.0
//
// Participant: a service's part in the sagas of orders. It takes the commands of one topic and says on another what
// became of them. The one thing to know: what a command does, that it was done, and the
// answer are one transaction of the service's database, so a command that comes twice, late, or just before a crash is
// done once and answered.
//
//   Participant participant(events, {.service = "payment", .topics = {.commands = "commands", .answers = "answers"}});
//   participant.handle<ChargePayment, PaymentCharged>({.work = charge_for});
//   co_await participant.open(database);                                       // after the events
//   co_await participant.run();
//
// Without a broker it does nothing: the service then works by calls alone. All instances of a service share a database,
// and share the commands.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events.pb.h"
#include "examples/shop/fields.h"
#include "examples/shop/service_events.h"

#include "skerry/events/bus.h"
#include "skerry/saga/barrier.h"
#include "skerry/sql/database.h"

namespace shop {

/// How long it is remembered that a step was done or undone: far longer than a saga's end is
/// (RunnerOptions::keep_ended), since a saga may take its time before it ends.
inline constexpr std::chrono::hours kBarrierRetention{24 * 90};
inline constexpr std::chrono::hours kBarrierPruneInterval{1};
/// Attempts of a command, those included that a killed process has begun, before it becomes a dead letter.
inline constexpr std::uint32_t kMaxCommandAttempts = 30;

/// How one kind of command is done.
template <class Command, class Answer>
struct CommandHandler {
  /// What takes its time, before the transaction. May be done again after a crash.
  std::function<skerry::Task<>()> prepare = {};
  /// The business. When it fails it has written nothing. A definite no of it is a refusal; after any other error the
  /// command is tried again.
  std::function<skerry::Task<>(skerry::sql::Transaction&, Command)> work;
  /// What the answer says beyond the step and the order.
  std::function<void(const Command&, Answer&)> fill = {};
  /// Records the refusal of a command without a step, which nobody is told of.
  std::function<skerry::Task<>(skerry::sql::Transaction&, Command, StepRefused)> refused = {};
};

struct ParticipantTopics {
  std::string commands;
  std::string answers;
};

struct ParticipantOptions {
  /// Names the group.
  std::string service;
  ParticipantTopics topics;
};

/// Set up by one task before run().
class Participant {
 public:
  Participant(std::shared_ptr<ServiceEvents> events, ParticipantOptions options);
  Participant(const Participant&) = delete;
  Participant& operator=(const Participant&) = delete;

  /// Has the commands of this kind done. Before open(), once for each kind.
  template <class Command, class Answer>
  void handle(CommandHandler<Command, Answer> handler) {
    auto shared = std::make_shared<const CommandHandler<Command, Answer>>(std::move(handler));
    subscriptions_.push_back([this, shared](skerry::events::Bus& bus) {
      bus.subscribe<Command>(
          options_.topics.commands, options_.service,
          [this, shared](Command command, skerry::events::EventContext context) {
            return perform(shared, std::move(command), context);
          },
          command_options());
    });
  }

  /// Makes the barrier's table and subscribes. When the events are open, on the same database, which outlives it.
  skerry::Task<> open(skerry::sql::Database& database);
  /// Runs the events, and forgets old steps meanwhile. Until it is cancelled; ends at once without a broker, while one
  /// that is away is waited for.
  skerry::Task<> run();

  /// Has the service's own handler do the command, which has no step, once `tx` commits. UNAVAILABLE without a broker.
  template <class Command>
  skerry::Task<> command_itself(skerry::sql::Transaction& tx, Command command) {
    co_await check_broker();
    co_await events_->outbox().publish(tx, command, command.order_id(), {.topic = options_.topics.commands});
  }

 private:
  skerry::Result<> check_broker() const;
  static skerry::events::SubscribeOptions command_options();

  template <class Command, class Answer>
  skerry::Task<> perform(std::shared_ptr<const CommandHandler<Command, Answer>> handler, Command command,
                         skerry::events::EventContext context) {
    co_await check_order_id(command.order_id());
    if (handler->prepare) co_await handler->prepare();
    co_await database_->transaction([&](skerry::sql::Transaction& tx) -> skerry::Task<> {
      const bool first = co_await context.claim(tx);
      if (!first) co_return;
      std::optional<StepRefused> refused = co_await do_once(tx, command.step(), handler->work(tx, command));
      if (!command.step().empty() && refused) {
        co_await answer(tx, *std::move(refused), command);
      } else if (!command.step().empty()) {
        Answer done;
        if (handler->fill) handler->fill(command, done);
        co_await answer(tx, std::move(done), command);
      } else if (refused && handler->refused) {
        co_await handler->refused(tx, command, *std::move(refused));
      }
    });
  }

  template <class Command, class Answer>
  skerry::Task<> answer(skerry::sql::Transaction& tx, Answer answer, const Command& command) {
    answer.set_step(command.step());
    answer.set_order_id(command.order_id());
    return events_->outbox().publish(tx, answer, command.order_id(), {.topic = options_.topics.answers});
  }

  /// Does the work, unless the step was done or undone before. Gives the reason and the message of a refusal.
  skerry::Task<std::optional<StepRefused>> do_once(skerry::sql::Transaction& tx, std::string step, skerry::Task<> work);
  skerry::Task<> prune_barrier();

  const std::shared_ptr<ServiceEvents> events_;
  const ParticipantOptions options_;
  std::vector<std::function<void(skerry::events::Bus&)>> subscriptions_;
  skerry::sql::Database* database_ = nullptr;
  std::optional<skerry::saga::Barrier> barrier_;
};

/// The participant of a service without an event broker; it need not be opened.
std::shared_ptr<Participant> lone_participant(std::string service);

}  // namespace shop
