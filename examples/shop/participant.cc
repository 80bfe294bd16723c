// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/participant.h"

#include <string_view>
#include <utility>

#include "examples/shop/refusal.h"
#include "examples/shop/service_config.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/telemetry/telemetry.h"

namespace shop {

using skerry::Code;
using skerry::Error;
using skerry::Result;
using skerry::Scope;
using skerry::Task;
using skerry::saga::Reply;
using skerry::sql::Transaction;
namespace events = skerry::events;

namespace {

// Between the reason and the message in what the barrier remembers of a refusal.
constexpr std::string_view kSeparator = ": ";

// The business's own no. Errors of the database have such codes as well, and are none.
bool is_no(const Error& error) {
  const bool definite = is_refusal(error) || error.code() == Code::kAborted || error.code() == Code::kAlreadyExists;
  return definite && error.detail("sqlite").empty();
}

Task<Reply> reply_of(Task<> work) {
  Result<> done = co_await std::move(work).result();
  if (done) co_return Reply::done();
  if (!is_no(done.error())) co_return std::move(done).error();
  const std::string_view reason = done.error().detail("reason");
  co_return Reply::refused(fmt::format("{}{}{}", reason.empty() ? code_name(done.error().code()) : reason, kSeparator,
                                       done.error().message()));
}

// The barrier's own refusals, of a run that was undone before it came, have no reason before the message.
StepRefused refused_for(std::string_view text) {
  StepRefused refused;
  const std::size_t end = text.find(kSeparator);
  const bool has_reason = end != std::string_view::npos;
  refused.set_reason(std::string(has_reason ? text.substr(0, end) : code_name(Code::kAborted)));
  refused.set_message(std::string(has_reason ? text.substr(end + kSeparator.size()) : text));
  return refused;
}

}  // namespace

Participant::Participant(std::shared_ptr<ServiceEvents> events, ParticipantOptions options)
    : events_(std::move(events)), options_(std::move(options)) {}

events::SubscribeOptions Participant::command_options() {
  return {.retry = {.max_attempts = kMaxCommandAttempts},
          .handler_limit = std::chrono::milliseconds(2 * kMaxProcessingTimeMs)};
}

Task<> Participant::open(skerry::sql::Database& database) {
  if (events_->bus() == nullptr) co_return;
  database_ = &database;
  barrier_.emplace(database);
  co_await barrier_->create_tables();
  events_->use_topics({options_.topics.commands, options_.topics.answers});
  for (const auto& subscribe : subscriptions_) subscribe(*events_->bus());
}

Task<> Participant::run() {
  if (events_->bus() == nullptr) co_return;
  co_await skerry::with_scope([this](Scope& scope) -> Task<> {
    scope.go([this] { return prune_barrier(); });
    co_await events_->run();
  });
}

Result<> Participant::check_broker() const {
  if (events_->bus() != nullptr) return {};
  return fail(Error::unavailable(
      "{} has no event broker, which the mode \"events\" needs: start it with --kafka HOST:PORT, or set mode to sync",
      options_.service));
}

Task<std::optional<StepRefused>> Participant::do_once(Transaction& tx, std::string step, Task<> work) {
  const auto run = [&work] { return reply_of(std::move(work)); };
  Reply reply;
  if (step.empty()) {
    reply = co_await run();
  } else {
    reply = co_await barrier_->once(tx, step, run);
  }
  if (reply.outcome == Reply::Outcome::kDone) co_return std::nullopt;
  co_return refused_for(reply.reason);
}

Task<> Participant::prune_barrier() {
  for (;;) {
    const Result<std::int64_t> pruned =
        co_await barrier_->prune(std::chrono::system_clock::now() - kBarrierRetention).result();
    if (!pruned) skerry::log::warning("old steps could not be forgotten", {{"error", pruned.error().to_string()}});
    const bool more = pruned && *pruned == skerry::saga::kMaxPrunedKeys;
    co_await skerry::sleep(more ? std::chrono::seconds(1) : std::chrono::seconds(kBarrierPruneInterval));
  }
}

std::shared_ptr<Participant> lone_participant(std::string service) {
  auto events = std::make_shared<ServiceEvents>(service);
  return std::make_shared<Participant>(std::move(events),
                                       ParticipantOptions{.service = std::move(service), .topics = {}});
}

}  // namespace shop
