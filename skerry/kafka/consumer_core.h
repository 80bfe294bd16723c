// SPDX-License-Identifier: Apache-2.0
//
// ConsumerCore: what a Consumer shares with the task that serves it. Receivers take records out of the library's queues
// themselves; the serving task hears of everything else, and is the only one that assigns and unassigns. Internal to
// kafka/.
//
// Invariants, under mutex_:
//  1. The library asks for one assignment or revocation at a time and waits for the answer; `revocation_` is the one
//     that is not answered yet.
//  2. A partition gives records from its Assigned being in `events_` until its Revoked is.
//  3. `changed_` is reset after everything was found empty, and set after anything was added, both in the same hold of
//     the lock; for what the library has added, after it has rung.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "skerry/async/sync.h"
#include "skerry/kafka/assigned_partitions.h"
#include "skerry/kafka/commit_queue.h"
#include "skerry/kafka/consumer.h"
#include "skerry/kafka/instance.h"

namespace skerry::kafka::internal {

class ConsumerCore {
 public:
  explicit ConsumerCore(ConsumerOptions options) : options_(std::move(options)) {}

  /// Joins the group and starts the serving task on this worker.
  static Task<> start(std::shared_ptr<ConsumerCore> self);
  static Task<std::optional<Incoming>> receive(std::shared_ptr<ConsumerCore> self);
  static Task<> commit(std::shared_ptr<ConsumerCore> self, std::vector<PartitionOffset> offsets);
  static Task<std::vector<PartitionOffset>> committed(std::shared_ptr<ConsumerCore> self,
                                                      std::vector<TopicPartition> partitions);
  static Task<> close(std::shared_ptr<ConsumerCore> self);
  enum class Goodbye : std::uint8_t { kConfirmed, kUnconfirmed };
  /// close() without waiting; kUnconfirmed: nobody is there to confirm revocations. Any thread.
  void begin_close(Goodbye goodbye);

  void confirm(const Revoked& revoked);
  void set_paused(const std::vector<TopicPartition>& partitions, bool paused);
  std::vector<TopicPartition> assignment() const;
  std::vector<PartitionLag> lag() const;
  ConnectionState connection() const { return watch_->state(); }
  ConsumerStats stats() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Revocation {
    std::uint64_t id;
    Clock::time_point deadline;
    bool confirmed = false;
  };

  static Task<> serve(std::shared_ptr<ConsumerCore> self);
  static Task<> serve_until_closed(std::shared_ptr<ConsumerCore> self);
  static Task<> end(std::shared_ptr<ConsumerCore> self);
  /// Close at once, without waiting for confirmations.
  void hurry();
  static Task<> take_event(std::shared_ptr<ConsumerCore> self, EventPtr event);
  static Task<> take_assignment(std::shared_ptr<ConsumerCore> self, std::vector<TopicPartition> partitions);
  static Task<> take_revocation(std::shared_ptr<ConsumerCore> self, std::vector<TopicPartition> partitions);
  static Task<> finish_revocation(std::shared_ptr<ConsumerCore> self);
  bool has_partitions() const;
  /// True once the revocation that is not answered yet may be.
  bool revocation_is_due();
  /// Begins to leave the group, once, when close was called. False when it is time to end.
  bool advance_close();
  /// How long the serving task may wait for the doorbell.
  std::chrono::nanoseconds time_to_next_look() const;

  /// What receive() gives next, under the lock.
  std::optional<Result<std::optional<Incoming>>> next_incoming();
  std::optional<Result<Record>> next_record();
  void wake_receivers();
  void add_event(Incoming event);
  void take_stray_records(rd_kafka_op_s* event);
  void take_error(rd_kafka_op_s* event);
  void take_commit_answer(rd_kafka_op_s* event);
  /// Sends what the commit queue has to send, under the lock.
  void send_commits();
  Result<> check_commit(const std::vector<PartitionOffset>& offsets) const;

  const ConsumerOptions options_;
  const std::shared_ptr<Doorbell> doorbell_ = std::make_shared<Doorbell>();
  const std::shared_ptr<ConnectionWatch> watch_ = std::make_shared<ConnectionWatch>();

  mutable std::mutex mutex_;
  // Null before start and after the end.
  std::shared_ptr<Instance> instance_;
  AssignedPartitions partitions_;
  std::deque<Incoming> events_;
  std::optional<Error> refusal_;
  std::optional<Revocation> revocation_;
  std::uint64_t last_revocation_ = 0;
  CommitQueue commits_;
  ConsumerStats stats_;
  bool closing_ = false;
  bool unconfirmed_ = false;
  bool goodbye_said_ = false;
  bool ended_ = false;
  Clock::time_point close_deadline_{};
  Event changed_;
  Event closed_;
};

}  // namespace skerry::kafka::internal
