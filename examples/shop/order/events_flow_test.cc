// SPDX-License-Identifier: Apache-2.0
//
// Orders on events: the real service on brokers, with participants that answer as they are told.
#include "examples/shop/order/events_flow.h"

#include "examples/shop/order/test_events_flow.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::kafka::testing::Cluster;
using Names = std::vector<std::string>;

// Nobody listens there.
constexpr const char* kDeadBroker = "127.0.0.1:1";

class EventsFlowTest : public EventsFlowFixture {
 protected:
  /// Runs body(shop, participants), a Task<>, beside the service and its participants.
  template <class F>
  void run_shop(F body) {
    run([&]() -> Task<> {
      Cluster cluster;
      const Topics topics = new_topics(cluster);
      const EventsShop shop = co_await open_orders(cluster.brokers(), topics);
      co_await fill_catalogue(shop);
      auto participants = std::make_shared<Participants>();
      co_await participants->open(cluster.brokers(), topics);
      auto work = work_of(shop);
      work.push_back([participants] { return participants->run(); });
      co_await beside(work, [&]() -> Task<> { co_await body(shop, participants, topics); });
    });
  }

  static Names sorted(Names names) {
    std::ranges::sort(names);
    return names;
  }
};

TEST_F(EventsFlowTest, an_order_is_accepted_without_anybody_and_completed_by_the_answers) {
  run([this]() -> Task<> {
    Cluster cluster;
    const Topics topics = new_topics(cluster);
    const EventsShop shop = co_await open_orders(cluster.brokers(), topics);
    co_await fill_catalogue(shop);
    const StoredOrder accepted = co_await shop.orders->create(two_pears(), "");
    EXPECT_EQ(accepted.state, OrderState::kAccepted);
    EXPECT_EQ(accepted.total_cents, 60);

    Participants participants;
    co_await participants.open(cluster.brokers(), topics);
    Listener listener;
    co_await listener.open(cluster.brokers());
    const auto text = [](const auto& event, const skerry::events::EventContext& context) {
      return fmt::format("{} {}", event.GetDescriptor()->name(), context.event().sequence.value_or(0));
    };
    listener.hear<OrderAccepted>(topics.orders, text);
    listener.hear<OrderCompleted>(topics.orders, text);
    auto work = work_of(shop);
    work.push_back([&participants] { return participants.run(); });
    work.push_back([&listener] { return listener.run(); });
    co_await beside(work, [&]() -> Task<> {
      co_await shop.until_state(accepted.order_id, OrderState::kCompleted);
      co_await listener.until_heard(2);
    });
    const Names commands = participants.commands(accepted.order_id);
    EXPECT_EQ(commands.size(), 4u);
    if (commands.size() != 4) co_return;
    EXPECT_EQ((Names{commands[0], commands[1]}), (Names{"ReserveStock", "ChargePayment"}));
    EXPECT_EQ(sorted({commands[2], commands[3]}), (Names{"GrantPoints", "ShipOrder"}));
    EXPECT_EQ(listener.heard(), (Names{"OrderAccepted 1", "OrderCompleted 2"}));
  });
}

TEST_F(EventsFlowTest, each_refusal_cancels_the_order_with_its_reason_and_undoes_what_was_done) {
  struct Case {
    std::string refused;
    std::string reason;
    Names undone;
  };
  const std::vector<Case> cases{{"ReserveStock", "OUT_OF_STOCK", {}},
                                {"ChargePayment", "PAYMENT_DECLINED", {"ReleaseStock"}},
                                {"ShipOrder", "ADDRESS_NOT_SERVED", {"RevokePoints", "RefundPayment", "ReleaseStock"}}};
  run_shop([&cases](EventsShop shop, std::shared_ptr<Participants> participants, Topics) -> Task<> {
    for (const Case& now : cases) {
      participants->refuse(now.refused, now.reason);
      const StoredOrder accepted = co_await shop.orders->create(two_pears(), "");
      EXPECT_EQ(accepted.state, OrderState::kAccepted);
      co_await shop.until_state(accepted.order_id, OrderState::kCancelled);
      participants->refuse(now.refused, "");
      const StoredOrder cancelled = co_await shop.orders->get(accepted.order_id);
      EXPECT_EQ(cancelled.reason, now.reason);
      Names undone = participants->commands(accepted.order_id);
      std::erase_if(undone, [](const std::string& name) {
        return name == "ReserveStock" || name == "ChargePayment" || name == "GrantPoints" || name == "ShipOrder";
      });
      EXPECT_EQ(undone, now.undone) << now.refused;
    }
  });
}

TEST_F(EventsFlowTest, cancelling_a_completed_order_undoes_all_of_it_once) {
  run_shop([](EventsShop shop, std::shared_ptr<Participants> participants, Topics) -> Task<> {
    const StoredOrder accepted = co_await shop.orders->create(two_pears(), "");
    co_await shop.until_state(accepted.order_id, OrderState::kCompleted);
    const StoredOrder cancelling = co_await shop.orders->cancel(accepted.order_id);
    EXPECT_EQ(cancelling.state, OrderState::kCancelling);
    co_await shop.until_state(accepted.order_id, OrderState::kCancelled);
    const StoredOrder again = co_await shop.orders->cancel(accepted.order_id);
    EXPECT_EQ(again.state, OrderState::kCancelled);
    EXPECT_EQ(again.reason, "cancelled on request");
    const Names commands = sorted(participants->commands(accepted.order_id));
    EXPECT_EQ(commands, (Names{"ChargePayment", "GrantPoints", "RefundPayment", "ReleaseStock", "ReserveStock",
                               "RevokePoints", "ShipOrder", "StopShipment"}));
  });
}

TEST_F(EventsFlowTest, cancelling_an_order_on_its_way_waits_for_the_step_that_is_under_way) {
  run_shop([](EventsShop shop, std::shared_ptr<Participants> participants, Topics topics) -> Task<> {
    participants->keep_silent_on("ChargePayment");
    const StoredOrder accepted = co_await shop.orders->create(two_pears(), "");
    co_await eventually([&]() -> Task<bool> { co_return participants->commands(accepted.order_id).size() == 2; });
    for (int i = 0; i < 2; ++i) {
      const StoredOrder cancelling = co_await shop.orders->cancel(accepted.order_id);
      EXPECT_EQ(cancelling.state, OrderState::kCancelling);
    }
    PaymentCharged charged;
    charged.set_step(accepted.order_id + "/charge");
    co_await participants->bus().publish(charged, accepted.order_id, {.topic = topics.payment});
    co_await shop.until_state(accepted.order_id, OrderState::kCancelled);
    EXPECT_EQ(participants->commands(accepted.order_id),
              (Names{"ReserveStock", "ChargePayment", "RefundPayment", "ReleaseStock"}));
  });
}

TEST_F(EventsFlowTest, orders_are_accepted_while_no_broker_is_there) {
  run([this]() -> Task<> {
    const EventsShop shop = co_await open_orders(kDeadBroker);
    co_await fill_catalogue(shop);
    co_await beside(work_of(shop), [&]() -> Task<> {
      const StoredOrder first = co_await shop.orders->create(two_pears(), "key");
      EXPECT_EQ(first.state, OrderState::kAccepted);
      const StoredOrder again = co_await shop.orders->create(two_pears(), "key");
      EXPECT_EQ(again.order_id, first.order_id);
      const std::string other = co_await failure_of(shop.orders->create({"u1", {{"plum", 1}}}, "key"));
      EXPECT_EQ(other, "ALREADY_EXISTS: the idempotency key \"key\" was used for another order");
      const std::string unknown = co_await failure_of(shop.orders->cancel("nothing"));
      EXPECT_EQ(unknown, "NOT_FOUND: no order nothing");
    });
    const skerry::events::OutboxBacklog backlog = co_await shop.events->outbox().backlog();
    EXPECT_EQ(backlog.events, 2);  // OrderAccepted, ReserveStock
  });
}

TEST_F(EventsFlowTest, an_order_that_is_refused_by_the_copy_is_not_stored) {
  run([this]() -> Task<> {
    const EventsShop shop = co_await open_orders(kDeadBroker);
    co_await fill_catalogue(shop);
    const std::string no_user = co_await failure_of(shop.orders->create({"u9", {{"pear", 1}}}, "key"));
    EXPECT_EQ(no_user, "NOT_FOUND: no user u9");
    const std::string no_product = co_await failure_of(shop.orders->create({"u1", {{"quince", 1}}}, "key"));
    EXPECT_EQ(no_product, "NOT_FOUND: no product quince");
    const std::string none = co_await failure_of(shop.orders->create({"u1", {}}, "key"));
    EXPECT_EQ(none, "INVALID_ARGUMENT: items: expected at least one item");
    const auto orders = co_await shop.store->database().one<std::int64_t>("select count(*) from orders");
    EXPECT_EQ(orders, 0);
    const skerry::events::OutboxBacklog backlog = co_await shop.events->outbox().backlog();
    EXPECT_EQ(backlog.events, 0);
    co_await shop.orders->create(two_pears(), "key");
  });
}

TEST_F(EventsFlowTest, the_interface_says_accepted_and_cancelling) {
  run([this]() -> Task<> {
    const EventsShop shop = co_await open_orders(kDeadBroker);
    co_await fill_catalogue(shop);
    CreateOrderRequest request;
    request.set_user_id("u1");
    request.add_items()->set_sku("pear");
    request.mutable_items(0)->set_quantity(1);
    const Order accepted = co_await shop.orders->CreateOrder(request);
    EXPECT_EQ(accepted.status(), ORDER_STATUS_ACCEPTED);
    OrderRequest by_id;
    by_id.set_order_id(accepted.order_id());
    const Order cancelling = co_await shop.orders->CancelOrder(by_id);
    EXPECT_EQ(cancelling.status(), ORDER_STATUS_CANCELLING);
  });
}

TEST_F(EventsFlowTest, an_order_whose_saga_is_forgotten_can_no_longer_be_cancelled) {
  run([this]() -> Task<> {
    const EventsShop shop = co_await open_orders(kDeadBroker);
    co_await fill_catalogue(shop);
    const StoredOrder order = co_await shop.orders->create(two_pears(), "");
    co_await shop.store->database().execute("delete from skerry_saga");
    co_await shop.store->database().execute("update orders set state = 'completed'");
    const std::string late = co_await failure_of(shop.orders->cancel(order.order_id));
    EXPECT_EQ(late, "FAILED_PRECONDITION: order " + order.order_id + " was completed too long ago to be cancelled");
    co_await shop.store->database().execute("update orders set state = 'cancelled'");
    const StoredOrder cancelled = co_await shop.orders->cancel(order.order_id);
    EXPECT_EQ(cancelled.state, OrderState::kCancelled);
  });
}

TEST_F(EventsFlowTest, instances_that_are_given_one_key_at_once_make_one_order) {
  run([this]() -> Task<> {
    const std::vector<EventsShop> shops{co_await open_orders(kDeadBroker), co_await open_orders(kDeadBroker)};
    co_await fill_catalogue(shops[0]);
    for (int round = 0; round < 10; ++round) {
      const std::string key = fmt::format("key {}", round);
      std::vector<StoredOrder> placed(2);
      co_await skerry::with_scope([&](skerry::Scope& scope) -> Task<> {
        for (int i = 0; i < 2; ++i) {
          scope.go([&, i]() -> Task<> { placed[i] = co_await shops[i].orders->create(two_pears(), key); });
        }
        co_return;
      });
      EXPECT_EQ(placed[0].order_id, placed[1].order_id);
    }
  });
}

}  // namespace
}  // namespace shop
