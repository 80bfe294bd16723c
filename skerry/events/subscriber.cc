// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/subscriber.h"

#include <algorithm>
#include <utility>

#include "skerry/async/select.h"
#include "skerry/async/sleep.h"
#include "skerry/telemetry/log.h"

namespace skerry::events::internal {
namespace {

constexpr std::chrono::milliseconds kCommitLimit{5'000};
constexpr std::chrono::milliseconds kCommitRetryPause{500};
constexpr std::chrono::milliseconds kReceiveRetryPause{1'000};

}  // namespace

Subscriber::Subscriber(std::unique_ptr<RecordSource> source, GroupHandler& handler, SubscriberOptions options)
    : source_(std::move(source)),
      handler_(handler),
      options_(options),
      dispatcher_(options.limits),
      incoming_(1),
      // Every handler, the commit and the sweep find room, so that none of them ever waits for the loop.
      signals_(options.limits.max_parallel + 2) {}

Task<> Subscriber::run(Channel<bool> stop) {
  stop_ = std::move(stop);
  co_await with_scope([this](Scope& scope) -> Task<> {
    scope.go([this] { return feed(); });
    co_await with_scope([this](Scope& handlers) -> Task<> {
      co_await work(handlers);
      const Result<> drained = co_await with_timeout(options_.stop_limit, drain()).result();
      if (!drained) handlers.cancel();
    }).result();
    co_await leave();
  });
  if (failure_) co_await *failure_;
}

// Hands the source's records to the loop until the source is closed.
Task<> Subscriber::feed() {
  for (;;) {
    Result<std::optional<kafka::Incoming>> next = co_await source_->receive().result();
    if (next && !*next) break;
    if (next) {
      co_await incoming_.send(**std::move(next));
      continue;
    }
    const bool fatal = next.error().code() == Code::kPermissionDenied || next.error().code() == Code::kUnauthenticated;
    if (fatal) {
      co_await incoming_.send(fail(std::move(next)));
      break;
    }
    log::error("a record could not be received",
               {{"group", handler_.parts().group}, {"error", next.error().to_string()}});
    co_await sleep(kReceiveRetryPause);
  }
  incoming_.close();
}

Task<> Subscriber::work(Scope& scope) {
  next_tick_ = std::chrono::steady_clock::now();
  while (!stopping_) {
    start_handlers(scope);
    apply_pauses();
    start_commit(scope);
    start_sweep(scope);
    co_await wait_for_something(true);
    if (revoked_) co_await finish_revocation();
  }
}

// What waits is dropped: it was not committed and comes again. What runs is finished.
Task<> Subscriber::drain() {
  for (const kafka::TopicPartition& partition : dispatcher_.partitions()) dispatcher_.revoke(partition);
  stopping_ = true;
  while (dispatcher_.running() > 0 || committing_ || sweeping_) co_await wait_for_something(false);
}

Task<> Subscriber::leave() {
  co_await commit_now(kCommitLimit);
  if (revoked_) source_->confirm(*revoked_);
  co_await with_scope([this](Scope& scope) -> Task<> {
    scope.go([this] { return source_->close(); });
    for (;;) {
      std::optional<Result<kafka::Incoming>> next = co_await incoming_.receive();
      if (!next || !*next) co_return;
      if (const auto* revoked = std::get_if<kafka::Revoked>(&**next)) source_->confirm(*revoked);
    }
  }).result();
}

Task<> Subscriber::wait_for_something(bool accept) {
  std::optional<Result<kafka::Incoming>> next;
  std::optional<Signal> signal;
  std::optional<bool> stop;
  // A nil channel's case is never chosen.
  const auto incoming = accept && !revoked_ ? incoming_ : Channel<Result<kafka::Incoming>>();
  const auto stopping = accept ? stop_ : Channel<bool>();
  const auto now = std::chrono::steady_clock::now();
  const std::size_t chosen =
      co_await select(signals_.on_receive(signal), incoming.on_receive(next), stopping.on_receive(stop),
                      after(std::max(next_wake() - now, Moment::duration::zero())));
  if (chosen == 0) {
    take_in(*std::move(signal));
  } else if (chosen == 1) {
    if (next && *next) {
      take_in(**std::move(next));
    } else {
      if (next) failure_ = std::move(*next).error();
      stopping_ = true;
    }
  } else if (chosen == 2) {
    stopping_ = true;
  }
}

Moment Subscriber::next_wake() const {
  if (stopping_) return Moment::max();
  Moment wake = next_tick_;
  if (const auto retry = dispatcher_.next_retry()) wake = std::min(wake, *retry);
  if (!to_commit_.empty() && !committing_) wake = std::min(wake, next_commit_);
  return wake;
}

void Subscriber::start_handlers(Scope& scope) {
  const Moment now = std::chrono::steady_clock::now();
  Runtime& runtime = Runtime::current();
  while (std::optional<Delivery> delivery = dispatcher_.take(now)) {
    Worker& worker = runtime.worker(delivery->lane % runtime.worker_count());
    scope.go_on(worker, [this](Delivery taken) { return run_handler(std::move(taken)); }, *std::move(delivery));
  }
}

Task<> Subscriber::run_handler(Delivery delivery) {
  Outcome outcome = co_await handler_.handle(std::move(delivery));
  co_await signals_.send(Handled{std::move(outcome)});
}

void Subscriber::start_commit(Scope& scope) {
  gather_commits();
  const Moment now = std::chrono::steady_clock::now();
  if (committing_ || to_commit_.empty() || now < next_commit_) return;
  committing_ = true;
  next_commit_ = now + options_.commit_interval;
  std::vector<kafka::PartitionOffset> offsets;
  for (auto& [partition, offset] : std::exchange(to_commit_, {})) offsets.push_back({partition, offset});
  scope.go([this](std::vector<kafka::PartitionOffset> taken) { return run_commit(std::move(taken)); },
           std::move(offsets));
}

Task<> Subscriber::run_commit(std::vector<kafka::PartitionOffset> offsets) {
  Result<> result = co_await with_timeout(kCommitLimit, source_->commit(offsets)).result();
  co_await signals_.send(Committed{.offsets = std::move(offsets), .result = std::move(result)});
}

void Subscriber::start_sweep(Scope& scope) {
  const Moment now = std::chrono::steady_clock::now();
  if (now < next_tick_) return;
  next_tick_ = now + options_.tick;
  set_gauges();
  if (sweeping_ || handler_.parts().store == nullptr) return;
  std::vector<kafka::TopicPartition> partitions = dispatcher_.partitions();
  std::erase_if(partitions, [&](const kafka::TopicPartition& partition) {
    const auto topic = handler_.parts().topics.find(partition.topic);
    return topic == handler_.parts().topics.end() || topic->second.options.ordering != Ordering::kBySequence;
  });
  if (partitions.empty()) return;
  sweeping_ = true;
  scope.go([this](std::vector<kafka::TopicPartition> taken) { return run_sweep(std::move(taken)); },
           std::move(partitions));
}

Task<> Subscriber::run_sweep(std::vector<kafka::TopicPartition> partitions) {
  const GroupParts& parts = handler_.parts();
  Swept swept;
  for (const kafka::TopicPartition& partition : partitions) {
    const SubscribeOptions& options = parts.topics.at(partition.topic).options;
    auto found = co_await parts.store->ordering.releases(parts.store->database, partition, options).result();
    auto count = co_await parts.store->ordering.count(parts.store->database, partition).result();
    if (count) {
      const std::string number = std::to_string(partition.partition);
      parts.metrics->parked.with({partition.topic, parts.group, number}).set(static_cast<double>(*count));
    }
    if (found) std::ranges::move(*found, std::back_inserter(swept.releases));
  }
  co_await signals_.send(std::move(swept));
}

void Subscriber::take_in(kafka::Incoming incoming) {
  if (auto* record = std::get_if<kafka::Record>(&incoming)) {
    dispatcher_.push(std::move(*record));
  } else if (const auto* assigned = std::get_if<kafka::Assigned>(&incoming)) {
    for (const kafka::TopicPartition& partition : assigned->partitions) dispatcher_.assign(partition);
    next_tick_ = std::chrono::steady_clock::now();  // what is parked there may be due
  } else {
    revoked_ = std::get<kafka::Revoked>(std::move(incoming));
    for (const kafka::TopicPartition& partition : revoked_->partitions) dispatcher_.revoke(partition);
  }
}

void Subscriber::take_in(Signal signal) {
  if (auto* handled = std::get_if<Handled>(&signal)) return end(std::move(handled->outcome));
  if (auto* swept = std::get_if<Swept>(&signal)) {
    sweeping_ = false;
    for (Release& release : swept->releases) {
      // What is on its way anyway is released by the event before it.
      if (!dispatcher_.idle(release.record)) continue;
      dispatcher_.push_parked({.record = std::move(release.record), .gap_given_up = release.gap_given_up});
    }
    return;
  }
  auto& committed = std::get<Committed>(signal);
  committing_ = false;
  if (committed.result) return;
  log::warning("offsets could not be committed",
               {{"group", handler_.parts().group}, {"error", committed.result.error().to_string()}});
  for (const kafka::PartitionOffset& lost : committed.offsets) {
    // What others own now is theirs to commit.
    if (dispatcher_.assigned(lost.partition)) to_commit_.try_emplace(lost.partition, lost.offset);
  }
  next_commit_ = std::chrono::steady_clock::now() + kCommitRetryPause;
}

void Subscriber::end(Outcome outcome) {
  if (outcome.pause) {
    return dispatcher_.retry(std::move(outcome.delivery), std::chrono::steady_clock::now() + *outcome.pause);
  }
  // Before its predecessor is gone, so that it is the next of its lane.
  if (outcome.released) dispatcher_.push_parked({.record = *std::move(outcome.released)});
  dispatcher_.finish(outcome.delivery);
}

void Subscriber::apply_pauses() {
  if (const auto pauses = dispatcher_.take_pauses(); !pauses.empty()) source_->pause(pauses);
  if (const auto resumes = dispatcher_.take_resumes(); !resumes.empty()) source_->resume(resumes);
}

Task<> Subscriber::finish_revocation() {
  const auto& partitions = revoked_->partitions;
  const auto is_running = [this](const kafka::TopicPartition& partition) { return dispatcher_.running(partition) > 0; };
  if (std::ranges::any_of(partitions, is_running)) co_return;
  if (!revoked_->lost) co_await commit_now(kCommitLimit);
  const std::string& group = handler_.parts().group;
  for (const kafka::TopicPartition& partition : partitions) {
    dispatcher_.remove(partition);
    to_commit_.erase(partition);
    const std::string number = std::to_string(partition.partition);
    handler_.parts().metrics->lag.with({group, partition.topic, number}).set(0);
    handler_.parts().metrics->parked.with({partition.topic, group, number}).set(0);
  }
  source_->confirm(*revoked_);
  revoked_.reset();
}

// Its failure costs nothing but that the records come again.
Task<> Subscriber::commit_now(std::chrono::milliseconds limit) {
  gather_commits();
  if (to_commit_.empty()) co_return;
  std::vector<kafka::PartitionOffset> offsets;
  for (auto& [partition, offset] : std::exchange(to_commit_, {})) offsets.push_back({partition, offset});
  const Result<> result = co_await with_timeout(limit, source_->commit(std::move(offsets))).result();
  if (!result) {
    log::warning("offsets could not be committed",
                 {{"group", handler_.parts().group}, {"error", result.error().to_string()}});
  }
}

void Subscriber::gather_commits() {
  for (kafka::PartitionOffset& moved : dispatcher_.take_commits()) to_commit_[moved.partition] = moved.offset;
}

void Subscriber::set_gauges() {
  const GroupParts& parts = handler_.parts();
  for (const kafka::PartitionLag& lag : source_->lag()) {
    parts.metrics->lag.with({parts.group, lag.partition.topic, std::to_string(lag.partition.partition)})
        .set(static_cast<double>(lag.lag));
  }
  const auto oldest = dispatcher_.oldest();
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::chrono::duration<double> age =
      oldest ? std::max(now - *oldest, std::chrono::milliseconds(0)) : std::chrono::milliseconds(0);
  parts.metrics->oldest.with({parts.group}).set(age.count());
}

}  // namespace skerry::events::internal
