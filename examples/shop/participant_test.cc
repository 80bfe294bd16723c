// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/participant.h"

#include <gtest/gtest.h>

#include "examples/shop/test_noting_participant.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::sql::Transaction;
using Texts = std::vector<std::string>;

TEST_F(NotingParticipantTest, a_command_that_is_delivered_twice_is_done_and_answered_once) {
  run([this]() -> Task<> {
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("o1", "o1/payment"), "event-1");
      co_await asker.send(charge_command("o1", "o1/payment"), "event-1");
      co_await asker.send(charge_command("o1", "o1/another"), "event-2");
      const Texts answers = co_await asker.answers(2);
      EXPECT_EQ(answers, (Texts{R"(PaymentCharged step: "o1/payment" order_id: "o1")",
                                R"(PaymentCharged step: "o1/another" order_id: "o1")"}));
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1", "charge o1"}));
  });
}

TEST_F(NotingParticipantTest, a_command_that_is_sent_again_for_a_step_is_answered_again_and_not_done) {
  run([this]() -> Task<> {
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged>(participant, [&](Asker& asker) -> Task<> {
      for (int i = 0; i < 2; ++i) co_await asker.send(charge_command("o1", "o1/payment"));
      const Texts answers = co_await asker.answers(2);
      EXPECT_EQ(answers[0], answers[1]);
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1"}));
  });
}

TEST_F(NotingParticipantTest, a_compensation_before_its_run_does_nothing_and_keeps_the_run_out) {
  run([this]() -> Task<> {
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged, PaymentRefunded, StepRefused>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(refund_command("o1", "o1/payment/compensate"));
      co_await asker.send(charge_command("o1", "o1/payment"));
      const Texts answers = co_await asker.answers(2);
      EXPECT_EQ(answers, (Texts{R"(PaymentRefunded step: "o1/payment/compensate" order_id: "o1")",
                                R"(StepRefused step: "o1/payment" order_id: "o1" reason: "ABORTED" )"
                                R"(message: "it was compensated before it ran")"}));
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, Texts());
  });
}

TEST_F(NotingParticipantTest, a_run_that_comes_again_after_its_compensation_is_refused) {
  run([this]() -> Task<> {
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged, PaymentRefunded, StepRefused>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("o1", "o1/payment"));
      co_await asker.send(refund_command("o1", "o1/payment/compensate"));
      co_await asker.send(refund_command("o1", "o1/payment/compensate"));
      co_await asker.send(charge_command("o1", "o1/payment"));
      const Texts answers = co_await asker.answers(4);
      EXPECT_EQ(answers[1], answers[2]);
      EXPECT_EQ(answers[3], R"(StepRefused step: "o1/payment" order_id: "o1" reason: "ABORTED" )"
                            R"(message: "it was compensated")");
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1", "refund o1"}));
  });
}

TEST_F(NotingParticipantTest, a_no_of_the_business_is_answered_with_its_reason_however_often_it_is_asked) {
  run([this]() -> Task<> {
    auto participant =
        co_await open_with([this](Transaction&, ChargePayment command) { return decline_counted(std::move(command)); });
    co_await with_asker<StepRefused, PaymentRefunded>(participant, [&](Asker& asker) -> Task<> {
      for (int i = 0; i < 2; ++i) co_await asker.send(charge_command("o1", "o1/payment"));
      co_await asker.send(refund_command("o1", "o1/payment/compensate"));
      const Texts answers = co_await asker.answers(3);
      EXPECT_EQ(answers[0], R"(StepRefused step: "o1/payment" order_id: "o1" reason: "PAYMENT_DECLINED" )"
                            R"(message: "no money for o1")");
      EXPECT_EQ(answers[1], answers[0]);
      EXPECT_EQ(answers[2], R"(PaymentRefunded step: "o1/payment/compensate" order_id: "o1")");
    });
    EXPECT_EQ(attempts_, 1);
    // There was nothing to refund.
    const Texts lines = co_await done();
    EXPECT_EQ(lines, Texts());
  });
}

TEST_F(NotingParticipantTest, a_command_without_a_step_is_done_and_not_answered) {
  run([this]() -> Task<> {
    auto participant = co_await open_with(charge_noted);
    co_await with_asker<PaymentCharged>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("o1", ""));
      co_await asker.send(charge_command("o1", "o1/payment"));
      const Texts answers = co_await asker.answers(1);
      EXPECT_EQ(answers, (Texts{R"(PaymentCharged step: "o1/payment" order_id: "o1")"}));
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"charge o1", "charge o1"}));
  });
}

TEST_F(NotingParticipantTest, the_refusal_of_a_command_without_a_step_is_recorded) {
  run([this]() -> Task<> {
    co_await open_database();
    auto participant = co_await make_participant(*database_);
    participant->handle<ChargePayment, PaymentCharged>(
        {.work = [](Transaction&, ChargePayment command) { return decline(std::move(command)); },
         .refused =
             [](Transaction& tx, const ChargePayment& command, const StepRefused& refused) {
               return note(tx, fmt::format("{}: {}: {}", command.order_id(), refused.reason(), refused.message()));
             }});
    co_await open(participant);
    co_await with_asker<StepRefused>(participant, [&](Asker& asker) -> Task<> {
      co_await asker.send(charge_command("o1", ""));
      co_await until_done(1);
      co_await asker.send(charge_command("o2", "o2/payment"));
      co_await asker.answers(1);
    });
    const Texts lines = co_await done();
    EXPECT_EQ(lines, (Texts{"o1: PAYMENT_DECLINED: no money for o1"}));
  });
}

}  // namespace
}  // namespace shop
