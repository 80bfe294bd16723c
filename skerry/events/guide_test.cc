// SPDX-License-Identifier: Apache-2.0
//
// The samples of docs/events.md, at work together: an order is accepted, charged by another service, and paid.
#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/disk/temporary_directory.h"
#include "skerry/events/bus.h"
#include "skerry/events/testing/guide.pb.h"
#include "skerry/kafka/testing/cluster.h"
#include "skerry/telemetry/telemetry.h"

namespace shop {
namespace {

using namespace skerry;

/// Gives one receipt for one idempotency key, however often it is asked, and none while it is closed.
struct Bank {
  Task<std::string> charge(std::string key, std::int64_t amount_cents) {
    if (closed) co_return Error::invalid_argument("the bank is closed");
    if (!charges.emplace(key, amount_cents).second) ++repeated;
    co_return "receipt of " + key;
  }
  std::map<std::string, std::int64_t> charges;
  int repeated = 0;
  bool closed = false;
};

struct Topics {
  std::string orders;
  std::string payments;
};

/// The order service: stores an order together with its event, and hears of the payment.
struct Orders {
  Task<> open(std::string path, std::string brokers) {
    db = co_await sql::Database::open({.path = std::move(path)});
    co_await db->execute("create table orders (id text primary key, state text) strict");
    bus = co_await events::Bus::create({.brokers = std::move(brokers), .source = "order", .database = db.get()});
    bus->subscribe<Charged>(topics.payments, "order",
                            [this](Charged charged, events::EventContext context, sql::Transaction& tx) {
                              return on_charged(std::move(charged), context, tx);
                            });
  }

  Task<> accept(OrderAccepted order) {
    co_await db->transaction([&](sql::Transaction& tx) -> Task<> {
      co_await tx.execute("insert into orders values (?, 'accepted')", order.order_id());
      co_await bus->outbox().publish(tx, order, order.order_id(), {.topic = topics.orders, .sequence = 1});
    });
  }

  Task<> on_charged(Charged charged, events::EventContext, sql::Transaction& tx) {
    co_await tx.execute("update orders set state = 'paid' where id = ?", charged.order_id());
  }

  /// Waits for it.
  Task<> is_paid(std::string order_id) {
    for (;;) {
      const auto state = co_await db->one<std::string>("select state from orders where id = ?", order_id);
      if (state == "paid") co_return;
      co_await sleep(std::chrono::milliseconds(1));
    }
  }

  Topics topics;
  std::unique_ptr<sql::Database> db;
  std::unique_ptr<events::Bus> bus;
};

/// The payment service: calls a bank, which takes time, and publishes what came of it.
struct Payment {
  Task<> open(std::string path, std::string brokers) {
    db = co_await sql::Database::open({.path = std::move(path)});
    bus = co_await events::Bus::create({.brokers = std::move(brokers), .source = "payment", .database = db.get()});
    bus->subscribe<OrderAccepted>(topics.orders, "payment", [this](OrderAccepted order, events::EventContext context) {
      return on_accepted(std::move(order), context);
    });
  }

  Task<> on_accepted(OrderAccepted order, events::EventContext context) {
    Charged charged;
    charged.set_order_id(order.order_id());
    charged.set_receipt(co_await bank.charge(context.event().id, order.amount_cents()));  // idempotent by the id
    co_await db->transaction([&](sql::Transaction& tx) -> Task<> {
      const bool first = co_await context.claim(tx);
      if (first) co_await bus->outbox().publish(tx, charged, order.order_id(), {.topic = topics.payments});
    });
  }

  /// What was given up is shown, and tried once more.
  Task<> redrive_all() {
    for (const events::DeadLetter& letter : co_await bus->dead_letters().list(topics.orders, "payment")) print(letter);
    co_await bus->dead_letters().redrive(topics.orders, "payment", {});
  }

  /// Waits until there is a dead letter.
  Task<> has_given_up() {
    for (;;) {
      const auto letters = co_await bus->dead_letters().list(topics.orders, "payment");
      if (!letters.empty()) co_return;
      co_await sleep(std::chrono::milliseconds(10));
    }
  }

  void print(const events::DeadLetter& letter) { printed.push_back(letter.death.error); }

  Topics topics;
  Bank bank;
  std::vector<std::string> printed;
  std::unique_ptr<sql::Database> db;
  std::unique_ptr<events::Bus> bus;
};

OrderAccepted order(std::string id) {
  OrderAccepted order;
  order.set_order_id(std::move(id));
  order.set_amount_cents(990);
  return order;
}

TEST(Guide, samples_bring_orders_from_accepted_to_paid_also_after_a_failure) {
  kafka::testing::Cluster cluster;
  disk::TemporaryDirectory folder;
  const Topics topics{.orders = cluster.new_topic("orders", 2), .payments = cluster.new_topic("payments", 2)};
  telemetry::Telemetry telemetry({.log = {.target = telemetry::LogTarget::kNone}});
  Runtime runtime({.workers = 1});
  const Result<> ended = runtime.run([&]() -> Task<> {
    telemetry::AttachTelemetry attached(telemetry);
    Orders orders{.topics = topics};
    Payment payment{.topics = topics};
    co_await orders.open(folder.path("order.db"), cluster.brokers());
    co_await payment.open(folder.path("payment.db"), cluster.brokers());
    const Result<> stopped = co_await with_scope([&](Scope& scope) -> Task<> {
                               scope.go([&] { return orders.bus->run(); });
                               scope.go([&] { return payment.bus->run(); });
                               co_await orders.accept(order("o-1"));
                               co_await orders.is_paid("o-1");
                               payment.bank.closed = true;
                               co_await orders.accept(order("o-2"));
                               co_await payment.has_given_up();
                               payment.bank.closed = false;
                               co_await payment.redrive_all();
                               co_await orders.is_paid("o-2");
                               scope.cancel();
                             }).result();
    EXPECT_EQ(stopped.error().code(), Code::kCancelled);
    EXPECT_EQ(payment.bank.charges.size(), 2u);
    EXPECT_EQ(payment.bank.repeated, 0);
    EXPECT_EQ(payment.printed, std::vector<std::string>{"INVALID_ARGUMENT: the bank is closed"});
  });
  EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
}

}  // namespace
}  // namespace shop
