// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/producer_table.h"

#include <algorithm>

#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr std::int64_t kSequences = std::int64_t{1} << 31;

// How far `from` is before `to` on the circle of sequence numbers.
std::int64_t distance(std::int32_t from, std::int32_t to) {
  return (static_cast<std::int64_t>(to) - from + kSequences) % kSequences;
}

}  // namespace

std::int32_t sequence_after(std::int32_t sequence, std::int32_t records) {
  return static_cast<std::int32_t>((static_cast<std::int64_t>(sequence) + records) % kSequences);
}

void ProducerState::record(const BatchHead& head) {
  if (head.producer_epoch != epoch) {
    batches.clear();
    forgotten_records = 0;
  }
  epoch = head.producer_epoch;
  if (batches.size() == kRememberedBatches) {
    const Remembered& oldest = batches.front();
    const std::int64_t records = distance(oldest.first_sequence, oldest.last_sequence) + 1;
    forgotten_records = static_cast<std::int32_t>(std::min(kSequences / 2, forgotten_records + records));
    batches.erase(batches.begin());
  }
  batches.push_back({head.base_sequence, sequence_after(head.base_sequence, head.last_offset_delta), head.base_offset});
  used_at = head.appended_at;
}

SequenceCheck check_sequence(const ProducerState& state, const Batch& batch) {
  using Kind = SequenceCheck::Kind;
  if (batch.producer_epoch < state.epoch) return {.kind = Kind::kOldEpoch};
  if (batch.producer_epoch > state.epoch) {
    if (batch.base_sequence == 0) return {};
    return {.kind = Kind::kOutOfOrder, .expected_sequence = 0};
  }
  const std::int32_t last = sequence_after(batch.base_sequence, batch.last_offset_delta);
  for (const auto& known : state.batches)
    if (known.first_sequence == batch.base_sequence && known.last_sequence == last)
      return {.kind = Kind::kDuplicate, .base_offset = known.base_offset};
  const std::int32_t expected = sequence_after(state.batches.back().last_sequence, 1);
  if (batch.base_sequence == expected) return {};
  // Wholly among the records between the first one and the oldest that is remembered, all of which were appended.
  const std::int64_t behind = distance(batch.base_sequence, state.batches.front().first_sequence);
  if (behind > batch.last_offset_delta && behind <= state.forgotten_records) return {.kind = Kind::kForgottenDuplicate};
  return {.kind = Kind::kOutOfOrder, .expected_sequence = expected};
}

const ProducerState* ProducerTable::find(const ProducerKey& key) const {
  const auto it = producers_.find(key);
  return it == producers_.end() ? nullptr : &it->second->state;
}

void ProducerTable::record(const ProducerKey& key, const BatchHead& head) {
  auto it = producers_.find(key);
  if (it == producers_.end()) {
    if (producers_.size() >= max_producers_) forget_longest_idle();
    it = producers_.emplace(key, order_.insert(order_.end(), Entry{key, {}})).first;
  } else {
    order_.splice(order_.end(), order_, it->second);
  }
  it->second->state.record(head);
}

std::optional<Timestamp> ProducerTable::next_to_go() const {
  if (producers_.size() < max_producers_ || order_.empty()) return std::nullopt;
  return order_.front().state.used_at;
}

std::size_t ProducerTable::forget_idle_since(Timestamp time) {
  std::size_t forgotten = 0;
  for (; !order_.empty() && order_.front().state.used_at < time; ++forgotten) forget_longest_idle();
  return forgotten;
}

void ProducerTable::forget_longest_idle() {
  if (order_.empty()) return;
  forgotten_up_to_ = std::max(forgotten_up_to_, order_.front().key.producer_id);
  producers_.erase(order_.front().key);
  order_.pop_front();
}

void ProducerTable::forget_topic(TopicId topic) {
  std::erase_if(order_, [&](const Entry& entry) {
    if (entry.key.partition.topic != topic) return false;
    forgotten_up_to_ = std::max(forgotten_up_to_, entry.key.producer_id);
    producers_.erase(entry.key);
    return true;
  });
}

void ProducerTable::restore(const ProducerKey& key, ProducerState state) {
  SKERRY_CHECK(!producers_.contains(key), "a producer is restored once");
  producers_.emplace(key, order_.insert(order_.end(), Entry{key, std::move(state)}));
}

}  // namespace skerry::platform::kafka::log
