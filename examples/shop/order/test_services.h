// SPDX-License-Identifier: Apache-2.0
//
// The services that an order needs behind a bad network: switches that make calls fail in the ways a network does.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "inventory.skerry.h"
#include "logistics.skerry.h"
#include "payment.skerry.h"
#include "points.skerry.h"

#include "skerry/async/sleep.h"

namespace shop {

enum class Fault {
  kNone,
  kUnreachable,  // UNAVAILABLE, and nothing was done
  kLostAnswer,   // done, and then UNAVAILABLE
  kHang,         // done, and then no answer at all
};

/// The network to one method.
struct FaultSwitch {
  std::atomic<Fault> fault = Fault::kNone;
  /// How often the fault strikes before it is over.
  std::atomic<int> strikes = 1'000'000;
  std::atomic<int> calls = 0;
  /// Runs before each call goes on, where it is set.
  std::function<skerry::Task<>()> before;

  template <class R>
  skerry::Task<R> pass(skerry::Task<R> call) {
    ++calls;
    if (before) co_await before();
    const Fault now = strikes.fetch_sub(1) > 0 ? fault.load() : Fault::kNone;
    if (now == Fault::kUnreachable) co_return skerry::Error::unavailable("connection refused");
    R answer = co_await std::move(call);
    if (now == Fault::kLostAnswer) co_return skerry::Error::unavailable("connection reset");
    if (now == Fault::kHang) co_await skerry::sleep(std::chrono::hours(1));
    co_return std::move(answer);
  }
};

class FaultyInventory final : public InventoryService {
 public:
  explicit FaultyInventory(std::shared_ptr<InventoryService> inner) : inner_(std::move(inner)) {}

  skerry::Task<Reservation> Reserve(ReserveRequest request) override {
    return reserve.pass(inner_->Reserve(std::move(request)));
  }
  skerry::Task<Reservation> Confirm(ReservationRequest request) override {
    return confirm.pass(inner_->Confirm(std::move(request)));
  }
  skerry::Task<Reservation> Release(ReservationRequest request) override {
    return release.pass(inner_->Release(std::move(request)));
  }

  FaultSwitch reserve;
  FaultSwitch confirm;
  FaultSwitch release;

 private:
  std::shared_ptr<InventoryService> inner_;
};

class FaultyPayment final : public PaymentService {
 public:
  explicit FaultyPayment(std::shared_ptr<PaymentService> inner) : inner_(std::move(inner)) {}

  skerry::Task<Payment> Charge(ChargeRequest request) override {
    return charge.pass(inner_->Charge(std::move(request)));
  }
  skerry::Task<Payment> Refund(PaymentRequest request) override {
    return refund.pass(inner_->Refund(std::move(request)));
  }

  FaultSwitch charge;
  FaultSwitch refund;

 private:
  std::shared_ptr<PaymentService> inner_;
};

class FaultyPoints final : public PointsService {
 public:
  explicit FaultyPoints(std::shared_ptr<PointsService> inner) : inner_(std::move(inner)) {}

  skerry::Task<PointsGrant> Grant(GrantRequest request) override {
    return grant.pass(inner_->Grant(std::move(request)));
  }
  skerry::Task<PointsGrant> Revoke(RevokeRequest request) override {
    return revoke.pass(inner_->Revoke(std::move(request)));
  }

  FaultSwitch grant;
  FaultSwitch revoke;

 private:
  std::shared_ptr<PointsService> inner_;
};

class FaultyLogistics final : public LogisticsService {
 public:
  explicit FaultyLogistics(std::shared_ptr<LogisticsService> inner) : inner_(std::move(inner)) {}

  skerry::Task<Shipment> CreateShipment(CreateShipmentRequest request) override {
    return create.pass(inner_->CreateShipment(std::move(request)));
  }
  skerry::Task<Shipment> CancelShipment(ShipmentRequest request) override {
    return cancel.pass(inner_->CancelShipment(std::move(request)));
  }

  FaultSwitch create;
  FaultSwitch cancel;

 private:
  std::shared_ptr<LogisticsService> inner_;
};

}  // namespace shop
