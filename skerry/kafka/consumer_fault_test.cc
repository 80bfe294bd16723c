// SPDX-License-Identifier: Apache-2.0
//
// A consumer whose brokers are down, forget it or refuse.
#include "skerry/kafka/kafka_test_support.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;
using testing::Api;
using testing::Fault;

class ConsumerFault : public ::testing::Test {
 protected:
  ConsumerOptions options() const { return member_of(cluster_, group_, topic_); }

  testing::Cluster cluster_{testing::Cluster::Kind::kMock};
  const std::string topic_ = cluster_.new_topic("fault", 1);
  const std::string group_ = testing::Cluster::unique("group");
};

TEST_F(ConsumerFault, waits_for_a_broker_that_is_down_at_the_start) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto consumer = co_await Consumer::create(options());
    co_await until([&] { return consumer->connection().last_error.has_value(); });
    EXPECT_FALSE(consumer->connection().connected);
    EXPECT_EQ(consumer->connection().last_error->code(), Code::kUnavailable);
    cluster_.bring_up();
    auto producer = co_await make_producer(cluster_);
    co_await send_numbers(producer, {topic_, 0}, 0, 5);
    const std::vector<std::string> values = co_await next_values(consumer, 5);
    EXPECT_EQ(values, numbers(0, 5));
    EXPECT_TRUE(consumer->connection().connected);
  });
}

TEST_F(ConsumerFault, closes_while_the_broker_is_down) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto consumer = co_await Consumer::create(options());
    co_await until([&] { return consumer->connection().last_error.has_value(); });
    co_await consumer->close();
    const std::optional<Incoming> end = co_await consumer->receive();
    EXPECT_EQ(end, std::nullopt);
  });
}

TEST_F(ConsumerFault, goes_on_where_it_was_when_the_broker_was_down_for_a_while) {
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    co_await send_numbers(producer, {topic_, 0}, 0, 10);
    auto consumer = co_await Consumer::create(options());
    std::vector<std::string> values = co_await next_values(consumer, 10);
    cluster_.take_down();
    co_await until([&] { return !consumer->connection().connected; });
    cluster_.bring_up();
    co_await send_numbers(producer, {topic_, 0}, 10, 20);
    values = co_await next_values(consumer, 10);
    EXPECT_EQ(values, numbers(10, 20));
    co_await consumer->commit({{{topic_, 0}, 20}});
  });
}

TEST_F(ConsumerFault, gives_every_record_once_when_fetches_fail) {
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    auto consumer = co_await Consumer::create(options());
    co_await next_event<Assigned>(consumer);
    for (int i = 0; i < 100; i += 20) {
      cluster_.fail_next(Api::kFetch, {Fault::kDisconnect, Fault::kRequestTimedOut});
      co_await send_numbers(producer, {topic_, 0}, i, i + 20);
      const std::vector<std::string> values = co_await next_values(consumer, 20);
      EXPECT_EQ(values, numbers(i, i + 20));
    }
  });
}

TEST_F(ConsumerFault, tells_what_became_of_a_commit) {
  run([&]() -> Task<> {
    auto consumer = co_await Consumer::create(options());
    co_await next_event<Assigned>(consumer);
    // Tried again without being asked.
    cluster_.fail_next(Api::kOffsetCommit, {Fault::kNotCoordinator});
    co_await consumer->commit({{{topic_, 0}, 1}});
    cluster_.fail_next(Api::kOffsetCommit, {Fault::kTopicAuthorizationFailed});
    Code code = co_await code_of(consumer->commit({{{topic_, 0}, 2}}));
    EXPECT_EQ(code, Code::kPermissionDenied);
    cluster_.fail_next(Api::kOffsetCommit, {Fault::kIllegalGeneration});
    code = co_await code_of(consumer->commit({{{topic_, 0}, 2}}));
    EXPECT_EQ(code, Code::kAborted);
    EXPECT_EQ(consumer->stats().failed_commits, 2u);
  });
}

TEST_F(ConsumerFault, hears_that_its_partitions_are_lost_and_gets_them_again) {
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    co_await send_numbers(producer, {topic_, 0}, 0, 10);
    ConsumerOptions quick = options();
    quick.heartbeat_interval = 100ms;
    auto consumer = co_await Consumer::create(std::move(quick));
    co_await next_values(consumer, 5);
    co_await consumer->commit({{{topic_, 0}, 3}});
    cluster_.fail_next(Api::kHeartbeat, {Fault::kUnknownMember});
    const Revoked lost = co_await next_event<Revoked>(consumer);
    EXPECT_TRUE(lost.lost);
    EXPECT_EQ(lost.partitions, (std::vector<TopicPartition>{{topic_, 0}}));
    co_await next_event<Assigned>(consumer);
    const std::vector<std::string> values = co_await next_values(consumer, 7);
    EXPECT_EQ(values, numbers(3, 10));
    EXPECT_EQ(consumer->stats().lost_assignments, 1u);
  });
}

TEST_F(ConsumerFault, tells_a_receiver_that_it_is_not_allowed) {
  cluster_.fail_next(Api::kJoinGroup, {Fault::kGroupAuthorizationFailed});
  run([&]() -> Task<> {
    auto consumer = co_await Consumer::create(options());
    const Code code = co_await code_of(consumer->receive());
    EXPECT_EQ(code, Code::kPermissionDenied);
    // And tries again all the same.
    co_await next_event<Assigned>(consumer);
  });
}

}  // namespace
}  // namespace skerry::kafka
