// SPDX-License-Identifier: Apache-2.0
//
// Downstream: calls of the services that an order needs: each within the configured time, and repeated where the
// instance that was called is gone. Every method that is called so is idempotent.
//
//   Reservation reservation = co_await downstream.reserve(request);
//
// Errors: DEADLINE_EXCEEDED and UNAVAILABLE name the service that did not answer; all others are the service's own.
#pragma once

#include <chrono>
#include <memory>

#include "examples/shop/order/order_config.h"
#include "inventory.skerry.h"
#include "user.skerry.h"

#include "skerry/async/live.h"

namespace shop {

/// Attempts of one call, and the pause before the second, which doubles.
inline constexpr int kMaxAttempts = 4;
inline constexpr std::chrono::milliseconds kFirstPause{10};

/// Any worker.
class Downstream {
 public:
  Downstream(std::shared_ptr<UserService> users, std::shared_ptr<InventoryService> inventory,
             skerry::Live<OrderConfig> config);

  skerry::Task<UserResponse> get_user(UserRequest request);
  skerry::Task<Reservation> reserve(ReserveRequest request);
  skerry::Task<Reservation> confirm(ReservationRequest request);
  skerry::Task<Reservation> release(ReservationRequest request);

 private:
  template <class R, class Service, class Q>
  skerry::Task<R> call(const char* name, std::shared_ptr<Service> service, skerry::Task<R> (Service::*method)(Q),
                       Q request);

  const std::shared_ptr<UserService> users_;
  const std::shared_ptr<InventoryService> inventory_;
  const skerry::Live<OrderConfig> config_;
};

}  // namespace shop
