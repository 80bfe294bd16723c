// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_store.h"

#include <utility>

#include "examples/shop/order/order_schema.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Executor;
using skerry::sql::Transaction;
using skerry::sql::Value;
using skerry::sql::values;

namespace {

struct OrderRow {
  std::string user_id;
  std::string state;
  std::int64_t total_cents = 0;
  std::int64_t created_at_ms = 0;
  std::int64_t begun = 0;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(OrderRow, (), (user_id, state, total_cents, created_at_ms, begun, reason))

OrderState state_of(const std::string& name) {
  if (name == "pending") return OrderState::kPending;
  return name == "completed" ? OrderState::kCompleted : OrderState::kCancelled;
}

// What an update of a pending order comes to, by the number of rows that it changed.
Result<> check_pending(std::int64_t changed, const std::string& order_id) {
  if (changed > 0) return {};
  return fail(Error::aborted("order {} is not being placed", order_id));
}

Task<std::optional<StoredOrder>> find_order(Executor& executor, std::string order_id) {
  std::optional<OrderRow> row = co_await executor.one<OrderRow>(
      "select user_id, state, total_cents, created_at_ms, begun, reason from orders where order_id = ?", order_id);
  if (!row) co_return std::nullopt;
  std::vector<OrderLine> items = co_await executor.query<OrderLine>(
      "select sku, name, quantity, price_cents from order_items where order_id = ? order by position", order_id);
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;
  co_return StoredOrder{.order_id = std::move(order_id),
                        .user_id = std::move(row->user_id),
                        .state = state_of(row->state),
                        .total_cents = row->total_cents,
                        .created_at = Time(std::chrono::milliseconds(row->created_at_ms)),
                        .begun = StepSet::from_bits(row->begun),
                        .reason = std::move(row->reason),
                        .items = std::move(items)};
}

}  // namespace

const char* order_state_name(OrderState state) {
  switch (state) {
    case OrderState::kPending:
      return "pending";
    case OrderState::kCompleted:
      return "completed";
    case OrderState::kCancelled:
      break;
  }
  return "cancelled";
}

Task<> OrderStore::open(std::filesystem::path database) {
  database_ = co_await Database::open({.path = database.string()});
  co_await database_->migrate(order_migrations());
}

Task<std::optional<StoredOrder>> OrderStore::find(std::string order_id) {
  co_return co_await find_order(*database_, std::move(order_id));
}

Task<std::optional<KeyRow>> OrderStore::find_key(std::string idempotency_key) {
  co_return co_await database_->one<KeyRow>("select order_id, request from idempotency_keys where idempotency_key = ?",
                                            idempotency_key);
}

Task<> OrderStore::insert_pending(StoredOrder order, std::string idempotency_key, std::string request) {
  co_await database_->transaction([&](Transaction& transaction) -> Task<> {
    co_await transaction.execute(
        "insert into orders (order_id, user_id, state, total_cents, created_at_ms, begun) "
        "values (?, ?, 'pending', ?, ?, ?)",
        order.order_id, order.user_id, order.total_cents, order.created_at.time_since_epoch().count(),
        order.begun.bits());
    std::vector<std::vector<Value>> lines;
    for (const OrderLine& item : order.items) {
      lines.push_back(values(order.order_id, static_cast<std::int64_t>(lines.size()), item.sku, item.name,
                             item.quantity, item.price_cents));
    }
    co_await transaction.execute_each(
        "insert into order_items (order_id, position, sku, name, quantity, price_cents) values (?, ?, ?, ?, ?, ?)",
        std::move(lines));
    if (idempotency_key.empty()) co_return;
    co_await transaction.execute("insert into idempotency_keys (idempotency_key, request, order_id) values (?, ?, ?)",
                                 idempotency_key, request, order.order_id);
  });
}

Task<> OrderStore::begin(std::string order_id, StepSet steps) {
  const std::int64_t changed = co_await database_->execute(
      "update orders set begun = begun | ? where order_id = ? and state = 'pending'", steps.bits(), order_id);
  co_await check_pending(changed, order_id);
}

Task<> OrderStore::complete(std::string order_id) {
  const std::int64_t changed = co_await database_->execute(
      "update orders set state = 'completed' where order_id = ? and state = 'pending'", order_id);
  co_await check_pending(changed, order_id);
}

Task<StoredOrder> OrderStore::cancel(std::string order_id, std::string reason) {
  co_return co_await database_->transaction([&](Transaction& transaction) -> Task<StoredOrder> {
    std::optional<StoredOrder> order = co_await find_order(transaction, order_id);
    if (!order) co_return Error::not_found("no order {}", order_id);
    if (order->state == OrderState::kPending) co_return Error::aborted("order {} is being placed", order_id);
    if (order->state == OrderState::kCompleted) {
      co_await transaction.execute("update orders set state = 'cancelled', reason = ? where order_id = ?", reason,
                                   order_id);
      order->state = OrderState::kCancelled;
      order->reason = reason;
    }
    co_return *std::move(order);
  });
}

Task<> OrderStore::undone(std::string order_id, StepSet steps) {
  co_await database_->transaction([&](Transaction& transaction) -> Task<> {
    co_await transaction.execute("update orders set begun = begun & ~? where order_id = ?", steps.bits(), order_id);
    co_await transaction.execute("delete from orders where order_id = ? and state = 'pending' and begun = 0", order_id);
  });
}

Task<std::vector<std::string>> OrderStore::unsettled(std::string order_id, std::size_t count) {
  co_return co_await database_->query<std::string>(
      "select order_id from orders where order_id > ? and "
      "(state = 'pending' or (state = 'cancelled' and begun <> 0)) order by order_id limit ?",
      order_id, static_cast<std::int64_t>(count));
}

}  // namespace shop
