// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory.h"

#include <algorithm>
#include <utility>

#include "examples/shop/fields.h"

#include "skerry/async/sleep.h"
#include "skerry/telemetry/telemetry.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
namespace log = skerry::log;

namespace {

Product product_message(const ProductRow& row) {
  Product product;
  product.set_sku(row.sku);
  product.set_name(row.name);
  product.set_price_cents(row.price_cents);
  product.set_stock(row.stock);
  return product;
}

ReservationState message_state(HoldState state) {
  switch (state) {
    case HoldState::kHeld:
      return RESERVATION_STATE_HELD;
    case HoldState::kConfirmed:
      return RESERVATION_STATE_CONFIRMED;
    case HoldState::kReleased:
      return RESERVATION_STATE_RELEASED;
  }
  return RESERVATION_STATE_UNSPECIFIED;
}

Reservation reservation_message(const Hold& hold) {
  Reservation reservation;
  reservation.set_order_id(hold.order_id);
  reservation.set_state(message_state(hold.state));
  std::int64_t total_cents = 0;
  for (const ReservedRow& row : hold.items) {
    ReservedItem& item = *reservation.add_items();
    item.set_sku(row.sku);
    item.set_name(row.name);
    item.set_quantity(static_cast<std::int32_t>(row.quantity));
    item.set_price_cents(row.price_cents);
    total_cents += row.price_cents * row.quantity;
  }
  reservation.set_total_cents(total_cents);
  if (hold.state == HoldState::kHeld) {
    const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(hold.expires_at.time_since_epoch());
    reservation.mutable_expires_at()->set_seconds(since_epoch.count() / 1'000);
    reservation.mutable_expires_at()->set_nanos(static_cast<std::int32_t>(since_epoch.count() % 1'000 * 1'000'000));
  }
  return reservation;
}

}  // namespace

Inventory::Inventory(std::shared_ptr<InventoryStore> store, Clock clock, skerry::Live<ServiceConfig> config)
    : store_(std::move(store)), clock_(std::move(clock)), config_(std::move(config)) {}

Task<ProductRow> Inventory::product(std::string sku) {
  std::optional<ProductRow> row = co_await store_->product(sku);
  if (!row) co_return Error::not_found("no product {}", sku).with_detail("sku", sku);
  co_return *std::move(row);
}

Task<Inventory::Page> Inventory::page(std::string after, int limit) {
  const auto size = static_cast<std::size_t>(std::min(limit, kMaxPageSize));
  // One more than the page has tells whether there is a next one.
  Page page{.products = co_await store_->products_after(std::move(after), size + 1), .next = ""};
  if (page.products.size() > size) {
    page.products.resize(size);
    page.next = page.products.back().sku;
  }
  co_return page;
}

Task<Product> Inventory::GetProduct(ProductRequest request) {
  const ProductRow row = co_await product(request.sku());
  co_return product_message(row);
}

Task<ListProductsResponse> Inventory::ListProducts(ListProductsRequest request) {
  if (request.limit() < 0) co_return skerry::invalid_field("limit", "expected at least 0");
  const Page found = co_await page(request.after(), request.limit() == 0 ? kDefaultPageSize : request.limit());
  ListProductsResponse response;
  for (const ProductRow& row : found.products) *response.add_products() = product_message(row);
  response.set_next(found.next);
  co_return std::move(response);
}

Task<Reservation> Inventory::Reserve(ReserveRequest request) {
  co_await check_order_id(request.order_id());
  std::vector<WantedItem> wanted;
  for (const ReserveItem& item : request.items()) wanted.push_back({item.sku(), item.quantity()});
  std::vector<WantedItem> merged = co_await merge_items(wanted);
  co_await take_processing_time(config_);
  const Hold hold = co_await store_->reserve(request.order_id(), std::move(merged), clock_());
  co_return reservation_message(hold);
}

Task<Reservation> Inventory::Confirm(ReservationRequest request) {
  co_await check_order_id(request.order_id());
  const Hold hold = co_await store_->confirm(request.order_id());
  co_return reservation_message(hold);
}

Task<Reservation> Inventory::Release(ReservationRequest request) {
  co_await check_order_id(request.order_id());
  const Hold hold = co_await store_->release(request.order_id(), clock_());
  co_return reservation_message(hold);
}

Task<> Inventory::sweep_expired() {
  auto expired = skerry::telemetry::current().metrics().counter(
      "shop_reservations_expired_total", "Reservations whose order was never stored, given back to the stock");
  while (true) {
    const Result<std::size_t> released = co_await store_->sweep(clock_()).result();
    if (!released) {
      log::warning("expired reservations could not be released", {{"error", released.error().to_string()}});
    } else if (*released > 0) {
      expired.add(static_cast<double>(*released));
      log::info("released expired reservations", {{"count", static_cast<std::int64_t>(*released)}});
    }
    co_await skerry::sleep(kSweepInterval);
  }
}

}  // namespace shop
