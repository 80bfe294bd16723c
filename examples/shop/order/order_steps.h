// SPDX-License-Identifier: Apache-2.0
//
// The steps of an order that leave something behind at another service, each with its compensation there:
//
//   stock      Reserve, Confirm at the end    Release at inventory
//   payment    Charge                         Refund at payment
//   points     Grant                          Revoke at points
//   shipment   CreateShipment                 CancelShipment at logistics
//
// The one thing to know: a compensation is right whether its step was done, never arrived, or arrives later; it may be
// repeated. So a step needs undoing from the moment it is begun.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

namespace shop {

/// The values are stored.
enum class OrderStep : std::uint8_t { kStock = 1, kPayment = 2, kPoints = 4, kShipment = 8 };

/// In the order in which they are undone.
inline constexpr std::array kStepsInReverse{OrderStep::kShipment, OrderStep::kPoints, OrderStep::kPayment,
                                            OrderStep::kStock};

/// A set of steps; as bits it is a column of the orders.
class StepSet {
 public:
  constexpr StepSet() = default;
  constexpr StepSet(std::initializer_list<OrderStep> steps) {
    for (const OrderStep step : steps) add(step);
  }
  static constexpr StepSet from_bits(std::int64_t bits) {
    StepSet set;
    set.bits_ = bits;
    return set;
  }

  constexpr void add(OrderStep step) { bits_ |= static_cast<std::int64_t>(step); }
  constexpr bool contains(OrderStep step) const { return (bits_ & static_cast<std::int64_t>(step)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::int64_t bits() const { return bits_; }

  friend constexpr bool operator==(StepSet, StepSet) = default;

 private:
  std::int64_t bits_ = 0;
};

}  // namespace shop
