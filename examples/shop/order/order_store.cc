// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_store.h"

#include <utility>

#include "examples/shop/order/order_schema.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Database;
using skerry::sql::Transaction;

namespace {

// What an update of a pending order comes to, by the number of rows that it changed.
Result<> check_pending(std::int64_t changed, const std::string& order_id) {
  if (changed > 0) return {};
  return fail(Error::aborted("order {} is not being placed", order_id));
}

}  // namespace

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
  order.mode = OrderMode::kSync;
  order.state = OrderState::kPending;
  co_await database_->transaction(
      [&](Transaction& transaction) { return insert_order(transaction, order, idempotency_key, request); });
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
      "select order_id from orders where order_id > ? and mode = 'sync' and "
      "(state = 'pending' or (state = 'cancelled' and begun <> 0)) order by order_id limit ?",
      order_id, static_cast<std::int64_t>(count));
}

}  // namespace shop
