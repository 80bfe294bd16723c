// SPDX-License-Identifier: Apache-2.0
//
// Relays of several processes on one database, and relays that die or stand still.
#include "skerry/events/outbox_relay.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "skerry/events/testing/outbox_bench.h"

namespace skerry::events {
namespace {

using std::chrono::milliseconds;
using testing::OutboxUser;
using testing::RecordingKafka;
using Texts = std::vector<std::string>;

class OutboxRelayTest : public testing::OutboxBench {
 protected:
  /// The texts without those that were there before: what a subscriber with an inbox sees.
  static Texts first_occurrences(const Texts& texts) {
    Texts firsts;
    for (const std::string& text : texts) {
      if (std::ranges::find(firsts, text) == firsts.end()) firsts.push_back(text);
    }
    return firsts;
  }
  static Texts numbers(int count) {
    Texts texts;
    for (int i = 0; i < count; ++i) texts.push_back(std::to_string(i));
    return texts;
  }
};

TEST_F(OutboxRelayTest, of_two_on_one_database_keep_the_order_of_each_key) {
  run([this]() -> Task<> {
    OutboxUser first = co_await join();
    OutboxUser second = co_await join();
    RecordingKafka kafka;
    constexpr int kEvents = 40;
    co_await relaying(first, kafka, [&]() -> Task<> {
      co_await relaying(second, kafka, [&]() -> Task<> {
        for (int i = 0; i < kEvents; ++i) {
          OutboxUser& user = i % 2 == 0 ? first : second;
          co_await user.publish(std::to_string(i), "a");
          co_await user.publish(std::to_string(i), "b");
        }
        co_await until_empty(first);
      });
    });
    // Nobody died, so nothing was sent twice.
    EXPECT_EQ(kafka.texts("a"), numbers(kEvents));
    EXPECT_EQ(kafka.texts("b"), numbers(kEvents));
  });
}

TEST_F(OutboxRelayTest, relays_at_once_what_another_process_committed_while_it_had_the_lease) {
  run([this]() -> Task<> {
    // The sweeps come once an hour and the lease lasts as long: only asking for the lease can bring the rows on.
    OutboxOptions options = quick_options();
    options.lease = std::chrono::hours(1);
    OutboxUser holder = co_await join(options);
    OutboxUser other = co_await join(options);
    RecordingKafka kafka;
    co_await relaying(holder, kafka, [&]() -> Task<> {
      co_await relaying(other, kafka, [&]() -> Task<> {
        for (int i = 0; i < 30; ++i) {
          co_await holder.publish(std::to_string(i), "h");
          co_await other.publish(std::to_string(i), "o");
        }
        co_await until_empty(holder);
      });
    });
    EXPECT_EQ(kafka.texts("h"), numbers(30));
    EXPECT_EQ(kafka.texts("o"), numbers(30));
  });
}

TEST_F(OutboxRelayTest, takes_over_when_the_holder_of_the_lease_is_gone) {
  run([this]() -> Task<> {
    OutboxUser user = co_await join();
    internal::OutboxStore dead(*user.database);
    const auto left = co_await dead.acquire("dead", milliseconds(50));
    EXPECT_EQ(left, std::nullopt);
    RecordingKafka kafka;
    co_await user.publish("x", "k");
    co_await relaying(user, kafka, [&] { return until_empty(user); });
    EXPECT_EQ(kafka.texts("k"), (Texts{"x"}));
  });
}

TEST_F(OutboxRelayTest, keeps_the_lease_as_long_as_it_works) {
  run([this]() -> Task<> {
    OutboxOptions options = quick_options();
    options.lease = milliseconds(20);
    OutboxUser holder = co_await join(options);
    RecordingKafka slow;
    slow.silent = true;
    co_await holder.publish("x", "k");
    co_await relaying(holder, slow, [&]() -> Task<> {
      co_await until([&] { return slow.under_way.size() == 1; });
      std::set<std::int64_t> ends;
      while (ends.size() < 4) {
        const auto end = co_await holder.database->one<std::int64_t>(
            "select expires_at from skerry_outbox_lease where owner is not null");
        if (end) ends.insert(*end);
        co_await yield();
      }
      slow.silent = false;
      co_await until_empty(holder);
    });
    EXPECT_EQ(slow.texts("k"), (Texts{"x"}));
  });
}

using Join = std::function<Task<OutboxUser>()>;

Task<> write_line(std::ofstream& file, kafka::Record record) {
  file << *record.key << " " << testing::text_of(record) << std::endl;
  co_return;
}

/// Publishes and relays into a file until it is killed. Never returns.
void relay_until_killed(const Join& join, const std::string& log, int ready) {
  telemetry::Telemetry telemetry({.log = {.target = telemetry::LogTarget::kNone}});
  Runtime runtime({.workers = 1});
  (void)runtime.run([&]() -> Task<> {
    telemetry::AttachTelemetry attached(telemetry);
    OutboxUser user = co_await join();
    std::ofstream file(log, std::ios::app);
    const auto send = [&file](kafka::Record record) { return write_line(file, std::move(record)); };
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return user.outbox->relay(send); });
      const auto next = co_await user.database->one<int>("select coalesce(max(n), -1) + 1 from published");
      for (int i = *next;; ++i) {
        co_await user.database->transaction([&](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("insert into published values (?)", i);
          testing::StringValue message;
          message.set_value(std::to_string(i));
          co_await user.outbox->publish(tx, message, "k" + std::to_string(i % 3), {.topic = "orders"});
        });
        (void)!::write(ready, "x", 1);
      }
    });
  });
  ::_exit(1);
}

/// Writes the record, and stops the process before the acknowledgement of the first one.
Task<> stop_at_first(std::ofstream& file, int& sent, kafka::Record record) {
  co_await write_line(file, std::move(record));
  if (++sent == 1) ::raise(SIGSTOP);
}

/// Relays into a file and is stopped on the way. Never returns.
void relay_and_stop(const Join& join, const std::string& log) {
  telemetry::Telemetry telemetry({.log = {.target = telemetry::LogTarget::kNone}});
  Runtime runtime({.workers = 1});
  int sent = 0;
  (void)runtime.run([&]() -> Task<> {
    telemetry::AttachTelemetry attached(telemetry);
    OutboxUser user = co_await join();
    std::ofstream file(log);
    co_await user.outbox->relay([&](kafka::Record record) { return stop_at_first(file, sent, std::move(record)); });
  });
  ::_exit(1);
}

TEST_F(OutboxRelayTest, that_stood_still_while_another_took_over_sends_nothing_of_what_it_had_read) {
  const std::string log = folder_.path("stopped.log");
  OutboxOptions options = quick_options();
  options.lease = milliseconds(200);
  options.sweep_interval = milliseconds(20);
  run([&]() -> Task<> {
    OutboxUser user = co_await join(options);
    for (int i = 0; i < 3; ++i) co_await user.publish(std::to_string(i), "k");
  });
  const pid_t child = ::fork();
  if (child == 0) relay_and_stop([&] { return join(options); }, log);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  RecordingKafka kafka;
  run([&]() -> Task<> {
    OutboxUser user = co_await join(options);
    co_await relaying(user, kafka, [&] { return until_empty(user); });
  });
  ::kill(child, SIGCONT);
  run([&]() -> Task<> {
    OutboxUser user = co_await join(options);
    co_await user.publish("3", "k");
    co_await until_empty(user);  // the other process goes on with it
  });
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(kafka.texts("k"), numbers(3));
  std::ifstream file(log);
  Texts of_child;
  for (std::string key, text; file >> key >> text;) of_child.push_back(text);
  EXPECT_EQ(of_child, (Texts{"0", "3"}));
}

TEST_F(OutboxRelayTest, loses_nothing_and_keeps_the_order_when_its_process_is_killed) {
  const std::string log = folder_.path("kafka.log");
  OutboxOptions options = quick_options();
  options.lease = milliseconds(100);
  run([&]() -> Task<> {
    OutboxUser user = co_await join(options);
    co_await user.database->execute("create table published (n integer primary key) strict");
  });
  for (int life = 0; life < 4; ++life) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) relay_until_killed([&] { return join(options); }, log, ready[1]);
    ::close(ready[1]);
    char byte = 0;
    for (int i = 0; i < 15 + life; ++i) ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
  }

  int published = 0;
  RecordingKafka kafka;
  run([&]() -> Task<> {
    OutboxUser user = co_await join(options);
    const auto count = co_await user.database->one<int>("select count(*) from published");
    published = *count;
    co_await relaying(user, kafka, [&] { return until_empty(user); });
  });
  std::map<std::string, Texts> by_key;
  std::ifstream file(log);
  for (std::string key, text; file >> key >> text;) by_key[key].push_back(text);
  for (const kafka::Record& record : kafka.records) by_key[*record.key].push_back(testing::text_of(record));
  EXPECT_GE(published, 60);
  for (int rest = 0; rest < 3; ++rest) {
    Texts expected;
    for (int i = rest; i < published; i += 3) expected.push_back(std::to_string(i));
    EXPECT_EQ(first_occurrences(by_key["k" + std::to_string(rest)]), expected);
  }
}

}  // namespace
}  // namespace skerry::events
