// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/participant.h"

#include <gtest/gtest.h>

#include <atomic>

#include "examples/shop/refusal.h"
#include "examples/shop/test_participant.h"

#include "skerry/async/sync.h"

namespace shop {
namespace {

using skerry::Error;
using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Transaction;
using Texts = std::vector<std::string>;

/// A service that keeps one line for each charge and each refund that it has done.
class ParticipantAlone : public ParticipantTest {
 protected:
  Task<> open_database() {
    database_ = co_await Database::open({.path = (folder() / "service.db").string()});
    co_await database_->execute("create table if not exists done (n integer primary key, what text) strict");
  }
  Task<std::shared_ptr<Participant>> open(std::shared_ptr<Participant> participant) {
    participant->handle<RefundPayment, PaymentRefunded>(
        {.work = [](Transaction& tx, RefundPayment command) { return note(tx, "refund " + command.order_id()); }});
    co_await participant->open(*database_);
    co_return participant;
  }
  /// Whose charges are done by `work`.
  Task<std::shared_ptr<Participant>> open_with(std::function<Task<>(Transaction&, ChargePayment)> work,
                                               std::function<Task<>()> prepare = {}) {
    co_await open_database();
    auto participant = co_await make_participant(*database_);
    participant->handle<ChargePayment, PaymentCharged>({.prepare = std::move(prepare), .work = std::move(work)});
    co_return co_await open(std::move(participant));
  }

  static Task<> note(Transaction& tx, std::string what) {
    co_await tx.execute("insert into done (what) values (?)", what);
  }
  static Task<> charge_noted(Transaction& tx, ChargePayment command) {
    return note(tx, "charge " + command.order_id());
  }
  Task<Texts> done() { return database_->query<std::string>("select what from done order by n"); }
  Task<> until_done(std::size_t count) {
    co_await eventually([this, count]() -> Task<bool> {  // tidy: allow(capture) kept by eventually
      const Texts lines = co_await done();
      co_return lines.size() >= count;
    });
  }
  Task<> until_attempted() {
    co_await eventually([this]() -> Task<bool> { co_return attempts_ > 0; });  // tidy: allow(capture) kept as well
  }

  static ChargePayment charge_command(std::string order_id, std::string step) {
    ChargePayment command;
    command.set_order_id(std::move(order_id));
    command.set_step(std::move(step));
    return command;
  }
  static RefundPayment refund_command(std::string order_id, std::string step) {
    RefundPayment command;
    command.set_order_id(std::move(order_id));
    command.set_step(std::move(step));
    return command;
  }

  static Task<> decline(ChargePayment command) {
    co_await refusal(kPaymentDeclined, "no money for {}", command.order_id());
  }
  /// What takes its time: until the event is set.
  Task<> begin_and_wait(skerry::Event& event) {
    ++attempts_;
    co_await event.wait();
  }
  Task<> begin_in_vain() {
    ++attempts_;
    co_await Error::unavailable("not now");
  }
  Task<> decline_counted(ChargePayment command) {
    ++attempts_;
    co_await decline(std::move(command));
  }
  static Task<> charge_but_fail_first(Transaction& tx, ChargePayment command, int attempt) {
    co_await note(tx, "charge " + command.order_id());
    if (attempt == 1) co_await Error::unavailable("the disk is slow");
  }

  std::unique_ptr<Database> database_;
  std::atomic<int> attempts_ = 0;
};

TEST_F(ParticipantAlone, a_command_that_is_delivered_twice_is_done_and_answered_once) {
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

TEST_F(ParticipantAlone, a_command_that_is_sent_again_for_a_step_is_answered_again_and_not_done) {
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

TEST_F(ParticipantAlone, a_compensation_before_its_run_does_nothing_and_keeps_the_run_out) {
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

TEST_F(ParticipantAlone, a_run_that_comes_again_after_its_compensation_is_refused) {
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

TEST_F(ParticipantAlone, a_no_of_the_business_is_answered_with_its_reason_however_often_it_is_asked) {
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

TEST_F(ParticipantAlone, an_attempt_that_fails_leaves_nothing_and_is_made_again) {
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

TEST_F(ParticipantAlone, a_command_that_was_not_done_at_the_stop_is_done_by_the_next_process) {
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

TEST_F(ParticipantAlone, what_takes_its_time_keeps_no_transaction_waiting) {
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

TEST_F(ParticipantAlone, a_command_without_a_step_is_done_and_not_answered) {
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

TEST_F(ParticipantAlone, the_refusal_of_a_command_without_a_step_is_recorded) {
  run([this]() -> Task<> {
    co_await open_database();
    auto participant = co_await make_participant(*database_);
    participant->handle<ChargePayment, PaymentCharged>(
        {.work = [](Transaction&, ChargePayment command) { return decline(std::move(command)); },
         .refused =
             [](Transaction& tx, ChargePayment command, StepRefused refused) {
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

TEST_F(ParticipantAlone, a_command_that_names_no_order_or_no_step_of_a_saga_becomes_a_dead_letter) {
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

TEST_F(ParticipantAlone, a_broker_that_is_away_at_the_start_is_waited_for) {
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

TEST_F(ParticipantAlone, without_brokers_it_does_nothing_and_needs_nothing) {
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
