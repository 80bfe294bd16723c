// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_store.h"

#include <utility>

#include "examples/shop/seed.h"

namespace shop {

using skerry::Error;
using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Executor;
using skerry::sql::Transaction;
using skerry::sql::Value;
using skerry::sql::values;

namespace {

// A row of `reservations`. `changed_at_ms` is when its state changed last.
struct HoldRow {
  std::string state;
  std::int64_t expires_at_ms = 0;
};
BOOST_DESCRIBE_STRUCT(HoldRow, (), (state, expires_at_ms))

constexpr const char* kSchema = R"(
  create table products (
    sku         text primary key,
    name        text not null,
    price_cents integer not null check (price_cents >= 0),
    stock       integer not null check (stock >= 0)
  ) strict, without rowid;
  create table reservations (
    order_id      text primary key,
    state         text not null check (state in ('held', 'confirmed', 'released')),
    expires_at_ms integer not null,
    changed_at_ms integer not null
  ) strict, without rowid;
  create index reservations_held on reservations (expires_at_ms) where state = 'held';
  create index reservations_released on reservations (changed_at_ms) where state = 'released';
  create table reservation_items (
    order_id    text not null references reservations (order_id) on delete cascade,
    position    integer not null,
    sku         text not null references products (sku),
    name        text not null,
    quantity    integer not null check (quantity >= 1),
    price_cents integer not null,
    primary key (order_id, position)
  ) strict, without rowid;
)";

std::int64_t milliseconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

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

Task<std::optional<ProductRow>> find_product(Executor& executor, std::string sku) {
  co_return co_await executor.one<ProductRow>("select sku, name, price_cents, stock from products where sku = ?", sku);
}

Task<Hold> make_hold(Transaction& transaction, std::string order_id, std::vector<WantedItem> wanted, WallTime now) {
  Hold hold{.order_id = order_id, .state = HoldState::kHeld, .expires_at = now + kReservationLife, .items = {}};
  co_await transaction.execute(
      "insert into reservations (order_id, state, expires_at_ms, changed_at_ms) values (?, 'held', ?, ?)", order_id,
      milliseconds_of(hold.expires_at), milliseconds_of(now));
  for (const WantedItem& item : wanted) {
    std::optional<ProductRow> product = co_await find_product(transaction, item.sku);
    co_await check_stock(product, item);
    co_await transaction.execute("update products set stock = stock - ? where sku = ?", item.quantity, item.sku);
    co_await transaction.execute(
        "insert into reservation_items (order_id, position, sku, name, quantity, price_cents) values (?, ?, ?, ?, ?, "
        "?)",
        order_id, static_cast<std::int64_t>(hold.items.size()), item.sku, product->name, item.quantity,
        product->price_cents);
    hold.items.push_back({item.sku, std::move(product->name), item.quantity, product->price_cents});
  }
  co_return hold;
}

// Precondition: the reservation is held or confirmed.
Task<> give_back(Transaction& transaction, std::string order_id, WallTime now) {
  co_await transaction.execute(
      "update products set stock = stock + item.quantity from reservation_items as item "
      "where item.order_id = ? and item.sku = products.sku",
      order_id);
  co_await transaction.execute("update reservations set state = 'released', changed_at_ms = ? where order_id = ?",
                               milliseconds_of(now), order_id);
}

}  // namespace

Task<> InventoryStore::open(std::filesystem::path database, std::filesystem::path seed) {
  database_ = co_await Database::open({.path = database.string()});
  co_await database_->migrate({{1, "products and reservations", kSchema}});
  co_await database_->fill_once("products", [seed](Transaction& transaction) -> Task<> {
    std::vector<std::vector<Value>> rows;
    for (ProductRow& product : co_await read_json_lines<ProductRow>(seed)) {
      rows.push_back(values(std::move(product.sku), std::move(product.name), product.price_cents, product.stock));
    }
    co_await transaction.execute_each("insert into products (sku, name, price_cents, stock) values (?, ?, ?, ?)",
                                      std::move(rows));
  });
}

Task<std::optional<ProductRow>> InventoryStore::product(std::string sku) {
  co_return co_await find_product(*database_, std::move(sku));
}

Task<std::vector<ProductRow>> InventoryStore::products_after(std::string sku, std::size_t count) {
  co_return co_await database_->query<ProductRow>(
      "select sku, name, price_cents, stock from products where sku > ? order by sku limit ?", sku,
      static_cast<std::int64_t>(count));
}

Task<Hold> InventoryStore::reserve(std::string order_id, std::vector<WantedItem> items, WallTime now) {
  co_return co_await database_->transaction([&](Transaction& transaction) -> Task<Hold> {
    std::optional<Hold> existing = co_await find_hold(transaction, order_id);
    if (!existing) co_return co_await make_hold(transaction, order_id, items, now);
    co_await check_repeated(*existing, items);
    co_return *std::move(existing);
  });
}

Task<Hold> InventoryStore::confirm(std::string order_id) {
  co_return co_await database_->transaction([&](Transaction& transaction) -> Task<Hold> {
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
  });
}

Task<Hold> InventoryStore::release(std::string order_id, WallTime now) {
  co_return co_await database_->transaction([&](Transaction& transaction) -> Task<Hold> {
    std::optional<Hold> hold = co_await find_hold(transaction, order_id);
    if (!hold) {
      co_await transaction.execute(
          "insert into reservations (order_id, state, expires_at_ms, changed_at_ms) values (?, 'released', 0, ?)",
          order_id, milliseconds_of(now));
      co_return Hold{.order_id = order_id, .state = HoldState::kReleased, .expires_at = {}, .items = {}};
    }
    if (hold->state != HoldState::kReleased) {
      co_await give_back(transaction, order_id, now);
      hold->state = HoldState::kReleased;
    }
    co_return *std::move(hold);
  });
}

Task<std::size_t> InventoryStore::sweep(WallTime now) {
  const std::int64_t now_ms = milliseconds_of(now);
  const std::int64_t forget_ms = milliseconds_of(now - kReleasedKept);
  const std::optional<bool> anything = co_await database_->one<bool>(
      "select exists (select 1 from reservations where state = 'held' and expires_at_ms <= ?) "
      "or exists (select 1 from reservations where state = 'released' and changed_at_ms <= ?)",
      now_ms, forget_ms);
  if (!anything.value_or(false)) co_return 0;
  co_return co_await database_->transaction([&](Transaction& transaction) -> Task<std::size_t> {
    const std::vector<std::string> expired = co_await transaction.query<std::string>(
        "select order_id from reservations where state = 'held' and expires_at_ms <= ? limit ?", now_ms,
        static_cast<std::int64_t>(kMaxExpiredPerSweep));
    for (const std::string& order_id : expired) co_await give_back(transaction, order_id, now);
    co_await transaction.execute("delete from reservations where state = 'released' and changed_at_ms <= ?", forget_ms);
    co_return expired.size();
  });
}

}  // namespace shop
