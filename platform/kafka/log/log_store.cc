// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/log_store.h"

#include "platform/kafka/log/batch_reader.h"
#include "platform/kafka/log/commit_queue.h"
#include "platform/kafka/log/durable_log.h"
#include "skerry/async/blocking.h"
#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/base/check.h"
#include "skerry/base/defer.h"

namespace skerry::platform::kafka::log {
namespace {

using storage::Entry;

// What is being written is finished and answered also when the store stops; as long as a disk may take.
constexpr std::chrono::hours kLongestCommit{1};

// Ids that one entry reserves.
constexpr ProducerId kReservedProducerIds = 1000;

void fill(google::protobuf::Map<std::string, std::string>& to, const TopicConfigs& from) {
  to.insert(from.begin(), from.end());
}

}  // namespace

Task<std::vector<Result<Appended>>> PendingAppends::wait() {
  std::vector<Result<Appended>> results;
  results.reserve(commits_.size());
  for (const auto& commit : commits_) {
    co_await commit->done.wait();
    results.push_back(std::move(*commit->outcome));
  }
  co_return results;
}

Task<> PendingChange::wait() {
  co_await commit_->done.wait();
  co_await std::move(*commit_->outcome);
}

Task<std::unique_ptr<LogStore>> LogStore::open(disk::Disk& disk, std::string directory, LogOptions options) {
  auto log = co_await blocking([&] { return DurableLog::open(disk, directory, options); });
  co_return std::unique_ptr<LogStore>(new LogStore(disk, std::move(log), std::move(options)));
}

LogStore::LogStore(disk::Disk& disk, std::unique_ptr<DurableLog> log, LogOptions options)
    : options_(std::move(options)),
      queue_(std::make_unique<CommitQueue>()),
      reader_(std::make_unique<BatchReader>(disk)),
      log_(std::move(log)) {}

LogStore::~LogStore() = default;

Timestamp LogStore::now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Result<PartitionKey> LogStore::key_of(const TopicPartition& partition) const {
  std::lock_guard lock(mutex_);
  return log_->state().key_of(partition);
}

// ---- committing

Task<> LogStore::run(GroupIsActive group_is_active) {
  group_is_active_ = std::move(group_is_active);
  co_await with_scope([this](Scope& scope) -> Task<> {
    scope.go([this] { return run_maintenance(); });
    co_await run_commits();
  });
}

Task<> LogStore::run_commits() {
  Defer stopping([this] { queue_->stop(); });
  while (true) {
    co_await queue_->wait();
    co_await shielded(kLongestCommit, commit_next());
  }
}

Task<> LogStore::commit_next() {
  Commits commits = queue_->take();
  if (commits.empty()) co_return;
  WritePlan plan;
  {
    std::lock_guard lock(mutex_);
    plan = log_->prepare(std::move(commits), now());
  }
  if (!plan.entries.empty()) {
    Result<> ran = co_await blocking([this, &plan] { log_->write(plan); }).result();
    // The pool has too much to do: nothing was written, and who waits is told so.
    if (!ran) plan.written = std::move(ran);
  }
  std::vector<PartitionKey> changed;
  {
    std::lock_guard lock(mutex_);
    changed = log_->finish(plan);
    if (plan.written && !plan.entries.empty()) {
      ++commits_;
      entries_ += plan.entries.size();
    }
  }
  for (const auto& commit : plan.commits) commit->done.set();
  for (const PartitionKey& partition : changed) watches_.wake(partition);
}

PendingChange LogStore::begin_commit(Entry entry) {
  std::vector<CommitQueue::Change> changes;
  changes.emplace_back(std::move(entry));
  return PendingChange(queue_->add(std::move(changes)).front());
}

Task<> LogStore::commit(Entry entry) {
  PendingChange change = begin_commit(std::move(entry));
  co_await change.wait();
}

PendingAppends LogStore::begin_append(std::vector<AppendRequest> requests) {
  std::vector<CommitQueue::Change> changes;
  changes.reserve(requests.size());
  for (AppendRequest& request : requests) changes.emplace_back(std::move(request));
  return PendingAppends(queue_->add(std::move(changes)));
}

Task<Appended> LogStore::append(TopicPartition partition, Batch batch) {
  std::vector<AppendRequest> requests;
  requests.push_back({std::move(partition), std::move(batch)});
  PendingAppends pending = begin_append(std::move(requests));
  auto results = co_await pending.wait();
  co_return co_await std::move(results.front());
}

// ---- topics

Task<Topic> LogStore::topic_after_change(std::string name) const {
  auto changed = topic(name);
  if (!changed) co_await kafka_error(ErrorCode::kUnknownTopicOrPartition, "topic {} was deleted", name);
  co_return *std::move(changed);
}

Task<Topic> LogStore::create_topic(TopicSpec spec) {
  Entry entry;
  entry.mutable_create_topic()->set_name(spec.name);
  entry.mutable_create_topic()->set_partitions(spec.partitions);
  fill(*entry.mutable_create_topic()->mutable_configs(), spec.configs);
  co_await commit(std::move(entry));
  co_return co_await topic_after_change(spec.name);
}

Result<> LogStore::check_topic(const TopicSpec& spec) const {
  std::lock_guard lock(mutex_);
  return log_->state().check_spec(spec);
}

Task<> LogStore::delete_topic(std::string name) {
  Entry entry;
  entry.mutable_delete_topic()->set_name(name);
  co_await commit(std::move(entry));
}

Task<Topic> LogStore::set_partitions(std::string name, std::int32_t partitions) {
  Entry entry;
  entry.mutable_set_partitions()->set_name(name);
  entry.mutable_set_partitions()->set_partitions(partitions);
  co_await commit(std::move(entry));
  co_return co_await topic_after_change(name);
}

Task<Topic> LogStore::set_configs(std::string name, TopicConfigs configs) {
  Entry entry;
  entry.mutable_set_configs()->set_name(name);
  fill(*entry.mutable_set_configs()->mutable_configs(), configs);
  co_await commit(std::move(entry));
  co_return co_await topic_after_change(name);
}

std::optional<Topic> LogStore::topic(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const TopicState* state = log_->state().find_topic(name);
  if (state == nullptr) return std::nullopt;
  return state->topic;
}

std::vector<Topic> LogStore::topics() const {
  std::lock_guard lock(mutex_);
  std::vector<Topic> topics;
  for (const auto& [name, state] : log_->state().topics()) topics.push_back(state.topic);
  return topics;
}

Task<Offset> LogStore::delete_records(TopicPartition partition, Offset offset) {
  const PartitionKey key = co_await key_of(partition);
  Entry entry;
  auto& start = *entry.mutable_set_log_starts()->add_starts();
  start.set_topic_id(key.topic);
  start.set_partition(key.partition);
  start.set_offset(offset);
  co_await commit(std::move(entry));
  const auto after = state(partition);
  co_return after ? after->log_start_offset : offset;
}

Task<ProducerId> LogStore::allocate_producer_id() {
  auto guard = co_await producer_ids_lock_.lock();
  if (next_producer_id_ == producer_ids_end_) {
    ProducerId first = 0;
    {
      std::lock_guard lock(mutex_);
      first = log_->state().next_producer_id();
    }
    Entry entry;
    entry.mutable_reserve_producer_ids()->set_next(first + kReservedProducerIds);
    co_await commit(std::move(entry));
    next_producer_id_ = first;
    producer_ids_end_ = first + kReservedProducerIds;
  }
  co_return next_producer_id_++;
}

// ---- committed offsets

Task<> LogStore::commit_offsets(std::string group, std::vector<OffsetCommit> offsets) {
  if (offsets.empty()) co_return;
  PendingChange change = begin_commit_offsets(std::move(group), std::move(offsets));
  co_await change.wait();
}

PendingChange LogStore::begin_commit_offsets(std::string group, std::vector<OffsetCommit> offsets) {
  Entry entry;
  entry.mutable_commit_offsets()->set_group(group);
  const std::int64_t time = to_milliseconds(now());
  for (const OffsetCommit& commit : offsets) {
    storage::Offset& offset = *entry.mutable_commit_offsets()->add_offsets();
    offset.set_topic(commit.partition.topic);
    offset.set_partition(commit.partition.partition);
    offset.set_offset(commit.offset);
    offset.set_leader_epoch(commit.leader_epoch);
    offset.set_metadata(commit.metadata);
    offset.set_committed_at(time);
  }
  return begin_commit(std::move(entry));
}

std::optional<CommittedOffset> LogStore::committed(const std::string& group, const TopicPartition& partition) const {
  std::lock_guard lock(mutex_);
  const OffsetTable::Group* found = log_->state().offsets().find(group);
  if (found == nullptr) return std::nullopt;
  const auto offset = found->offsets.find(partition);
  if (offset == found->offsets.end()) return std::nullopt;
  return offset->second;
}

std::map<TopicPartition, CommittedOffset> LogStore::committed(const std::string& group) const {
  std::lock_guard lock(mutex_);
  const OffsetTable::Group* found = log_->state().offsets().find(group);
  return found == nullptr ? std::map<TopicPartition, CommittedOffset>() : found->offsets;
}

std::vector<std::string> LogStore::groups() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, group] : log_->state().offsets().groups()) names.push_back(name);
  return names;
}

Task<> LogStore::delete_group(std::string group) {
  PendingChange change = begin_delete_group(std::move(group));
  co_await change.wait();
}

PendingChange LogStore::begin_delete_group(std::string group) {
  Entry entry;
  entry.mutable_delete_groups()->add_groups(std::move(group));
  return begin_commit(std::move(entry));
}

Task<> LogStore::delete_offsets(std::string group, std::vector<TopicPartition> partitions) {
  Entry entry;
  entry.mutable_delete_offsets()->set_group(group);
  for (const TopicPartition& partition : partitions) {
    storage::Offset& offset = *entry.mutable_delete_offsets()->add_offsets();
    offset.set_topic(partition.topic);
    offset.set_partition(partition.partition);
  }
  co_await commit(std::move(entry));
}

// ---- reports

bool LogStore::writable() const {
  std::lock_guard lock(mutex_);
  return !log_->broken();
}

LogStore::Counts LogStore::counts() const {
  const std::uint64_t queued_bytes = queue_->bytes();
  std::lock_guard lock(mutex_);
  const LogState& state = log_->state();
  return {.topics = state.topics().size(),
          .partitions = state.partition_count(),
          .groups = state.offsets().groups().size(),
          .producers = state.producers().size(),
          .segments = log_->segments(),
          .log_bytes = log_->size_bytes(),
          .queued_bytes = queued_bytes,
          .commits = commits_,
          .entries = entries_};
}

}  // namespace skerry::platform::kafka::log
