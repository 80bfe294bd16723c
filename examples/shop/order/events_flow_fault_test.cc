// SPDX-License-Identifier: Apache-2.0
//
// Orders on events when events come late, twice and in the wrong order, and when the service is started anew.
#include <chrono>

#include "examples/shop/order/test_events_flow.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Task;
using skerry::events::PublishOptions;
using skerry::kafka::testing::Cluster;
using Names = std::vector<std::string>;

class EventsFlowFaultTest : public EventsFlowFixture {
 protected:
  /// An answer that nobody gave: from another time, and again under each of these ids.
  template <class Answer>
  static Task<> inject(skerry::events::Bus& bus, std::string topic, std::string order_id, std::string step) {
    Answer answer;
    answer.set_step(order_id + "/" + step);
    answer.set_order_id(order_id);
    const skerry::events::Time hour_ago = std::chrono::system_clock::now() - 1h;
    for (const char* id : {"a", "a", "b"}) {
      co_await bus.publish(answer, order_id, {.topic = topic, .id = order_id + step + id, .time = hour_ago});
    }
  }
  static Task<std::unique_ptr<skerry::events::Bus>> owner(const Cluster& cluster, std::string source) {
    return skerry::events::Bus::create({.brokers = cluster.brokers(), .source = std::move(source)});
  }
};

TEST_F(EventsFlowFaultTest, answers_in_the_wrong_order_twice_and_an_hour_late_change_nothing) {
  run([this]() -> Task<> {
    Cluster cluster;
    const Topics topics = new_topics(cluster);
    const EventsShop shop = co_await open_orders(cluster.brokers(), topics);
    co_await fill_catalogue(shop);
    Participants participants;
    co_await participants.open(cluster.brokers(), topics);
    participants.keep_silent_on("ReserveStock");
    auto work = work_of(shop);
    work.push_back([&participants] { return participants.run(); });
    co_await beside(work, [&]() -> Task<> {
      const StoredOrder order = co_await shop.orders->create(two_pears(), "");
      const std::string id = order.order_id;
      co_await eventually([&]() -> Task<bool> { co_return participants.commands(id).size() == 1; });
      skerry::events::Bus& bus = participants.bus();
      // Paid, shipped and released before it is reserved.
      co_await inject<PaymentCharged>(bus, topics.payment, id, "charge");
      co_await inject<OrderShipped>(bus, topics.logistics, id, "shipment");
      co_await inject<StockReleased>(bus, topics.inventory, id, "reserve/compensate");
      co_await inject<StockReserved>(bus, topics.inventory, id, "reserve");
      co_await shop.until_state(id, OrderState::kCompleted);
      co_await inject<StockReserved>(bus, topics.inventory, id, "reserve");
      co_await inject<StepRefused>(bus, topics.payment, id, "charge");
      // It still can be undone, so nothing has moved.
      co_await shop.orders->cancel(id);
      co_await shop.until_state(id, OrderState::kCancelled);
      Names commands = participants.commands(id);
      std::ranges::sort(commands);
      EXPECT_EQ(commands, (Names{"ChargePayment", "GrantPoints", "RefundPayment", "ReleaseStock", "ReserveStock",
                                 "RevokePoints", "ShipOrder", "StopShipment"}));
    });
  });
}

TEST_F(EventsFlowFaultTest, an_order_goes_on_where_it_was_when_the_service_starts_anew) {
  run([this]() -> Task<> {
    Cluster cluster;
    const Topics topics = new_topics(cluster);
    std::string id;
    Participants participants;
    co_await participants.open(cluster.brokers(), topics);
    const std::function<Task<>()> take_part = [&participants] { return participants.run(); };
    co_await beside({take_part}, [&]() -> Task<> {
      {
        const EventsShop shop = co_await open_orders(cluster.brokers(), topics);
        co_await fill_catalogue(shop);
        const StoredOrder order = co_await shop.orders->create(two_pears(), "");
        id = order.order_id;
        co_await beside(work_of(shop), [&]() -> Task<> {
          co_await eventually([&]() -> Task<bool> { co_return !participants.commands(id).empty(); });
        });
      }
      const EventsShop next = co_await open_orders(cluster.brokers(), topics);
      co_await beside(work_of(next), [&]() -> Task<> { co_await next.until_state(id, OrderState::kCompleted); });
    });
  });
}

TEST_F(EventsFlowFaultTest, copies_follow_the_versions_of_their_owners_however_they_arrive) {
  run([this]() -> Task<> {
    Cluster cluster;
    const Topics topics = new_topics(cluster);
    const EventsShop shop = co_await open_orders(cluster.brokers(), topics);
    auto inventory = co_await owner(cluster, "inventory");
    auto users = co_await owner(cluster, "user");
    const auto announce = [&](std::int64_t price_cents, std::int64_t version) {
      ProductChanged product;
      product.set_sku("fig");
      product.set_name("Fig");
      product.set_price_cents(price_cents);
      return inventory->publish(product, "fig", PublishOptions{.topic = topics.products, .sequence = version});
    };
    UserChanged user;
    user.set_user_id("u7");
    co_await beside(work_of(shop), [&]() -> Task<> {
      co_await users->publish(user, "u7", PublishOptions{.topic = topics.users, .sequence = 1});
      co_await announce(10, 1);
      co_await announce(30, 3);
      co_await announce(10, 1);
      co_await announce(20, 2);
      co_await announce(20, 2);
      // The last event of the topic, behind all the others of its key.
      co_await announce(40, 4);
      StoredOrder order;
      co_await eventually([&]() -> Task<bool> {
        auto placed = co_await shop.orders->create({"u7", {{"fig", 1}}}, "").result();
        if (placed) order = *std::move(placed);
        co_return order.total_cents == 40;
      });
    });
  });
}

}  // namespace
}  // namespace shop
