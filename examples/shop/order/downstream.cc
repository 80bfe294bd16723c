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

}  // namespace

Downstream::Downstream(std::shared_ptr<UserService> users, std::shared_ptr<InventoryService> inventory,
                       skerry::Live<OrderConfig> config)
    : users_(std::move(users)), inventory_(std::move(inventory)), config_(std::move(config)) {}

template <class R, class Service, class Q>
Task<R> Downstream::call(const char* name, std::shared_ptr<Service> service, Task<R> (Service::*method)(Q), Q request) {
  const std::chrono::milliseconds limit(config_.get()->downstream_timeout_ms);
  Result<R> answer =
      co_await skerry::with_timeout(limit, call_repeatedly(service, method, std::move(request))).result();
  if (!answer) co_return of_service(name, std::move(answer).error(), limit);
  co_return *std::move(answer);
}

Task<UserResponse> Downstream::get_user(UserRequest request) {
  return call("user", users_, &UserService::GetUser, std::move(request));
}

Task<Reservation> Downstream::reserve(ReserveRequest request) {
  return call("inventory", inventory_, &InventoryService::Reserve, std::move(request));
}

Task<Reservation> Downstream::confirm(ReservationRequest request) {
  return call("inventory", inventory_, &InventoryService::Confirm, std::move(request));
}

Task<Reservation> Downstream::release(ReservationRequest request) {
  return call("inventory", inventory_, &InventoryService::Release, std::move(request));
}

}  // namespace shop
