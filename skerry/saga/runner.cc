// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/runner.h"

#include "skerry/async/timeout.h"
#include "skerry/saga/runner_loop.h"
#include "skerry/saga/runner_state.h"
#include "skerry/saga/turn.h"
#include "skerry/telemetry/log.h"

namespace skerry::saga {
namespace {

/// How long the leases' end may take at the stop.
constexpr std::chrono::seconds kReleaseLimit{5};

EventKind event_kind(Reply::Outcome outcome) {
  switch (outcome) {
    case Reply::Outcome::kDone:
      return EventKind::kDone;
    case Reply::Outcome::kRefused:
      return EventKind::kRefused;
    case Reply::Outcome::kFailed:
      break;
  }
  return EventKind::kFailed;
}

}  // namespace

Runner::Runner(sql::Database& database, RunnerOptions options)
    : state_(std::make_unique<internal::RunnerState>(database, std::move(options))) {}

Runner::~Runner() = default;

Task<> Runner::create_tables() { return internal::create_tables(state_->database()); }

Result<> Runner::add_erased(internal::AnyDefinition definition) { return state_->add(std::move(definition)); }

Task<> Runner::start_erased(sql::Transaction& tx, std::string definition, std::string id, std::string data,
                            internal::TypeId type) {
  if (!valid_id(id)) co_await Error::invalid_argument("\"{}\" cannot be the id of a saga", id);
  const internal::AnyDefinition* found = state_->find_latest(definition);
  if (found == nullptr) co_await Error::not_found("there is no saga \"{}\"", definition);
  if (found->type != type) co_await Error::internal("saga \"{}\" is started with data of another type", definition);
  co_await internal::check_data(data);
  if (co_await state(tx, id)) co_await Error::already_exists("there is a saga \"{}\" already", id);
  // Its context becomes the saga's: whatever follows, at whatever time, is below this span.
  telemetry::Span span = telemetry::Span::start(fmt::format("saga {}", definition));
  span.set("saga.id", std::string_view(id));
  auto turn = internal::Turn::create(*state_, tx, *found, std::move(id), std::move(data));
  co_await turn.feed({EventKind::kStart});
  co_await turn.save();
}

Task<ReplyResult> Runner::reply(sql::Transaction& tx, std::string key, Reply reply) {
  return reply_erased(tx, std::move(key), std::move(reply), nullptr);
}

Task<ReplyResult> Runner::reply_erased(sql::Transaction& tx, std::string key, Reply reply, internal::Change change) {
  Key of = co_await Key::parse(key);
  std::optional<internal::Turn> turn = co_await internal::Turn::load(*state_, tx, of.saga);
  const auto step = turn ? turn->find_step(of.step) : std::nullopt;
  if (!step) {
    state_->metrics().count_ignored_reply("unknown");
    co_return ReplyResult::kUnknown;
  }
  const bool applied =
      co_await turn->feed({event_kind(reply.outcome), *step, of.round, std::move(reply.reason)}, std::move(change));
  if (!applied) {
    state_->metrics().count_ignored_reply("duplicate or late");
    co_return ReplyResult::kIgnored;
  }
  co_await turn->save();
  co_return ReplyResult::kApplied;
}

Task<bool> Runner::feed(sql::Transaction& tx, std::string id, SagaEvent event) {
  std::optional<internal::Turn> turn = co_await internal::Turn::load(*state_, tx, id);
  if (!turn) co_return Error::not_found("there is no saga \"{}\"", id);
  const bool applied = co_await turn->feed(std::move(event));
  if (applied) co_await turn->save();
  co_return applied;
}

Task<bool> Runner::cancel(sql::Transaction& tx, std::string id, std::string reason) {
  return feed(tx, std::move(id), {.kind = EventKind::kCancel, .reason = std::move(reason)});
}

Task<bool> Runner::retry(sql::Transaction& tx, std::string id) {
  return feed(tx, std::move(id), {.kind = EventKind::kRetry});
}

Task<std::optional<State>> Runner::state(sql::Executor& executor, std::string id) {
  const auto name = co_await executor.one<std::string>("select state from skerry_saga where id = ?", std::move(id));
  if (!name) co_return std::nullopt;
  co_return parse_state(*name);
}

Task<> Runner::run() {
  internal::RunnerLoop loop(*state_);
  // Seen here also when it ends by cancellation, for the leases are to be given back.
  auto ended = co_await skerry::internal::at_boundary(loop.run());
  auto release = internal::release_leases(state_->database(), state_->owner());
  const Result<> released = co_await shielded(kReleaseLimit, std::move(release)).result();
  if (!released) log::warning("leases of sagas could not be given back", {{"error", released.error().to_string()}});
  co_await skerry::internal::EndIfCancelled();
  co_await std::move(ended.result);
}

}  // namespace skerry::saga
