// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/outbox_relay.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "skerry/async/select.h"
#include "skerry/async/sleep.h"
#include "skerry/base/ids.h"
#include "skerry/telemetry/log.h"

namespace skerry::events::internal {
namespace {

constexpr std::chrono::milliseconds kDatabaseRetryPause{500};

}  // namespace

OutboxRelay::OutboxRelay(OutboxStore& store, const OutboxOptions& options, Outbox::Send send, Channel<bool> wake,
                         EventMetrics& metrics, Random random)
    : store_(store),
      options_(options),
      // The process too: after a fork the generator of random ids goes on in both.
      owner_(fmt::format("{}-{}", ::getpid(), random_id())),
      send_(std::move(send)),
      wake_(std::move(wake)),
      metrics_(metrics),
      random_(std::move(random)),
      // Every lane under way finds room.
      ends_(options.max_batch * kMaxRelayBatches) {}

Task<> OutboxRelay::run() {
  co_await with_scope([this](Scope& scope) -> Task<> {
    for (;;) {
      const Result<> done = co_await work(scope).result();
      if (done) continue;
      log::warning("the outbox waits for its database", {{"error", done.error().to_string()}});
      co_await sleep(kDatabaseRetryPause);
    }
  });
}

// One turn. Fails only when the database does, and then loses nothing.
Task<> OutboxRelay::work(Scope& scope) {
  const Moment now = std::chrono::steady_clock::now();
  wake_lanes(now);
  if (now >= next_sweep_) co_await sweep(now);
  if (!leased_ && unread_) co_await take_lease();
  if (leased_) co_await settle();
  if (can_read()) co_await read_on(scope);
  if (leased_ && in_flight_.empty() && !unread_) co_await give_back_lease();
  if (!can_read()) co_await wait();
}

bool OutboxRelay::can_read() const {
  return leased_ && unread_ && in_flight_.size() <= options_.max_batch * (kMaxRelayBatches - 1);
}

// Looks for rows that no commit of this process has announced.
Task<> OutboxRelay::sweep(Moment now) {
  next_sweep_ = now + options_.sweep_interval;
  const OutboxBacklog backlog = co_await store_.backlog();
  metrics_.outbox_events.set(static_cast<double>(backlog.events));
  const std::chrono::duration<double> age = backlog.oldest_age.value_or(std::chrono::milliseconds(0));
  metrics_.outbox_oldest.set(age.count());
  if (!in_flight_.empty()) co_return;
  // What waited after a failure and is not there any more, somebody else has sent.
  std::erase_if(lanes_, [](const auto& lane) { return lane.second.retry_at == Moment(); });
  if (backlog.events == 0) co_return;
  unread_ = true;
  cursor_ = 0;
}

Task<> OutboxRelay::take_lease() {
  const Moment now = std::chrono::steady_clock::now();
  if (now < lease_end_) co_return;  // somebody else's: he knows that there is something to do
  const auto left = co_await store_.acquire(owner_, options_.lease);
  leased_ = !left;
  lease_end_ = now + left.value_or(options_.lease);
  if (leased_) cursor_ = 0;
}

Task<> OutboxRelay::give_back_lease() {
  if (co_await store_.release(owner_)) {
    leased_ = false;
    lease_end_ = {};
  } else {
    unread_ = true;
    cursor_ = 0;
  }
}

// Reads the next rows and sends those whose lane is free.
Task<> OutboxRelay::read_on(Scope& scope) {
  std::vector<OutboxRow> rows = co_await store_.rows(cursor_, options_.max_batch);
  unread_ = rows.size() == options_.max_batch;
  std::map<std::string, std::deque<OutboxRow>> batch;
  for (OutboxRow& row : rows) {
    cursor_ = row.position;
    if (in_flight_.contains(row.position)) continue;
    const auto known = lanes_.find(row.lane);
    if (known != lanes_.end()) {
      known->second.passed_over = true;
      if (known->second.busy || known->second.retry_at != Moment()) continue;
    }
    std::string lane = row.lane;
    batch[std::move(lane)].push_back(std::move(row));
  }
  for (auto& [lane, of_lane] : batch) start_lane(scope, lane, std::move(of_lane));
}

void OutboxRelay::start_lane(Scope& scope, std::string lane, std::deque<OutboxRow> rows) {
  LaneState& state = lanes_[lane];
  state.busy = true;
  state.passed_over = false;
  for (const OutboxRow& row : rows) in_flight_.insert(row.position);
  scope.go(
      [this](std::string name, std::deque<OutboxRow> taken) { return send_lane(std::move(name), std::move(taken)); },
      std::move(lane), std::move(rows));
}

Task<> OutboxRelay::send_lane(std::string lane, std::deque<OutboxRow> rows) {
  LaneEnd end{.lane = std::move(lane), .positions = {}, .acknowledged = 0, .error = {}};
  for (const OutboxRow& row : rows) end.positions.push_back(row.position);
  for (OutboxRow& row : rows) {
    if (std::chrono::steady_clock::now() >= lease_end_) {
      // This process stood still for so long that another may have gone on.
      end.error = Error::aborted("the lease of the outbox has run out");
      break;
    }
    Result<> sent = co_await send_(std::move(row.record)).result();
    if (!sent) {
      end.error = std::move(sent).error();
      break;
    }
    ++end.acknowledged;
  }
  co_await ends_.send(std::move(end));
}

// Deletes what Kafka has acknowledged, and prolongs the lease with it.
Task<> OutboxRelay::settle() {
  while (std::optional<LaneEnd> end = ends_.try_receive()) ended_.push_back(*std::move(end));
  const Moment now = std::chrono::steady_clock::now();
  const bool prolong = lease_end_ - now < options_.lease / 2;
  if (ended_.empty() && !prolong) co_return;
  std::vector<std::int64_t> acknowledged;
  for (const LaneEnd& end : ended_) {
    acknowledged.insert(acknowledged.end(), end.positions.begin(),
                        end.positions.begin() + static_cast<std::ptrdiff_t>(end.acknowledged));
  }
  const auto relayed = static_cast<double>(acknowledged.size());
  leased_ = co_await store_.finish(std::move(acknowledged), owner_, options_.lease);
  lease_end_ = leased_ ? now + options_.lease : Moment();
  if (!leased_) unread_ = true;
  metrics_.outbox_relayed.add(relayed);
  for (LaneEnd& end : std::exchange(ended_, {})) end_lane(std::move(end));
}

void OutboxRelay::end_lane(LaneEnd end) {
  for (const std::int64_t position : end.positions) in_flight_.erase(position);
  const auto lane = lanes_.find(end.lane);
  LaneState& state = lane->second;
  state.busy = false;
  if (end.error) {
    ++state.failures;
    metrics_.outbox_failures.increment();
    const auto pause = retry_pause(options_.first_retry, options_.max_retry, state.failures, random_);
    state.retry_at = std::chrono::steady_clock::now() + pause;
    log::warning("an event of the outbox could not be sent and is tried again",
                 {{"lane", end.lane}, {"failures", state.failures}, {"error", end.error->to_string()}});
    return;
  }
  const bool more = state.passed_over;
  lanes_.erase(lane);
  if (!more) return;
  unread_ = true;
  cursor_ = 0;
}

// The lanes that have waited long enough after a failure are read again.
void OutboxRelay::wake_lanes(Moment now) {
  for (auto& [name, lane] : lanes_) {
    if (lane.busy || lane.retry_at == Moment() || lane.retry_at > now) continue;
    lane.retry_at = Moment();
    unread_ = true;
    cursor_ = 0;
  }
}

OutboxRelay::Moment OutboxRelay::next_wake() const {
  Moment wake = next_sweep_;
  if (leased_) wake = std::min(wake, lease_end_ - options_.lease / 2);
  if (!leased_ && unread_) wake = std::min(wake, std::max(lease_end_, std::chrono::steady_clock::now()));
  for (const auto& [name, lane] : lanes_) {
    if (lane.retry_at != Moment()) wake = std::min(wake, lane.retry_at);
  }
  return wake;
}

Task<> OutboxRelay::wait() {
  std::optional<bool> woken;
  std::optional<LaneEnd> end;
  const auto left = next_wake() - std::chrono::steady_clock::now();
  const std::size_t chosen =
      co_await select(ends_.on_receive(end), wake_.on_receive(woken), after(std::max(left, Moment::duration::zero())));
  if (chosen == 0) ended_.push_back(*std::move(end));
  if (chosen == 1) {
    unread_ = true;
    // A commit of this process asks for the lease again, so that a holder who was about to give it back looks once
    // more.
    if (!leased_) lease_end_ = Moment();
  }
}

}  // namespace skerry::events::internal
