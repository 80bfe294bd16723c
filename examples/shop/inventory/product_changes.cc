// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/product_changes.h"

#include <utility>
#include <vector>

#include "events.pb.h"
#include "examples/shop/inventory/stock.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Transaction;
namespace http = skerry::http;

namespace {

struct VersionedProduct {
  std::string sku;
  std::string name;
  std::int64_t price_cents = 0;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(VersionedProduct, (), (sku, name, price_cents, version))

Result<> check_product(const ProductBody& body) {
  if (body.name && (body.name->empty() || body.name->size() > kMaxProductNameBytes)) {
    return fail(skerry::invalid_field("name", fmt::format("expected 1 to {} bytes", kMaxProductNameBytes)));
  }
  if (body.price_cents < 0 || body.price_cents > kMaxPriceCents) {
    return fail(skerry::invalid_field("price_cents", fmt::format("expected 0 to {}", kMaxPriceCents)));
  }
  return {};
}

ProductChanged changed_event(const VersionedProduct& product) {
  ProductChanged event;
  event.set_sku(product.sku);
  event.set_name(product.name);
  event.set_price_cents(product.price_cents);
  return event;
}

}  // namespace

ProductChanges::ProductChanges(std::shared_ptr<InventoryStore> store, std::shared_ptr<ServiceEvents> events,
                               std::string topic)
    : store_(std::move(store)), events_(std::move(events)), topic_(std::move(topic)) {}

Task<> ProductChanges::publish_all() {
  events_->use_topics({topic_});
  co_await store_->database().fill_once("products published", [this](Transaction& tx) -> Task<> {
    for (const VersionedProduct& product :
         co_await tx.query<VersionedProduct>("select sku, name, price_cents, version from products order by sku")) {
      co_await events_->outbox().publish(tx, changed_event(product), product.sku,
                                         {.topic = topic_, .sequence = product.version});
    }
  });
}

Task<ProductRow> ProductChanges::change(std::string sku, ProductBody body) {
  co_await check_product(body);
  co_return co_await store_->database().transaction([&](Transaction& tx) -> Task<ProductRow> {
    const std::int64_t changed = co_await tx.execute(
        "update products set name = coalesce(?, name), price_cents = ?, version = version + 1 where sku = ?", body.name,
        body.price_cents, sku);
    if (changed == 0) co_return Error::not_found("no product {}", sku).with_detail("sku", sku);
    const auto now =
        co_await tx.one<VersionedProduct>("select sku, name, price_cents, version from products where sku = ?", sku);
    co_await events_->outbox().publish(tx, changed_event(*now), sku, {.topic = topic_, .sequence = now->version});
    std::optional<ProductRow> product = co_await find_product(tx, sku);
    co_return *std::move(product);
  });
}

Task<http::Response> put_product(std::shared_ptr<ProductChanges> changes, http::Request request) {
  const std::string text = co_await request.body.read_all(kMaxProductBytes);
  ProductBody body = co_await skerry::parse_json<ProductBody>(text);
  co_return http::json(skerry::to_json(co_await changes->change(request.param("sku"), std::move(body))));
}

}  // namespace shop
