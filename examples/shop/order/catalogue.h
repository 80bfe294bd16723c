// SPDX-License-Identifier: Apache-2.0
//
// Catalogue: the order service's own copy of the users and of the products with their prices, kept by the events of
// their owners. With it an order is checked and priced without asking anybody.
//
//   co_await save_product(transaction, changed);              // in the handler of ProductChanged
//   StoredOrder order = co_await price_order(database, request);
//
// The one thing to know: the copy is a moment old, and an order costs what the copy says.
#pragma once

#include "events.pb.h"
#include "examples/shop/order/new_order.h"
#include "examples/shop/order/order_rows.h"

#include "skerry/sql/database.h"

namespace shop {

skerry::Task<> save_user(skerry::sql::Transaction& transaction, UserChanged user);
skerry::Task<> save_product(skerry::sql::Transaction& transaction, ProductChanged product);

/// A valid request as an order on events, accepted now, with a new id; items of one SKU become one line. Errors:
/// NOT_FOUND for a user or a product that the copy does not have, INVALID_ARGUMENT for more than kMaxQuantity of one
/// product or a total above kMaxAmountCents.
skerry::Task<StoredOrder> price_order(skerry::sql::Executor& executor, NewOrder request);

}  // namespace shop
