// SPDX-License-Identifier: Apache-2.0
//
// What the tests of orders on events share: the service on brokers of its own, and the other services' ends of its
// topics, which answer as they are told.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "events.pb.h"
#include "examples/shop/order/orders.h"
#include "examples/shop/test_events.h"

namespace shop {

/// Takes the commands of all four services and answers them.
class Participants {
 public:
  skerry::Task<> open(std::string brokers, Topics topics) {
    bus_ = co_await skerry::events::Bus::create({.brokers = std::move(brokers), .source = "participants"});
    take<ReserveStock, StockReserved>(topics.inventory_commands, topics.inventory);
    take<ReleaseStock, StockReleased>(topics.inventory_commands, topics.inventory);
    take<ChargePayment, PaymentCharged>(topics.payment_commands, topics.payment);
    take<RefundPayment, PaymentRefunded>(topics.payment_commands, topics.payment);
    take<GrantPoints, PointsGranted>(topics.points_commands, topics.points);
    take<RevokePoints, PointsRevoked>(topics.points_commands, topics.points);
    take<ShipOrder, OrderShipped>(topics.logistics_commands, topics.logistics);
    take<StopShipment, ShipmentStopped>(topics.logistics_commands, topics.logistics);
  }
  skerry::Task<> run() { return bus_->run(); }
  skerry::events::Bus& bus() { return *bus_; }

  /// Commands of this kind are refused from now on; an empty reason has them done.
  void refuse(const std::string& command, std::string reason) {
    std::lock_guard lock(mutex_);
    reasons_[command] = std::move(reason);
  }
  /// Commands of this kind are taken and not answered.
  void keep_silent_on(const std::string& command) {
    std::lock_guard lock(mutex_);
    silent_.insert(command);
  }
  /// What came, as "ReserveStock ORDER/reserve", each once; kinds that came side by side in the order of their names.
  std::vector<std::string> commands(const std::string& order_id) const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& command : commands_) {
      if (command.find(" " + order_id + "/") != std::string::npos)
        found.push_back(command.substr(0, command.find(' ')));
    }
    return found;
  }

 private:
  template <class Command, class Done>
  void take(std::string topic, std::string answers) {
    bus_->subscribe<Command>(std::move(topic), group_,
                             [this, answers = std::move(answers)](Command command, skerry::events::EventContext) {
                               return handle<Command, Done>(std::move(command), answers);
                             });
  }
  template <class Command, class Done>
  skerry::Task<> handle(Command command, std::string answers) {
    const std::string name = command.GetDescriptor()->name();
    bool silent = false;
    std::string reason;
    {
      std::lock_guard lock(mutex_);
      commands_.push_back(name + " " + command.step());
      silent = silent_.contains(name);
      if (const auto found = reasons_.find(name); found != reasons_.end()) reason = found->second;
    }
    if (silent) co_return;
    if (reason.empty()) {
      Done done;
      co_await answer(std::move(done), command, answers);
    } else {
      StepRefused refused;
      refused.set_reason(reason);
      co_await answer(std::move(refused), command, answers);
    }
  }
  template <class Answer, class Command>
  skerry::Task<> answer(Answer answer, const Command& command, std::string topic) {
    answer.set_step(command.step());
    answer.set_order_id(command.order_id());
    skerry::events::PublishOptions options{.topic = std::move(topic)};
    return bus_->publish(answer, command.order_id(), std::move(options));
  }

  const std::string group_ = skerry::kafka::testing::Cluster::unique("participants");
  std::unique_ptr<skerry::events::Bus> bus_;
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::map<std::string, std::string> reasons_;
  std::set<std::string> silent_;
};

/// The service `order`, for events alone: it could call nobody.
struct EventsShop {
  std::shared_ptr<OrderStore> store;
  std::shared_ptr<ServiceEvents> events;
  std::shared_ptr<EventsFlow> flow;
  std::shared_ptr<Orders> orders;

  skerry::Task<> until_state(std::string order_id, OrderState wanted) const {
    return eventually([this, id = std::move(order_id), wanted]() -> skerry::Task<bool> {  // tidy: allow(capture) kept
      const StoredOrder order = co_await orders->get(id);
      co_return order.state == wanted;
    });
  }
};

class EventsFlowFixture : public ShopTest {
 protected:
  /// Opens the service on the test's database; a second one is another instance, or the next start.
  skerry::Task<EventsShop> open_orders(std::string brokers, Topics topics = {}) {
    EventsShop shop;
    shop.store = std::make_shared<OrderStore>();
    co_await shop.store->open(folder() / "order.db");
    shop.events = std::make_shared<ServiceEvents>("order");
    co_await shop.events->open(shop.store->database(), std::move(brokers));
    shop.flow = std::make_shared<EventsFlow>(
        shop.store, shop.events,
        EventsFlowOptions{.topics = topics, .group = topics.orders});  // as little shared as the topics
    co_await shop.flow->open();
    const skerry::Live<OrderConfig> config(OrderConfig{.mode = OrderMode::kEvents});
    auto downstream = std::make_shared<Downstream>(Services{}, config);
    shop.orders = std::make_shared<Orders>(shop.store, downstream, shop.flow, config);
    co_return shop;
  }

  /// Puts the user u1 and the products pear and plum into the service's copy.
  static skerry::Task<> fill_catalogue(EventsShop shop) {
    co_await shop.store->database().transaction([](skerry::sql::Transaction& tx) -> skerry::Task<> {
      co_await tx.execute("insert into known_users values ('u1')");
      co_await tx.execute("insert into known_products values ('pear', 'Pear', 30), ('plum', 'Plum', 40)");
    });
  }

  static NewOrder two_pears() { return {.user_id = "u1", .items = {{"pear", 2}}}; }

  /// What runs in the service's process, for beside().
  static std::vector<std::function<skerry::Task<>()>> work_of(EventsShop shop) {
    return {[shop] { return shop.events->run(); }, [shop = std::move(shop)] { return shop.flow->run(); }};
  }
};

}  // namespace shop
