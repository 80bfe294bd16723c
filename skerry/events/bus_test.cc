// SPDX-License-Identifier: Apache-2.0
//
// The bus on Kafka's protocol: librdkafka's mock brokers, or the brokers that SKERRY_KAFKA_BROKERS names.
#include "skerry/events/bus.h"

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/kafka/testing/cluster.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::events {
namespace {

using google::protobuf::Int64Value;
using google::protobuf::StringValue;
using kafka::testing::Cluster;
using Texts = std::vector<std::string>;

StringValue text(const std::string& value) {
  StringValue message;
  message.set_value(value);
  return message;
}

Task<> until(std::function<bool()> condition) {
  while (!condition()) co_await sleep(std::chrono::milliseconds(1));
}

/// What handlers, which run on every worker, leave for the test.
template <class T>
class Kept {
 public:
  void add(T value) {
    std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
  }
  std::vector<T> all() const {
    std::lock_guard lock(mutex_);
    return values_;
  }
  std::size_t size() const { return all().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<T> values_;
};

class BusTest : public ::testing::Test {
 protected:
  /// Runs the body, a Task, on two workers.
  template <class F>
  void run(F body) {
    telemetry::Telemetry telemetry({.service = "order", .log = {.target = telemetry::LogTarget::kNone}});
    telemetry.spans().open();
    Runtime runtime({.workers = 2});
    const Result<> ended = runtime.run([&]() -> Task<> {
      telemetry::AttachTelemetry attached(telemetry);
      database_ = co_await sql::Database::open({.path = folder_.path("service.db")});
      co_await database_->execute("create table if not exists seen (n integer primary key, value text) strict");
      co_await body();
      database_.reset();
    });
    EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
  }

  Task<std::unique_ptr<Bus>> make_bus(std::string source, bool with_database = true) {
    BusOptions options{.brokers = cluster_.brokers(), .source = std::move(source)};
    if (with_database) options.database = database_.get();
    return Bus::create(std::move(options));
  }
  /// Runs the body beside the bus, which is cancelled then.
  static Task<> running(Bus& bus, std::function<Task<>()> body) {
    const Result<> cancelled = co_await with_scope([&](Scope& scope) -> Task<> {
                                 scope.go([&] { return bus.run(); });
                                 co_await body();
                                 scope.cancel();
                               }).result();
    EXPECT_EQ(cancelled.error().code(), Code::kCancelled) << cancelled.error().to_string();
  }

  Cluster cluster_;
  disk::TemporaryDirectory folder_;
  std::unique_ptr<sql::Database> database_;
};

TEST_F(BusTest, brings_an_event_from_the_outbox_of_one_service_to_the_handler_of_another) {
  run([this]() -> Task<> {
    const std::string topic = cluster_.new_topic("orders", 3);
    auto bus = co_await make_bus("order");
    Kept<CloudEvent> handled;
    bus->subscribe<StringValue>(topic, Cluster::unique("payment"),
                                [&](StringValue message, EventContext context, sql::Transaction& tx) -> Task<> {
                                  co_await tx.execute("insert into seen (value) values (?)", message.value());
                                  handled.add(context.event());
                                });
    co_await running(*bus, [&]() -> Task<> {
      co_await database_->transaction([&](sql::Transaction& tx) -> Task<> {
        co_await bus->outbox().publish(tx, text("hello"), "o-1", {.topic = topic, .sequence = 1});
      });
      co_await until([&] { return handled.size() > 0; });
    });
    EXPECT_EQ(handled.all().front().source, "order");
    EXPECT_EQ(handled.all().front().subject, "o-1");
    const auto seen = co_await database_->query<std::string>("select value from seen");
    EXPECT_EQ(seen, (Texts{"hello"}));
  });
}

TEST_F(BusTest, handles_every_event_of_every_key_in_order) {
  run([this]() -> Task<> {
    const std::string topic = cluster_.new_topic("orders", 4);
    const std::string group = Cluster::unique("payment");
    auto bus = co_await make_bus("order");
    std::mutex mutex;
    std::map<std::string, Texts> handled;
    std::size_t count = 0;
    bus->subscribe<StringValue>(topic, group, [&](StringValue message, EventContext context) -> Task<> {
      std::lock_guard lock(mutex);
      handled[context.key()].push_back(message.value());
      ++count;
      co_return;
    });
    constexpr std::size_t kKeys = 8;
    constexpr std::size_t kEach = 20;
    co_await running(*bus, [&]() -> Task<> {
      for (std::size_t i = 0; i < kEach; ++i) {
        co_await database_->transaction([&](sql::Transaction& tx) -> Task<> {
          for (std::size_t key = 0; key < kKeys; ++key) {
            co_await bus->outbox().publish(tx, text(std::to_string(i)), "k" + std::to_string(key), {.topic = topic});
          }
        });
      }
      co_await until([&] {
        std::lock_guard lock(mutex);
        return count == kKeys * kEach;
      });
    });
    for (const auto& [key, texts] : handled) {
      for (std::size_t i = 0; i < kEach; ++i) EXPECT_EQ(texts.at(i), std::to_string(i)) << key;
    }
  });
}

TEST_F(BusTest, goes_on_after_a_stop_where_it_was) {
  run([this]() -> Task<> {
    const std::string topic = cluster_.new_topic("orders", 1);
    const std::string group = Cluster::unique("payment");
    Kept<std::string> handled;
    for (const char* value : {"1", "2"}) {
      auto bus = co_await make_bus("order", false);
      bus->subscribe<StringValue>(topic, group, [&](StringValue message, EventContext) -> Task<> {
        handled.add(message.value());
        co_return;
      });
      co_await running(*bus, [&]() -> Task<> {
        const std::size_t before = handled.size();
        co_await bus->publish(text(value), "k", {.topic = topic});
        co_await until([&] { return handled.size() > before; });
      });
    }
    EXPECT_EQ(handled.all(), (Texts{"1", "2"}));
  });
}

TEST_F(BusTest, shows_one_trace_over_the_hops_with_links_and_causes) {
  run([this]() -> Task<> {
    const std::string first_topic = cluster_.new_topic("orders", 1);
    const std::string second_topic = cluster_.new_topic("payments", 1);
    auto bus = co_await make_bus("order");
    Kept<CloudEvent> causes;
    Kept<CloudEvent> effects;
    bus->subscribe<StringValue>(first_topic, Cluster::unique("payment"),
                                [&](StringValue, EventContext context, sql::Transaction& tx) -> Task<> {
                                  causes.add(context.event());
                                  co_await bus->outbox().publish(tx, Int64Value(), context.key(),
                                                                 {.topic = second_topic});
                                });
    bus->subscribe<Int64Value>(second_topic, Cluster::unique("points"),
                               [&](Int64Value, EventContext context) -> Task<> {
                                 effects.add(context.event());
                                 co_return;
                               });
    telemetry::TraceId trace;
    co_await running(*bus, [&]() -> Task<> {
      telemetry::Span request = telemetry::Span::start("POST /api/orders");
      trace = request.context().trace_id;
      co_await bus->publish(text("x"), "o-1", {.topic = first_topic});
      request.end();
      co_await until([&] { return effects.size() > 0; });
    });
    const CloudEvent cause = causes.all().front();
    const CloudEvent effect = effects.all().front();
    EXPECT_EQ(effect.causation_id, cause.id);
    EXPECT_EQ(effect.correlation_id, cause.id);
    EXPECT_EQ(cause.trace.trace_id, trace);
    EXPECT_EQ(effect.trace.trace_id, trace);
    EXPECT_NE(effect.trace.span_id, cause.trace.span_id);
  });
}

TEST_F(BusTest, buries_lists_and_redrives_a_dead_letter) {
  run([this]() -> Task<> {
    const std::string topic = cluster_.new_topic("orders", 1);
    const std::string group = Cluster::unique("payment");
    const std::string made = cluster_.new_topic("unused", 1);
    auto bus = co_await make_bus("order");
    std::atomic<bool> healed = false;
    std::atomic<int> handled = 0;
    bus->subscribe<StringValue>(topic, group, [&](StringValue message, EventContext, sql::Transaction&) -> Task<> {
      if (message.value() == "bad" && !healed) co_await Error::invalid_argument("no such card");
      ++handled;
    });
    co_await running(*bus, [&]() -> Task<> {
      co_await bus->publish(text("bad"), "k", {.topic = topic, .id = "e-bad"});
      co_await bus->publish(text("good"), "k", {.topic = topic});
      co_await until([&] { return handled == 1; });
      const auto letters = co_await bus->dead_letters().list(topic, group);
      EXPECT_EQ(letters.size(), 1u);
      if (letters.size() != 1) co_return;
      EXPECT_EQ(letters.front().death.reason, DeadReason::kPermanent);
      EXPECT_EQ(decode_event(letters.front().record.headers, "")->id, "e-bad");
      const auto shown =
          co_await bus->dead_letters().show(topic, group, letters.front().partition, letters.front().offset);
      EXPECT_EQ(shown.record, letters.front().record);

      healed = true;
      const auto count = co_await bus->dead_letters().redrive(topic, group, {});
      EXPECT_EQ(count, 1u);
      co_await until([&] { return handled == 2; });
      const auto left = co_await bus->dead_letters().list(topic, group);
      EXPECT_TRUE(left.empty());
      const auto again = co_await bus->dead_letters()
                             .redrive(topic, group,
                                      {.one = DeadLetterSelection::One{.partition = letters.front().partition,
                                                                       .offset = letters.front().offset}})
                             .result();
      EXPECT_EQ(again.error().code(), Code::kFailedPrecondition);
    });
  });
}

TEST_F(BusTest, discards_dead_letters_and_counts_the_queues) {
  run([this]() -> Task<> {
    const std::string topic = cluster_.new_topic("orders", 1);
    const std::string group = Cluster::unique("payment");
    auto bus = co_await make_bus("order", false);
    bus->subscribe<Int64Value>(topic, group, [](Int64Value, EventContext) -> Task<> { co_return; });
    DeadLetters& dead = bus->dead_letters();
    co_await running(*bus, [&]() -> Task<> {
      for (int i = 0; i < 3; ++i) co_await bus->publish(text("of an unknown type"), "k", {.topic = topic});
      std::vector<DeadLetter> letters;
      while (letters.size() < 3) letters = co_await dead.list(topic, group);
      const auto one = co_await dead.discard(
          topic, group, {.one = DeadLetterSelection::One{letters[1].partition, letters[1].offset}});
      EXPECT_EQ(one, 1u);
      const auto limited = co_await dead.list(topic, group, 1);
      EXPECT_EQ(limited.size(), 1u);
      const auto queues = co_await dead.queues();
      const auto ours = std::ranges::find(queues, group, &DeadLetterQueue::group);
      EXPECT_NE(ours, queues.end());
      if (ours != queues.end()) EXPECT_EQ(ours->letters, 2);
      const auto rest = co_await dead.discard(topic, group, {});
      EXPECT_EQ(rest, 2u);
    });
    const auto missing = co_await dead.show(topic, group, 0, 1'000).result();
    EXPECT_EQ(missing.error().code(), Code::kNotFound);
    const auto none = co_await dead.list(topic, "no-such-group");
    EXPECT_TRUE(none.empty());
  });
}

TEST_F(BusTest, accepts_events_while_the_broker_is_down_and_sends_them_when_it_is_back) {
  if (!cluster_.is_mock()) GTEST_SKIP() << "takes the brokers down";  // tidy: allow(skip) only mock brokers can be
  run([this]() -> Task<> {
    const std::string topic = cluster_.new_topic("orders", 1);
    auto bus = co_await make_bus("order");
    std::atomic<int> handled = 0;
    bus->subscribe<StringValue>(topic, Cluster::unique("payment"), [&](StringValue, EventContext) -> Task<> {
      ++handled;
      co_return;
    });
    cluster_.take_down();
    co_await running(*bus, [&]() -> Task<> {
      for (int i = 0; i < 5; ++i) {
        co_await database_->transaction([&](sql::Transaction& tx) -> Task<> {
          co_await bus->outbox().publish(tx, text("x"), "k", {.topic = topic});
        });
      }
      const OutboxBacklog backlog = co_await bus->outbox().backlog();
      EXPECT_EQ(backlog.events, 5);
      cluster_.bring_up();
      co_await until([&] { return handled == 5; });
    });
  });
}

TEST_F(BusTest, says_at_its_start_what_is_wrong_with_the_subscriptions) {
  run([this]() -> Task<> {
    const auto nothing = [](StringValue, EventContext) -> Task<> { co_return; };
    auto twice = co_await make_bus("order");
    twice->subscribe<StringValue>("orders", "payment", nothing);
    twice->subscribe<StringValue>("orders", "payment", nothing);
    const auto two_handlers = co_await twice->run().result();
    EXPECT_EQ(two_handlers.error().code(), Code::kFailedPrecondition);

    auto differing = co_await make_bus("order");
    differing->subscribe<StringValue>("orders", "payment", nothing);
    differing->subscribe<Int64Value>("orders", "payment", [](Int64Value, EventContext) -> Task<> { co_return; },
                                     {.ordering = Ordering::kBySequence});
    const auto two_options = co_await differing->run().result();
    EXPECT_EQ(two_options.error().code(), Code::kFailedPrecondition);

    auto without = co_await make_bus("order", false);
    without->subscribe<StringValue>("orders", "payment",
                                    [](StringValue, EventContext, sql::Transaction&) -> Task<> { co_return; });
    const auto no_database = co_await without->run().result();
    EXPECT_EQ(no_database.error().code(), Code::kFailedPrecondition);
  });
}

}  // namespace
}  // namespace skerry::events
