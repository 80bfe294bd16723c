// SPDX-License-Identifier: Apache-2.0
//
// What `inventory` answers by HTTP, beside its gRPC.
#pragma once

#include <memory>

#include "examples/shop/inventory/inventory.h"

#include "skerry/http/message.h"

namespace shop {

/// GET /api/inventory/{sku}: {"sku", "name", "price_cents", "stock"}.
skerry::Task<skerry::http::Response> get_product(std::shared_ptr<Inventory> inventory, skerry::http::Request request);

/// GET /api/products?limit=20&after=SKU: {"products": [...], "next"}, where `next` is what to pass as `after` for the
/// next page, empty on the last. INVALID_ARGUMENT for a limit that is no number from 1 on; more than kMaxPageSize is
/// taken as that.
skerry::Task<skerry::http::Response> list_products(std::shared_ptr<Inventory> inventory, skerry::http::Request request);

}  // namespace shop
