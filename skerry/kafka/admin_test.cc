// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/admin.h"

#include <algorithm>

#include "skerry/kafka/kafka_test_support.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;

class AdminTest : public ::testing::Test {
 protected:
  Task<std::shared_ptr<Admin>> make_admin() { return Admin::create({.connection = cluster_.connection()}); }
  testing::Cluster cluster_;
};

TEST_F(AdminTest, describes_topics) {
  const std::string topic = cluster_.new_topic("described", 3);
  run([&]() -> Task<> {
    auto admin = co_await make_admin();
    const TopicDescription description = co_await admin->topic(topic);
    EXPECT_EQ(description.name, topic);
    EXPECT_EQ(description.partitions.size(), 3u);
    EXPECT_EQ(description.partitions.at(2).partition, 2);
    EXPECT_GE(description.partitions.at(2).leader, 0);
    EXPECT_EQ(description.partitions.at(2).replicas, description.partitions.at(2).in_sync_replicas);
    const std::vector<TopicDescription> all = co_await admin->topics();
    EXPECT_TRUE(std::ranges::is_sorted(all, {}, &TopicDescription::name));
    EXPECT_NE(std::ranges::find(all, description), all.end());
    const std::string unknown = testing::Cluster::unique("unknown");
    // Twice: asking must not have made it.
    for (int i = 0; i < 2; ++i) {
      const Code code = co_await code_of(admin->topic(unknown));
      EXPECT_EQ(code, Code::kNotFound);
    }
  });
}

TEST_F(AdminTest, makes_grows_and_deletes_topics_where_the_brokers_can) {
  run([&]() -> Task<> {
    auto admin = co_await make_admin();
    const TopicSpec spec{
        .name = testing::Cluster::unique("made"), .partitions = 2, .config = {{"retention.ms", "60000"}}};
    if (cluster_.is_mock()) {
      // They have no controller, for which the call waits in vain.
      auto impatient = co_await Admin::create({.connection = cluster_.connection(), .timeout = 100ms});
      const Code code = co_await code_of(impatient->create_topic(spec));
      EXPECT_EQ(code, Code::kDeadlineExceeded);
      co_return;
    }
    co_await admin->create_topic(spec);
    Code code = co_await code_of(admin->create_topic(spec));
    EXPECT_EQ(code, Code::kAlreadyExists);
    co_await admin->ensure_topic(spec);
    co_await admin->add_partitions(spec.name, 4);
    const TopicDescription description = co_await admin->topic(spec.name);
    EXPECT_EQ(description.partitions.size(), 4u);
    code = co_await code_of(admin->add_partitions(spec.name, 3));
    EXPECT_EQ(code, Code::kInvalidArgument);
    co_await admin->delete_topic(spec.name);
    code = co_await code_of(admin->delete_topic(spec.name));
    EXPECT_EQ(code, Code::kNotFound);
  });
}

TEST_F(AdminTest, refuses_requests_that_make_no_sense) {
  run([&]() -> Task<> {
    auto admin = co_await make_admin();
    Code code = co_await code_of(admin->create_topic({.name = "zero", .partitions = 0}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(admin->add_partitions("t", 0));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Admin::create({.timeout = 0ms}));
    EXPECT_EQ(code, Code::kInvalidArgument);
  });
}

TEST_F(AdminTest, finds_positions_and_reads_ranges) {
  const std::string topic = cluster_.new_topic("range", 2);
  run([&]() -> Task<> {
    auto admin = co_await make_admin();
    auto producer = co_await make_producer(cluster_);
    Watermarks marks = co_await admin->watermarks({topic, 0});
    EXPECT_EQ(marks, (Watermarks{0, 0}));
    co_await send_numbers(producer, {topic, 0}, 0, 30);
    marks = co_await admin->watermarks({topic, 0});
    EXPECT_EQ(marks, (Watermarks{0, 30}));
    marks = co_await admin->watermarks({topic, 1});
    EXPECT_EQ(marks, (Watermarks{0, 0}));
    const Code code = co_await code_of(admin->watermarks({topic, 9}));
    EXPECT_EQ(code, Code::kInvalidArgument);

    auto read = [&](std::int64_t from, std::int64_t to, ReadLimits limits = {}) {
      return admin->read_range({topic, 0}, from, to, limits);
    };
    std::vector<Record> records = co_await read(10, 13);
    EXPECT_EQ(records.size(), 3u);
    EXPECT_EQ(records.at(0).offset, 10);
    EXPECT_EQ(records.at(2).value, "12");
    records = co_await read(-5, 1);
    EXPECT_EQ(records.size(), 1u);
    records = co_await read(25, 1'000);
    EXPECT_EQ(records.size(), 5u);
    records = co_await read(30, 40);
    EXPECT_TRUE(records.empty());
    records = co_await read(5, 5);
    EXPECT_TRUE(records.empty());
    records = co_await read(0, 30, {.max_records = 4});
    EXPECT_EQ(records.size(), 4u);
    records = co_await read(0, 30, {.max_bytes = 1});
    EXPECT_EQ(records.size(), 1u);
  });
}

TEST_F(AdminTest, finds_the_offset_of_a_time) {
  const std::string topic = cluster_.new_topic("times", 1);
  run([&]() -> Task<> {
    auto admin = co_await make_admin();
    auto producer = co_await make_producer(cluster_);
    const Timestamp start(1'700'000'000'000ms);
    for (int i = 0; i < 5; ++i) {
      co_await producer->send({.topic = topic, .value = "v", .timestamp = start + i * 1'000ms});
    }
    // The mock brokers look at no timestamps: they have no answer, which is the end.
    const std::int64_t at_third = co_await admin->offset_at({topic, 0}, start + 1'500ms);
    EXPECT_EQ(at_third, cluster_.is_mock() ? 5 : 2);
    const std::int64_t after_all = co_await admin->offset_at({topic, 0}, start + 1h);
    EXPECT_EQ(after_all, 5);
  });
}

TEST_F(AdminTest, sees_moves_and_deletes_groups_where_the_brokers_can) {
  const std::string topic = cluster_.new_topic("groups", 2);
  const std::string group = testing::Cluster::unique("group");
  run([&]() -> Task<> {
    auto admin = co_await make_admin();
    if (cluster_.is_mock()) {
      const Result<std::vector<std::string>> unknown = co_await admin->groups().result();
      EXPECT_FALSE(unknown.has_value());
      co_return;
    }
    auto consumer = co_await Consumer::create(member_of(cluster_, group, topic));
    co_await next_event<Assigned>(consumer);
    co_await consumer->commit({{{topic, 1}, 3}});
    std::vector<PartitionOffset> committed = co_await admin->committed(group);
    EXPECT_EQ(committed, (std::vector<PartitionOffset>{{{topic, 1}, 3}}));
    const std::vector<std::string> groups = co_await admin->groups();
    EXPECT_NE(std::ranges::find(groups, group), groups.end());
    Code code = co_await code_of(admin->delete_group(group));
    EXPECT_EQ(code, Code::kFailedPrecondition);

    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await consumer->close(); });
      const Revoked revoked = co_await next_event<Revoked>(consumer);
      consumer->confirm(revoked);
    });
    co_await admin->set_committed(group, {{{topic, 0}, 1}, {{topic, 1}, 2}});
    committed = co_await admin->committed(group);
    EXPECT_EQ(committed, (std::vector<PartitionOffset>{{{topic, 0}, 1}, {{topic, 1}, 2}}));
    co_await admin->delete_group(group);
    committed = co_await admin->committed(group);
    EXPECT_TRUE(committed.empty());
    code = co_await code_of(admin->delete_group(group));
    EXPECT_EQ(code, Code::kNotFound);
  });
}

TEST_F(AdminTest, fails_in_time_when_no_broker_answers_and_after_close) {
  testing::Cluster down(testing::Cluster::Kind::kMock);
  down.take_down();
  run([&]() -> Task<> {
    auto admin = co_await Admin::create({.connection = down.connection(), .timeout = 200ms});
    Result<std::vector<TopicDescription>> topics = co_await admin->topics().result();
    EXPECT_FALSE(topics.has_value());
    EXPECT_TRUE(topics.error().code() == Code::kDeadlineExceeded || topics.error().code() == Code::kUnavailable);
    Code code = co_await code_of(admin->create_topic({.name = "t"}));
    EXPECT_TRUE(code == Code::kDeadlineExceeded || code == Code::kUnavailable);
    // What is under way when it is closed fails too.
    auto patient = co_await Admin::create({.connection = down.connection(), .timeout = 60s});
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        const Code ended = co_await code_of(patient->create_topic({.name = "t"}));
        EXPECT_EQ(ended, Code::kUnavailable);
      });
      co_await yield();
      co_await patient->close();
    });
    code = co_await code_of(patient->create_topic({.name = "t"}));
    EXPECT_EQ(code, Code::kFailedPrecondition);
    code = co_await code_of(patient->topics());
    EXPECT_EQ(code, Code::kFailedPrecondition);
  });
}

}  // namespace
}  // namespace skerry::kafka
