// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/catalogue.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "examples/shop/fields.h"

#include "skerry/base/ids.h"

namespace shop {

using skerry::Error;
using skerry::fail;
using skerry::invalid_field;
using skerry::Result;
using skerry::Task;
using skerry::sql::Executor;
using skerry::sql::Transaction;

namespace {

struct KnownProduct {
  std::string name;
  std::int64_t price_cents = 0;
};
BOOST_DESCRIBE_STRUCT(KnownProduct, (), (name, price_cents))

// One line for each SKU, in the order of their first mention, without names and prices.
Result<std::vector<OrderLine>> merged_lines(const std::vector<NewOrderItem>& items) {
  std::vector<OrderLine> lines;
  for (const NewOrderItem& item : items) {
    auto line = std::ranges::find(lines, item.sku, &OrderLine::sku);
    if (line == lines.end()) line = lines.insert(line, {.sku = item.sku, .name = ""});
    line->quantity += item.quantity;
    if (line->quantity > kMaxQuantity) {
      return fail(invalid_field("items", fmt::format("expected at most {} of {}", kMaxQuantity, item.sku)));
    }
  }
  return lines;
}

// The sum of the lines.
Result<std::int64_t> total_of(const std::vector<OrderLine>& lines) {
  std::int64_t total_cents = 0;
  for (const OrderLine& line : lines) {
    // Divided, since the product may be too large.
    if (line.price_cents > (kMaxAmountCents - total_cents) / line.quantity) {
      return fail(invalid_field("items", fmt::format("expected a total of at most {} cents", kMaxAmountCents)));
    }
    total_cents += line.price_cents * line.quantity;
  }
  return total_cents;
}

}  // namespace

Task<> save_user(Transaction& transaction, UserChanged user) {
  co_await transaction.execute("insert or ignore into known_users (user_id) values (?)", user.user_id());
}

Task<> save_product(Transaction& transaction, ProductChanged product) {
  co_await transaction.execute(
      "insert into known_products (sku, name, price_cents) values (?, ?, ?) "
      "on conflict (sku) do update set name = excluded.name, price_cents = excluded.price_cents",
      product.sku(), product.name(), product.price_cents());
}

Task<StoredOrder> price_order(Executor& executor, NewOrder request) {
  const auto user =
      co_await executor.one<std::string>("select user_id from known_users where user_id = ?", request.user_id);
  if (!user) co_return Error::not_found("no user {}", request.user_id);
  StoredOrder order{.order_id = skerry::time_ordered_id(),
                    .user_id = std::move(request.user_id),
                    .mode = OrderMode::kEvents,
                    .state = OrderState::kAccepted,
                    .total_cents = 0,
                    .created_at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                    .begun = {},
                    .reason = "",
                    .items = co_await merged_lines(request.items)};
  for (OrderLine& line : order.items) {
    std::optional<KnownProduct> product =
        co_await executor.one<KnownProduct>("select name, price_cents from known_products where sku = ?", line.sku);
    if (!product) co_return Error::not_found("no product {}", line.sku).with_detail("sku", line.sku);
    line.name = std::move(product->name);
    line.price_cents = product->price_cents;
  }
  order.total_cents = co_await total_of(order.items);
  co_return order;
}

}  // namespace shop
