// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/shipment_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "examples/shop/test_shop.h"

namespace shop {
namespace {

using skerry::Result;
using skerry::Task;
using skerry::sql::Transaction;

const std::vector<std::string> kServed{"DE", "FR"};

class ShipmentStoreTest : public ShopTest {
 protected:
  ShipmentStoreTest() {
    std::ofstream(folder() / "addresses.jsonl")
        << R"({"user_id":"ann","street":"Mill Road 1","postal_code":"20095","city":"Hamburg","country":"DE"})" << "\n"
        << R"({"user_id":"bob","street":"Hill Street 2","postal_code":"59800","city":"Lille","country":"FR"})" << "\n"
        << R"({"user_id":"cid","street":"Lake Road 3","postal_code":"97201","city":"Portland","country":"US"})" << "\n";
  }
  Task<std::shared_ptr<ShipmentStore>> open_store() {
    auto store = std::make_shared<ShipmentStore>();
    co_await store->open(folder() / "logistics.db", folder() / "addresses.jsonl");
    co_return store;
  }
  static Task<ShipmentRow> ship_in(std::shared_ptr<ShipmentStore> store, WantedShipment wanted,
                                   std::vector<std::string> served = kServed) {
    co_return co_await store->database().transaction(
        [&](Transaction& transaction) { return ship(transaction, wanted, served); });
  }
  static Task<ShipmentRow> cancel_in(std::shared_ptr<ShipmentStore> store, std::string order_id) {
    co_return co_await store->database().transaction(
        [&order_id](Transaction& transaction) { return cancel_shipment(transaction, order_id); });
  }
};

TEST_F(ShipmentStoreTest, a_shipment_goes_to_the_address_of_its_user) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const ShipmentRow shipment = co_await ship_in(store, {"o1", "ann"});
    EXPECT_EQ(shipment.street, "Mill Road 1");
    EXPECT_EQ(shipment.postal_code, "20095");
    EXPECT_EQ(shipment.city, "Hamburg");
    EXPECT_EQ(shipment.country, "DE");
    const std::optional<ShipmentRow> found = co_await store->find("o1");
    EXPECT_TRUE(found && found->user_id == "ann" && found->city == "Hamburg" && !found->cancelled);
    const std::optional<ShipmentRow> none = co_await store->find("o2");
    EXPECT_FALSE(none);
  });
}

TEST_F(ShipmentStoreTest, an_address_that_is_not_served_is_refused_and_leaves_nothing) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const Result<ShipmentRow> far = co_await ship_in(store, {"o1", "cid"}).result();
    EXPECT_EQ(far.error().to_string(),
              "FAILED_PRECONDITION: the address of user cid is not served: nothing is sent to US");
    EXPECT_EQ(far.error().detail("reason"), "ADDRESS_NOT_SERVED");
    const Result<ShipmentRow> nowhere = co_await ship_in(store, {"o1", "nobody"}).result();
    EXPECT_EQ(nowhere.error().to_string(), "FAILED_PRECONDITION: user nobody has no address to send to");
    EXPECT_EQ(nowhere.error().detail("reason"), "ADDRESS_NOT_SERVED");
    const std::optional<ShipmentRow> recorded = co_await store->find("o1");
    EXPECT_FALSE(recorded);
  });
}

TEST_F(ShipmentStoreTest, an_order_is_shipped_once_even_if_its_country_is_not_served_any_more) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await ship_in(store, {"o1", "ann"});
    const ShipmentRow again = co_await ship_in(store, {"o1", "ann"}, {"FR"});
    EXPECT_EQ(again.city, "Hamburg");
    const std::string other = co_await failure_of(ship_in(store, {"o1", "bob"}));
    EXPECT_EQ(other, "ALREADY_EXISTS: order o1 is shipped to another user");
    const std::string now_far = co_await failure_of(ship_in(store, {"o2", "ann"}, {"FR"}));
    EXPECT_EQ(now_far, "FAILED_PRECONDITION: the address of user ann is not served: nothing is sent to DE");
  });
}

TEST_F(ShipmentStoreTest, a_shipment_is_cancelled_for_good) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await ship_in(store, {"o1", "ann"});
    for (int i = 0; i < 2; ++i) {
      const ShipmentRow cancelled = co_await cancel_in(store, "o1");
      EXPECT_TRUE(cancelled.cancelled);
      EXPECT_EQ(cancelled.city, "Hamburg");
    }
    const std::string again = co_await failure_of(ship_in(store, {"o1", "ann"}));
    EXPECT_EQ(again, "ABORTED: the shipment of order o1 was cancelled");
  });
}

TEST_F(ShipmentStoreTest, a_shipment_that_comes_after_its_cancellation_is_refused) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const ShipmentRow nothing = co_await cancel_in(store, "o1");
    EXPECT_TRUE(nothing.cancelled);
    EXPECT_EQ(nothing.user_id, "");
    auto restarted = co_await open_store();
    const std::string late = co_await failure_of(ship_in(restarted, {"o1", "ann"}));
    EXPECT_EQ(late, "ABORTED: the shipment of order o1 was cancelled");
  });
}

}  // namespace
}  // namespace shop
