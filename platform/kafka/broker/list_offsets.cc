// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/records.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;
using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;
using protocol::RecordBatch;

log::OffsetAndTimestamp nothing_found() {
  return {.offset = -1, .timestamp = log::Timestamp(std::chrono::milliseconds(protocol::kNoTimestamp))};
}

// The first record of the batch for which `is_wanted` holds. Compressed batches are not opened: then it is the batch's
// first record, before which nothing that is wanted lies.
template <class IsWanted>
log::OffsetAndTimestamp look_inside(const RecordBatch& batch, log::OffsetAndTimestamp found, IsWanted is_wanted) {
  if (batch.compression() != protocol::Compression::kNone) return found;
  protocol::RecordReader reader(batch);
  while (const std::optional<protocol::RecordView> record = reader.next())
    if (is_wanted(record->timestamp))
      return {record->offset, log::Timestamp(std::chrono::milliseconds(record->timestamp))};
  return found;
}

Task<log::OffsetAndTimestamp> find_record(Broker& broker, log::TopicPartition partition,
                                          std::optional<log::OffsetAndTimestamp> found, std::int64_t wanted_time) {
  if (!found) co_return nothing_found();
  const log::Slice slice =
      co_await broker.store.read({.partition = partition, .offset = found->offset, .max_bytes = 1});
  const Result<RecordBatch> batch = RecordBatch::parse(slice.records);
  if (!batch) co_return *found;
  co_return look_inside(*batch, *found, [&](std::int64_t time) { return time >= wanted_time; });
}

Task<log::OffsetAndTimestamp> find_offset(Broker& broker, log::TopicPartition partition,
                                          ListOffsetsRequest::Partition wanted) {
  const std::optional<log::PartitionState> state = broker.store.state(partition);
  if (!state) {
    co_return protocol::kafka_error(ErrorCode::kUnknownTopicOrPartition, "there is no partition {} of {}",
                                    partition.partition, partition.topic);
  }
  if (const ErrorCode epoch = check_leader_epoch(wanted.current_leader_epoch); epoch != ErrorCode::kNone)
    co_return protocol::kafka_error(epoch, "the leader epoch is {}", log::kLeaderEpoch);
  log::OffsetAndTimestamp end = nothing_found();
  switch (wanted.timestamp) {
    case protocol::kLatestOffset:
      end.offset = state->high_watermark;
      co_return end;
    case protocol::kEarliestOffset:
      end.offset = state->log_start_offset;
      co_return end;
    case protocol::kMaxTimestampOffset: {
      const auto newest = co_await broker.store.find_newest(partition);
      const std::int64_t time = newest ? newest->timestamp.time_since_epoch().count() : 0;
      co_return co_await find_record(broker, partition, newest, time);
    }
    default: {
      if (wanted.timestamp < 0)
        co_return protocol::kafka_error(ErrorCode::kInvalidRequest, "no offset is at time {}", wanted.timestamp);
      const log::Timestamp time{std::chrono::milliseconds(wanted.timestamp)};
      const auto found = co_await broker.store.find_by_time(partition, time);
      co_return co_await find_record(broker, partition, found, wanted.timestamp);
    }
  }
}

}  // namespace

ErrorCode check_leader_epoch(std::int32_t epoch) {
  if (epoch < 0 || epoch == log::kLeaderEpoch) return ErrorCode::kNone;
  return epoch < log::kLeaderEpoch ? ErrorCode::kFencedLeaderEpoch : ErrorCode::kUnknownLeaderEpoch;
}

Task<ListOffsetsResponse> handle(Broker& broker, Caller, ListOffsetsRequest request) {
  ListOffsetsResponse response;
  for (const ListOffsetsRequest::Topic& topic : request.topics) {
    ListOffsetsResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const ListOffsetsRequest::Partition& partition : topic.partitions) {
      ListOffsetsResponse::Partition& place = answer.partitions.emplace_back();
      place.index = partition.index;
      Result<log::OffsetAndTimestamp> found =
          co_await find_offset(broker, {topic.name, partition.index}, partition).result();
      if (!found) {
        place.error_code = protocol::error_code_of(found.error());
        broker.metrics.refused(place.error_code);
        continue;
      }
      place.offset = found->offset;
      place.timestamp = found->timestamp.time_since_epoch().count();
      if (found->offset >= 0) place.leader_epoch = log::kLeaderEpoch;
    }
  }
  co_return response;
}

Task<protocol::OffsetForLeaderEpochResponse> handle(Broker& broker, Caller,
                                                    protocol::OffsetForLeaderEpochRequest request) {
  protocol::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& place = answer.partitions.emplace_back();
      place.index = partition.index;
      const auto state = broker.store.state({topic.name, partition.index});
      place.error_code =
          state ? check_leader_epoch(partition.current_leader_epoch) : ErrorCode::kUnknownTopicOrPartition;
      // All records are of the one epoch that there is; of another nothing is known.
      if (place.error_code != ErrorCode::kNone || partition.leader_epoch != log::kLeaderEpoch) continue;
      place.leader_epoch = log::kLeaderEpoch;
      place.end_offset = state->high_watermark;
    }
  }
  co_return response;
}

}  // namespace skerry::platform::kafka
