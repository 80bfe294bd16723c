// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/compression.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/records.h"
#include "skerry/async/blocking.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;
using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;
using protocol::RecordBatch;

// Batches that one question may open. More than two are needed only where producers wrote a newest time into them that
// none of their records has.
constexpr int kMaxLookedInto = 8;

log::OffsetAndTimestamp nothing_found() {
  return {.offset = -1, .timestamp = log::Timestamp(std::chrono::milliseconds(protocol::kNoTimestamp))};
}

// What a batch that was found by its newest time has to say.
struct Inside {
  // The first of its records that is wanted.
  std::optional<log::OffsetAndTimestamp> record;
  log::Offset last_offset = 0;
};

Result<Inside> look_inside(std::string_view bytes, log::Offset first, std::int64_t wanted_time) {
  const Result<RecordBatch> batch = RecordBatch::parse(bytes);
  if (!batch) return fail(Error(batch.error()));
  Inside inside{.last_offset = batch->last_offset()};
  const Result<std::string> records =
      protocol::decompress(batch->compression(), batch->records(), protocol::kMaxDecompressedBytes);
  if (!records) return fail(Error(records.error()));
  protocol::RecordReader reader(*batch, *records);
  while (const std::optional<protocol::RecordView> record = reader.next()) {
    if (record->timestamp < wanted_time || record->offset < first) continue;
    inside.record = {record->offset, log::Timestamp(std::chrono::milliseconds(record->timestamp))};
    break;
  }
  return inside;
}

// The first record at or after the time, from the batch on that was found for it. Its newest record may lie before the
// log start, or not be there at all; then a later batch is looked for.
Task<log::OffsetAndTimestamp> find_record(Broker& broker, log::TopicPartition partition,
                                          std::optional<log::OffsetAndTimestamp> found, std::int64_t wanted_time) {
  for (int looked_into = 1; found; ++looked_into) {
    const log::Slice slice =
        co_await broker.store.read({.partition = partition, .offset = found->offset, .max_bytes = 1});
    const Result<Inside> inside =
        co_await blocking([&] { return look_inside(slice.records, found->offset, wanted_time); }).result();
    // Records that cannot be read: nothing before this place is wanted.
    if (!inside || (!inside->record && looked_into == kMaxLookedInto)) co_return *found;
    if (inside->record) co_return *inside->record;
    found = co_await broker.store.find_by_time(partition, log::Timestamp(std::chrono::milliseconds(wanted_time)),
                                               inside->last_offset + 1);
  }
  co_return nothing_found();
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
      const log::OffsetAndTimestamp found = co_await find_record(broker, partition, newest, time);
      // It lies before the log start, in the batch that holds that: its place there is the nearest that can be read.
      if (newest && found.offset < 0) co_return *newest;
      co_return found;
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
