// SPDX-License-Identifier: Apache-2.0
//
// Against the broker of the platform, by the Kafka protocol.
#include "cmd/skerry/ctl/dead_letter_command.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "platform/kafka/server.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/base/json.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/kafka/admin.h"
#include "skerry/kafka/producer.h"

namespace skerry::cmd {
namespace {

using platform::kafka::Server;

class DeadLetterCommandTest : public ::testing::Test {
 protected:
  /// Runs body(), a Task<>, beside a broker where three events of `orders` are dead for the group `payment`.
  template <class Body>
  void run(Body body) {
    Runtime runtime({.workers = 2});
    const Result<> ended = runtime.run([&]() -> Task<> {
      auto server = co_await Server::open(
          {.data_directory = directory_.path("kafka"), .listen = *net::Address::from_ip("127.0.0.1", 0)});
      Result<> outcome;
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&] { return server->run(); });
        broker_ = server->address().to_string();
        outcome = co_await with_letters(body).result();
        co_await server->stop(std::chrono::seconds(5));
      });
      co_await std::move(outcome);
    });
    EXPECT_TRUE(ended) << ended.error().to_string();
  }

  struct Outcome {
    std::string output;
    Result<> ended;
  };

  Task<Outcome> command(DeadLetterArguments arguments) {
    arguments.kafka = broker_;
    Outcome outcome;
    outcome.ended = co_await run_dead_letter_command(std::move(arguments), outcome.output).result();
    co_return outcome;
  }
  /// The records of the topic that are not the three that died.
  Task<std::size_t> sent_back() {
    const auto records = co_await admin_->read_range({.topic = "orders", .partition = 0}, 3, 1'000);
    co_return records.size();
  }
  static DeadLetterArguments of_payment(DeadLetterAction action, std::vector<std::string> ids = {}) {
    DeadLetterArguments arguments;
    arguments.action = action;
    arguments.topic = "orders";
    arguments.group = "payment";
    arguments.ids = std::move(ids);
    return arguments;
  }

 private:
  template <class Body>
  Task<> with_letters(Body body) {
    const kafka::ConnectionOptions connection{.brokers = broker_};
    admin_ = co_await kafka::Admin::create({.connection = connection});
    auto producer = co_await kafka::Producer::create({.connection = connection});
    co_await admin_->ensure_topic({.name = "orders"});
    co_await admin_->ensure_topic({.name = "orders.payment.dlq"});
    for (const char* key : {"o1", "o2", "o3"}) {
      kafka::Record record{.topic = "orders", .partition = 0, .key = key, .value = "pear"};
      record.offset = (co_await producer->send(record)).offset;
      kafka::Record buried = events::bury(record, {.error = "INTERNAL: no luck",
                                                   .attempts = 8,
                                                   .position = events::position_of(record),
                                                   .group = "payment",
                                                   .died_at = std::chrono::system_clock::now()});
      buried.partition = 0;
      co_await producer->send(std::move(buried));
    }
    co_await body();
    admin_.reset();
  }

  disk::TemporaryDirectory directory_;
  std::string broker_;
  std::shared_ptr<kafka::Admin> admin_;
};

TEST_F(DeadLetterCommandTest, finds_all_queues_and_lists_the_letters_of_one) {
  run([this]() -> Task<> {
    Outcome queues = co_await command({});
    EXPECT_EQ(queues.output, "TOPIC   GROUP    LETTERS\norders  payment  3\n");
    DeadLetterArguments of_topic;
    of_topic.topic = "orders";
    queues = co_await command(of_topic);
    EXPECT_NE(queues.output.find("payment  3"), std::string::npos);
    of_topic.topic = "shipments";
    queues = co_await command(of_topic);
    EXPECT_EQ(queues.output, "no dead letters\n");
    Outcome letters = co_await command(of_payment(DeadLetterAction::kList));
    for (const char* id : {"0:0 ", "0:1 ", "0:2 "}) EXPECT_NE(letters.output.find(id), std::string::npos) << id;
    DeadLetterArguments first = of_payment(DeadLetterAction::kList);
    first.limit = 2;
    letters = co_await command(first);
    EXPECT_EQ(letters.output.find("0:2 "), std::string::npos);
    EXPECT_NE(letters.output.find("and more: these are the first 2"), std::string::npos);
  });
}

TEST_F(DeadLetterCommandTest, answers_in_json) {
  run([this]() -> Task<> {
    DeadLetterArguments arguments;
    arguments.json = true;
    auto queues = co_await parse_json_value((co_await command(arguments)).output);
    EXPECT_EQ(queues.at("queues").at(0).at("letters").as_int64(), 3);
    arguments = of_payment(DeadLetterAction::kShow, {"0:1"});
    arguments.json = true;
    auto shown = co_await parse_json_value((co_await command(arguments)).output);
    EXPECT_EQ(shown.at("letters").at(0).at("key").as_string(), "o2");
    arguments.action = DeadLetterAction::kDiscard;
    auto discarded = co_await parse_json_value((co_await command(arguments)).output);
    EXPECT_EQ(discarded.at("discarded").as_int64(), 1);
  });
}

TEST_F(DeadLetterCommandTest, redrives_what_is_named_in_the_order_of_the_deaths_and_the_rest_with_all) {
  run([this]() -> Task<> {
    Outcome two = co_await command(of_payment(DeadLetterAction::kRedrive, {"0:2", "0:0", "0:2"}));
    EXPECT_EQ(two.output, "redriven 2 dead letters of orders for payment\n");
    EXPECT_TRUE(two.ended);
    std::size_t records = co_await sent_back();
    EXPECT_EQ(records, 2U);
    DeadLetterArguments rest = of_payment(DeadLetterAction::kRedrive);
    rest.all = true;
    Outcome one = co_await command(rest);
    EXPECT_EQ(one.output, "redriven 1 dead letter of orders for payment\n");
    records = co_await sent_back();
    EXPECT_EQ(records, 3U);
    Outcome none = co_await command(of_payment(DeadLetterAction::kList));
    EXPECT_EQ(none.output, "no dead letters\n");
  });
}

TEST_F(DeadLetterCommandTest, tells_what_was_done_before_an_id_that_is_not_there) {
  run([this]() -> Task<> {
    Outcome unknown = co_await command(of_payment(DeadLetterAction::kDiscard, {"0:99", "0:0"}));
    EXPECT_EQ(unknown.output, "discarded 1 dead letter of orders for payment\n");
    EXPECT_EQ(unknown.ended.error().code(), Code::kNotFound);
    EXPECT_NE(unknown.ended.error().message().find("@99"), std::string::npos);
    Outcome again = co_await command(of_payment(DeadLetterAction::kDiscard, {"0:0"}));
    EXPECT_EQ(again.ended.error().code(), Code::kFailedPrecondition);
    const std::size_t records = co_await sent_back();
    EXPECT_EQ(records, 0U);
  });
}

TEST_F(DeadLetterCommandTest, tells_a_misspelt_topic_from_one_without_dead_letters) {
  run([this]() -> Task<> {
    DeadLetterArguments arguments = of_payment(DeadLetterAction::kList);
    arguments.group = "points";
    Outcome none = co_await command(arguments);
    EXPECT_TRUE(none.ended);
    EXPECT_EQ(none.output, "no dead letters\n");
    arguments.topic = "odrers";
    Outcome typo = co_await command(arguments);
    EXPECT_EQ(typo.ended.error().code(), Code::kNotFound);
    EXPECT_NE(typo.ended.error().message().find("no topic odrers"), std::string::npos);
    arguments = of_payment(DeadLetterAction::kShow, {"0:0"});
    arguments.group = "points";
    Outcome missing = co_await command(arguments);
    EXPECT_NE(missing.ended.error().message().find("no topic orders.points.dlq"), std::string::npos);
  });
}

TEST(DeadLetterCommand, says_that_the_broker_does_not_answer) {
  Runtime runtime({.workers = 1});
  DeadLetterArguments arguments;
  arguments.kafka = "127.0.0.1:1";
  std::string output;
  const Result<> ended = runtime.run([&] { return run_dead_letter_command(arguments, output); });
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().message().starts_with("broker 127.0.0.1:1: ")) << ended.error().message();
  EXPECT_EQ(output, "");
}

}  // namespace
}  // namespace skerry::cmd
