// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/producer.h"

#include <set>

#include "skerry/async/go.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/kafka_test_support.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;

// Lets the sends run until the producer has taken that many records, of which some may be delivered already.
Task<> until_taken(std::shared_ptr<Producer> producer, std::size_t records) {
  co_await until([&] {
    const ProducerStats stats = producer->stats();
    return stats.queued_records + stats.delivered == records;
  });
}

TEST(Producer, gives_the_broker_a_record_as_it_is) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("all-fields", 2);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    auto admin = co_await Admin::create({.connection = cluster.connection()});
    const Record record{.topic = topic,
                        .partition = 1,
                        .key = std::string("k\0y", 3),
                        .value = std::string("\0binary\xff", 8),
                        .headers = {{"name", "one"}, {"name", "two"}, {"empty", ""}},
                        .timestamp = Timestamp(1'700'000'000'123ms)};
    const Delivery stored = co_await producer->send(record);
    EXPECT_EQ(stored, (Delivery{{topic, 1}, 0}));

    const std::vector<Record> read = co_await admin->read_range({topic, 1}, 0, 10);
    Record expected = record;
    expected.offset = 0;
    EXPECT_EQ(read, std::vector{expected});
    EXPECT_EQ(*read.at(0).header("name"), "two");
    EXPECT_EQ(read.at(0).header("other"), nullptr);
  });
}

TEST(Producer, tells_absent_and_empty_keys_and_values_apart) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("absent", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    auto admin = co_await Admin::create({.connection = cluster.connection()});
    co_await producer->send({.topic = topic, .key = "only a key"});
    co_await producer->send({.topic = topic, .value = "only a value"});
    co_await producer->send({.topic = topic, .key = "", .value = ""});
    const std::vector<Record> read = co_await admin->read_range({topic, 0}, 0, 10);
    EXPECT_EQ(read.size(), 3u);
    EXPECT_EQ(read.at(0).value, std::nullopt);
    EXPECT_EQ(read.at(1).key, std::nullopt);
    EXPECT_EQ(read.at(2).key, "");
    EXPECT_EQ(read.at(2).value, "");
    EXPECT_GT(read.at(2).timestamp, Timestamp(1'600'000'000'000ms));
  });
}

TEST(Producer, keeps_the_order_of_sends_also_when_they_wait_for_room) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("order", 1);
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster.connection(), .max_queued_records = 10});
    auto admin = co_await Admin::create({.connection = cluster.connection()});
    constexpr int kRecords = 500;
    co_await send_numbers(producer, {topic, 0}, 0, kRecords);
    EXPECT_GT(producer->stats().waited, 0u);
    EXPECT_EQ(producer->stats().delivered, std::uint64_t{kRecords});
    EXPECT_EQ(producer->stats().queued_records, 0u);
    EXPECT_EQ(producer->stats().queued_bytes, 0u);

    std::vector<std::string> values;
    for (const Record& record : co_await admin->read_range({topic, 0}, 0, kRecords)) values.push_back(*record.value);
    EXPECT_EQ(values, numbers(0, kRecords));
  });
}

TEST(Producer, lets_bytes_under_way_be_no_more_than_its_limit) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("bytes", 1);
  run([&]() -> Task<> {
    auto producer = co_await Producer::create(
        {.connection = cluster.connection(), .max_queued_bytes = 4'096, .max_record_bytes = 4'096});
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 20; ++i) {
        scope.go([&]() -> Task<> {
          co_await producer->send({.topic = topic, .value = std::string(3'000, 'x')});
          EXPECT_LE(producer->stats().queued_bytes, 4'096u);
        });
      }
      co_return;
    });
    EXPECT_GE(producer->stats().waited, 19u);
  });
}

TEST(Producer, chooses_the_partition_by_the_key) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("keys", 8);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    std::set<std::int32_t> used;
    for (int key = 0; key < 20; ++key) {
      const Record record{.topic = topic, .key = "key-" + std::to_string(key), .value = "v"};
      const Delivery first = co_await producer->send(record);
      const Delivery second = co_await producer->send(record);
      EXPECT_EQ(first.partition, second.partition);
      used.insert(first.partition.partition);
    }
    EXPECT_GT(used.size(), 3u);
    // What Kafka's Java client chooses for this key: toPositive(murmur2("key-1")) % 8.
    const Delivery known = co_await producer->send({.topic = topic, .key = "21", .value = "v"});
    EXPECT_EQ(known.partition.partition, (0x7fffffff & -973932308) % 8);
  });
}

TEST(Producer, takes_records_from_all_workers) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("workers", 4);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (unsigned i = 0; i < 200; ++i) {
        scope.go_on(Runtime::current().worker(i % 2), [&, i]() -> Task<> {
          const Worker* before = Worker::current();
          co_await producer->send({.topic = topic, .key = std::to_string(i), .value = "v"});
          EXPECT_EQ(Worker::current(), before);
        });
      }
      co_return;
    });
    EXPECT_EQ(producer->stats().delivered, 200u);
  });
}

Task<> send_to_new_topics(testing::Cluster* cluster, std::shared_ptr<Producer> producer, int topics) {
  for (int i = 0; i < topics; ++i) {
    const std::string topic = cluster->new_topic(fmt::format("prepared-{}", i), 1);
    co_await producer->prepare(topic);
    co_await producer->send({.topic = topic, .value = "first"});
  }
}

TEST(Producer, sends_at_once_to_topics_that_were_prepared) {
  testing::Cluster cluster;
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    // Each would wait for up to a second.
    constexpr int kTopics = 40;
    co_await with_timeout(20s, send_to_new_topics(&cluster, producer, kTopics));
  });
}

TEST(Producer, prepares_a_topic_once_and_goes_on_without_a_broker) {
  testing::Cluster cluster(testing::Cluster::Kind::kMock);
  const std::string topic = cluster.new_topic("prepared", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    cluster.take_down();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 3; ++i) scope.go([&] { return producer->prepare(topic); });
      co_return;
    });
    cluster.bring_up();
    const Delivery stored = co_await producer->send({.topic = topic, .value = "first"});
    EXPECT_EQ(stored.offset, 0);
  });
}

TEST(Producer, compresses_with_every_codec) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("codecs", 1);
  run([&]() -> Task<> {
    auto admin = co_await Admin::create({.connection = cluster.connection()});
    const std::string value(10'000, 'z');
    std::int64_t offset = 0;
    for (const Compression codec :
         {Compression::kNone, Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
      auto producer = co_await Producer::create({.connection = cluster.connection(), .compression = codec});
      co_await producer->send({.topic = topic, .value = value});
      const std::vector<Record> read = co_await admin->read_range({topic, 0}, offset, offset + 1);
      ++offset;
      EXPECT_EQ(read.size(), 1u);
      EXPECT_EQ(read.at(0).value, value);
      co_await producer->close();
    }
  });
}

TEST(Producer, refuses_records_that_cannot_be_sent) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("refused", 1);
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster.connection(), .max_record_bytes = 100});
    Code code = co_await code_of(producer->send({.value = "no topic"}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(producer->send({.topic = topic, .partition = -1}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(producer->send({.topic = topic, .partition = 99}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code =
        co_await code_of(producer->send({.topic = topic, .key = std::string(50, 'k'), .value = std::string(51, 'v')}));
    EXPECT_EQ(code, Code::kResourceExhausted);
    co_await producer->send({.topic = topic, .key = std::string(50, 'k'), .value = std::string(50, 'v')});
    EXPECT_EQ(producer->stats().queued_records, 0u);
  });
}

TEST(Producer, refuses_options_that_make_no_sense) {
  run([]() -> Task<> {
    Code code = co_await code_of(Producer::create({.acks = Acks::kLeader, .idempotent = true}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Producer::create({.linger = -1ms}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Producer::create({.linger = 1s, .delivery_timeout = 1s}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Producer::create({.max_queued_records = 0}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Producer::create({.max_queued_bytes = 5'000, .max_record_bytes = 5'001}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Producer::create({.connection = {.properties = {{"no.such.property", "1"}}}}));
    EXPECT_EQ(code, Code::kInvalidArgument);
    code = co_await code_of(Producer::create({.connection = {.properties = {{"enable.idempotence", "false"}}}}));
    EXPECT_EQ(code, Code::kInvalidArgument);
  });
}

TEST(Producer, flush_waits_for_what_is_under_way) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("flush", 1);
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster.connection(), .linger = 20ms});
    co_await producer->flush();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 50; ++i) {
        scope.go([&]() -> Task<> { co_await producer->send({.topic = topic, .value = "v"}); });
      }
      co_await until_taken(producer, 50);
      co_await producer->flush();
      EXPECT_EQ(producer->stats().delivered, 50u);
    });
  });
}

TEST(Producer, close_delivers_what_was_sent_and_refuses_the_rest) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("close", 1);
  run([&]() -> Task<> {
    auto producer = co_await Producer::create({.connection = cluster.connection(), .linger = 20ms});
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 50; ++i) {
        scope.go([&]() -> Task<> { co_await producer->send({.topic = topic, .value = "v"}); });
      }
      co_await until_taken(producer, 50);
      scope.go([&]() -> Task<> { co_await producer->close(); });
      co_await producer->close();
      EXPECT_EQ(producer->stats().delivered, 50u);
    });
    const Code code = co_await code_of(producer->send({.topic = topic, .value = "late"}));
    EXPECT_EQ(code, Code::kFailedPrecondition);
  });
}

TEST(Producer, may_go_without_close_while_records_are_under_way) {
  testing::Cluster cluster;
  const std::string topic = cluster.new_topic("gone", 1);
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster);
    Task<Delivery> send = producer->send({.topic = topic, .value = "v"});
    producer.reset();
    const Code code = co_await code_of(std::move(send));
    EXPECT_EQ(code, Code::kFailedPrecondition);
    // And at the end of a runtime, with a send that nobody waits for.
    auto other = co_await make_producer(cluster);
    go([](std::shared_ptr<Producer> used,
          std::string to) -> Task<> { co_await used->send({.topic = to, .value = "v"}); },
       other, topic);
    co_await yield();
  });
}

}  // namespace
}  // namespace skerry::kafka
