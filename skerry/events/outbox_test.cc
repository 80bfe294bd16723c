// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/outbox.h"

#include <gtest/gtest.h>

#include "skerry/events/testing/outbox_bench.h"

namespace skerry::events {
namespace {

using testing::OutboxUser;
using testing::RecordingKafka;
using testing::StringValue;
using Texts = std::vector<std::string>;

class OutboxTest : public testing::OutboxBench {};

TEST_F(OutboxTest, keeps_nothing_of_a_transaction_that_is_rolled_back) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    const Result<> failed = co_await user.database
                                ->transaction([&](sql::Transaction& tx) -> Task<> {
                                  co_await user.outbox->publish(tx, StringValue(), "k");
                                  co_await Error::aborted("no");
                                })
                                .result();
    EXPECT_FALSE(failed.has_value());
    const auto rows = co_await user.rows();
    EXPECT_EQ(rows, 0);
  });
}

TEST_F(OutboxTest, relays_at_once_what_was_committed_and_deletes_it) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    co_await relaying(user, kafka, [&]() -> Task<> {
      for (int i = 0; i < 5; ++i) {
        co_await user.publish(std::to_string(i), "k");
        // The sweep comes once an hour: only the commit can have woken the relay.
        co_await until([&] { return kafka.records.size() == static_cast<std::size_t>(i + 1); });
      }
      co_await until_empty(user);
    });
  });
}

TEST_F(OutboxTest, sends_what_was_there_before_it_started) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    co_await user.publish("old", "k");
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    EXPECT_EQ(kafka.texts("k"), (Texts{"old"}));
  });
}

TEST_F(OutboxTest, sends_the_event_with_all_its_attributes) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    co_await user.publish("x", "k", {.id = "e-1", .sequence = 3, .correlation_id = "flow"});
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    const kafka::Record& record = kafka.records.front();
    EXPECT_EQ(record.topic, "orders");
    EXPECT_EQ(record.key, "k");
    const auto event = decode_event(record.headers, *record.value);
    EXPECT_TRUE(event.has_value());
    EXPECT_EQ(event->id, "e-1");
    EXPECT_EQ(event->source, "order");
    EXPECT_EQ(event->sequence, 3);
    EXPECT_EQ(event->correlation_id, "flow");
  });
}

TEST_F(OutboxTest, keeps_the_span_of_the_publishing_in_the_row) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    telemetry::TraceId trace;
    {
      telemetry::Span request = telemetry::Span::start("request");
      trace = request.context().trace_id;
      co_await user.publish("x", "k");
    }
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    const auto event = decode_event(kafka.records.front().headers, "");
    EXPECT_TRUE(event->trace.valid());
    EXPECT_EQ(event->trace.trace_id, trace);
  });
}

TEST_F(OutboxTest, sends_the_events_of_a_key_in_order_and_different_keys_side_by_side) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    Texts expected;
    for (int i = 0; i < 20; ++i) {
      expected.push_back(std::to_string(i));
      for (const char* key : {"a", "b", "c"}) co_await user.publish(std::to_string(i), key);
    }
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    for (const char* key : {"a", "b", "c"}) EXPECT_EQ(kafka.texts(key), expected);
    EXPECT_EQ(kafka.most_under_way, 3u);
  });
}

TEST_F(OutboxTest, sends_everything_with_batches_that_are_far_too_small) {
  run([this]() -> Task<> {
    OutboxOptions options = quick_options();
    options.max_batch = 2;
    OutboxUser user = co_await join(options);
    RecordingKafka kafka;
    for (int i = 0; i < 30; ++i) co_await user.publish(std::to_string(i), i % 3 == 0 ? "a" : "b");
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    EXPECT_EQ(kafka.records.size(), 30u);
    EXPECT_TRUE(std::ranges::is_sorted(kafka.texts("a"), {}, [](const std::string& text) { return std::stoi(text); }));
    EXPECT_TRUE(std::ranges::is_sorted(kafka.texts("b"), {}, [](const std::string& text) { return std::stoi(text); }));
  });
}

TEST_F(OutboxTest, sends_events_without_a_key_too) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    for (int i = 0; i < 3; ++i) co_await user.publish("x", "");
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    EXPECT_EQ(kafka.records.size(), 3u);
    EXPECT_EQ(kafka.records.front().key, std::nullopt);
  });
}

TEST_F(OutboxTest, holds_back_the_later_events_of_a_refused_key_and_no_others) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    kafka.refused_keys = {"bad"};
    co_await relaying(user, kafka, [&]() -> Task<> {
      co_await user.publish("1", "bad");
      co_await user.publish("2", "bad");
      for (int i = 0; i < 10; ++i) co_await user.publish("fine", "good" + std::to_string(i));
      co_await until([&] { return kafka.records.size() == 10; });
      const auto rows = co_await user.rows();
      EXPECT_GE(rows, 2);
      kafka.refused_keys.clear();
      co_await until_empty(user);
    });
    EXPECT_EQ(kafka.texts("bad"), (Texts{"1", "2"}));
  });
}

TEST_F(OutboxTest, goes_on_with_other_keys_while_kafka_keeps_silent_about_one) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    RecordingKafka kafka;
    RecordingKafka stuck;
    stuck.silent = true;
    const auto send = [&](kafka::Record record) {
      return record.key == "stuck" ? stuck.send()(std::move(record)) : kafka.send()(std::move(record));
    };
    const Result<> cancelled = co_await with_scope([&](Scope& scope) -> Task<> {
                                 scope.go([&] { return user.outbox->relay(send); });
                                 co_await user.publish("1", "stuck");
                                 co_await until([&] { return stuck.under_way.size() == 1; });
                                 co_await user.publish("2", "stuck");
                                 for (int i = 0; i < 5; ++i) co_await user.publish("fine", "good");
                                 co_await until([&] { return kafka.records.size() == 5; });
                                 stuck.silent = false;
                                 co_await until_empty(user);
                                 scope.cancel();
                               }).result();
    EXPECT_EQ(stuck.texts("stuck"), (Texts{"1", "2"}));
  });
}

TEST_F(OutboxTest, tells_how_much_waits_and_for_how_long) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    OutboxBacklog backlog = co_await user.outbox->backlog();
    EXPECT_EQ(backlog.events, 0);
    EXPECT_EQ(backlog.oldest_age, std::nullopt);
    co_await user.publish("1", "k");
    co_await user.publish("2", "k");
    co_await user.database->execute("update skerry_outbox set created_at = created_at - 5000 where position = 1");
    backlog = co_await user.outbox->backlog();
    EXPECT_EQ(backlog.events, 2);
    EXPECT_GE(*backlog.oldest_age, std::chrono::milliseconds(5'000));
  });
}

TEST_F(OutboxTest, refuses_in_the_transaction_what_could_not_be_sent) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    const auto refused = co_await user.publish(std::string(kMaxEventBytes, 'x'), "k").result();
    EXPECT_EQ(refused.error().code(), Code::kResourceExhausted);
    const auto rows = co_await user.rows();
    EXPECT_EQ(rows, 0);
  });
}

}  // namespace
}  // namespace skerry::events
