// SPDX-License-Identifier: Apache-2.0
//
// The code of docs/sagas.md, run. The outbox, the events and the participants are stand-ins that keep to the forms of
// the real ones.
#include "skerry/http/routes.h"
#include "skerry/saga/admin.h"
#include "skerry/saga/barrier.h"
#include "skerry/saga/runner_test_support.h"

namespace skerry::saga_guide {
namespace {

using namespace std::chrono_literals;

struct Purchase {
  std::string sku;
  int quantity = 1;
  int cents = 0;
  std::string tracking;
};
BOOST_DESCRIBE_STRUCT(Purchase, (), (sku, quantity, cents, tracking))

/// An event with the key of the work it asks for or answers, as a protobuf message has it.
struct Event {
  std::string type;
  std::string work;
  std::string reason;
};

/// Publishes by handing on to whoever subscribed, after the commit.
class Outbox {
 public:
  Task<> publish(sql::Transaction&, Event event, std::string) {
    events.push_back(std::move(event));
    co_return;
  }
  std::vector<Event> events;
};

struct Logistics {
  Task<std::string> ship(std::string, std::string) { co_return "T-17"; }
  Task<> cancel(std::string) { co_return; }
};

Event charge_command(std::string work) { return {"Charge", std::move(work), ""}; }
Event refund_command(std::string work) { return {"Refund", std::move(work), ""}; }
Event charged(std::string work, saga::Reply reply) {
  return {reply == saga::Reply::done() ? "Charged" : "ChargeRefused", std::move(work), reply.reason};
}

saga::Definition<Purchase> purchase_saga(Logistics& logistics, Outbox& outbox) {
  saga::Definition<Purchase> purchase("purchase", 1);
  purchase.step("charge")
      .run([&](sql::Transaction& tx, saga::Call<Purchase>& call) -> Task<> {
        co_await outbox.publish(tx, charge_command(call.key), call.saga);
      })
      .compensate([&](sql::Transaction& tx, saga::Call<Purchase>& call) -> Task<> {
        co_await outbox.publish(tx, refund_command(call.key), call.saga);
      })
      .timeout(30s);
  purchase.step("ship")
      .run([&](saga::Call<Purchase>& call) -> Task<> {
        const std::string tracking = co_await logistics.ship(call.key, call.data.sku);
        call.update([tracking](Purchase& data) { data.tracking = tracking; });
      })
      .compensate([&](saga::Call<Purchase>& call) -> Task<> { co_await logistics.cancel(call.step_key); })
      .timeout(2s)
      .retry({.max_attempts = 10, .first_delay = 100ms, .max_delay = 10s});
  purchase.on_end([](sql::Transaction& tx, saga::Ended<Purchase> ended) -> Task<> {
    co_await tx.execute("update purchases set status = ?, reason = ?, tracking = ? where id = ?",
                        saga::state_name(ended.state), ended.reason, ended.data.tracking, ended.saga);
  });
  return purchase;
}

/// What the payment service does with a command, and publishes.
Task<> handle_charge(sql::Transaction& tx, saga::Barrier& barrier, Outbox& outbox, Event command) {
  const saga::Reply reply = co_await barrier.once(tx, command.work, [&]() -> Task<saga::Reply> {
    const auto changed = co_await tx.execute("update accounts set cents = cents - 120 where cents >= 120");
    if (changed == 0) co_return saga::Reply::refused("not enough money");
    co_return saga::Reply::done();
  });
  co_await outbox.publish(tx, charged(command.work, reply), command.work);
}

Task<> handle_refund(sql::Transaction& tx, saga::Barrier& barrier, Outbox& outbox, Event command) {
  const saga::Reply reply = co_await barrier.once(tx, command.work, [&]() -> Task<saga::Reply> {
    co_await tx.execute("update accounts set cents = cents + 120");
    co_return saga::Reply::done();
  });
  co_await outbox.publish(tx, charged(command.work, reply), command.work);
}

/// What the order service does with the answer.
Task<> handle_answer(sql::Transaction& tx, saga::Runner& sagas, Event answer) {
  const bool refused = answer.type == "ChargeRefused";
  const saga::Reply reply = refused ? saga::Reply::refused(answer.reason) : saga::Reply::done();
  co_await sagas.reply(tx, answer.work, reply);
}

Task<> accept(sql::Database& db, saga::Runner& sagas, std::string id, Purchase purchase) {
  co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
    co_await tx.execute("insert into purchases (id, status) values (?, 'accepted')", id);
    co_await sagas.start(tx, "purchase", id, purchase);
  });
}

class SagaGuide : public saga::RunnerTest {
 protected:
  /// Hands every event to its handler, in a transaction, as a bus does.
  Task<> deliver(sql::Database& db, saga::Runner& sagas, saga::Barrier& barrier) {
    while (!outbox_.events.empty()) {
      const Event event = outbox_.events.front();
      outbox_.events.erase(outbox_.events.begin());
      co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
        if (event.type == "Charge") co_await handle_charge(tx, barrier, outbox_, event);
        if (event.type == "Refund") co_await handle_refund(tx, barrier, outbox_, event);
        if (event.type.starts_with("Charge") && event.type != "Charge") co_await handle_answer(tx, sagas, event);
      });
    }
  }

  Outbox outbox_;
  Logistics logistics_;
};

TEST_F(SagaGuide, the_example_buys_until_the_money_is_gone_and_cancels_with_a_refund) {
  run([&]() -> Task<> {
    auto db = co_await open();
    co_await db->transaction([](sql::Transaction& tx) -> Task<> {
      co_await tx.script(
          "create table purchases (id text primary key, status text, reason text, tracking text) strict;"
          "create table accounts (cents integer) strict; insert into accounts values (200);");
    });
    saga::Barrier barrier(*db);
    co_await barrier.create_tables();
    saga::Runner sagas(*db);
    co_await sagas.create_tables();
    co_await sagas.add(purchase_saga(logistics_, outbox_));
    http::Routes admin;
    co_await saga::add_admin_routes(admin, sagas);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() { return sagas.run(); });
      co_await accept(*db, sagas, "p1", {.sku = "pear"});
      co_await accept(*db, sagas, "p2", {.sku = "pear"});
      co_await deliver(*db, sagas, barrier);
      co_await until(*db, sagas, "p1", saga::State::kCompleted);
      co_await until(*db, sagas, "p2", saga::State::kCancelled);
      co_await db->transaction([&](sql::Transaction& tx) { return sagas.cancel(tx, "p1", "sent back"); });
      // The shipment is cancelled by a call first.
      while (outbox_.events.empty()) co_await sleep(1ms);
      co_await deliver(*db, sagas, barrier);
      co_await until(*db, sagas, "p1", saga::State::kCancelled);
      scope.cancel();
    }).result();
    const auto rows = co_await db->query<std::string>(
        "select id || ' ' || status || ' ' || reason || ' ' || tracking from purchases order by id");
    EXPECT_EQ(rows, (std::vector<std::string>{"p1 cancelled sent back T-17", "p2 cancelled not enough money "}));
    const auto cents = co_await db->one<int>("select cents from accounts");
    EXPECT_EQ(cents, 200);
  });
}

}  // namespace
}  // namespace skerry::saga_guide
