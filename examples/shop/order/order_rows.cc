// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_rows.h"

#include <array>
#include <utility>

namespace shop {

using skerry::Error;
using skerry::fail;
using skerry::Result;
using skerry::Task;
using skerry::sql::Executor;
using skerry::sql::Transaction;
using skerry::sql::Value;
using skerry::sql::values;

namespace {

// In the order of OrderState; stored, and shown to callers.
constexpr std::array kStateNames{"pending", "accepted", "cancelling", "completed", "cancelled"};
constexpr const char* kByCalls = "sync";
constexpr const char* kOnEvents = "events";

struct OrderRow {
  std::string user_id;
  std::string mode;
  std::string state;
  std::int64_t total_cents = 0;
  std::int64_t created_at_ms = 0;
  std::int64_t begun = 0;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(OrderRow, (), (user_id, mode, state, total_cents, created_at_ms, begun, reason))

Result<OrderState> state_of(const std::string& name) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (name == kStateNames[i]) return static_cast<OrderState>(i);
  }
  return fail(Error::data_loss("an order has the state \"{}\"", name));
}

}  // namespace

const char* order_state_name(OrderState state) { return kStateNames.at(static_cast<std::size_t>(state)); }

Task<std::optional<StoredOrder>> find_order(Executor& executor, std::string order_id) {
  std::optional<OrderRow> row = co_await executor.one<OrderRow>(
      "select user_id, mode, state, total_cents, created_at_ms, begun, reason from orders where order_id = ?",
      order_id);
  if (!row) co_return std::nullopt;
  const OrderState state = co_await state_of(row->state);
  std::vector<OrderLine> items = co_await executor.query<OrderLine>(
      "select sku, name, quantity, price_cents from order_items where order_id = ? order by position", order_id);
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;
  co_return StoredOrder{.order_id = std::move(order_id),
                        .user_id = std::move(row->user_id),
                        .mode = row->mode == kOnEvents ? OrderMode::kEvents : OrderMode::kSync,
                        .state = state,
                        .total_cents = row->total_cents,
                        .created_at = Time(std::chrono::milliseconds(row->created_at_ms)),
                        .begun = StepSet::from_bits(row->begun),
                        .reason = std::move(row->reason),
                        .items = std::move(items)};
}

Task<> insert_order(Transaction& transaction, StoredOrder order, std::string idempotency_key, std::string request) {
  co_await transaction.execute(
      "insert into orders (order_id, user_id, mode, state, total_cents, created_at_ms, begun) "
      "values (?, ?, ?, ?, ?, ?, ?)",
      order.order_id, order.user_id, order.mode == OrderMode::kEvents ? kOnEvents : kByCalls,
      order_state_name(order.state), order.total_cents, order.created_at.time_since_epoch().count(),
      order.begun.bits());
  std::vector<std::vector<Value>> lines;
  for (const OrderLine& item : order.items) {
    lines.push_back(values(order.order_id, static_cast<std::int64_t>(lines.size()), item.sku, item.name, item.quantity,
                           item.price_cents));
  }
  co_await transaction.execute_each(
      "insert into order_items (order_id, position, sku, name, quantity, price_cents) values (?, ?, ?, ?, ?, ?)",
      std::move(lines));
  if (idempotency_key.empty()) co_return;
  co_await transaction.execute("insert into idempotency_keys (idempotency_key, request, order_id) values (?, ?, ?)",
                               idempotency_key, request, order.order_id);
}

Task<std::int64_t> next_version(Transaction& transaction, std::string order_id) {
  co_await transaction.execute("update orders set version = version + 1 where order_id = ?", order_id);
  const auto version =
      co_await transaction.one<std::int64_t>("select version from orders where order_id = ?", order_id);
  co_return version.value_or(0);
}

}  // namespace shop
