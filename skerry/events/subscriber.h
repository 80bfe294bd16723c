// SPDX-License-Identifier: Apache-2.0
//
// Subscriber: one group of this process at work. A single task owns the dispatcher and the source and decides; handlers
// run in tasks of their own, on the worker of their key, and report back by a channel. Internal to events/.
//
//   source --incoming--> [loop: dispatcher] --starts--> handlers --signals--> [loop] --commit, pause, confirm--> source
//
// Invariants:
//  1. Only the loop touches the dispatcher and calls the source, but for receive().
//  2. While a revocation is pending, nothing more is taken from the source. It is confirmed when no handler of its
//     partitions runs and their offsets were committed; unless they are lost, when there is nothing to commit.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "skerry/async/channel.h"
#include "skerry/async/scope.h"
#include "skerry/events/group_handler.h"
#include "skerry/events/keyed_dispatcher.h"
#include "skerry/events/record_source.h"

namespace skerry::events::internal {

struct SubscriberOptions {
  DispatcherLimits limits = {};
  std::chrono::milliseconds stop_limit{10'000};
  /// The least time between two commits.
  std::chrono::milliseconds commit_interval{100};
  /// How often parked events are looked through and the gauges set.
  std::chrono::milliseconds tick{1'000};
};

class Subscriber {
 public:
  /// The handler outlives it.
  Subscriber(std::unique_ptr<RecordSource> source, GroupHandler& handler, SubscriberOptions options);
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// Works until `stop` is closed, then finishes what runs (for stop_limit at most), commits, and closes the source.
  /// Cancelled, it ends at once: what is not committed comes again. Errors: the source's.
  Task<> run(Channel<bool> stop);

 private:
  struct Handled {
    Outcome outcome;
  };
  struct Committed {
    std::vector<kafka::PartitionOffset> offsets;
    Result<> result;
  };
  struct Swept {
    std::vector<Release> releases;
  };
  using Signal = std::variant<Handled, Committed, Swept>;

  Task<> work(Scope& scope);
  Task<> drain();
  Task<> leave();
  Task<> feed();
  Task<> wait_for_something(bool accept);

  void start_handlers(Scope& scope);
  void start_commit(Scope& scope);
  void start_sweep(Scope& scope);
  Task<> run_handler(Delivery delivery);
  Task<> run_commit(std::vector<kafka::PartitionOffset> offsets);
  Task<> run_sweep(std::vector<kafka::TopicPartition> partitions);

  void take_in(kafka::Incoming incoming);
  void take_in(Signal signal);
  void end(Outcome outcome);
  void apply_pauses();
  Task<> finish_revocation();
  Task<> commit_now(std::chrono::milliseconds limit);
  void gather_commits();
  void set_gauges();
  Moment next_wake() const;

  const std::unique_ptr<RecordSource> source_;
  GroupHandler& handler_;
  const SubscriberOptions options_;
  KeyedDispatcher dispatcher_;
  Channel<Result<kafka::Incoming>> incoming_;
  Channel<Signal> signals_;
  Channel<bool> stop_;
  bool stopping_ = false;
  std::optional<kafka::Revoked> revoked_;
  std::map<kafka::TopicPartition, std::int64_t> to_commit_;
  bool committing_ = false;
  Moment next_commit_ = {};
  bool sweeping_ = false;
  Moment next_tick_ = {};
  std::optional<Error> failure_;
};

}  // namespace skerry::events::internal
