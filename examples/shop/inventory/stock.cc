// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/stock.h"

#include <utility>

namespace shop {

using skerry::Error;
using skerry::Task;
using skerry::sql::Executor;
using skerry::sql::Transaction;

namespace {

// A row of `reservations`. `changed_at_ms` is when its state changed last.
struct HoldRow {
  std::string state;
  std::int64_t expires_at_ms = 0;
};
BOOST_DESCRIBE_STRUCT(HoldRow, (), (state, expires_at_ms))

HoldState state_of(const std::string& name) {
  if (name == "held") return HoldState::kHeld;
  return name == "confirmed" ? HoldState::kConfirmed : HoldState::kReleased;
}

Task<std::optional<Hold>> find_hold(Executor& executor, std::string order_id) {
  std::optional<HoldRow> row =
      co_await executor.one<HoldRow>("select state, expires_at_ms from reservations where order_id = ?", order_id);
  if (!row) co_return std::nullopt;
  std::vector<ReservedRow> items = co_await executor.query<ReservedRow>(
      "select sku, name, quantity, price_cents from reservation_items where order_id = ? order by position", order_id);
  co_return Hold{.order_id = std::move(order_id),
                 .state = state_of(row->state),
                 .expires_at = WallTime(std::chrono::milliseconds(row->expires_at_ms)),
                 .items = std::move(items)};
}

Task<Hold> make_hold(Transaction& transaction, std::string order_id, std::vector<WantedItem> wanted, WallTime now) {
  Hold hold{.order_id = order_id, .state = HoldState::kHeld, .expires_at = now + kReservationLife, .items = {}};
  for (const WantedItem& item : wanted) {
    std::optional<ProductRow> product = co_await find_product(transaction, item.sku);
    co_await check_stock(product, item);
    hold.items.push_back({item.sku, std::move(product->name), item.quantity, product->price_cents});
  }
  co_return hold;
}

Task<> insert_hold(Transaction& transaction, Hold hold, WallTime now) {
  co_await transaction.execute(
      "insert into reservations (order_id, state, expires_at_ms, changed_at_ms) values (?, 'held', ?, ?)",
      hold.order_id, milliseconds_of(hold.expires_at), milliseconds_of(now));
  std::int64_t position = 0;
  for (const ReservedRow& item : hold.items) {
    co_await transaction.execute("update products set stock = stock - ? where sku = ?", item.quantity, item.sku);
    co_await transaction.execute(
        "insert into reservation_items (order_id, position, sku, name, quantity, price_cents) values (?, ?, ?, ?, ?, "
        "?)",
        hold.order_id, position++, item.sku, item.name, item.quantity, item.price_cents);
  }
}

}  // namespace

Task<std::optional<ProductRow>> find_product(Executor& executor, std::string sku) {
  co_return co_await executor.one<ProductRow>("select sku, name, price_cents, stock from products where sku = ?", sku);
}

Task<Hold> reserve_stock(Transaction& transaction, std::string order_id, std::vector<WantedItem> items, WallTime now) {
  std::optional<Hold> existing = co_await find_hold(transaction, order_id);
  if (existing) {
    co_await check_repeated(*existing, items);
    co_return *std::move(existing);
  }
  Hold hold = co_await make_hold(transaction, std::move(order_id), std::move(items), now);
  co_await insert_hold(transaction, hold, now);
  co_return hold;
}

Task<Hold> confirm_stock(Transaction& transaction, std::string order_id) {
  std::optional<Hold> hold = co_await find_hold(transaction, order_id);
  if (!hold) co_return Error::not_found("order {} has no reservation", order_id);
  if (hold->state == HoldState::kReleased) {
    co_return Error::aborted("the reservation of order {} was released", order_id);
  }
  // One that has expired and was not swept yet still has its stock.
  if (hold->state == HoldState::kHeld) {
    co_await transaction.execute("update reservations set state = 'confirmed' where order_id = ?", order_id);
    hold->state = HoldState::kConfirmed;
  }
  co_return *std::move(hold);
}

Task<Hold> release_stock(Transaction& transaction, std::string order_id, WallTime now) {
  std::optional<Hold> hold = co_await find_hold(transaction, order_id);
  if (!hold) {
    co_await transaction.execute(
        "insert into reservations (order_id, state, expires_at_ms, changed_at_ms) values (?, 'released', 0, ?)",
        order_id, milliseconds_of(now));
    co_return Hold{.order_id = std::move(order_id), .state = HoldState::kReleased, .expires_at = {}, .items = {}};
  }
  if (hold->state != HoldState::kReleased) {
    co_await give_back(transaction, order_id, now);
    hold->state = HoldState::kReleased;
  }
  co_return *std::move(hold);
}

Task<> give_back(Transaction& transaction, std::string order_id, WallTime now) {
  co_await transaction.execute(
      "update products set stock = stock + item.quantity from reservation_items as item "
      "where item.order_id = ? and item.sku = products.sku",
      order_id);
  co_await transaction.execute("update reservations set state = 'released', changed_at_ms = ? where order_id = ?",
                               milliseconds_of(now), order_id);
}

std::int64_t milliseconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace shop
