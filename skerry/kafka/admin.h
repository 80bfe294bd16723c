// SPDX-License-Identifier: Apache-2.0
//
// Admin: topics, positions and groups of a cluster, and a look at records without joining a group: what tools and tests
// need. Every call asks the brokers and waits for their answer, suspending the task alone.
//
//   std::shared_ptr<kafka::Admin> admin = co_await kafka::Admin::create({.connection = {.brokers = url}});
//   co_await admin->ensure_topic({.name = "orders", .partitions = 8});
//   for (const kafka::Record& record : co_await admin->read_range({"orders.dead", 0}, 0, 100)) show(record);
//
// Errors of all calls: UNAVAILABLE or DEADLINE_EXCEEDED when no broker answers within `timeout`; PERMISSION_DENIED and
// UNAUTHENTICATED; UNIMPLEMENTED from a broker without the call. A call that changes something and failed with
// UNAVAILABLE or DEADLINE_EXCEEDED, or was cancelled, may have been carried out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/kafka/record.h"

namespace skerry::kafka {

struct AdminOptions {
  ConnectionOptions connection = {};
  /// For each call.
  std::chrono::milliseconds timeout{10'000};
};

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  std::int16_t replication_factor = 1;
  /// Settings of the topic, such as {"retention.ms", "60000"}; the broker's own for the rest.
  std::map<std::string, std::string> config = {};
};

struct PartitionDescription {
  std::int32_t partition = 0;
  /// The broker's id; -1 while there is none.
  std::int32_t leader = -1;
  std::vector<std::int32_t> replicas;
  std::vector<std::int32_t> in_sync_replicas;
  friend bool operator==(const PartitionDescription&, const PartitionDescription&) = default;
};

struct TopicDescription {
  std::string name;
  std::vector<PartitionDescription> partitions;
  friend bool operator==(const TopicDescription&, const TopicDescription&) = default;
};

/// The records of a partition: [first, end). `end` is where the next record will be.
struct Watermarks {
  std::int64_t first = 0;
  std::int64_t end = 0;
  friend bool operator==(const Watermarks&, const Watermarks&) = default;
};

/// What read_range gives at most.
struct ReadLimits {
  std::size_t max_records = 10'000;
  std::size_t max_bytes = std::size_t{64} << 20;
};

namespace internal {
class AdminCore;
}

/// May be used by tasks of all workers at once.
class Admin {
 public:
  /// Does not wait for a broker. INVALID_ARGUMENT for an option that makes no sense.
  static Task<std::shared_ptr<Admin>> create(AdminOptions options);
  /// Without close() before: frees the connections in the background.
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  /// Makes a topic, and waits until the broker that answered knows it. ALREADY_EXISTS, INVALID_ARGUMENT.
  Task<> create_topic(TopicSpec spec);
  /// create_topic, unless there is one of that name, whatever its partitions and settings.
  Task<> ensure_topic(TopicSpec spec);
  /// NOT_FOUND.
  Task<> delete_topic(std::string name);
  /// Makes the topic have `total` partitions. INVALID_ARGUMENT when that is not more than it has; NOT_FOUND.
  Task<> add_partitions(std::string topic, std::int32_t total);

  /// All topics, by name.
  Task<std::vector<TopicDescription>> topics();
  /// NOT_FOUND for an unknown topic; it is not created by asking.
  Task<TopicDescription> topic(std::string name);
  /// NOT_FOUND for an unknown topic, INVALID_ARGUMENT for an unknown partition.
  Task<Watermarks> watermarks(TopicPartition partition);
  /// The offset of the first record whose timestamp is `when` or later; the end of the partition if there is none.
  Task<std::int64_t> offset_at(TopicPartition partition, Timestamp when);

  /// The names of all groups that the brokers know.
  Task<std::vector<std::string>> groups();
  /// What a group has committed, for all partitions with a commit, in their order. Empty for an unknown group.
  Task<std::vector<PartitionOffset>> committed(std::string group);
  /// Sets the committed offsets of a group without members. FAILED_PRECONDITION while it has members.
  Task<> set_committed(std::string group, std::vector<PartitionOffset> offsets);
  /// Forgets a group and its offsets. NOT_FOUND; FAILED_PRECONDITION while it has members. Not for brokers that do not
  /// know the call (Kafka before 1.1): librdkafka 2.0 aborts the process when they say so.
  Task<> delete_group(std::string group);

  /// The records with offsets in [from, to) that are there, in order, until a limit is reached (at least one record).
  /// Ends at the end of the partition as it is then; does not wait for records to come. The next range begins after the
  /// last record given.
  Task<std::vector<Record>> read_range(TopicPartition partition, std::int64_t from, std::int64_t to,
                                       ReadLimits limits = {});

  /// Frees the connections. Calls that are under way fail with UNAVAILABLE, later ones with FAILED_PRECONDITION.
  Task<> close();

 private:
  explicit Admin(std::shared_ptr<internal::AdminCore> core);
  std::shared_ptr<internal::AdminCore> core_;
};

}  // namespace skerry::kafka
