// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/consumer_wire.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <limits>

#include "skerry/kafka/errors.h"

namespace skerry::kafka::internal {
namespace {

Result<> to_result(rd_kafka_resp_err_t code, std::string_view what) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return fail(to_error(code, what));
}

}  // namespace

Result<> check_options(const ConsumerOptions& options) {
  if (options.group.empty()) return fail(Error::invalid_argument("a consumer needs the name of its group"));
  if (options.topics.empty()) return fail(Error::invalid_argument("a consumer needs at least one topic"));
  if (std::ranges::find(options.topics, "") != options.topics.end()) {
    return fail(Error::invalid_argument("the name of a topic is empty"));
  }
  constexpr std::int64_t kDayMs = 86'400'000;
  const std::array checks{
      check_range("session_timeout in ms", options.session_timeout.count(), 1, 3'600'000),
      check_range("heartbeat_interval in ms", options.heartbeat_interval.count(), 1,
                  options.session_timeout.count() - 1),
      check_range("stall_limit in ms", options.stall_limit.count(), options.session_timeout.count(), kDayMs),
      check_range("revoke_limit in ms", options.revoke_limit.count(), 0, options.stall_limit.count()),
      check_range("close_limit in ms", options.close_limit.count(), 1, kDayMs),
      check_range("fetch_wait in ms", options.fetch_wait.count(), 0, 300'000),
      check_range("max_prefetch_bytes", static_cast<std::int64_t>(options.max_prefetch_bytes), 1'024,
                  std::int64_t{2'097'151} * 1'024)};
  for (const Result<>& check : checks) {
    if (!check) return check;
  }
  return {};
}

Settings settings_of(const ConsumerOptions& options) {
  Settings settings(options.connection);
  settings.fix("group.id", options.group);
  settings.fix("enable.auto.commit", "false");
  settings.fix("enable.auto.offset.store", "false");
  settings.fix("enable.partition.eof", "false");
  settings.fix("auto.offset.reset", options.offset_reset == OffsetReset::kEarliest ? "earliest" : "latest");
  settings.fix("partition.assignment.strategy", options.assignment == Assignment::kRange ? "range" : "roundrobin");
  settings.fix("session.timeout.ms", options.session_timeout);
  settings.fix("heartbeat.interval.ms", options.heartbeat_interval);
  settings.fix("max.poll.interval.ms", options.stall_limit);
  settings.fix("fetch.wait.max.ms", options.fetch_wait);
  settings.fix("queued.max.messages.kbytes", static_cast<std::int64_t>(options.max_prefetch_bytes / 1'024));
  settings.set("fetch.error.backoff.ms", "100");
  return settings;
}

int consumer_events() { return RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_OFFSET_COMMIT; }

Result<> subscribe(rd_kafka_s* client, const std::vector<std::string>& topics) {
  const ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  return to_result(rd_kafka_subscribe(client, list.get()), "subscribe");
}

Result<> assign(rd_kafka_s* client, const std::vector<TopicPartition>& partitions) {
  return to_result(rd_kafka_assign(client, to_list(partitions).get()), "assign partitions");
}

Result<> unassign(rd_kafka_s* client) { return to_result(rd_kafka_assign(client, nullptr), "give partitions back"); }

Result<std::vector<PartitionOffset>> committed(rd_kafka_s* client, const std::vector<TopicPartition>& partitions,
                                               std::chrono::milliseconds limit) {
  const ListPtr list = to_list(partitions);
  const rd_kafka_resp_err_t code = rd_kafka_committed(client, list.get(), static_cast<int>(limit.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(to_error(code, "read committed offsets"));
  std::vector<PartitionOffset> offsets;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = list->elems[i];
    TopicPartition partition{entry.topic, entry.partition};
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return fail(to_error(entry.err, fmt::format("read the committed offset of {}", to_string(partition))));
    }
    offsets.push_back({std::move(partition), std::max<std::int64_t>(entry.offset, -1)});
  }
  return offsets;
}

}  // namespace skerry::kafka::internal
