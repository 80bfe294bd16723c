// SPDX-License-Identifier: Apache-2.0
//
// A producer whose brokers are down, slow or refuse.
#include "skerry/async/go.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/kafka_test_support.h"
#include "skerry/kafka/producer_core.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;
using testing::Api;
using testing::Fault;

class ProducerFault : public ::testing::Test {
 protected:
  testing::Cluster cluster_{testing::Cluster::Kind::kMock};
  const std::string topic_ = cluster_.new_topic("fault", 1);
};

TEST_F(ProducerFault, waits_for_a_broker_that_is_down_and_tells_so) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await send_numbers(producer, {topic_, 0}, 0, 10); });
      co_await until([&] { return producer->connection().last_error.has_value(); });
      EXPECT_FALSE(producer->connection().connected);
      EXPECT_EQ(producer->connection().last_error->code(), Code::kUnavailable);
      cluster_.bring_up();
    });
    EXPECT_TRUE(producer->connection().connected);
    EXPECT_EQ(producer->stats().delivered, 10u);
  });
}

TEST_F(ProducerFault, makes_sends_wait_when_its_queue_is_full_and_forgets_those_that_are_cancelled) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster_.connection(), .max_queued_records = 2});
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await send_numbers(producer, {topic_, 0}, 0, 2); });
      co_await until([&] { return producer->stats().queued_records == 2; });
      const Code code = co_await code_of(with_timeout(20ms, producer->send({.topic = topic_, .value = "cancelled"})));
      EXPECT_EQ(code, Code::kDeadlineExceeded);
      EXPECT_EQ(producer->stats().queued_records, 2u);
      cluster_.bring_up();
    });
    co_await producer->send({.topic = topic_, .value = "2"});
    EXPECT_EQ(producer->stats().delivered, 3u);
  });
}

TEST_F(ProducerFault, may_still_deliver_a_send_that_was_cancelled_under_way) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    const Code code = co_await code_of(with_timeout(20ms, producer->send({.topic = topic_, .value = "v"})));
    EXPECT_EQ(code, Code::kDeadlineExceeded);
    EXPECT_EQ(producer->stats().queued_records, 1u);
    cluster_.bring_up();
    co_await producer->flush();
    EXPECT_EQ(producer->stats().delivered, 1u);
    EXPECT_EQ(producer->stats().queued_bytes, 0u);
  });
}

TEST_F(ProducerFault, gives_a_record_up_after_the_delivery_timeout) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster_.connection(), .delivery_timeout = 300ms});
    const Result<Delivery> sent = co_await producer->send({.topic = topic_, .value = "v"}).result();
    EXPECT_FALSE(sent.has_value());
    EXPECT_EQ(sent.error().code(), Code::kDeadlineExceeded);
    EXPECT_EQ(sent.error().detail("stored"), "no");
    EXPECT_EQ(sent.error().detail("retry"), "yes");
    EXPECT_EQ(sent.error().detail("kafka_error"), "_MSG_TIMED_OUT");
    EXPECT_EQ(producer->stats().failed, 1u);
  });
}

TEST_F(ProducerFault, tries_again_what_may_succeed_later_and_stores_it_once) {
  cluster_.fail_next(Api::kProduce, {Fault::kNotEnoughReplicas, Fault::kDisconnect, Fault::kRequestTimedOut});
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    auto admin = co_await Admin::create({.connection = cluster_.connection()});
    co_await send_numbers(producer, {topic_, 0}, 0, 100);
    std::vector<std::string> values;
    for (const Record& record : co_await admin->read_range({topic_, 0}, 0, 200)) values.push_back(*record.value);
    EXPECT_EQ(values, numbers(0, 100));
  });
}

TEST_F(ProducerFault, maps_what_the_broker_refuses) {
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    // The first one brings the connection and the producer's id about.
    co_await producer->send({.topic = topic_, .value = "v"});
    const std::vector<std::pair<Fault, Code>> refusals{{Fault::kMessageTooLarge, Code::kResourceExhausted},
                                                       {Fault::kInvalidRecord, Code::kInvalidArgument}};
    for (const auto& [fault, expected] : refusals) {
      cluster_.fail_next(Api::kProduce, {fault});
      const Code code = co_await code_of(producer->send({.topic = topic_, .value = "v"}));
      EXPECT_EQ(code, expected);
    }
    // And it goes on, until the topic itself is refused.
    co_await producer->send({.topic = topic_, .value = "v"});
    cluster_.fail_next(Api::kProduce, {Fault::kTopicAuthorizationFailed});
    const Code code = co_await code_of(producer->send({.topic = topic_, .value = "v"}));
    EXPECT_EQ(code, Code::kPermissionDenied);
  });
}

TEST_F(ProducerFault, says_that_an_unknown_topic_has_to_be_created) {
  cluster_.refuse_topic("unknown", Fault::kUnknownTopic);
  run([&]() -> Task<> {
    auto producer = co_await Producer::create(
        {.connection = {.brokers = cluster_.brokers(), .properties = {{"topic.metadata.propagation.max.ms", "100"}}}});
    const Result<Delivery> sent = co_await producer->send({.topic = "unknown", .value = "v"}).result();
    EXPECT_FALSE(sent.has_value());
    EXPECT_EQ(sent.error().code(), Code::kNotFound);
    EXPECT_NE(sent.error().message().find("create the topic"), std::string::npos) << sent.error().message();
  });
}

TEST_F(ProducerFault, takes_a_new_identity_after_a_fatal_error_and_goes_on) {
  run([&]() -> Task<> {
    auto core = std::make_shared<internal::ProducerCore>(ProducerOptions{.connection = cluster_.connection()});
    co_await internal::ProducerCore::start(core);
    co_await internal::ProducerCore::send(core, {.topic = topic_, .value = "before"});
    cluster_.take_down();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        const Code code = co_await code_of(internal::ProducerCore::send(core, {.topic = topic_, .value = "under way"}));
        EXPECT_EQ(code, Code::kAborted);
      });
      co_await until([&] { return core->stats().queued_records == 1; });
      core->break_instance();
      co_await until([&] { return core->stats().failed == 1; });
      cluster_.bring_up();
    });
    co_await internal::ProducerCore::send(core, {.topic = topic_, .value = "after"});
    EXPECT_EQ(core->stats().recreated, 1u);
    EXPECT_EQ(core->stats().delivered, 2u);
    co_await internal::ProducerCore::close(core);
  });
}

TEST_F(ProducerFault, keeps_a_record_that_comes_while_the_identity_is_taken) {
  run([&]() -> Task<> {
    auto core = std::make_shared<internal::ProducerCore>(ProducerOptions{.connection = cluster_.connection()});
    co_await internal::ProducerCore::start(core);
    for (int round = 0; round < 5; ++round) {
      core->break_instance();
      co_await internal::ProducerCore::send(core, {.topic = topic_, .value = "between"});
    }
    EXPECT_EQ(core->stats().delivered, 5u);
    EXPECT_EQ(core->stats().failed, 0u);
    co_await internal::ProducerCore::close(core);
  });
}

TEST_F(ProducerFault, close_ends_within_its_limit_when_the_broker_is_down) {
  cluster_.take_down();
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster_.connection(), .close_limit = 100ms});
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        const Result<Delivery> sent = co_await producer->send({.topic = topic_, .value = "v"}).result();
        EXPECT_FALSE(sent.has_value());
        EXPECT_EQ(sent.error().code(), Code::kUnavailable);
        EXPECT_EQ(sent.error().detail("stored"), "unknown");
      });
      co_await until([&] { return producer->stats().queued_records == 1; });
      co_await producer->close();
      EXPECT_EQ(producer->stats().failed, 1u);
    });
  });
}

}  // namespace
}  // namespace skerry::kafka
