// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/payment/payment_commands.h"

#include <gtest/gtest.h>

#include "examples/shop/payment/payment_store.h"
#include "examples/shop/test_participant.h"

namespace shop {
namespace {

using skerry::Task;
using Texts = std::vector<std::string>;

class PaymentCommands : public ParticipantTest {
 protected:
  Task<> with_payment(std::function<Task<>(Asker&)> body) {
    store_ = std::make_shared<PaymentStore>();
    co_await store_->open(folder() / "payment.db", data("accounts.jsonl"));
    auto participant = co_await make_participant(store_->database());
    handle_payment_commands(*participant, skerry::Live(ServiceConfig()));
    co_await participant->open(store_->database());
    co_await with_asker<PaymentCharged, PaymentRefunded, StepRefused>(participant, std::move(body));
  }
  Task<std::int64_t> balance(std::string user_id) {
    const std::optional<AccountRow> account = co_await store_->account(std::move(user_id));
    co_return account ? account->balance_cents : -1;
  }
  static ChargePayment charge_command(std::string user_id, std::int64_t amount_cents) {
    ChargePayment command;
    command.set_step("o1/payment");
    command.set_order_id("o1");
    command.set_user_id(std::move(user_id));
    command.set_amount_cents(amount_cents);
    return command;
  }
  static RefundPayment refund_command() {
    RefundPayment command;
    command.set_step("o1/payment/compensate");
    command.set_order_id("o1");
    return command;
  }

  std::shared_ptr<PaymentStore> store_;
};

TEST_F(PaymentCommands, a_payment_is_charged_once_and_refunded_to_the_cent) {
  run([this]() -> Task<> {
    co_await with_payment([this](Asker& asker) -> Task<> {
      const std::int64_t before = co_await balance("u1");
      for (int i = 0; i < 2; ++i) co_await asker.send(charge_command("u1", 1390));
      const Texts charged = co_await asker.answers(2);
      EXPECT_EQ(charged[0], R"(PaymentCharged step: "o1/payment" order_id: "o1" amount_cents: 1390)");
      EXPECT_EQ(charged[1], charged[0]);
      const std::int64_t between = co_await balance("u1");
      EXPECT_EQ(between, before - 1390);
      for (int i = 0; i < 2; ++i) co_await asker.send(refund_command());
      const Texts refunded = co_await asker.answers(4);
      EXPECT_EQ(refunded[3], R"(PaymentRefunded step: "o1/payment/compensate" order_id: "o1")");
      const std::int64_t after = co_await balance("u1");
      EXPECT_EQ(after, before);
    });
  });
}

TEST_F(PaymentCommands, a_balance_that_does_not_cover_it_and_a_wrong_amount_are_refused) {
  run([this]() -> Task<> {
    co_await with_payment([this](Asker& asker) -> Task<> {
      // Users from u551 to u575 have next to nothing in the data file.
      const std::int64_t before = co_await balance("u551");
      co_await asker.send(charge_command("u551", 100'000));
      ChargePayment negative = charge_command("u1", -1);
      negative.set_step("o1/again");
      co_await asker.send(negative);
      const Texts answers = co_await asker.answers(2);
      EXPECT_EQ(answers[0],
                R"(StepRefused step: "o1/payment" order_id: "o1" reason: "PAYMENT_DECLINED" message: )"
                R"("the payment of 100000 cents by user u551 was declined: the balance does not cover it")");
      EXPECT_EQ(answers[1], R"(StepRefused step: "o1/again" order_id: "o1" reason: "INVALID_ARGUMENT" message: )"
                            R"("amount_cents: expected 0 to 1000000000000000")");
      const std::int64_t after = co_await balance("u551");
      EXPECT_EQ(after, before);
    });
  });
}

}  // namespace
}  // namespace shop
