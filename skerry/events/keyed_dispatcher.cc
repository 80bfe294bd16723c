// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/keyed_dispatcher.h"

#include <utility>

#include "skerry/base/check.h"

namespace skerry::events::internal {

void KeyedDispatcher::assign(const kafka::TopicPartition& partition) { partitions_.try_emplace(partition); }

void KeyedDispatcher::revoke(const kafka::TopicPartition& partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return;
  found->second.revoked = true;
  for (auto lane = lanes_.begin(); lane != lanes_.end();) {
    const bool of_partition = lane->second.partition == partition;
    if (of_partition) lane->second.deliveries.clear();
    if (!of_partition || lane->second.state == LaneState::kRunning) {
      ++lane;
      continue;
    }
    lane_ids_.erase(lane->second.name);
    lane = lanes_.erase(lane);  // its entries in ready_ and waiting_ are passed over
  }
}

void KeyedDispatcher::remove(const kafka::TopicPartition& partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return;
  SKERRY_CHECK(found->second.running == 0, "what runs ends before its partition is removed");
  partitions_.erase(found);
}

void KeyedDispatcher::push(kafka::Record record) {
  const kafka::TopicPartition where = record.where();
  const auto found = partitions_.find(where);
  if (found == partitions_.end() || found->second.revoked) return;
  Partition& partition = found->second;
  if (!partition.offsets.start(record.offset)) return;
  partition.unfinished.emplace(record.offset, record.timestamp);
  if (!partition.suspect_end) {
    partition.suspect_end = record.offset + static_cast<std::int64_t>(limits_.max_queued);
  }
  const std::uint64_t id = lane_of(record);
  Lane& lane = lanes_.at(id);
  const bool suspect = record.offset < *partition.suspect_end;
  lane.deliveries.push_back({.record = std::move(record), .suspect = suspect, .lane = id});
  if (lane.state == LaneState::kReady && lane.deliveries.size() == 1) ready_.push_back(id);
  update_pause(where, partition);
}

void KeyedDispatcher::push_parked(Delivery delivery) {
  const auto found = partitions_.find(delivery.record.where());
  if (found == partitions_.end() || found->second.revoked) return;
  const std::uint64_t id = lane_of(delivery.record);
  Lane& lane = lanes_.at(id);
  delivery.lane = id;
  delivery.parked = true;
  const bool was_empty = lane.deliveries.empty();
  // A delivery that waits for its next attempt keeps its place.
  const auto place = lane.deliveries.begin() + (lane.state == LaneState::kWaiting ? 1 : 0);
  lane.deliveries.insert(place, std::move(delivery));
  if (lane.state == LaneState::kReady && was_empty) ready_.push_back(id);
}

bool KeyedDispatcher::idle(const kafka::Record& of_key) const { return !lane_ids_.contains(lane_name(of_key)); }

std::optional<Delivery> KeyedDispatcher::take(Moment now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const std::uint64_t id = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    if (const auto lane = lanes_.find(id); lane != lanes_.end()) make_ready(id, lane->second);
  }
  if (running_ >= limits_.max_parallel) return std::nullopt;
  while (!ready_.empty()) {
    const auto found = lanes_.find(ready_.front());
    ready_.pop_front();
    if (found == lanes_.end()) continue;
    Lane& lane = found->second;
    Delivery delivery = std::move(lane.deliveries.front());
    lane.deliveries.pop_front();
    lane.state = LaneState::kRunning;
    ++running_;
    ++partitions_.at(lane.partition).running;
    return delivery;
  }
  return std::nullopt;
}

void KeyedDispatcher::finish(const Delivery& delivery) {
  const kafka::TopicPartition where = delivery.record.where();
  Partition& partition = partitions_.at(where);
  if (!delivery.parked) {
    partition.offsets.finish(delivery.record.offset);
    partition.unfinished.erase(delivery.record.offset);
  }
  end_run(delivery.lane);
  update_pause(where, partition);
}

void KeyedDispatcher::retry(Delivery delivery, Moment when) {
  const std::uint64_t id = delivery.lane;
  Lane& lane = lanes_.at(id);
  if (partitions_.at(lane.partition).revoked) return end_run(id);
  lane.deliveries.push_front(std::move(delivery));
  count_end(lane);
  lane.state = LaneState::kWaiting;
  waiting_.emplace(when, id);
}

std::optional<Moment> KeyedDispatcher::next_retry() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

std::vector<kafka::PartitionOffset> KeyedDispatcher::take_commits() {
  std::vector<kafka::PartitionOffset> commits;
  for (auto& [name, partition] : partitions_) {
    if (const auto offset = partition.offsets.take_commit()) commits.push_back({.partition = name, .offset = *offset});
  }
  return commits;
}

std::vector<kafka::TopicPartition> KeyedDispatcher::take_pauses() { return std::exchange(pauses_, {}); }
std::vector<kafka::TopicPartition> KeyedDispatcher::take_resumes() { return std::exchange(resumes_, {}); }

std::size_t KeyedDispatcher::running(const kafka::TopicPartition& partition) const {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? 0 : found->second.running;
}

std::vector<kafka::TopicPartition> KeyedDispatcher::partitions() const {
  std::vector<kafka::TopicPartition> names;
  for (const auto& [name, partition] : partitions_) {
    if (!partition.revoked) names.push_back(name);
  }
  return names;
}

bool KeyedDispatcher::assigned(const kafka::TopicPartition& partition) const {
  const auto found = partitions_.find(partition);
  return found != partitions_.end() && !found->second.revoked;
}

std::optional<kafka::Timestamp> KeyedDispatcher::oldest() const {
  std::optional<kafka::Timestamp> oldest;
  for (const auto& [name, partition] : partitions_) {
    if (partition.unfinished.empty()) continue;
    const kafka::Timestamp first = partition.unfinished.begin()->second;
    if (!oldest || first < *oldest) oldest = first;
  }
  return oldest;
}

// Records without a key have a lane each: nothing is said about their order.
std::string KeyedDispatcher::lane_name(const kafka::Record& record) {
  std::string name = kafka::to_string(record.where());
  return record.key ? name + "=" + *record.key : name + "@" + std::to_string(record.offset);
}

std::uint64_t KeyedDispatcher::lane_of(const kafka::Record& record) {
  std::string name = lane_name(record);
  const auto [known, added] = lane_ids_.try_emplace(name, next_lane_);
  if (added) {
    lanes_.emplace(next_lane_, Lane{.name = std::move(name), .partition = record.where(), .deliveries = {}});
    ++next_lane_;
  }
  return known->second;
}

void KeyedDispatcher::make_ready(std::uint64_t id, Lane& lane) {
  lane.state = LaneState::kReady;
  ready_.push_back(id);
}

void KeyedDispatcher::count_end(const Lane& lane) {
  SKERRY_CHECK(lane.state == LaneState::kRunning, "only what runs can end");
  --running_;
  --partitions_.at(lane.partition).running;
}

// A lane without anything in it goes.
void KeyedDispatcher::end_run(std::uint64_t id) {
  Lane& lane = lanes_.at(id);
  count_end(lane);
  if (!lane.deliveries.empty()) return make_ready(id, lane);
  lane_ids_.erase(lane.name);
  lanes_.erase(id);
}

void KeyedDispatcher::update_pause(const kafka::TopicPartition& name, Partition& partition) {
  if (partition.revoked) return;
  const std::size_t queued = partition.offsets.unfinished();
  const std::size_t uncommitted = partition.offsets.span();
  if (!partition.paused && (queued >= limits_.max_queued || uncommitted >= limits_.max_uncommitted)) {
    partition.paused = true;
    pauses_.push_back(name);
  } else if (partition.paused && queued <= limits_.max_queued / 2 && uncommitted <= limits_.max_uncommitted / 2) {
    partition.paused = false;
    resumes_.push_back(name);
  }
}

}  // namespace skerry::events::internal
