// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/group_handler.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "skerry/async/panic.h"
#include "skerry/async/timeout.h"
#include "skerry/events/event_span.h"
#include "skerry/events/flow.h"
#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/log.h"

namespace skerry::events::internal {
namespace {

constexpr std::chrono::milliseconds kFirstObstaclePause{100};
constexpr std::chrono::milliseconds kMaxObstaclePause{5'000};
constexpr std::string_view kReasonDetail = "dead_reason";

// Handlers that stand in where there is none. An ignored type is handled too, so that the order of its aggregate goes
// on.
ErasedHandler ignoring(std::string type, bool transactional) {
  return {.type = std::move(type),
          .transactional = transactional,
          .handle = [](EventContext, sql::Transaction*) -> Task<> { co_return; }};
}

ErasedHandler refusing(std::string type, bool transactional, DeadReason reason, Error error) {
  error = std::move(error).with_detail(std::string(kReasonDetail), std::string(dead_reason_name(reason)));
  const auto refuse = [](Error refusal) -> Task<> { co_await std::move(refusal); };
  return {.type = std::move(type),
          .transactional = transactional,
          .handle = [refuse, error](EventContext, sql::Transaction*) { return refuse(error); }};
}

// What is over when the database or a broker is back.
bool is_passing(const Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kResourceExhausted ||
         error.code() == Code::kDeadlineExceeded || error.code() == Code::kAborted;
}

}  // namespace

Task<Outcome> GroupHandler::handle(Delivery delivery) {
  Result<Step> step = co_await process(delivery).result();
  if (!step) step = obstacle(delivery, step.error());
  co_return Outcome{.delivery = std::move(delivery), .pause = step->pause, .released = std::move(step->released)};
}

const SubscribeOptions& GroupHandler::options_for(const Delivery& delivery) const {
  return parts_.topics.at(delivery.record.topic).options;
}

Task<GroupHandler::Step> GroupHandler::process(Delivery& delivery) {
  if (delivery.attempts == 0 && delivery.obstacles == 0) {
    parts_.metrics->consumed.with({delivery.record.topic, parts_.group}).increment();
  }
  auto redrive = redrive_of(delivery.record);
  if (redrive && *redrive && (*redrive)->group != parts_.group) co_return done(delivery, Fate::kPassedOver);
  if (redrive && *redrive && (*redrive)->action == Redrive::Action::kDiscard) {
    co_return co_await process_discard(delivery, **std::move(redrive));
  }
  auto event = decode_event(delivery.record.headers, delivery.record.value.value_or(""));
  if (redrive && event) co_return co_await process_event(delivery, *std::move(event), *std::move(redrive));

  // It has no place in any order: it is buried where it stands.
  const std::string error = redrive ? event.error().message() : redrive.error().message();
  delivery.condemned = Condemned{.reason = DeadReason::kNotAnEvent, .error = error};
  co_await write_dead_letter(delivery, nullptr);
  co_return done(delivery, Fate::kDead);
}

Task<GroupHandler::Step> GroupHandler::process_discard(Delivery& delivery, Redrive redrive) {
  if (parts_.store != nullptr) {
    co_await parts_.store->database.transaction(
        [this, &redrive](sql::Transaction& tx) { return parts_.store->held_keys.release(tx, redrive.died); });
  }
  co_return done(delivery, Fate::kPassedOver);
}

Task<GroupHandler::Step> GroupHandler::process_event(Delivery& delivery, CloudEvent event,
                                                     std::optional<Redrive> redrive) {
  const SubscribeOptions& options = options_for(delivery);
  const ErasedHandler handler = co_await handler_for(delivery, event.type, redrive.has_value());
  Handling handling(
      {.group = parts_.group, .store = parts_.store, .options = options, .handler = handler, .delivery = delivery},
      std::move(event), std::move(redrive));
  if (!delivery.condemned) {
    auto step = co_await attempt(delivery, handling);
    if (step) co_return *std::move(step);
  }
  // If this fails, it alone is tried again, and not the handler.
  co_await write_dead_letter(delivery, &handling);
  co_return done(delivery, Fate::kDead, handling.take_released());
}

Task<ErasedHandler> GroupHandler::handler_for(Delivery& delivery, std::string type, bool redriven) {
  const TopicSubscription& topic = parts_.topics.at(delivery.record.topic);
  const bool stored = parts_.store != nullptr;
  const std::optional<std::string>& key = delivery.record.key;
  if (stored && !redriven && key && topic.options.after_dead_letter == AfterDeadLetter::kHoldKey) {
    GroupStore& store = *parts_.store;
    if (co_await store.held_keys.is_held(store.database, delivery.record.topic, *key)) {
      co_return refusing(type, stored, DeadReason::kHeld,
                         Error::failed_precondition("an earlier event of the key is a dead letter"));
    }
  }
  if (const auto found = topic.handlers.find(type); found != topic.handlers.end()) co_return found->second;
  if (topic.options.unknown_type == UnknownType::kIgnore) co_return ignoring(type, stored);
  co_return refusing(type, stored, DeadReason::kUnknownType,
                     Error::unimplemented("the group \"{}\" has no handler for {}", parts_.group, type));
}

// One attempt under its span: how it left the delivery; nullopt when that is condemned by it.
Task<std::optional<GroupHandler::Step>> GroupHandler::attempt(Delivery& delivery, Handling& handling) {
  telemetry::Span span =
      telemetry::Span::start(process_span_name(handling.position()), process_span_options(handling.event()));
  FlowGuard flow(handling.event());
  auto run = co_await run_handler(handling, span).result();
  describe_process(span, handling.event(), handling.position(), handling.key(), handling.group(), handling.attempt());
  if (!run) span.fail(run.error());
  std::optional<Failure> failure = co_await std::move(run);
  if (!failure) {
    span.set(kOutcomeAttribute, fate_name(handling.fate()));
    if (handling.gave_up_gap()) parts_.metrics->gaps.with({delivery.record.topic, parts_.group}).increment();
    co_return done(delivery, handling.fate(), handling.take_released());
  }
  span.fail(failure->error);
  delivery.attempts = handling.attempt();
  const auto pause = co_await after_failure(delivery, *std::move(failure));
  if (pause) co_return Step{.pause = pause, .released = {}};
  span.set(kOutcomeAttribute, fate_name(Fate::kDead));
  co_return std::nullopt;
}

// The attempt's own failure; fails itself where the event has to wait for the database or for Kafka.
Task<std::optional<GroupHandler::Failure>> GroupHandler::run_handler(Handling& handling, telemetry::Span& span) {
  const SubscribeOptions& options = handling.options();
  if (!co_await handling.begin()) co_return std::nullopt;
  if (handling.attempt() > options.retry.max_attempts) {
    co_return Failure{.error = Error::unknown("the process ended while the event was handled"), .at_once = true};
  }
  const auto started = std::chrono::steady_clock::now();
  std::optional<Failure> failure;
  try {
    Result<> ended = co_await with_timeout(options.handler_limit, handling.run()).result();
    if (!ended) failure = Failure{.error = std::move(ended).error(), .of_handler = handling.in_handler()};
  } catch (...) {
    const auto caught = std::current_exception();
    telemetry::internal::record_caught_panic(span, caught, span.name());
    failure = Failure{.error = Error::internal("panic: {}", panic_message(caught))};
  }
  const std::string_view error_type = failure ? code_name(failure->error.code()) : std::string_view();
  parts_.metrics->process_duration.with({handling.position().topic, parts_.group, error_type})
      .observe(std::chrono::steady_clock::now() - started);
  if (!failure) co_return std::nullopt;
  if (!failure->of_handler && is_passing(failure->error)) co_await std::move(failure->error);
  co_return classified(*std::move(failure), options);
}

// Whether a further attempt could end otherwise.
GroupHandler::Failure GroupHandler::classified(Failure failure, const SubscribeOptions& options) const {
  if (const auto reason = parse_dead_reason(failure.error.detail(kReasonDetail))) {
    failure.reason = *reason;
  } else if (!failure.error.detail(kUndecodableDetail).empty()) {
    failure.reason = DeadReason::kNotAnEvent;
  } else if (std::ranges::find(options.retry.permanent, failure.error.code()) != options.retry.permanent.end()) {
    failure.reason = DeadReason::kPermanent;
  }
  failure.at_once = failure.reason != DeadReason::kFailed;
  return failure;
}

// Counts the failure and gives the pause before the next attempt; nullopt when the delivery is condemned.
Task<std::optional<std::chrono::milliseconds>> GroupHandler::after_failure(Delivery& delivery, Failure failure) {
  const SubscribeOptions& options = options_for(delivery);
  const bool to_count = parts_.store != nullptr && !delivery.suspect && !failure.at_once;
  if (to_count) {
    auto counted = co_await parts_.store->attempts.count(parts_.store->database, position_of(delivery.record)).result();
    if (counted) delivery.attempts = std::max(delivery.attempts, *counted);
  }
  const bool last = failure.at_once || delivery.attempts >= options.retry.max_attempts;
  const std::string position = position_of(delivery.record).to_string();
  const std::string error = failure.error.to_string();
  log::warning(last ? "an event could not be handled" : "an event could not be handled and is tried again",
               {{"position", position}, {"group", parts_.group}, {"attempt", delivery.attempts}, {"error", error}});
  if (last) {
    delivery.condemned = Condemned{.reason = failure.reason, .error = error};
    co_return std::nullopt;
  }
  parts_.metrics->retries.with({delivery.record.topic, parts_.group}).increment();
  co_return retry_pause(options.retry.first, options.retry.max, delivery.attempts, parts_.random);
}

Task<> GroupHandler::write_dead_letter(Delivery& delivery, Handling* handling) {
  const SubscribeOptions& options = options_for(delivery);
  const bool hold_key = handling != nullptr && parts_.store != nullptr && delivery.record.key &&
                        options.after_dead_letter == AfterDeadLetter::kHoldKey;
  const DeathCertificate death{.reason = delivery.condemned->reason,
                               .error = delivery.condemned->error,
                               .attempts = delivery.attempts,
                               .position = position_of(delivery.record),
                               .timestamp = delivery.record.timestamp,
                               .group = parts_.group,
                               .died_at = std::chrono::system_clock::now(),
                               .key_held = hold_key};
  co_await parts_.bury(bury(delivery.record, death));
  if (handling != nullptr) co_await handling->record_death(hold_key);
  parts_.metrics->dead_letters.with({delivery.record.topic, parts_.group, dead_reason_name(death.reason)}).increment();
}

GroupHandler::Step GroupHandler::obstacle(Delivery& delivery, const Error& error) {
  ++delivery.obstacles;
  delivery.suspect = false;  // its attempt is counted; waiting is none
  const std::string position = position_of(delivery.record).to_string();
  const std::string text = error.to_string();
  log::warning("an event waits for the database or for Kafka",
               {{"position", position}, {"group", parts_.group}, {"error", text}});
  return {.pause = retry_pause(kFirstObstaclePause, kMaxObstaclePause, delivery.obstacles, parts_.random),
          .released = {}};
}

GroupHandler::Step GroupHandler::done(const Delivery& delivery, Fate fate, std::optional<kafka::Record> released) {
  parts_.metrics->handled.with({delivery.record.topic, parts_.group, fate_name(fate)}).increment();
  return {.pause = {}, .released = std::move(released)};
}

}  // namespace skerry::events::internal
