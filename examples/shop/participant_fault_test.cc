// SPDX-License-Identifier: Apache-2.0
//
// Commands that cannot be done, or not at once.
#include <gtest/gtest.h>

#include "examples/shop/participant.h"
#include "examples/shop/test_noting_participant.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::sql::Transaction;
using Texts = std::vector<std::string>;

TEST_F(NotingParticipantTest, an_attempt_that_fails_leaves_nothing_and_is_made_again) {
  run([this]() -> Task<> {
    auto participant = co_await open_with([this](Transaction& tx, ChargePayment command) {
      return charge_but_fail_first(tx, std::move(command), ++attempts_);
    });
    co_await with_asker<PaymentCharged, StepRefused>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("o1", "o1/payment"));
      const Texts answers = co_await asker.answers(1);
      EXPECT_EQ(answers, (Texts{R"(PaymentCharged step: "o1/payment" order_id: "o1")"}));
    });
    EXPECT_EQ(attempts_, 2);
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1"}));
  });
}

TEST_F(NotingParticipantTest, a_command_that_was_not_done_at_the_stop_is_done_by_the_next_process) {
  run([this]() -> Task<> {
    Asker asker;
    co_await asker.open(cluster_.brokers(), topics_);
    asker.hear<PaymentCharged>();
    // The first one never gets to its transaction.
    auto first = co_await open_with(charge_noted, [this] { return begin_in_vain(); });
    co_await beside({running(first)}, [&]() -> Task<> {
      co_await asker.send(charge_command("o1", "o1/payment"));
      co_await until_attempted();
    });
    const Texts nothing = co_await done();
    EXPECT_EQ(nothing, Texts());
    auto second = co_await open_with(charge_noted);
    co_await beside({running(second), running(asker)}, [&]() -> Task<> {
      const Texts answers = co_await asker.answers(1);
      EXPECT_EQ(answers.size(), 1u);
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1"}));
  });
}

TEST_F(NotingParticipantTest, what_takes_its_time_keeps_no_transaction_waiting) {
  run([this]() -> Task<> {
    skerry::Event go_on;
    auto participant = co_await open_with(charge_noted, [&] { return begin_and_wait(go_on); });
    co_await with_asker<PaymentCharged>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("o1", "o1/payment"));
      co_await until_attempted();
      co_await database_->transaction([](Transaction& tx) { return note(tx, "meanwhile"); });
      go_on.set();
      co_await asker.answers(1);
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"meanwhile", "charge o1"}));
  });
}

TEST_F(NotingParticipantTest, a_command_that_names_no_order_or_no_step_of_a_saga_becomes_a_dead_letter) {
  run([this]() -> Task<> {
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("", "o1/payment"));
      co_await asker.send(charge_command("o1", "no step"));
      co_await asker.send(charge_command("o1", "o1/payment"));
      co_await asker.answers(1);
      co_await eventually([&]() -> Task<bool> {
        const auto dead = co_await asker.dead_letters().list(topics_.commands, service_);
        co_return dead.size() == 2;
      });
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1"}));
  });
}

TEST_F(NotingParticipantTest, a_broker_that_is_away_at_the_start_is_waited_for) {
  if (!cluster_.is_mock()) GTEST_SKIP() << "takes the brokers down";  // tidy: allow(skip) only mock brokers can be
  run([this]() -> Task<> {
    cluster_.take_down();
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged>(participant, [&](Asker& asker) -> Task<> {
      cluster_.bring_up();
      co_await asker.send(charge_command("o1", "o1/payment"));
      co_await asker.answers(1);
    });
  });
}

TEST_F(NotingParticipantTest, without_brokers_it_does_nothing_and_needs_nothing) {
  run([this]() -> Task<> {
    co_await open_database();
    auto events = std::make_shared<ServiceEvents>("payment");
    co_await events->open(*database_, "");
    Participant alone(events, {.service = "payment", .topics = topics_});
    alone.handle<ChargePayment, PaymentCharged>({.work = charge_noted});
    co_await alone.open(*database_);
    co_await alone.run();
  });
}

}  // namespace
}  // namespace shop
