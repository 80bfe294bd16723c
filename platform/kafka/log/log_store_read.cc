// SPDX-License-Identifier: Apache-2.0
//
// Reading. What is read is decided under the lock, one stretch at a time: a run of a closed segment, or batches of the
// newest one. The bytes are fetched without it. A segment may be rewritten or removed between: then its file is not
// there, and the stretch is decided again.
#include <algorithm>

#include "platform/kafka/log/batch_reader.h"
#include "platform/kafka/log/durable_log.h"
#include "platform/kafka/log/log_store.h"
#include "skerry/async/blocking.h"

namespace skerry::platform::kafka::log {
namespace {

// How often a read is decided again because its segment went away meanwhile. Each time stands for a round of cleaning
// that finished within it.
constexpr int kMaxReadAttempts = 5;

std::size_t total_bytes(std::span<const BatchLocation> batches) {
  std::size_t bytes = 0;
  for (const BatchLocation& batch : batches) bytes += batch.size;
  return bytes;
}

// A file that stays missing was taken away by somebody else.
Error gone(const Error& error) {
  if (error.code() != Code::kNotFound) return error;
  return Error::data_loss("a segment of the log is missing: {}; restore the data directory from a backup",
                          error.message());
}

}  // namespace

struct LogStore::ReadStep {
  Offset offset = 0;
  Offset high_watermark = 0;
  Offset log_start_offset = 0;
  std::optional<Run> run;  // else the batches of the newest segment, in `file`
  std::vector<BatchLocation> batches;
  FilePointer file;
  // Set by read_step: the offset after what was read, the same as before when nothing fitted.
  Offset next_offset = 0;
};

Result<LogStore::ReadStep> LogStore::plan_read(const PartitionKey& key, Offset offset, std::size_t max_bytes,
                                               bool at_least_one) const {
  std::lock_guard lock(mutex_);
  const PartitionLog* found = log_->state().find(key);
  if (found == nullptr) return fail(kafka_error(ErrorCode::kUnknownTopicOrPartition, "the topic was deleted"));
  const PartitionLog& partition = *found;
  if (offset < partition.log_start() || offset > partition.next_offset())
    return fail(kafka_error(ErrorCode::kOffsetOutOfRange, "offset {} is not between {} and {}", offset,
                            partition.log_start(), partition.next_offset()));
  ReadStep step{.offset = offset,
                .high_watermark = partition.next_offset(),
                .log_start_offset = partition.log_start(),
                .next_offset = offset};
  if (const Run* run = partition.run_with(offset)) {
    step.run = *run;
  } else {
    const auto chosen = choose_batches(partition.recent_from(offset), offset, max_bytes, at_least_one);
    step.batches.assign(chosen.begin(), chosen.end());
    step.file = log_->active_file();
  }
  return step;
}

Task<> LogStore::read_step(ReadStep& step, std::size_t max_bytes, bool at_least_one, std::string& out) const {
  std::span<const BatchLocation> chosen = step.batches;
  BatchLocations in_run;
  if (step.run) {
    in_run = reader_->cached_batches(*step.run);
    step.file = reader_->cached_file(*step.run->segment);
    if (!in_run || !step.file) {
      co_await blocking([&]() -> Result<> {
        auto file = reader_->file(*step.run->segment);
        if (!file) return fail(std::move(file));
        auto batches = reader_->batches(*step.run);
        if (!batches) return fail(std::move(batches));
        step.file = *std::move(file);
        in_run = *std::move(batches);
        return {};
      });
    }
    chosen = choose_batches(*in_run, step.offset, max_bytes, at_least_one);
  }
  if (chosen.empty()) co_return;
  const bool small = total_bytes(chosen) <= kMaxInlineReadBytes;
  if (!small || !read_cached_batches(*step.file, chosen, out))
    co_await blocking([&] { return read_batches(*step.file, chosen, out); });
  step.next_offset = chosen.back().last_offset() + 1;
}

Task<Slice> LogStore::read(ReadRequest request) const {
  // Once, so that a topic that is made again under the name meanwhile is not taken for this one.
  const PartitionKey key = co_await key_of(request.partition);
  Slice slice;
  Offset offset = request.offset;
  int attempts = 0;
  while (true) {
    const std::size_t left = request.max_bytes - std::min(request.max_bytes, slice.records.size());
    const bool at_least_one = request.at_least_one && slice.records.empty();
    auto step = plan_read(key, offset, left, at_least_one);
    // What has been read stays good when the rest went away meanwhile.
    if (!step && !slice.records.empty()) break;
    if (!step) co_await Error(step.error());
    slice.high_watermark = step->high_watermark;
    slice.log_start_offset = step->log_start_offset;
    if (offset == step->high_watermark) break;
    const auto read = co_await read_step(*step, left, at_least_one, slice.records).result();
    if (!read && read.error().code() == Code::kNotFound && ++attempts < kMaxReadAttempts) continue;
    if (!read && slice.records.empty()) co_await gone(read.error());
    if (!read || step->next_offset == offset) break;
    offset = step->next_offset;
    if (slice.records.size() >= request.max_bytes) break;
  }
  co_return slice;
}

std::optional<PartitionState> LogStore::state(const TopicPartition& partition) const {
  std::lock_guard lock(mutex_);
  const auto key = log_->state().key_of(partition);
  if (!key) return std::nullopt;
  const PartitionLog& found = *log_->state().find(*key);
  return PartitionState{
      .log_start_offset = found.log_start(), .high_watermark = found.next_offset(), .bytes = found.bytes()};
}

std::uint64_t LogStore::available(const TopicPartition& partition, Offset offset, std::uint64_t limit) const {
  std::lock_guard lock(mutex_);
  const auto key = log_->state().key_of(partition);
  return key ? log_->state().find(*key)->bytes_from(offset, limit) : 0;
}

AppendWatch LogStore::watch(std::span<const TopicPartition> partitions) const {
  std::vector<PartitionKey> keys;
  {
    std::lock_guard lock(mutex_);
    for (const TopicPartition& partition : partitions)
      if (auto key = log_->state().key_of(partition)) keys.push_back(*key);
  }
  return watches_.watch(std::move(keys));
}

// ---- by time

struct LogStore::TimeQuery {
  // Which closed segments may have it, in order, and what the newest one has.
  std::vector<Run> runs;
  std::optional<OffsetAndTimestamp> recent;
  Offset log_start = 0;
  // Batches that end before it are not wanted.
  Offset from = 0;
};

Result<LogStore::TimeQuery> LogStore::plan_query(const TopicPartition& partition, Timestamp time, Offset from) const {
  std::lock_guard lock(mutex_);
  auto key = log_->state().key_of(partition);
  if (!key) return fail(std::move(key));
  const PartitionLog& found = *log_->state().find(*key);
  TimeQuery query{.log_start = found.log_start(), .from = std::max(from, found.log_start())};
  for (const Run& run : found.runs())
    if (run.summary.max_timestamp >= time && run.summary.last_offset >= query.from) query.runs.push_back(run);
  for (const BatchLocation& batch : found.recent_from(query.from)) {
    if (batch.max_timestamp < time) continue;
    query.recent = {.offset = std::max(batch.base_offset, query.log_start), .timestamp = batch.max_timestamp};
    break;
  }
  return query;
}

Task<std::optional<OffsetAndTimestamp>> LogStore::find_by_time(TopicPartition partition, Timestamp time,
                                                               Offset from) const {
  for (int attempt = 1;; ++attempt) {
    const TimeQuery query = co_await plan_query(partition, time, from);
    if (query.runs.empty()) co_return query.recent;
    auto found = co_await blocking([&]() -> Result<std::optional<OffsetAndTimestamp>> {
                   for (const Run& run : query.runs) {
                     auto batches = reader_->batches(run);
                     if (!batches) return fail(std::move(batches));
                     for (const BatchLocation& batch : **batches)
                       if (batch.max_timestamp >= time && batch.last_offset() >= query.from)
                         return OffsetAndTimestamp{std::max(batch.base_offset, query.log_start), batch.max_timestamp};
                   }
                   return query.recent;
                 }).result();
    if (!found && found.error().code() == Code::kNotFound && attempt < kMaxReadAttempts) continue;
    if (!found) co_await gone(found.error());
    co_return *std::move(found);
  }
}

Task<std::optional<OffsetAndTimestamp>> LogStore::find_newest(TopicPartition partition) const {
  // The newest there is, whatever the batches' order.
  const TimeQuery all = co_await plan_query(partition, Timestamp::min(), 0);
  std::optional<Timestamp> newest = newest_recent(partition);
  for (const Run& run : all.runs)
    newest = std::max(newest.value_or(run.summary.max_timestamp), run.summary.max_timestamp);
  if (!newest) co_return std::nullopt;
  co_return co_await find_by_time(std::move(partition), *newest);
}

std::optional<Timestamp> LogStore::newest_recent(const TopicPartition& partition) const {
  std::lock_guard lock(mutex_);
  const auto key = log_->state().key_of(partition);
  if (!key) return std::nullopt;
  const auto recent = log_->state().find(*key)->recent();
  const auto newest = std::ranges::max_element(recent, {}, &BatchLocation::max_timestamp);
  if (newest == recent.end()) return std::nullopt;
  return newest->max_timestamp;
}

}  // namespace skerry::platform::kafka::log
