// SPDX-License-Identifier: Apache-2.0
//
// What the tests of subscriptions share: a database, a simulated Kafka with the topic "orders", and members of the
// group "payment" that work on it.
#pragma once

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/base/ids.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/events/subscriber.h"
#include "skerry/events/testing/simulated_kafka.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::events::testing {

using google::protobuf::Int64Value;
using google::protobuf::StringValue;

inline Task<> until(std::function<bool()> condition) {
  while (!condition()) co_await yield();
}

/// Waits for a condition that asks the database.
inline Task<> until_task(std::function<Task<bool>()> condition) {
  for (;;) {
    const bool holds = co_await condition();
    if (holds) co_return;
    co_await yield();
  }
}

class Bench {
 public:
  Bench(sql::Database& of, telemetry::Telemetry& to)
      : database(of), store(of, "payment"), metrics(to.metrics()), registry(to.metrics()), telemetry(to) {
    kafka.create("orders", 2);
    options.retry = {.max_attempts = 3, .first = std::chrono::milliseconds(1), .max = std::chrono::milliseconds(2)};
    subscriber_options.tick = std::chrono::milliseconds(5);
    subscriber_options.commit_interval = std::chrono::milliseconds(1);
  }

  /// Call before the first member.
  template <class T, class H>
  void on(H handler) {
    handlers.push_back(internal::erase<T>(std::move(handler)));
  }

  internal::GroupParts parts(std::string group = "payment") {
    internal::TopicSubscription topic{.options = options, .handlers = {}};
    for (const internal::ErasedHandler& handler : handlers) topic.handlers.emplace(handler.type, handler);
    return {.group = std::move(group),
            .topics = {{"orders", topic}},
            .store = with_database ? &store : nullptr,
            .bury = [this](kafka::Record record) { return keep(std::move(record)); },
            .metrics = &metrics,
            .random = [](std::uint64_t bound) { return random_below(bound); }};
  }

  /// Runs the body beside a member, which then stops in order.
  Task<> with_member(std::function<Task<>()> body) {
    internal::GroupHandler handler(parts());
    internal::Subscriber subscriber(kafka.join(), handler, subscriber_options);
    Channel<bool> stop(1);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return subscriber.run(stop); });
      co_await body();
      stop.close();
    });
  }

  /// Runs the body beside a member, which then dies.
  Task<> with_dying_member(std::function<Task<>()> body) {
    internal::GroupHandler handler(parts());
    internal::Subscriber subscriber(kafka.join(), handler, subscriber_options);
    const Result<> died = co_await with_scope([&](Scope& scope) -> Task<> {
                            scope.go([&] { return subscriber.run(Channel<bool>(1)); });
                            co_await body();
                            scope.cancel();
                          }).result();
    EXPECT_FALSE(died.has_value());
  }

  template <class M>
  kafka::Record record(const M& message, std::string key, PublishOptions publish_options = {}) {
    publish_options.topic = "orders";
    auto event = make_event(message, "order", std::move(key), std::move(publish_options));
    EXPECT_TRUE(event.has_value());
    return internal::to_record(*std::move(event));
  }
  void publish(const std::string& text, std::string key, PublishOptions publish_options = {}) {
    StringValue message;
    message.set_value(text);
    kafka.append(record(message, std::move(key), std::move(publish_options)));
  }

  Task<> until_all_committed() {
    return until([this] { return kafka.all_committed(); });
  }
  double count(std::string_view fate) { return metrics.handled.with({"orders", "payment", fate}).value(); }

  sql::Database& database;
  internal::GroupStore store;
  internal::EventMetrics metrics;
  telemetry::Metrics& registry;
  telemetry::Telemetry& telemetry;
  SimulatedKafka kafka;
  SubscribeOptions options;
  internal::SubscriberOptions subscriber_options;
  bool with_database = true;
  std::vector<internal::ErasedHandler> handlers;
  std::vector<kafka::Record> buried;
  int failing_burials = 0;

 private:
  Task<> keep(kafka::Record record) {
    if (failing_burials > 0) {
      --failing_burials;
      co_await Error::unavailable("no broker");
    }
    record.partition = 0;
    record.offset = static_cast<std::int64_t>(buried.size());
    buried.push_back(std::move(record));
  }
};

class EventsTest : public ::testing::Test {
 protected:
  /// Runs body(bench), a Task, on one worker. Its failure is the test's.
  template <class F>
  void run(F body, const std::string& file = "events.db") {
    telemetry::Telemetry telemetry({.log = {.target = telemetry::LogTarget::kNone}});
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([&]() -> Task<> {
      telemetry::AttachTelemetry attached(telemetry);
      auto database = co_await sql::Database::open({.path = folder_.path(file)});
      Bench bench(*database, telemetry);
      co_await bench.store.create_tables();
      co_await database->execute("create table if not exists seen (n integer primary key, value text) strict");
      co_await body(bench);
    });
    EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
  }

  disk::TemporaryDirectory folder_;
};

/// A handler that writes the message's text into the table `seen`.
inline Task<> see(StringValue message, EventContext, sql::Transaction& tx) {
  co_await tx.execute("insert into seen (value) values (?)", message.value());
}
inline Task<std::vector<std::string>> all_seen(sql::Executor& executor) {
  return executor.query<std::string>("select value from seen order by n");
}

}  // namespace skerry::events::testing
