// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "skerry/async/timeout.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;
using protocol::FetchRequest;
using protocol::FetchResponse;

using Clock = std::chrono::steady_clock;

ErrorCode check_partition(const Broker& broker, const log::TopicPartition& partition,
                          const FetchRequest::Partition& wanted) {
  const std::optional<log::PartitionState> state = broker.store.state(partition);
  if (!state) return ErrorCode::kUnknownTopicOrPartition;
  if (const ErrorCode epoch = check_leader_epoch(wanted.current_leader_epoch); epoch != ErrorCode::kNone) return epoch;
  const bool in_range = wanted.fetch_offset >= state->log_start_offset && wanted.fetch_offset <= state->high_watermark;
  return in_range ? ErrorCode::kNone : ErrorCode::kOffsetOutOfRange;
}

// One partition that is fetched.
struct Wanted {
  log::TopicPartition partition;
  FetchRequest::Partition fetch;
};

std::vector<Wanted> wanted_of(const FetchRequest& request) {
  std::vector<Wanted> all;
  for (const FetchRequest::Topic& topic : request.topics)
    for (const FetchRequest::Partition& partition : topic.partitions)
      all.push_back({{topic.name, partition.index}, partition});
  return all;
}

// Whether the answer can be given now: enough bytes are there, or a partition has an error to tell, or there is nothing
// to wait for.
bool is_due(const Broker& broker, const std::vector<Wanted>& wanted, std::int64_t min_bytes) {
  if (wanted.empty()) return true;
  const auto enough = static_cast<std::uint64_t>(std::max<std::int64_t>(min_bytes, 0));
  std::uint64_t bytes = 0;
  for (const Wanted& one : wanted) {
    if (check_partition(broker, one.partition, one.fetch) != ErrorCode::kNone) return true;
    bytes += broker.store.available(one.partition, one.fetch.fetch_offset, enough);
  }
  return bytes >= enough;
}

Task<> wait_for_append(log::AppendWatch* watch) { co_await watch->wait(); }

Task<> wait_until_due(Broker& broker, std::vector<Wanted> wanted, std::int64_t min_bytes, Clock::time_point deadline) {
  std::vector<log::TopicPartition> partitions;
  for (const Wanted& one : wanted) partitions.push_back(one.partition);
  log::AppendWatch watch = broker.store.watch(partitions);
  while (!is_due(broker, wanted, min_bytes) && Clock::now() < deadline) {
    (void)co_await with_deadline(deadline, wait_for_append(&watch)).result();
    watch.reset();
  }
}

// Reads one partition into its place; gives the bytes read.
Task<std::size_t> read_partition(Broker& broker, Wanted wanted, std::int64_t budget, bool at_least_one,
                                 FetchResponse::Partition* place) {
  place->index = wanted.fetch.index;
  place->records = protocol::Bytes();
  place->error_code = check_partition(broker, wanted.partition, wanted.fetch);
  if (const auto state = broker.store.state(wanted.partition)) {
    place->high_watermark = place->last_stable_offset = state->high_watermark;
    place->log_start_offset = state->log_start_offset;
  }
  if (place->error_code != ErrorCode::kNone || budget <= 0) co_return std::size_t{0};
  Result<log::Slice> slice = co_await broker.store
                                 .read({.partition = wanted.partition,
                                        .offset = wanted.fetch.fetch_offset,
                                        .max_bytes = static_cast<std::size_t>(budget),
                                        .at_least_one = at_least_one})
                                 .result();
  if (!slice) {
    place->error_code = protocol::error_code_of(slice.error());
    co_return std::size_t{0};
  }
  place->high_watermark = place->last_stable_offset = slice->high_watermark;
  place->log_start_offset = slice->log_start_offset;
  place->records->value = std::move(slice->records);
  co_return place->records->value.size();
}

}  // namespace

Task<FetchResponse> handle(Broker& broker, Caller, FetchRequest request) {
  const auto wait =
      std::clamp<std::chrono::milliseconds>(request.max_wait, std::chrono::milliseconds(0), kMaxFetchWait);
  co_await wait_until_due(broker, wanted_of(request), request.min_bytes, Clock::now() + wait);

  FetchResponse response;
  std::int64_t budget = std::min<std::int64_t>(request.max_bytes, kMaxFetchBytes);
  // A consumer gets on even when a batch is larger than what it asks for (KIP-74).
  bool at_least_one = true;
  for (const FetchRequest::Topic& topic : request.topics) {
    FetchResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const FetchRequest::Partition& partition : topic.partitions) {
      FetchResponse::Partition& place = answer.partitions.emplace_back();
      const std::int64_t share =
          std::max<std::int64_t>(std::min<std::int64_t>(budget, partition.partition_max_bytes), at_least_one ? 1 : 0);
      const std::size_t bytes =
          co_await read_partition(broker, {{topic.name, partition.index}, partition}, share, at_least_one, &place);
      if (place.error_code != ErrorCode::kNone) broker.metrics.refused(place.error_code);
      if (bytes == 0) continue;
      at_least_one = false;
      budget -= static_cast<std::int64_t>(bytes);
      broker.metrics.fetched(topic.name, bytes);
    }
  }
  co_return response;
}

}  // namespace skerry::platform::kafka
