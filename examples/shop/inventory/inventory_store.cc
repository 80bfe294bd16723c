// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_store.h"

#include <utility>

#include "examples/shop/inventory/stock.h"
#include "examples/shop/seed.h"

namespace shop {

using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Transaction;
using skerry::sql::Value;
using skerry::sql::values;

namespace {

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

}  // namespace

Task<> InventoryStore::open(std::filesystem::path database, std::filesystem::path seed) {
  database_ = co_await Database::open({.path = database.string()});
  co_await database_->migrate({{1, "products and reservations", kSchema},
                               {2, "versions", "alter table products add column version integer not null default 1"}});
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
  return database_->transaction(
      [order_id = std::move(order_id), items = std::move(items), now](Transaction& transaction) {
        return reserve_stock(transaction, order_id, items, now);
      });
}

Task<Hold> InventoryStore::confirm(std::string order_id) {
  return database_->transaction(
      [order_id = std::move(order_id)](Transaction& transaction) { return confirm_stock(transaction, order_id); });
}

Task<Hold> InventoryStore::release(std::string order_id, WallTime now) {
  return database_->transaction([order_id = std::move(order_id), now](Transaction& transaction) {
    return release_stock(transaction, order_id, now);
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
