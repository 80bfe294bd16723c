// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/record_batch.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;
using protocol::kafka_error;
using protocol::ProduceRequest;
using protocol::ProduceResponse;
using protocol::RecordBatch;

// The request as a whole.
Result<> check_request(const ProduceRequest& request, std::int16_t version) {
  if (version < protocol::kFirstServedProduceVersion)
    return fail(kafka_error(ErrorCode::kUnsupportedVersion, "use a client of Kafka 0.11 or later"));
  if (request.acks < -1 || request.acks > 1)
    return fail(kafka_error(ErrorCode::kInvalidRequiredAcks, "acks is 0, 1 or -1 (all)"));
  if (request.transactional_id) {
    return fail(kafka_error(ErrorCode::kTransactionalIdAuthorizationFailed,
                            "transactions are not supported; produce without a transactional id"));
  }
  return {};
}

// Since Kafka 0.11 a partition has one batch in a request (KIP-98: so that its sequence can be checked).
Result<log::Batch> check_batch(std::optional<protocol::Bytes>&& records) {
  if (!records) return fail(kafka_error(ErrorCode::kInvalidRecord, "there are no records"));
  Result<RecordBatch> batch = RecordBatch::parse(records->value);
  if (!batch) return fail(std::move(batch));
  if (batch->size() != records->value.size())
    return fail(kafka_error(ErrorCode::kInvalidRecord, "a partition takes one record batch in a request"));
  if (Result<> valid = batch->validate(); !valid) return fail(std::move(valid));
  if (batch->is_transactional()) return fail(kafka_error(ErrorCode::kInvalidRecord, "transactions are not supported"));
  log::Batch out{.producer_id = batch->producer_id(),
                 .producer_epoch = batch->producer_epoch(),
                 .base_sequence = batch->base_sequence(),
                 .last_offset_delta = batch->last_offset_delta(),
                 .max_timestamp = log::Timestamp(std::chrono::milliseconds(batch->max_timestamp()))};
  out.bytes = std::move(records->value);
  return out;
}

void refuse(Broker& broker, ProduceResponse::Partition& partition, const Error& error) {
  partition.error_code = protocol::error_code_of(error);
  partition.error_message = error.message();
  broker.metrics.refused(partition.error_code);
}

}  // namespace

Task<ProduceUnderWay> begin(Broker& broker, Caller caller, ProduceRequest request) {
  ProduceResponse response;
  std::vector<ProduceUnderWay::Append> places;
  std::vector<log::AppendRequest> appends;
  const Result<> acceptable = check_request(request, caller.version);
  for (ProduceRequest::Topic& topic : request.topics) {
    ProduceResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    Result<> found = acceptable;
    if (found) {
      Result<log::Topic> there = co_await find_or_create_topic(broker, topic.name).result();
      if (!there) found = fail(std::move(there));
    }
    for (ProduceRequest::Partition& partition : topic.partitions) {
      ProduceResponse::Partition& place = answer.partitions.emplace_back();
      place.index = partition.index;
      if (!found) {
        refuse(broker, place, found.error());
        continue;
      }
      Result<log::Batch> batch = check_batch(std::move(partition.records));
      if (!batch) {
        refuse(broker, place, batch.error());
        continue;
      }
      places.push_back({.topic = response.topics.size() - 1,
                        .partition = answer.partitions.size() - 1,
                        .records = batch->last_offset_delta + std::int64_t{1},
                        .bytes = batch->bytes.size()});
      appends.push_back({.partition = {topic.name, partition.index}, .batch = *std::move(batch)});
    }
  }
  co_return ProduceUnderWay{std::move(response), broker.store.begin_append(std::move(appends)), std::move(places)};
}

Task<ProduceResponse> finish(Broker& broker, ProduceUnderWay under_way) {
  std::vector<Result<log::Appended>> results = co_await under_way.appends.wait();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ProduceUnderWay::Append& append = under_way.places[i];
    ProduceResponse::Topic& topic = under_way.response.topics[append.topic];
    ProduceResponse::Partition& partition = topic.partitions[append.partition];
    if (!results[i]) {
      refuse(broker, partition, results[i].error());
      continue;
    }
    partition.base_offset = results[i]->base_offset;
    partition.log_start_offset = results[i]->log_start_offset;
    if (!results[i]->duplicate) broker.metrics.produced(topic.name, append.records, append.bytes);
  }
  co_return std::move(under_way.response);
}

}  // namespace skerry::platform::kafka
