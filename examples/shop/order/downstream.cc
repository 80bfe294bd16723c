// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/downstream.h"

#include <utility>

#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"

namespace shop {

using skerry::Code;
using skerry::Error;
using skerry::Result;
using skerry::Task;

namespace {

template <class R, class Service, class Q>
Task<R> call_repeatedly(std::shared_ptr<Service> service, Task<R> (Service::*method)(Q), Q request) {
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    Result<R> answer = co_await ((*service).*method)(request).result();
    // The next attempt goes to another instance, where there is one.
    if (answer || answer.error().code() != Code::kUnavailable || attempt == kMaxAttempts) {
      co_return co_await std::move(answer);
    }
    co_await skerry::sleep(pause);
    pause *= 2;
  }
}

// The same error in the words of this service: its caller does not know the other one.
Error of_service(const char* name, Error error, std::chrono::milliseconds limit) {
  if (error.code() == Code::kDeadlineExceeded) {
    return Error::deadline_exceeded("{} did not answer within {} ms", name, limit.count()).caused_by(std::move(error));
  }
  if (error.code() == Code::kUnavailable) {
    return Error::unavailable("{} is not available", name).caused_by(std::move(error));
  }
  return error;
}

template <class Request>
Request of_order(std::string order_id) {
  Request request;
  request.set_order_id(std::move(order_id));
  return request;
}

}  // namespace

Downstream::Downstream(Services services, skerry::Live<OrderConfig> config)
    : services_(std::move(services)), config_(std::move(config)) {}

template <class R, class Service, class Q>
Task<R> Downstream::call(const char* name, std::shared_ptr<Service> service, Task<R> (Service::*method)(Q), Q request) {
  const std::chrono::milliseconds limit(config_.get()->downstream_timeout_ms);
  Result<R> answer =
      co_await skerry::with_timeout(limit, call_repeatedly(service, method, std::move(request))).result();
  if (!answer) co_return of_service(name, std::move(answer).error(), limit);
  co_return *std::move(answer);
}

Task<> Downstream::check_user(std::string user_id) {
  UserRequest request;
  request.set_user_id(std::move(user_id));
  co_await call("user", services_.user, &UserService::GetUser, std::move(request));
}

Task<Reservation> Downstream::reserve(std::string order_id, std::vector<NewOrderItem> items) {
  ReserveRequest request;
  request.set_order_id(std::move(order_id));
  for (NewOrderItem& wanted : items) {
    ReserveItem& item = *request.add_items();
    item.set_sku(std::move(wanted.sku));
    item.set_quantity(static_cast<std::int32_t>(wanted.quantity));
  }
  co_return co_await call("inventory", services_.inventory, &InventoryService::Reserve, std::move(request));
}

Task<> Downstream::charge(std::string order_id, std::string user_id, std::int64_t amount_cents) {
  ChargeRequest request;
  request.set_order_id(std::move(order_id));
  request.set_user_id(std::move(user_id));
  request.set_amount_cents(amount_cents);
  co_await call("payment", services_.payment, &PaymentService::Charge, std::move(request));
}

Task<> Downstream::grant_points(std::string order_id, std::string user_id, std::int64_t amount_cents) {
  GrantRequest request;
  request.set_order_id(std::move(order_id));
  request.set_user_id(std::move(user_id));
  request.set_amount_cents(amount_cents);
  co_await call("points", services_.points, &PointsService::Grant, std::move(request));
}

Task<> Downstream::ship(std::string order_id, std::string user_id) {
  CreateShipmentRequest request;
  request.set_order_id(std::move(order_id));
  request.set_user_id(std::move(user_id));
  co_await call("logistics", services_.logistics, &LogisticsService::CreateShipment, std::move(request));
}

Task<> Downstream::confirm_stock(std::string order_id) {
  const Result<Reservation> confirmed = co_await call("inventory", services_.inventory, &InventoryService::Confirm,
                                                      of_order<ReservationRequest>(std::move(order_id)))
                                            .result();
  if (confirmed) co_return;
  if (confirmed.error().code() != Code::kAborted) co_await Error(confirmed.error());
  co_await Error::unavailable("the stock was held for too short a time; try again").caused_by(confirmed.error());
}

Task<> Downstream::undo(OrderStep step, std::string order_id) {
  switch (step) {
    case OrderStep::kStock:
      co_await call("inventory", services_.inventory, &InventoryService::Release,
                    of_order<ReservationRequest>(std::move(order_id)));
      break;
    case OrderStep::kPayment:
      co_await call("payment", services_.payment, &PaymentService::Refund,
                    of_order<PaymentRequest>(std::move(order_id)));
      break;
    case OrderStep::kPoints:
      co_await call("points", services_.points, &PointsService::Revoke, of_order<RevokeRequest>(std::move(order_id)));
      break;
    case OrderStep::kShipment:
      co_await call("logistics", services_.logistics, &LogisticsService::CancelShipment,
                    of_order<ShipmentRequest>(std::move(order_id)));
      break;
  }
}

}  // namespace shop
