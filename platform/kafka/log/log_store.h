// SPDX-License-Identifier: Apache-2.0
//
// LogStore: the broker's memory. All partitions of all topics, the topics themselves, committed offsets and producer
// ids are entries of one durable log, so that whatever waits is made durable with one fdatasync (group commit; nobody
// sleeps to collect more). The one thing to know: a call that changes something returns when the change is on the disk,
// and readers never see what is not.
//
//   auto store = co_await LogStore::open(disk, ".skerry/kafka", {});
//   scope.go([&] { return store->run([&](const std::string& group) { return groups.has_members(group); }); });
//   co_await store->create_topic({.name = "orders", .partitions = 3});
//   Appended appended = co_await store->append({"orders", 0}, std::move(batch));
//   Slice slice = co_await store->read({.partition = {"orders", 0}, .offset = 0, .max_bytes = 1 << 20});
//
// Errors carry the protocol's number (errors.h). A full disk fails changes with kKafkaStorageError, and they work again
// when there is room. After a sync that failed nobody knows what is on the medium: from then on every change fails
// until the store is opened again; reads go on. Every call may be made on any worker.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/kafka/log/append_watch.h"
#include "platform/kafka/log/errors.h"
#include "platform/kafka/log/log_options.h"
#include "platform/kafka/log/types.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/disk/disk.h"

namespace skerry::platform::kafka::log {

struct Commit;
class BatchReader;
class CommitQueue;
class DurableLog;
namespace storage {
class Entry;
}

/// Appends that are on their way, in the order of the calls of LogStore::begin_append. Move-only; dropping it leaves
/// them on their way.
class PendingAppends {
 public:
  /// Waits until all are durable or refused; one result for each request, in order. Errors as for LogStore::append.
  /// Once. Cancelled, the batches may or may not become durable.
  Task<std::vector<Result<Appended>>> wait();

 private:
  friend class LogStore;
  explicit PendingAppends(std::vector<std::shared_ptr<Commit>> commits) : commits_(std::move(commits)) {}
  std::vector<std::shared_ptr<Commit>> commits_;
};

/// A change that is on its way. Move-only; dropping it leaves it on its way.
class PendingChange {
 public:
  /// Waits until it is durable or refused. Errors: those of the call that began it. Once. Cancelled, it may or may not
  /// become durable.
  Task<> wait();

 private:
  friend class LogStore;
  explicit PendingChange(std::shared_ptr<Commit> commit) : commit_(std::move(commit)) {}
  std::shared_ptr<Commit> commit_;
};

class LogStore {
 public:
  /// Tells whether a consumer group has members; the offsets of one that has are kept. Called from run() on its worker.
  using GroupIsActive = std::function<bool(const std::string& group)>;

  /// Opens what is in the directory, or begins an empty store and makes the directory. A write that was cut off by a
  /// crash is dropped; only the newest segment is scanned. The disk outlives the store; one process at a time may use
  /// the directory (disk::DirectoryLock). Errors: DataLoss, saying what to do, for damage anywhere else, and those of
  /// the disk.
  static Task<std::unique_ptr<LogStore>> open(disk::Disk& disk, std::string directory, LogOptions options);
  /// Precondition: run() has ended, and nobody waits for a call of this object.
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  /// Commits, applies retention, expires offsets and gives disk space back, until cancelled; what is queued then fails.
  /// Nothing is written without it. Once. The store outlives the task.
  Task<> run(GroupIsActive group_is_active = nullptr);

  // ---- topics

  /// Errors: kInvalidTopicException, kInvalidPartitions, kInvalidConfig, kTopicAlreadyExists, kPolicyViolation
  /// (LogLimits).
  Task<Topic> create_topic(TopicSpec spec);
  /// What create_topic would fail with now, without creating anything.
  Result<> check_topic(const TopicSpec& spec) const;
  /// The topic, its records and the offsets committed for it go. Errors: kUnknownTopicOrPartition.
  Task<> delete_topic(std::string name);
  /// Errors: kUnknownTopicOrPartition; kInvalidPartitions unless there are more than now; kPolicyViolation.
  Task<Topic> set_partitions(std::string name, std::int32_t partitions);
  /// Replaces everything that was set for the topic. Errors: kUnknownTopicOrPartition, kInvalidConfig.
  Task<Topic> set_configs(std::string name, TopicConfigs configs);
  std::optional<Topic> topic(const std::string& name) const;
  /// By name.
  std::vector<Topic> topics() const;

  // ---- records

  /// Appends the batch and returns when it is durable. Errors: kUnknownTopicOrPartition; kMessageTooLarge (the topic's
  /// max.message.bytes); for a producer with an id: kOutOfOrderSequenceNumber, kInvalidProducerEpoch, and
  /// kDuplicateSequenceNumber for one so old that its offset is forgotten; kRequestTimedOut when too much is queued;
  /// kKafkaStorageError. A batch among the producer's last five in the partition is a success: Appended::duplicate.
  Task<Appended> append(TopicPartition partition, Batch batch);
  /// The same in two steps for many: they are in the log's queue, in this order, when the call returns; so requests of
  /// one connection keep their order without waiting for each other. Requests that fail do not stop the others.
  PendingAppends begin_append(std::vector<AppendRequest> requests);

  /// Whole batches from the one that holds the offset on, up to max_bytes together; none when the offset is the high
  /// watermark. Reads from the page cache where it can, else in the pool for blocking work; never holds up appends.
  /// Errors: kUnknownTopicOrPartition, kOffsetOutOfRange, DataLoss for a damaged segment.
  Task<Slice> read(ReadRequest request) const;
  /// nullopt when there is no such partition.
  std::optional<PartitionState> state(const TopicPartition& partition) const;
  /// Bytes of batches from the offset on, counted up to `limit` and perhaps a little too high: whether a fetch has its
  /// minimum, without reading. Zero when the offset is out of range or the partition unknown (look at state()).
  std::uint64_t available(const TopicPartition& partition, Offset offset, std::uint64_t limit) const;
  /// Wakes when one of the partitions gets records, loses some, or goes. Make it, look at what is there, then wait:
  /// then nothing is missed. Unknown partitions are left out. The store outlives the watch.
  AppendWatch watch(std::span<const TopicPartition> partitions) const;

  /// The first batch with a record at or after the time and one at or after the offset: its base offset, or the log
  /// start when that lies in it, and its newest timestamp, for the caller to look inside; nullopt when there is none.
  /// Errors: as for read.
  Task<std::optional<OffsetAndTimestamp>> find_by_time(TopicPartition partition, Timestamp time, Offset from = 0) const;
  /// The batch with the newest timestamp; nullopt when there are no records. Errors: kUnknownTopicOrPartition.
  Task<std::optional<OffsetAndTimestamp>> find_newest(TopicPartition partition) const;

  /// Records before the offset (-1: all) can no longer be read. Gives the new log start, which never goes back. Errors:
  /// kUnknownTopicOrPartition, kOffsetOutOfRange when the offset is after the high watermark.
  Task<Offset> delete_records(TopicPartition partition, Offset offset);

  /// A producer id that nobody was given before. Errors: kKafkaStorageError, kRequestTimedOut.
  Task<ProducerId> allocate_producer_id();

  // ---- committed offsets

  /// All or nothing. Errors: kUnknownTopicOrPartition, kPolicyViolation (LogLimits), kKafkaStorageError.
  Task<> commit_offsets(std::string group, std::vector<OffsetCommit> offsets);
  /// The same in two steps: it is in the log's queue when the call returns, before all that is begun later.
  PendingChange begin_commit_offsets(std::string group, std::vector<OffsetCommit> offsets);
  std::optional<CommittedOffset> committed(const std::string& group, const TopicPartition& partition) const;
  /// All of the group, by partition.
  std::map<TopicPartition, CommittedOffset> committed(const std::string& group) const;
  /// The groups that have committed offsets, by name.
  std::vector<std::string> groups() const;
  /// Forgets the group's offsets. Errors: kGroupIdNotFound.
  Task<> delete_group(std::string group);
  PendingChange begin_delete_group(std::string group);
  /// Forgets these; partitions without a committed offset are left out. Errors: kGroupIdNotFound.
  Task<> delete_offsets(std::string group, std::vector<TopicPartition> partitions);

  // ---- reports

  /// True while changes can be expected to work.
  bool writable() const;

  struct Counts {
    std::size_t topics = 0;
    std::size_t partitions = 0;
    std::size_t groups = 0;
    std::size_t producers = 0;  // with idempotence state, for each partition
    std::size_t segments = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t queued_bytes = 0;
    std::uint64_t commits = 0;  // syncs
    std::uint64_t entries = 0;  // made durable by them
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  Counts counts() const;

  /// One round of what run() does every maintenance_interval: retention, expiry, disk space. For tests and tools; run()
  /// is running.
  Task<> maintain();

 private:
  LogStore(disk::Disk& disk, std::unique_ptr<DurableLog> log, LogOptions options);

  Timestamp now() const;
  Result<PartitionKey> key_of(const TopicPartition& partition) const;
  Task<> commit(storage::Entry entry);
  PendingChange begin_commit(storage::Entry entry);
  Task<> run_commits();
  Task<> commit_next();
  Task<> run_maintenance();
  Task<> apply_retention();
  Task<> expire_offsets();
  Task<> clean_segments();
  Task<Topic> topic_after_change(std::string name) const;

  // Where a read goes on; see log_store_read.cc.
  struct ReadStep;
  Result<ReadStep> plan_read(const PartitionKey& key, Offset offset, std::size_t max_bytes, bool at_least_one) const;
  Task<> read_step(ReadStep& step, std::size_t max_bytes, bool at_least_one, std::string& out) const;
  struct TimeQuery;
  Result<TimeQuery> plan_query(const TopicPartition& partition, Timestamp time, Offset from) const;
  std::optional<Timestamp> newest_recent(const TopicPartition& partition) const;

  const LogOptions options_;
  const std::unique_ptr<CommitQueue> queue_;
  const std::unique_ptr<BatchReader> reader_;
  mutable AppendWatches watches_;
  GroupIsActive group_is_active_;
  Mutex producer_ids_lock_;
  ProducerId next_producer_id_ = 0;  // under producer_ids_lock_, as the next
  ProducerId producer_ids_end_ = 0;
  Mutex maintenance_lock_;

  mutable std::mutex mutex_;  // of the following, never held over a suspension
  const std::unique_ptr<DurableLog> log_;
  std::uint64_t commits_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace skerry::platform::kafka::log
