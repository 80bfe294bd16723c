// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/catalogue.h"

#include <gtest/gtest.h>

#include "examples/shop/order/order_store.h"
#include "examples/shop/test_shop.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::sql::Transaction;

UserChanged known_user(std::string user_id) {
  UserChanged user;
  user.set_user_id(std::move(user_id));
  return user;
}

ProductChanged known_product(std::string sku, std::string name, std::int64_t price_cents) {
  ProductChanged product;
  product.set_sku(std::move(sku));
  product.set_name(std::move(name));
  product.set_price_cents(price_cents);
  return product;
}

class CatalogueTest : public ShopTest {
 protected:
  /// Knows one user and three products.
  Task<std::shared_ptr<OrderStore>> open_catalogue() {
    auto store = std::make_shared<OrderStore>();
    co_await store->open(folder() / "order.db");
    co_await store->database().transaction([](Transaction& tx) -> Task<> {
      co_await save_user(tx, known_user("u1"));
      co_await save_product(tx, known_product("pear", "Pear", 30));
      co_await save_product(tx, known_product("plum", "Plum", 40));
      co_await save_product(tx, known_product("gold", "Gold", 1'000'000'000'000));
    });
    co_return store;
  }
};

TEST_F(CatalogueTest, an_order_is_priced_with_one_line_for_each_product) {
  run([this]() -> Task<> {
    auto store = co_await open_catalogue();
    const StoredOrder order = co_await price_order(store->database(), {"u1", {{"plum", 2}, {"pear", 1}, {"plum", 3}}});
    EXPECT_EQ(order.user_id, "u1");
    EXPECT_EQ(order.mode, OrderMode::kEvents);
    EXPECT_EQ(order.state, OrderState::kAccepted);
    EXPECT_EQ(order.total_cents, 5 * 40 + 30);
    EXPECT_TRUE(order.begun.empty());
    EXPECT_EQ(skerry::to_json(order.items), R"([{"sku":"plum","name":"Plum","quantity":5,"price_cents":40},)"
                                            R"({"sku":"pear","name":"Pear","quantity":1,"price_cents":30}])");
  });
}

TEST_F(CatalogueTest, a_changed_product_replaces_the_former_one) {
  run([this]() -> Task<> {
    auto store = co_await open_catalogue();
    co_await store->database().transaction(
        [](Transaction& tx) { return save_product(tx, known_product("pear", "Conference", 35)); });
    const StoredOrder order = co_await price_order(store->database(), {"u1", {{"pear", 1}}});
    EXPECT_EQ(order.total_cents, 35);
    EXPECT_EQ(order.items.at(0).name, "Conference");
  });
}

TEST_F(CatalogueTest, what_the_copy_does_not_have_is_not_found) {
  run([this]() -> Task<> {
    auto store = co_await open_catalogue();
    const std::string no_user = co_await failure_of(price_order(store->database(), {"u2", {{"pear", 1}}}));
    EXPECT_EQ(no_user, "NOT_FOUND: no user u2");
    const std::string no_product = co_await failure_of(price_order(store->database(), {"u1", {{"quince", 1}}}));
    EXPECT_EQ(no_product, "NOT_FOUND: no product quince");
  });
}

TEST_F(CatalogueTest, what_is_too_much_is_an_invalid_argument) {
  run([this]() -> Task<> {
    auto store = co_await open_catalogue();
    const std::string many =
        co_await failure_of(price_order(store->database(), {"u1", {{"pear", kMaxQuantity}, {"pear", 1}}}));
    EXPECT_EQ(many, "INVALID_ARGUMENT: items: expected at most 1000000 of pear");
    const std::string dear = co_await failure_of(price_order(store->database(), {"u1", {{"gold", 1'001}}}));
    EXPECT_EQ(dear, "INVALID_ARGUMENT: items: expected a total of at most 1000000000000000 cents");
    const std::string together =
        co_await failure_of(price_order(store->database(), {"u1", {{"gold", 1'000}, {"pear", 1}}}));
    EXPECT_EQ(together, dear);
  });
}

}  // namespace
}  // namespace shop
