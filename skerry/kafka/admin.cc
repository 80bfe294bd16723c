// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

#include "skerry/kafka/admin_core.h"
#include "skerry/kafka/errors.h"
#include "skerry/kafka/read_range.h"

namespace skerry::kafka {

using internal::AdminCore;
using internal::EventPtr;
using internal::to_error;

namespace {

struct NewTopicDelete {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct MetadataDelete {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
struct GroupListDelete {
  void operator()(const rd_kafka_group_list* list) const { rd_kafka_group_list_destroy(list); }
};

using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDelete>;

Result<NewTopicPtr> to_new_topic(const TopicSpec& spec) {
  if (spec.partitions < 1) return fail(Error::invalid_argument("topic {} needs at least one partition", spec.name));
  std::array<char, 512> reason{};
  NewTopicPtr topic(
      rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, spec.replication_factor, reason.data(), reason.size()));
  if (!topic) return fail(Error::invalid_argument("topic {} cannot be made: {}", spec.name, reason.data()));
  for (const auto& [name, value] : spec.config) {
    const auto code = rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(to_error(code, fmt::format("setting {} of a topic", name)));
  }
  return topic;
}

/// The first error in what a call answers for each topic.
Result<> check_topics(const rd_kafka_topic_result_t** topics, std::size_t count, std::string_view what) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(topics[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* reason = rd_kafka_topic_result_error_string(topics[i]);
    return fail(to_error(code, what, reason == nullptr ? "" : reason));
  }
  return {};
}

/// The offsets in what a call answers for one group.
Result<std::vector<PartitionOffset>> group_offsets(const rd_kafka_group_result_t** groups, std::size_t count,
                                                   std::string_view what) {
  std::vector<PartitionOffset> offsets;
  for (std::size_t i = 0; i < count; ++i) {
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[i])) {
      return fail(to_error(rd_kafka_error_code(error), what, rd_kafka_error_string(error)));
    }
    const rd_kafka_topic_partition_list_t* list = rd_kafka_group_result_partitions(groups[i]);
    for (int j = 0; list != nullptr && j < list->cnt; ++j) {
      const rd_kafka_topic_partition_t& entry = list->elems[j];
      TopicPartition partition{entry.topic, entry.partition};
      if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return fail(to_error(entry.err, fmt::format("{}: {}", what, to_string(partition))));
      }
      if (entry.offset >= 0) offsets.push_back({std::move(partition), entry.offset});
    }
  }
  // Brokers give them in any order.
  std::ranges::sort(offsets, {}, &PartitionOffset::partition);
  return offsets;
}

TopicDescription to_description(const rd_kafka_metadata_topic& topic) {
  TopicDescription description{topic.topic, {}};
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const rd_kafka_metadata_partition& partition = topic.partitions[i];
    description.partitions.push_back({partition.id,
                                      partition.leader,
                                      {partition.replicas, partition.replicas + partition.replica_cnt},
                                      {partition.isrs, partition.isrs + partition.isr_cnt}});
  }
  std::ranges::sort(description.partitions, {}, &PartitionDescription::partition);
  return description;
}

Result<std::vector<TopicDescription>> describe_topics(rd_kafka_t* client, int timeout_ms) {
  const rd_kafka_metadata_t* answer = nullptr;
  const auto code = rd_kafka_metadata(client, 1, nullptr, &answer, timeout_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(to_error(code, "read the topics"));
  const std::unique_ptr<const rd_kafka_metadata_t, MetadataDelete> metadata(answer);
  std::vector<TopicDescription> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) topics.push_back(to_description(metadata->topics[i]));
  std::ranges::sort(topics, {}, &TopicDescription::name);
  return topics;
}

Result<std::vector<std::string>> list_groups(rd_kafka_t* client, int timeout_ms) {
  const rd_kafka_group_list* answer = nullptr;
  const auto code = rd_kafka_list_groups(client, nullptr, &answer, timeout_ms);
  const std::unique_ptr<const rd_kafka_group_list, GroupListDelete> list(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(to_error(code, "list the groups"));
  std::vector<std::string> names;
  for (int i = 0; i < list->group_cnt; ++i) names.emplace_back(list->groups[i].group);
  std::ranges::sort(names);
  return names;
}

}  // namespace

Task<std::shared_ptr<Admin>> Admin::create(AdminOptions options) {
  auto core = std::make_shared<AdminCore>(std::move(options));
  co_await AdminCore::start(core);
  co_return std::shared_ptr<Admin>(new Admin(std::move(core)));
}

Admin::Admin(std::shared_ptr<AdminCore> core) : core_(std::move(core)) {}
Admin::~Admin() { core_->begin_close(); }
Task<> Admin::close() { return AdminCore::close(core_); }

Task<> Admin::create_topic(TopicSpec spec) {
  const std::string what = fmt::format("make topic {}", spec.name);
  NewTopicPtr topic = co_await to_new_topic(spec);
  EventPtr event = co_await AdminCore::ask(
      core_, RD_KAFKA_ADMIN_OP_CREATETOPICS, what, [raw = topic.get()](const AdminCore::Request& request) mutable {
        rd_kafka_CreateTopics(request.client, &raw, 1, request.options, request.queue);
      });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  co_await check_topics(rd_kafka_CreateTopics_result_topics(result, &count), count, what);
}

Task<> Admin::ensure_topic(TopicSpec spec) {
  Result<> created = co_await create_topic(std::move(spec)).result();
  if (!created && created.error().code() != Code::kAlreadyExists) co_await std::move(created);
}

Task<> Admin::delete_topic(std::string name) {
  const std::string what = fmt::format("delete topic {}", name);
  EventPtr event =
      co_await AdminCore::ask(core_, RD_KAFKA_ADMIN_OP_DELETETOPICS, what, [name](const AdminCore::Request& request) {
        rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(name.c_str());
        rd_kafka_DeleteTopics(request.client, &topic, 1, request.options, request.queue);
        rd_kafka_DeleteTopic_destroy(topic);
      });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DeleteTopics_result(event.get());
  co_await check_topics(rd_kafka_DeleteTopics_result_topics(result, &count), count, what);
}

Task<> Admin::add_partitions(std::string topic, std::int32_t total) {
  const std::string what = fmt::format("make topic {} have {} partitions", topic, total);
  if (total < 1) co_await Error::invalid_argument("{}: there must be at least one", what);
  EventPtr event = co_await AdminCore::ask(
      core_, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, what, [topic, total](const AdminCore::Request& request) {
        rd_kafka_NewPartitions_t* partitions =
            rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(total), nullptr, 0);
        rd_kafka_CreatePartitions(request.client, &partitions, 1, request.options, request.queue);
        rd_kafka_NewPartitions_destroy(partitions);
      });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreatePartitions_result(event.get());
  co_await check_topics(rd_kafka_CreatePartitions_result_topics(result, &count), count, what);
}

Task<std::vector<TopicDescription>> Admin::topics() { return AdminCore::run_blocking(core_, describe_topics); }

Task<TopicDescription> Admin::topic(std::string name) {
  std::vector<TopicDescription> all = co_await topics();
  const auto found = std::ranges::find(all, name, &TopicDescription::name);
  if (found == all.end()) co_return Error::not_found("there is no topic {}: create it first", name);
  co_return std::move(*found);
}

Task<Watermarks> Admin::watermarks(TopicPartition partition) {
  return AdminCore::run_blocking(core_, [partition](rd_kafka_t* client, int timeout_ms) -> Result<Watermarks> {
    Watermarks marks;
    const auto code = rd_kafka_query_watermark_offsets(client, partition.topic.c_str(), partition.partition,
                                                       &marks.first, &marks.end, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return fail(to_error(code, fmt::format("read the ends of {}", to_string(partition))));
    }
    return marks;
  });
}

Task<std::int64_t> Admin::offset_at(TopicPartition partition, Timestamp when) {
  const std::int64_t found = co_await AdminCore::run_blocking(
      core_, [partition, when](rd_kafka_t* client, int timeout_ms) -> Result<std::int64_t> {
        const internal::ListPtr list =
            internal::to_list(std::vector<PartitionOffset>{{partition, when.time_since_epoch().count()}});
        auto code = rd_kafka_offsets_for_times(client, list.get(), timeout_ms);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[0].err;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return list->elems[0].offset;
        return fail(to_error(code, fmt::format("find a time in {}", to_string(partition))));
      });
  if (found >= 0) co_return found;
  const Watermarks marks = co_await watermarks(std::move(partition));
  co_return marks.end;
}

Task<std::vector<std::string>> Admin::groups() { return AdminCore::run_blocking(core_, list_groups); }

Task<std::vector<PartitionOffset>> Admin::committed(std::string group) {
  const std::string what = fmt::format("read the offsets of group {}", group);
  // Named one by one: where librdkafka 2.0 asks for all of them, its request has bytes too many and strict brokers hang
  // up.
  std::vector<TopicPartition> partitions;
  for (const TopicDescription& topic : co_await topics()) {
    for (const PartitionDescription& partition : topic.partitions) {
      partitions.push_back({topic.name, partition.partition});
    }
  }
  if (partitions.empty()) co_return std::vector<PartitionOffset>();
  EventPtr event = co_await AdminCore::ask(
      core_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, what, [&](const AdminCore::Request& request) {
        auto* offsets = rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), internal::to_list(partitions).get());
        rd_kafka_ListConsumerGroupOffsets(request.client, &offsets, 1, request.options, request.queue);
        rd_kafka_ListConsumerGroupOffsets_destroy(offsets);
      });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(event.get());
  co_return co_await group_offsets(rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count, what);
}

Task<> Admin::set_committed(std::string group, std::vector<PartitionOffset> offsets) {
  if (offsets.empty()) co_return;
  const std::string what = fmt::format("set the offsets of group {}", group);
  EventPtr event = co_await AdminCore::ask(
      core_, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, what, [&](const AdminCore::Request& request) {
        auto* change = rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), internal::to_list(offsets).get());
        rd_kafka_AlterConsumerGroupOffsets(request.client, &change, 1, request.options, request.queue);
        rd_kafka_AlterConsumerGroupOffsets_destroy(change);
      });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(event.get());
  co_await group_offsets(rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count, what);
}

Task<> Admin::delete_group(std::string group) {
  const std::string what = fmt::format("delete group {}", group);
  EventPtr event =
      co_await AdminCore::ask(core_, RD_KAFKA_ADMIN_OP_DELETEGROUPS, what, [group](const AdminCore::Request& request) {
        auto* name = rd_kafka_DeleteGroup_new(group.c_str());
        rd_kafka_DeleteGroups(request.client, &name, 1, request.options, request.queue);
        rd_kafka_DeleteGroup_destroy(name);
      });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DeleteGroups_result(event.get());
  co_await group_offsets(rd_kafka_DeleteGroups_result_groups(result, &count), count, what);
}

Task<std::vector<Record>> Admin::read_range(TopicPartition partition, std::int64_t from, std::int64_t to,
                                            ReadLimits limits) {
  const Watermarks marks = co_await watermarks(partition);
  from = std::max(from, marks.first);
  to = std::min(to, marks.end);
  if (from >= to) co_return std::vector<Record>();
  co_return co_await blocking([options = core_->options(), partition, from, to, limits] {
    return internal::read_range(options, partition, from, to, limits);
  });
}

}  // namespace skerry::kafka
