// SPDX-License-Identifier: Apache-2.0
//
// Downstream: the business steps of an order as calls of the services that own them: each within the configured time,
// and repeated where the instance that was called is gone. Every method that is called so is idempotent by the order's
// id.
//
//   Reservation reservation = co_await downstream.reserve(order_id, items);
//
// Errors: DEADLINE_EXCEEDED and UNAVAILABLE name the service that did not answer; all others are the service's own.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "examples/shop/order/new_order.h"
#include "examples/shop/order/order_config.h"
#include "examples/shop/order/order_steps.h"
#include "inventory.skerry.h"
#include "logistics.skerry.h"
#include "payment.skerry.h"
#include "points.skerry.h"
#include "user.skerry.h"

#include "skerry/async/live.h"

namespace shop {

/// Attempts of one call, and the pause before the second, which doubles.
inline constexpr int kMaxAttempts = 4;
inline constexpr std::chrono::milliseconds kFirstPause{10};

/// Clients of the services that an order needs.
struct Services {
  std::shared_ptr<UserService> user;
  std::shared_ptr<InventoryService> inventory;
  std::shared_ptr<PaymentService> payment;
  std::shared_ptr<PointsService> points;
  std::shared_ptr<LogisticsService> logistics;
};

/// Any worker.
class Downstream {
 public:
  Downstream(Services services, skerry::Live<OrderConfig> config);

  /// NOT_FOUND without this user.
  skerry::Task<> check_user(std::string user_id);
  skerry::Task<Reservation> reserve(std::string order_id, std::vector<NewOrderItem> items);
  skerry::Task<> charge(std::string order_id, std::string user_id, std::int64_t amount_cents);
  skerry::Task<> grant_points(std::string order_id, std::string user_id, std::int64_t amount_cents);
  skerry::Task<> ship(std::string order_id, std::string user_id);
  /// Makes the reservation last. UNAVAILABLE where it expired before.
  skerry::Task<> confirm_stock(std::string order_id);

  /// The step's compensation.
  skerry::Task<> undo(OrderStep step, std::string order_id);

 private:
  template <class R, class Service, class Q>
  skerry::Task<R> call(const char* name, std::shared_ptr<Service> service, skerry::Task<R> (Service::*method)(Q),
                       Q request);

  const Services services_;
  const skerry::Live<OrderConfig> config_;
};

}  // namespace shop
