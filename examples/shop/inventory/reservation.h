// SPDX-License-Identifier: Apache-2.0
//
// The rules of reserving stock: what may be asked for and what a repeated call means. Pure; InventoryStore applies them
// within its transactions.
//
// Invariants of a reservation:
//  1. Its items are out of the stock exactly while it is held or confirmed.
//  2. held -> confirmed, held -> released, confirmed -> released; released is final.
//  3. A held one whose expires_at has passed is released by the next sweep of any instance.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/base/result.h"

namespace shop {

/// How long stock is held for an order that is not confirmed. With kSweepInterval, what was held for an order that was
/// never stored is back in the stock well within 30 s.
inline constexpr std::chrono::seconds kReservationLife{15};
/// How often an instance looks for expired reservations.
inline constexpr std::chrono::seconds kSweepInterval{3};
/// How long a released reservation is remembered, to refuse a Reserve that comes late.
inline constexpr std::chrono::hours kReleasedKept{24};
/// Different products in one reservation, and the most of one.
inline constexpr std::size_t kMaxReservedItems = 1'000;
inline constexpr std::int64_t kMaxReservedQuantity = 1'000'000;

using WallTime = std::chrono::system_clock::time_point;

/// A product as stored, and as a line of products.jsonl.
struct ProductRow {
  std::string sku;
  std::string name;
  std::int64_t price_cents = 0;
  std::int64_t stock = 0;
  static constexpr std::array<std::string_view, 4> kRequiredFields{"sku", "name", "price_cents", "stock"};
};
BOOST_DESCRIBE_STRUCT(ProductRow, (), (sku, name, price_cents, stock))

struct WantedItem {
  std::string sku;
  std::int64_t quantity = 0;
  friend bool operator==(const WantedItem&, const WantedItem&) = default;
};

/// An item of a reservation, with name and price at the time of reserving.
struct ReservedRow {
  std::string sku;
  std::string name;
  std::int64_t quantity = 0;
  std::int64_t price_cents = 0;
};
BOOST_DESCRIBE_STRUCT(ReservedRow, (), (sku, name, quantity, price_cents))

enum class HoldState : std::uint8_t { kHeld, kConfirmed, kReleased };

struct Hold {
  std::string order_id;
  HoldState state = HoldState::kHeld;
  WallTime expires_at;
  std::vector<ReservedRow> items;
};

/// The items with one entry for each SKU, in the order of their first mention. INVALID_ARGUMENT, with the detail
/// "field", for none, too many, an empty SKU, or a quantity out of 1 to kMaxReservedQuantity.
skerry::Result<std::vector<WantedItem>> merge_items(const std::vector<WantedItem>& items);

/// What a Reserve for an order that has a reservation comes to: success if it is the same call again, ALREADY_EXISTS
/// for other items, ABORTED if the reservation was released.
skerry::Result<> check_repeated(const Hold& existing, const std::vector<WantedItem>& wanted);

/// NOT_FOUND for no product, the refusal OUT_OF_STOCK for less stock than wanted, with details.
skerry::Result<> check_stock(const std::optional<ProductRow>& product, const WantedItem& wanted);

}  // namespace shop
