// SPDX-License-Identifier: Apache-2.0
//
// KeyedDispatcher: decides which delivery may be handled when. Deliveries of one key wait in a lane and run one after
// the other; lanes run side by side, up to a limit. It keeps the offsets that may be committed and says which
// partitions to pause. Pure: records, ends and the time come in; what to start, commit and pause goes out.
//
//   dispatcher.push(record);
//   while (auto delivery = dispatcher.take(now)) start(*std::move(delivery));
//   ... dispatcher.finish(lane) or dispatcher.retry(std::move(delivery), now + pause) at each end
//
// Internal to events/.
//
// Invariants:
//  1. At most one delivery of a lane runs or waits for its next attempt, and it is the lane's first.
//  2. A record counts as queued from push to finish; a partition is paused when it has reached a limit of
//     DispatcherLimits, until it is at half of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "skerry/events/dead_letter.h"
#include "skerry/events/offset_tracker.h"
#include "skerry/kafka/record.h"

namespace skerry::events::internal {

using Moment = std::chrono::steady_clock::time_point;

/// A decision that stands: the record is to become a dead letter.
struct Condemned {
  DeadReason reason = DeadReason::kFailed;
  std::string error;
};

/// One record on its way through its handler.
struct Delivery {
  kafka::Record record;
  /// Attempts that have failed.
  std::uint32_t attempts = 0;
  /// Failures that are not the handler's: the database or Kafka did not answer.
  std::uint32_t obstacles = 0;
  /// Only the writing of the dead letter is left to do.
  std::optional<Condemned> condemned = {};
  /// It was parked, so its offset is committed already.
  bool parked = false;
  /// The gap before it was given up: it is due although events before it are missing.
  bool gap_given_up = false;
  /// A process may have died of handling it: its attempts are counted in the database before each.
  bool suspect = false;
  /// The number of its lane; set by the dispatcher.
  std::uint64_t lane = 0;
};

struct DispatcherLimits {
  std::size_t max_parallel = 64;
  /// Records of one partition that are not done.
  std::size_t max_queued = 1'000;
  /// Records of one partition from the oldest that is not done to the newest: what a crash has delivered again.
  std::size_t max_uncommitted = 50'000;
};

class KeyedDispatcher {
 public:
  explicit KeyedDispatcher(DispatcherLimits limits) : limits_(limits) {}

  void assign(const kafka::TopicPartition& partition);
  /// Forgets what waits. What runs goes on and is to be finished as ever; until then `running(partition)` counts it.
  void revoke(const kafka::TopicPartition& partition);
  /// The partition is gone, with the offsets of what has finished meanwhile. Precondition: nothing of it runs.
  void remove(const kafka::TopicPartition& partition);

  /// Takes a record in. Ignored if its partition is not assigned or the record is here already.
  void push(kafka::Record record);
  /// Takes a parked event in, before everything else of its key. Ignored if its partition is not assigned.
  void push_parked(Delivery delivery);
  /// True if nothing of this key is here.
  bool idle(const kafka::Record& of_key) const;

  /// The next delivery that may run, if the limit allows one. It runs from then on.
  std::optional<Delivery> take(Moment now);
  /// The delivery is done, or has become a dead letter.
  void finish(const Delivery& delivery);
  /// It is to run again at `when`; until then its lane waits. Dropped if its partition was revoked.
  void retry(Delivery delivery, Moment when);
  /// When take() will give something that it does not give now: the next attempt that comes due.
  std::optional<Moment> next_retry() const;

  /// The offsets that have moved since the last call.
  std::vector<kafka::PartitionOffset> take_commits();
  /// Partitions to pause and to resume since the last call.
  std::vector<kafka::TopicPartition> take_pauses();
  std::vector<kafka::TopicPartition> take_resumes();

  std::size_t running() const { return running_; }
  std::size_t running(const kafka::TopicPartition& partition) const;
  /// Those that are assigned and not revoked.
  std::vector<kafka::TopicPartition> partitions() const;
  bool assigned(const kafka::TopicPartition& partition) const;
  /// The time of the oldest record that is not done.
  std::optional<kafka::Timestamp> oldest() const;

 private:
  enum class LaneState : std::uint8_t { kReady, kRunning, kWaiting };
  struct Lane {
    std::string name;
    kafka::TopicPartition partition;
    LaneState state = LaneState::kReady;
    std::deque<Delivery> deliveries;  // without the running one
    Moment retry_at = {};             // while it is waiting
  };
  struct Partition {
    OffsetTracker offsets;
    std::map<std::int64_t, kafka::Timestamp> unfinished;
    std::size_t running = 0;
    bool paused = false;
    bool revoked = false;
    /// Records below this may have been running when a process died.
    std::optional<std::int64_t> suspect_end;
  };

  static std::string lane_name(const kafka::Record& record);
  std::uint64_t lane_of(const kafka::Record& record);
  void make_ready(std::uint64_t id, Lane& lane);
  void count_end(const Lane& lane);
  void end_run(std::uint64_t id);
  void update_pause(const kafka::TopicPartition& name, Partition& partition);

  const DispatcherLimits limits_;
  std::map<kafka::TopicPartition, Partition> partitions_;
  std::unordered_map<std::uint64_t, Lane> lanes_;
  std::unordered_map<std::string, std::uint64_t> lane_ids_;
  std::uint64_t next_lane_ = 1;
  std::deque<std::uint64_t> ready_;
  std::multimap<Moment, std::uint64_t> waiting_;
  std::size_t running_ = 0;
  std::vector<kafka::TopicPartition> pauses_;
  std::vector<kafka::TopicPartition> resumes_;
};

}  // namespace skerry::events::internal
