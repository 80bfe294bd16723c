// SPDX-License-Identifier: Apache-2.0
//
// A participant for the tests of what all participants have in common.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/refusal.h"
#include "examples/shop/test_participant.h"

#include "skerry/async/sync.h"

namespace shop {

/// A service that keeps one line for each charge and each refund that it has done.
class NotingParticipantTest : public ParticipantTest {
 protected:
  skerry::Task<> open_database() {
    database_ = co_await skerry::sql::Database::open({.path = (folder() / "service.db").string()});
    co_await database_->execute("create table if not exists done (n integer primary key, what text) strict");
  }
  skerry::Task<std::shared_ptr<Participant>> open(std::shared_ptr<Participant> participant) {
    participant->handle<RefundPayment, PaymentRefunded>(
        {.work = [](skerry::sql::Transaction& tx, const RefundPayment& command) {
          return note(tx, "refund " + command.order_id());
        }});
    co_await participant->open(*database_);
    co_return participant;
  }
  /// Whose charges are done by `work`.
  skerry::Task<std::shared_ptr<Participant>> open_with(
      std::function<skerry::Task<>(skerry::sql::Transaction&, ChargePayment)> work,
      std::function<skerry::Task<>()> prepare = {}) {
    co_await open_database();
    auto participant = co_await make_participant(*database_);
    participant->handle<ChargePayment, PaymentCharged>({.prepare = std::move(prepare), .work = std::move(work)});
    co_return co_await open(std::move(participant));
  }

  static skerry::Task<> note(skerry::sql::Transaction& tx, std::string what) {
    co_await tx.execute("insert into done (what) values (?)", what);
  }
  static skerry::Task<> charge_noted(skerry::sql::Transaction& tx, const ChargePayment& command) {
    return note(tx, "charge " + command.order_id());
  }
  skerry::Task<std::vector<std::string>> done() {
    return database_->query<std::string>("select what from done order by n");
  }
  skerry::Task<> until_done(std::size_t count) {
    co_await eventually([this, count]() -> skerry::Task<bool> {  // tidy: allow(capture) kept by eventually
      const std::vector<std::string> lines = co_await done();
      co_return lines.size() >= count;
    });
  }
  skerry::Task<> until_attempted() {
    co_await eventually(
        [this]() -> skerry::Task<bool> { co_return attempts_ > 0; });  // tidy: allow(capture) kept as well
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

  static skerry::Task<> decline(ChargePayment command) {
    co_await refusal(kPaymentDeclined, "no money for {}", command.order_id());
  }
  /// What takes its time: until the event is set.
  skerry::Task<> begin_and_wait(skerry::Event& event) {
    ++attempts_;
    co_await event.wait();
  }
  skerry::Task<> begin_in_vain() {
    ++attempts_;
    co_await skerry::Error::unavailable("not now");
  }
  skerry::Task<> decline_counted(ChargePayment command) {
    ++attempts_;
    co_await decline(std::move(command));
  }
  static skerry::Task<> charge_but_fail_first(skerry::sql::Transaction& tx, ChargePayment command, int attempt) {
    co_await note(tx, "charge " + command.order_id());
    if (attempt == 1) co_await skerry::Error::unavailable("the disk is slow");
  }

  std::unique_ptr<skerry::sql::Database> database_;
  std::atomic<int> attempts_ = 0;
};

}  // namespace shop
