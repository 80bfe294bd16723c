// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the outbox share: databases on one file, and a Kafka that acknowledges, refuses or keeps silent.
#pragma once

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/events/outbox.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::events::testing {

using google::protobuf::StringValue;

inline std::string text_of(const kafka::Record& record) {
  StringValue message;
  EXPECT_TRUE(message.ParseFromString(*record.value));
  return message.value();
}

/// Takes records down in the order in which it acknowledged them.
class RecordingKafka {
 public:
  Outbox::Send send() {
    return [this](kafka::Record record) { return take(std::move(record)); };
  }

  std::vector<kafka::Record> records;
  std::map<std::string, int> under_way;  // by key
  std::size_t most_under_way = 0;
  std::set<std::string> refused_keys;
  bool silent = false;

  std::vector<std::string> texts(const std::string& key) const {
    std::vector<std::string> texts;
    for (const kafka::Record& record : records) {
      if (record.key == key) texts.push_back(text_of(record));
    }
    return texts;
  }

 private:
  Task<> take(kafka::Record record) {
    const std::string key = record.key.value_or("");
    if (!key.empty()) {
      EXPECT_EQ(++under_way[key], 1) << "two records of " << key << " at once";
    }
    most_under_way = std::max(most_under_way, under_way.size());
    co_await yield();
    while (silent) co_await yield();
    under_way.erase(key);
    if (refused_keys.contains(key)) co_await Error::unavailable("not now");
    records.push_back(std::move(record));
  }
};

/// One process's view: its connection to the database and its outbox.
struct OutboxUser {
  std::unique_ptr<sql::Database> database;
  std::unique_ptr<Outbox> outbox;

  Task<> publish(std::string text, std::string key, PublishOptions options = {}) {
    options.topic = "orders";
    co_await database->transaction([&](sql::Transaction& tx) -> Task<> {
      StringValue message;
      message.set_value(text);
      co_await outbox->publish(tx, message, key, options);
    });
  }
  Task<std::int64_t> rows() {
    const OutboxBacklog backlog = co_await outbox->backlog();
    co_return backlog.events;
  }
};

class OutboxBench : public ::testing::Test {
 protected:
  static OutboxOptions quick_options() {
    return {.source = "order",
            .sweep_interval = std::chrono::hours(1),
            .first_retry = std::chrono::milliseconds(1),
            .max_retry = std::chrono::milliseconds(2)};
  }
  Task<OutboxUser> join(OutboxOptions options = quick_options()) const {
    OutboxUser user;
    user.database = co_await sql::Database::open({.path = folder_.path("outbox.db")});
    user.outbox = co_await Outbox::create(*user.database, std::move(options));
    co_return user;
  }

  /// Runs the body, a Task, on a runtime of one worker.
  template <class F>
  void run(F body) {
    telemetry::Telemetry telemetry({.log = {.target = telemetry::LogTarget::kNone}});
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([&]() -> Task<> {
      telemetry::AttachTelemetry attached(telemetry);
      co_await body();
    });
    EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
  }

  /// Runs the body beside the relay, which is cancelled then.
  static Task<> relaying(OutboxUser& user, RecordingKafka& kafka, std::function<Task<>()> body) {
    const Result<> cancelled = co_await with_scope([&](Scope& scope) -> Task<> {
                                 scope.go([&] { return user.outbox->relay(kafka.send()); });
                                 co_await body();
                                 scope.cancel();
                               }).result();
    EXPECT_FALSE(cancelled.has_value());
  }
  static Task<> until(std::function<bool()> condition) {
    while (!condition()) co_await yield();
  }
  static Task<> until_empty(OutboxUser& user) {
    for (;;) {
      const auto rows = co_await user.rows();
      if (rows == 0) co_return;
      co_await yield();
    }
  }

  disk::TemporaryDirectory folder_;
};

}  // namespace skerry::events::testing
