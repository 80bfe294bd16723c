// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/durable_log.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/kafka/log/errors.h"
#include "platform/kafka/log/log_files.h"
#include "platform/kafka/log/write_planner.h"
#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

using storage::Entry;

// A checkpoint is at most this part of what a segment holds.
constexpr std::uint64_t kLeastCheckpointRatio = 4;

// What clients are told when the disk fails: to try again, which helps when it was full.
Error for_clients(const Error& error) {
  if (error.code() == Code::kResourceExhausted)
    return kafka_error(ErrorCode::kKafkaStorageError,
                       "the disk is full ({}): free space on it, or delete records "
                       "or topics",
                       error.message());
  return kafka_error(ErrorCode::kKafkaStorageError, "the log cannot be written until the broker is started again: {}",
                     error.message());
}

}  // namespace

DurableLog::DurableLog(disk::Disk& disk, std::string directory, LogOptions options)
    : disk_(disk), directory_(std::move(directory)), options_(std::move(options)), state_(options_) {}

DurableLog::~DurableLog() = default;

WritePlan DurableLog::prepare(Commits commits, Timestamp now) const {
  WritePlan plan;
  WritePlanner planner(state_, options_.limits, now, plan);
  for (const auto& commit : commits) planner.add(*commit);
  plan.commits = std::move(commits);
  if (!plan.entries.empty() && wants_new_segment()) plan.checkpoint = encode_checkpoint();
  return plan;
}

std::string DurableLog::encode_checkpoint() const {
  Entry entry;
  *entry.mutable_checkpoint() = state_.checkpoint();
  entry.mutable_checkpoint()->set_in_page_cache(options_.durability == Durability::kPageCache);
  return encode_entry(entry);
}

bool DurableLog::wants_new_segment() const {
  if (active_in_page_cache_ != (options_.durability == Durability::kPageCache)) return true;
  const std::uint64_t wanted =
      std::max(std::min(options_.segment_bytes, kMaxSegmentBytes), kLeastCheckpointRatio * active_checkpoint_bytes_);
  return active_bytes_ - active_checkpoint_bytes_ >= wanted;
}

// ---- writing

void DurableLog::write(WritePlan& plan) {
  if (plan.entries.empty()) return;
  if (plan.checkpoint) {
    plan.written = begin_segment(plan);
    // What frees space goes on in the old segment when there is none for a new one.
    const bool full = !plan.written && plan.written.error().code() == Code::kResourceExhausted;
    if (!plan.written && !(full && plan.frees_space)) return;
  }
  plan.written = write_entries(plan);
  const bool full = !plan.written && plan.written.error().code() == Code::kResourceExhausted;
  if (full && plan.frees_space && disk_.remove(reserve_path(directory_))) plan.written = write_entries(plan);
}

Result<> DurableLog::begin_segment(WritePlan& plan) {
  if (write_broken_ || active_->broken()) return fail(Error::internal("it failed earlier"));
  // From now on it counts as whole.
  if (auto synced = active_->sync(); !synced) return synced;
  auto fresh = ActiveSegment::create(disk_, directory_, active_->number() + 1, *plan.checkpoint, options_.durability,
                                     write_broken_);
  if (!fresh) return fail(std::move(fresh));
  plan.sealed = active_->seal();
  active_ = *std::move(fresh);
  return {};
}

Result<> DurableLog::write_entries(WritePlan& plan) {
  if (write_broken_) return fail(Error::internal("it failed earlier"));
  auto locations = active_->write(plan.entries);
  if (!locations) return fail(std::move(locations));
  plan.locations = *std::move(locations);
  return {};
}

std::vector<PartitionKey> DurableLog::finish(WritePlan& plan) {
  std::vector<PartitionKey> changed;
  if (plan.sealed) {
    install(*plan.sealed);
    active_in_page_cache_ = options_.durability == Durability::kPageCache;
  }
  active_file_ = active_->reader();
  active_bytes_ = active_->bytes();
  active_checkpoint_bytes_ = active_->checkpoint_bytes();
  broken_ = write_broken_ || active_->broken();
  if (plan.written) {
    apply(plan, changed);
    return changed;
  }
  // Also those that would have repeated a batch of this plan; one that repeats an older batch may be sent again.
  for (const auto& commit : plan.commits)
    if (*commit->outcome) commit->outcome.emplace(fail(for_clients(plan.written.error())));
  return changed;
}

void DurableLog::apply(WritePlan& plan, std::vector<PartitionKey>& changed) {
  auto location = plan.locations.begin();
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const StoredEntry& stored = plan.entries[i];
    if (stored.batch_head) {
      SKERRY_CHECK(state_.apply(*stored.batch_head, *location++), "a batch goes where it was planned to go");
      if (changed.empty() || changed.back() != stored.batch_head->partition)
        changed.push_back(stored.batch_head->partition);
    } else {
      for (const PartitionKey& key : state_.apply(std::get<Entry>(plan.writers[i]->change))) changed.push_back(key);
    }
  }
}

void DurableLog::install(const SealedRuns& sealed) {
  sealed_.push_back(sealed.segment);
  for (const RunSummary& run : sealed.runs)
    if (PartitionLog* partition = state_.find(run.partition)) partition->seal({sealed.segment, run});
}

std::uint64_t DurableLog::size_bytes() const {
  std::uint64_t bytes = active_bytes_;
  for (const SegmentPointer& segment : sealed_) bytes += segment->bytes;
  return bytes;
}

}  // namespace skerry::platform::kafka::log
