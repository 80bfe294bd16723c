// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/write_planner.h"

#include <fmt/core.h>

#include "platform/kafka/log/errors.h"

namespace skerry::platform::kafka::log {

using storage::Entry;

namespace {

Result<> check_batch(const Batch& batch, const TopicState& topic) {
  if (batch.bytes.size() < kRecordBatchHeadBytes || batch.last_offset_delta < 0)
    return fail(kafka_error(ErrorCode::kInvalidRequest, "a batch is not a whole record batch"));
  if (std::cmp_greater(batch.bytes.size(), topic.config.max_message_bytes))
    return fail(kafka_error(ErrorCode::kMessageTooLarge,
                            "a batch of {} bytes is larger than max.message.bytes of topic {}, which is {}",
                            batch.bytes.size(), topic.topic.name, topic.config.max_message_bytes));
  if (batch.producer_id != kNoProducerId &&
      (batch.producer_id < 0 || batch.producer_epoch < 0 || batch.base_sequence < 0))
    return fail(kafka_error(ErrorCode::kInvalidRequest, "a producer with an id has an epoch and a sequence"));
  return {};
}

}  // namespace

void WritePlanner::add(Commit& commit) {
  if (auto* append = std::get_if<AppendRequest>(&commit.change)) {
    commit.outcome.emplace(plan_append(commit, *append));
    return;
  }
  auto& entry = std::get<Entry>(commit.change);
  if (auto allowed = state_.check(entry); !allowed) {
    commit.outcome.emplace(fail(std::move(allowed)));
    return;
  }
  plan_.entries.push_back({.head = encode_entry(entry)});
  plan_.writers.push_back(&commit);
  commit.outcome.emplace(Appended{});
  plan_.frees_space = is_committed_alone(commit) && !entry.has_create_topic() && !entry.has_set_partitions();
}

Result<Appended> WritePlanner::plan_append(const Commit& commit, AppendRequest& append) {
  Batch& batch = append.batch;
  auto key = state_.key_of(append.partition);
  if (!key) return fail(std::move(key));
  if (auto sound = check_batch(batch, *state_.find_topic(key->topic)); !sound) return fail(std::move(sound));
  const PartitionLog& partition = *state_.find(*key);
  if (batch.producer_id != kNoProducerId) {
    auto check = check_producer({batch.producer_id, *key}, batch);
    if (!check) return fail(std::move(check));
    if (check->kind == SequenceCheck::Kind::kDuplicate)
      return Appended{.base_offset = check->base_offset, .log_start_offset = partition.log_start(), .duplicate = true};
  }
  Offset& next = next_offsets_.try_emplace(*key, partition.next_offset()).first->second;
  const BatchHead head = head_of(batch, *key, next);
  next = head.last_offset() + 1;
  if (batch.producer_id != kNoProducerId) staged(ProducerKey{batch.producer_id, *key}).record(head);
  place_batch(batch.bytes, head.base_offset);
  plan_.entries.push_back({encode_batch_head(head), head, std::move(batch.bytes)});
  plan_.writers.push_back(&commit);
  return Appended{.base_offset = head.base_offset, .log_start_offset = partition.log_start()};
}

BatchHead WritePlanner::head_of(const Batch& batch, const PartitionKey& key, Offset base_offset) const {
  // Records without a time are as old as their stay here.
  const bool has_time = batch.max_timestamp >= Timestamp();
  return {.partition = key,
          .base_offset = base_offset,
          .last_offset_delta = batch.last_offset_delta,
          .max_timestamp = has_time ? batch.max_timestamp : now_,
          .appended_at = now_,
          .producer_id = batch.producer_id,
          .producer_epoch = batch.producer_epoch,
          .base_sequence = batch.base_sequence};
}

// A sequence that may go on; or which batch this one repeats.
Result<SequenceCheck> WritePlanner::check_producer(const ProducerKey& key, const Batch& batch) const {
  using Kind = SequenceCheck::Kind;
  const auto staged = producers_.find(key);
  const ProducerState* known = staged != producers_.end() ? &staged->second : state_.producers().find(key);
  const SequenceCheck check = known != nullptr ? check_sequence(*known, batch) : check_new(key, batch);
  switch (check.kind) {
    case Kind::kDuplicate:
      return check;
    case Kind::kNew:
      if (known == nullptr && !has_room())
        return fail(kafka_error(ErrorCode::kPolicyViolation, "too many idempotent producers are active"));
      return check;
    case Kind::kForgottenDuplicate:
      return fail(kafka_error(ErrorCode::kDuplicateSequenceNumber, "the batch was appended long ago"));
    case Kind::kOutOfOrder:
      return fail(kafka_error(ErrorCode::kOutOfOrderSequenceNumber, "producer {} sent sequence {} where {} is next",
                              batch.producer_id, batch.base_sequence, check.expected_sequence));
    case Kind::kOldEpoch:
      return fail(kafka_error(ErrorCode::kInvalidProducerEpoch, "producer {} has a newer epoch than {}",
                              batch.producer_id, batch.producer_epoch));
  }
  return check;
}

// Nothing is known of the producer in this partition. Where that is because it was forgotten, or its id is not from
// this store, any sequence will do.
SequenceCheck WritePlanner::check_new(const ProducerKey& key, const Batch& batch) const {
  const bool was_never_here =
      key.producer_id > state_.producers().forgotten_up_to() && key.producer_id < state_.next_producer_id();
  if (batch.base_sequence == 0 || !was_never_here) return {};
  return {.kind = SequenceCheck::Kind::kOutOfOrder, .expected_sequence = 0};
}

bool WritePlanner::has_room() const {
  const auto oldest = state_.producers().next_to_go();
  return !oldest || now_ - *oldest >= limits_.min_producer_idle;
}

ProducerState& WritePlanner::staged(const ProducerKey& key) {
  const auto [place, is_new] = producers_.try_emplace(key);
  if (const ProducerState* known = state_.producers().find(key); is_new && known != nullptr) place->second = *known;
  return place->second;
}

}  // namespace skerry::platform::kafka::log
