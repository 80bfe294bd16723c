// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/consumer.h"

#include "skerry/async/timeout.h"
#include "skerry/kafka/kafka_test_support.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;

TEST(Consumer, gives_records_in_order_and_goes_on_after_the_commit) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("read", 1);
  const std::string group = testing::Cluster::unique("group");
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await send_numbers(producer, {topic, 0}, 0, 20);
    auto first = co_await Consumer::create(member_of(cluster, group, topic));
    std::optional<Incoming> begin = co_await first->receive();
    EXPECT_EQ(*begin, Incoming(Assigned{{{topic, 0}}}));
    EXPECT_TRUE(first->connection().connected);
    std::vector<std::string> values = co_await next_values(first, 10);
    EXPECT_EQ(values, numbers(0, 10));
    // Received is not committed: only 7 are done.
    co_await first->commit({{{topic, 0}, 7}});
    std::vector<PartitionOffset> committed = co_await first->committed({{topic, 0}});
    EXPECT_EQ(committed, (std::vector<PartitionOffset>{{{topic, 0}, 7}}));
    first.reset();

    auto second = co_await Consumer::create(member_of(cluster, group, topic));
    values = co_await next_values(second, 13);
    EXPECT_EQ(values, numbers(7, 20));
    EXPECT_EQ(second->stats().records, 13u);
  });
}

TEST(Consumer, gives_a_record_as_it_was_sent) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("whole", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    Record sent{.topic = topic,
                .partition = 0,
                .key = "k",
                .headers = {{"a", "1"}, {"a", ""}},
                .timestamp = Timestamp(1'700'000'000'000ms)};
    co_await producer->send(sent);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    const Record read = co_await next_record(consumer);
    sent.offset = 0;
    EXPECT_EQ(read, sent);
  });
}

TEST(Consumer, starts_at_the_end_where_that_is_wanted) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("latest", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await send_numbers(producer, {topic, 0}, 0, 5);
    ConsumerOptions options = member_of(cluster, testing::Cluster::unique("group"), topic);
    options.offset_reset = OffsetReset::kLatest;
    auto consumer = co_await Consumer::create(std::move(options));
    co_await next_event<Assigned>(consumer);
    // The end is looked up after the assignment: records until then may be left out, those after that not.
    bool done = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        while (!done) {
          co_await send_numbers(producer, {topic, 0}, 5, 6);
          co_await sleep(5ms);
        }
      });
      const Record record = co_await next_record(consumer);
      EXPECT_GE(record.offset, 5);
      done = true;
    });
  });
}

TEST(Consumer, shares_the_turns_between_partitions) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("turns", 2);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await send_numbers(producer, {topic, 0}, 0, 500);
    co_await send_numbers(producer, {topic, 1}, 0, 500);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    co_await next_event<Assigned>(consumer);
    consumer->pause({{topic, 0}, {topic, 1}});
    co_await until([&] {
      const auto lags = consumer->lag();
      return lags.at(0).read_ahead >= 500 && lags.at(1).read_ahead >= 500;
    });
    consumer->resume({{topic, 0}, {topic, 1}});
    int of_first = 0;
    for (int i = 0; i < 400; ++i) {
      const Record record = co_await next_record(consumer);
      if (record.partition == 0) ++of_first;
    }
    EXPECT_GT(of_first, 100);
    EXPECT_LT(of_first, 300);
  });
}

TEST(Consumer, tells_position_and_lag) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("lag", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await send_numbers(producer, {topic, 0}, 0, 10);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    EXPECT_TRUE(consumer->lag().empty());
    co_await next_values(consumer, 4);
    PartitionLag lag = consumer->lag().at(0);
    EXPECT_EQ(lag.partition, (TopicPartition{topic, 0}));
    EXPECT_EQ(lag.position, 4);
    EXPECT_EQ(lag.committed, -1);
    EXPECT_EQ(lag.end, 10);
    EXPECT_EQ(lag.lag, 6);
    co_await consumer->commit({{{topic, 0}, 3}});
    lag = consumer->lag().at(0);
    EXPECT_EQ(lag.committed, 3);
    EXPECT_EQ(lag.lag, 7);
    EXPECT_EQ(consumer->assignment(), (std::vector<TopicPartition>{{topic, 0}}));
  });
}

TEST(Consumer, commits_of_many_tasks_share_requests_and_the_last_one_counts) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("commits", 2);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    co_await next_event<Assigned>(consumer);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 1; i <= 200; ++i) {
        scope.go([&, i]() -> Task<> { co_await consumer->commit({{{topic, i % 2}, i}}); });
      }
      co_return;
    });
    const std::vector<PartitionOffset> committed = co_await consumer->committed({{topic, 0}, {topic, 1}});
    EXPECT_EQ(committed, (std::vector<PartitionOffset>{{{topic, 0}, 200}, {{topic, 1}, 199}}));
    EXPECT_LT(consumer->stats().commits, 100u);
    EXPECT_EQ(consumer->stats().failed_commits, 0u);
  });
}

TEST(Consumer, refuses_commits_that_are_not_its_own) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("foreign", 1);
  run([&]() -> Task<> {
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    Code code = co_await code_of(consumer->commit({{{topic, 0}, 1}}));
    EXPECT_EQ(code, Code::kAborted) << "before the assignment";
    co_await next_event<Assigned>(consumer);
    code = co_await code_of(consumer->commit({{{topic, 0}, 1}, {{topic, 7}, 1}}));
    EXPECT_EQ(code, Code::kAborted);
    code = co_await code_of(consumer->commit({{{topic, 0}, -1}}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    co_await consumer->commit({});
    const std::vector<PartitionOffset> committed = co_await consumer->committed({{topic, 0}});
    EXPECT_EQ(committed.at(0).offset, -1);
  });
}

TEST(Consumer, takes_nothing_when_a_receive_is_cancelled) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("cancelled", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    co_await next_event<Assigned>(consumer);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await send_numbers(producer, {topic, 0}, 0, 100); });
      std::vector<std::string> values;
      while (values.size() < 100) {
        Result<std::optional<Incoming>> incoming = co_await with_timeout(1ms, consumer->receive()).result();
        if (incoming) values.push_back(*std::get<Record>(**incoming).value);
      }
      EXPECT_EQ(values, numbers(0, 100));
    });
  });
}

TEST(Consumer, refuses_options_that_make_no_sense) {
  run([]() -> Task<> {
    const ConsumerOptions good{.group = "g", .topics = {"t"}};
    std::vector<ConsumerOptions> bad(6, good);
    bad[0].group = "";
    bad[1].topics = {};
    bad[2].topics = {"t", ""};
    bad[3].heartbeat_interval = bad[3].session_timeout;
    bad[4].stall_limit = bad[4].session_timeout - 1ms;
    bad[5].connection.properties = {{"enable.auto.commit", "true"}};
    for (const ConsumerOptions& options : bad) {
      const Code code = co_await code_of(Consumer::create(options));
      EXPECT_EQ(code, Code::kInvalidArgument);
    }
  });
}

TEST(Consumer, close_revokes_waits_for_the_answer_and_leaves_the_group) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("close", 1);
  const std::string group = testing::Cluster::unique("group");
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await send_numbers(producer, {topic, 0}, 0, 3);
    auto consumer = co_await Consumer::create(member_of(cluster, group, topic));
    co_await next_values(consumer, 1);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await consumer->close(); });
      const Revoked revoked = co_await next_event<Revoked>(consumer);
      EXPECT_EQ(revoked.partitions, (std::vector<TopicPartition>{{topic, 0}}));
      EXPECT_FALSE(revoked.lost);
      // What is done before the answer counts.
      co_await consumer->commit({{{topic, 0}, 1}});
      consumer->confirm(revoked);
    });
    const std::optional<Incoming> end = co_await consumer->receive();
    EXPECT_EQ(end, std::nullopt);
    const Code code = co_await code_of(consumer->commit({{{topic, 0}, 2}}));
    EXPECT_EQ(code, Code::kFailedPrecondition);
    co_await consumer->close();

    auto next = co_await Consumer::create(member_of(cluster, group, topic));
    const std::vector<std::string> values = co_await next_values(next, 2);
    EXPECT_EQ(values, numbers(1, 3));
  });
}

TEST(Consumer, may_be_closed_and_dropped_before_it_has_joined) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("early", 1);
  run([&]() -> Task<> {
    auto consumer = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    co_await consumer->close();
    const std::optional<Incoming> end = co_await consumer->receive();
    EXPECT_EQ(end, std::nullopt);
    auto dropped = co_await Consumer::create(member_of(cluster, testing::Cluster::unique("group"), topic));
    dropped.reset();
  });
}

}  // namespace
}  // namespace skerry::kafka
