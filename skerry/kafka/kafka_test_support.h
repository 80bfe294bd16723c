// SPDX-License-Identifier: Apache-2.0
//
// What the tests of kafka/ share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/kafka/admin.h"
#include "skerry/kafka/consumer.h"
#include "skerry/kafka/producer.h"
#include "skerry/kafka/testing/cluster.h"

namespace skerry::kafka {

/// Runs body(), a Task<>, on a runtime of two workers, and fails the test with its error.
template <class F>
void run(F body) {
  Runtime runtime({.workers = 2});
  const Result<> ended = runtime.run(std::move(body));
  EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
}

/// The code of the error that the task ends with; a test failure when it ends well.
template <class T>
Task<Code> code_of(Task<T> task) {
  Result<T> result = co_await std::move(task).result();
  EXPECT_FALSE(result.has_value());
  co_return result ? Code::kUnknown : result.error().code();
}

/// Lets the other tasks run until the condition holds.
template <class Condition>
Task<> until(Condition condition) {
  while (!condition()) co_await sleep(std::chrono::milliseconds(1));
}

inline Task<std::shared_ptr<Producer>> make_producer(testing::Cluster& cluster) {
  return Producer::create({.connection = cluster.connection()});
}

/// A consumer of one topic.
inline ConsumerOptions member_of(const testing::Cluster& cluster, std::string group, std::string topic) {
  return {.connection = cluster.connection(),
          .group = std::move(group),
          .topics = {std::move(topic)},
          .fetch_wait = std::chrono::milliseconds(50)};
}

/// Sends records with the values "0", "1", ... to the partition.
inline Task<> send_numbers(std::shared_ptr<Producer> producer, TopicPartition to, int first, int end) {
  std::vector<Task<Delivery>> sends;
  for (int i = first; i < end; ++i) {
    sends.push_back(
        producer->send({.topic = to.topic, .partition = to.partition, .key = "k", .value = std::to_string(i)}));
  }
  co_await all(std::move(sends));
}

/// The next record; partition events on the way are confirmed.
inline Task<Record> next_record(std::shared_ptr<Consumer> consumer) {
  for (;;) {
    std::optional<Incoming> incoming = co_await consumer->receive();
    if (!incoming) co_return Error::out_of_range("the consumer was closed");
    if (auto* record = std::get_if<Record>(&*incoming)) co_return std::move(*record);
    if (auto* revoked = std::get_if<Revoked>(&*incoming)) consumer->confirm(*revoked);
  }
}

/// The next event of type T; records on the way are dropped.
template <class T>
Task<T> next_event(std::shared_ptr<Consumer> consumer) {
  for (;;) {
    std::optional<Incoming> incoming = co_await consumer->receive();
    if (!incoming) co_return Error::out_of_range("the consumer was closed");
    if (auto* event = std::get_if<T>(&*incoming)) co_return std::move(*event);
  }
}

/// The values of the next `count` records.
inline Task<std::vector<std::string>> next_values(std::shared_ptr<Consumer> consumer, int count) {
  std::vector<std::string> values;
  while (static_cast<int>(values.size()) < count) {
    Record record = co_await next_record(consumer);
    values.push_back(record.value.value_or("absent"));
  }
  co_return values;
}

/// "first", ..., up to but without `end`.
inline std::vector<std::string> numbers(int first, int end) {
  std::vector<std::string> numbers;
  for (int i = first; i < end; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

}  // namespace skerry::kafka
