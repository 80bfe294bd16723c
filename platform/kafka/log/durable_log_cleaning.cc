// SPDX-License-Identifier: Apache-2.0
//
// Retention, and giving space back.
#include <algorithm>
#include <utility>

#include "platform/kafka/log/durable_log.h"
#include "platform/kafka/log/log_files.h"

namespace skerry::platform::kafka::log {
namespace {

// What an entry takes in a segment besides its batch: its length and its head.
constexpr std::uint64_t kEntryOverheadBytes = 4 + kBatchHeadBytes;

}  // namespace

std::optional<storage::Entry> DurableLog::retention(Timestamp now) const {
  storage::Entry entry;
  auto& starts = *entry.mutable_set_log_starts();
  for (const auto& [name, topic] : state_.topics()) {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const PartitionLog& partition = topic.partitions[i];
      const Offset start = partition.retention_start(topic.config, now);
      if (start <= partition.log_start()) continue;
      auto& change = *starts.add_starts();
      change.set_topic_id(topic.topic.id);
      change.set_partition(static_cast<std::int32_t>(i));
      change.set_offset(start);
    }
  }
  if (starts.starts_size() == 0) return std::nullopt;
  return entry;
}

CleaningPlan DurableLog::plan_cleaning() {
  CleaningPlan plan{.removed = std::exchange(doomed_, {})};
  std::unordered_map<const SealedSegment*, std::uint64_t> live_bytes;
  state_.for_each_partition([&](const PartitionKey&, const PartitionLog& partition) {
    for (const Run& run : partition.runs())
      live_bytes[run.segment.get()] += run.summary.bytes + run.summary.batches * kEntryOverheadBytes;
  });
  std::erase_if(sealed_, [&](const SegmentPointer& segment) {
    if (live_bytes.contains(segment.get())) return false;
    plan.removed.push_back(segment);
    return true;
  });
  std::vector<SegmentUse> uses;
  for (const SegmentPointer& segment : sealed_) uses.push_back({segment->bytes, live_bytes[segment.get()]});
  const auto range = choose_rewriting(uses, std::min(options_.segment_bytes, kMaxSegmentBytes));
  if (!range) return plan;
  for (std::size_t i = range->begin; i < range->end; ++i) plan.rewritten.push_back(sealed_[i]);
  state_.for_each_partition([&](const PartitionKey& key, const PartitionLog& partition) {
    plan.log_starts.emplace(key, partition.log_start());
  });
  return plan;
}

Result<> DurableLog::clean(CleaningPlan& plan) {
  keep_reserve();
  // A file that cannot be removed does not keep others from being rewritten.
  Result<> removed;
  if (!plan.removed.empty()) removed = remove_segments(disk_, directory_, plan.removed);
  if (removed) plan.removed.clear();
  if (plan.rewritten.empty()) return removed;
  const auto lives = [&](const PartitionKey& partition, Offset last_offset) {
    const auto start = plan.log_starts.find(partition);
    return start != plan.log_starts.end() && last_offset >= start->second;
  };
  auto fresh = rewrite_segments(disk_, directory_, plan.rewritten, lives);
  if (!fresh) return fail(std::move(fresh));
  plan.fresh = *std::move(fresh);
  return removed;
}

bool DurableLog::finish_cleaning(CleaningPlan& plan) {
  doomed_ = std::move(plan.removed);
  if (!plan.fresh) return false;
  std::unordered_map<PartitionKey, const RunSummary*, PartitionKeyHash> runs;
  for (const RunSummary& run : plan.fresh->runs) runs.emplace(run.partition, &run);
  state_.for_each_partition([&](const PartitionKey& key, PartitionLog& partition) {
    const auto run = runs.find(key);
    std::optional<Run> fresh;
    if (run != runs.end()) fresh = Run{plan.fresh->segment, *run->second};
    partition.replace(plan.rewritten, std::move(fresh));
  });
  // They are neighbours, and only the newest end of the list has changed meanwhile.
  const auto place = std::ranges::find(sealed_, plan.rewritten.front());
  *place = plan.fresh->segment;
  sealed_.erase(place + 1, place + static_cast<std::ptrdiff_t>(plan.rewritten.size()));
  doomed_.insert(doomed_.end(), plan.rewritten.begin(), plan.rewritten.end());
  return true;
}

void DurableLog::keep_reserve() {
  const std::string path = reserve_path(directory_);
  const auto size = disk_.size(path);
  if (size && *size >= options_.reserve_bytes) return;
  if (size) std::ignore = disk_.remove(path);
  auto file = disk_.create(path);
  // On a full disk there is none, until the next time.
  if (file && !(*file)->append(std::string(options_.reserve_bytes, '\0'))) std::ignore = disk_.remove(path);
}

}  // namespace skerry::platform::kafka::log
