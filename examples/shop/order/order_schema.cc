// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_schema.h"

namespace shop {

namespace {

constexpr const char* kOrders = R"(
  create table orders (
    order_id       text primary key,
    user_id        text not null,
    state          text not null check (state in ('pending', 'confirmed', 'cancelled')),
    total_cents    integer not null,
    created_at_ms  integer not null,
    stock_returned integer not null default 0
  ) strict, without rowid;
  create index orders_unsettled on orders (order_id)
    where state = 'pending' or (state = 'cancelled' and stock_returned = 0);
  create table order_items (
    order_id    text not null references orders (order_id) on delete cascade,
    position    integer not null,
    sku         text not null,
    name        text not null,
    quantity    integer not null check (quantity >= 1),
    price_cents integer not null,
    primary key (order_id, position)
  ) strict, without rowid;
  create table idempotency_keys (
    idempotency_key text primary key,
    request         text not null,
    order_id        text not null unique references orders (order_id) on delete cascade
  ) strict, without rowid;
)";

// An order takes more steps than its stock, each to be undone for itself. A table with a check is changed by moving it;
// the tables that refer to it move with it, since dropping the old one would take their rows along.
constexpr const char* kSteps = R"(
  create table new_orders (
    order_id      text primary key,
    user_id       text not null,
    state         text not null,
    total_cents   integer not null,
    created_at_ms integer not null,
    begun         integer not null,
    reason        text not null default ''
  ) strict, without rowid;
  insert into new_orders (order_id, user_id, state, total_cents, created_at_ms, begun, reason)
    select order_id, user_id, iif(state = 'confirmed', 'completed', state), total_cents, created_at_ms,
           iif(stock_returned = 1, 0, 1), iif(state = 'cancelled', 'cancelled on request', '')
    from orders;
  create table new_order_items (
    order_id    text not null references new_orders (order_id) on delete cascade,
    position    integer not null,
    sku         text not null,
    name        text not null,
    quantity    integer not null check (quantity >= 1),
    price_cents integer not null,
    primary key (order_id, position)
  ) strict, without rowid;
  insert into new_order_items select order_id, position, sku, name, quantity, price_cents from order_items;
  create table new_idempotency_keys (
    idempotency_key text primary key,
    request         text not null,
    order_id        text not null unique references new_orders (order_id) on delete cascade
  ) strict, without rowid;
  insert into new_idempotency_keys select idempotency_key, request, order_id from idempotency_keys;
  drop table idempotency_keys;
  drop table order_items;
  drop table orders;
  alter table new_orders rename to orders;
  alter table new_order_items rename to order_items;
  alter table new_idempotency_keys rename to idempotency_keys;
  create index orders_unsettled on orders (order_id)
    where state = 'pending' or (state = 'cancelled' and begun <> 0);
)";

// `mode` is how the order was made, `version` the sequence of the last event about it.
constexpr const char* kEvents = R"(
  alter table orders add column mode text not null default 'sync';
  alter table orders add column version integer not null default 0;
  create table known_users (
    user_id text primary key
  ) strict, without rowid;
  create table known_products (
    sku         text primary key,
    name        text not null,
    price_cents integer not null
  ) strict, without rowid;
)";

}  // namespace

std::vector<skerry::sql::Migration> order_migrations() {
  return {{1, "orders", kOrders}, {2, "steps", kSteps}, {3, "events", kEvents}};
}

}  // namespace shop
