// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_routes.h"

#include <charconv>
#include <utility>

namespace shop {

using skerry::Result;
using skerry::Task;
namespace http = skerry::http;

namespace {

struct ProductsPage {
  std::vector<ProductRow> products;
  std::string next;
};
BOOST_DESCRIBE_STRUCT(ProductsPage, (), (products, next))

Result<int> parse_limit(const std::optional<std::string>& text) {
  if (!text) return kDefaultPageSize;
  int limit = 0;
  const char* end = text->data() + text->size();
  const auto [stop, problem] = std::from_chars(text->data(), end, limit);
  if (problem == std::errc::result_out_of_range && text->front() != '-') return kMaxPageSize;
  if (problem != std::errc() || stop != end || limit < 1) {
    return fail(skerry::invalid_field("limit", fmt::format("expected a number from 1 to {}", kMaxPageSize)));
  }
  return limit;
}

}  // namespace

Task<http::Response> get_product(std::shared_ptr<Inventory> inventory, http::Request request) {
  co_return http::json(skerry::to_json(co_await inventory->product(request.param("sku"))));
}

Task<http::Response> list_products(std::shared_ptr<Inventory> inventory, http::Request request) {
  const std::optional<std::string> limit_text = co_await request.query_param("limit");
  const int limit = co_await parse_limit(limit_text);
  const std::optional<std::string> after = co_await request.query_param("after");
  Inventory::Page page = co_await inventory->page(after.value_or(""), limit);
  co_return http::json(skerry::to_json(ProductsPage{std::move(page.products), std::move(page.next)}));
}

}  // namespace shop
