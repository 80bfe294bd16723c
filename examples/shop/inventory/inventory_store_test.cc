// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>

#include "examples/shop/inventory/stock.h"
#include "examples/shop/test_shop.h"

#include "skerry/async/scope.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Scope;
using skerry::Task;
using skerry::sql::Transaction;

const WallTime kStart = WallTime(std::chrono::hours(500'000));

class InventoryStoreTest : public ShopTest {
 protected:
  InventoryStoreTest() {
    std::ofstream(seed()) << R"({"sku":"apple","name":"Apple","price_cents":50,"stock":10})" << "\n"
                          << R"({"sku":"bread","name":"Bread","price_cents":300,"stock":2})" << "\n"
                          << R"({"sku":"candle","name":"Candle","price_cents":999,"stock":0})" << "\n";
  }
  std::filesystem::path seed() const { return folder() / "products.jsonl"; }
  std::filesystem::path database() const { return folder() / "inventory.db"; }

  Task<std::shared_ptr<InventoryStore>> open_store() {
    auto store = std::make_shared<InventoryStore>();
    co_await store->open(database(), seed());
    co_return store;
  }
  static Task<std::int64_t> stock_of(std::shared_ptr<InventoryStore> store, std::string sku) {
    const std::optional<ProductRow> product = co_await store->product(std::move(sku));
    co_return product ? product->stock : -1;
  }
};

TEST_F(InventoryStoreTest, a_reservation_takes_all_items_out_of_the_stock_at_todays_prices) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const Hold hold = co_await store->reserve("o1", {{"bread", 2}, {"apple", 3}}, kStart);
    EXPECT_EQ(hold.state, HoldState::kHeld);
    EXPECT_EQ(hold.expires_at, kStart + kReservationLife);
    EXPECT_EQ(hold.items.size(), 2u);
    EXPECT_EQ(hold.items[0].name, "Bread");
    EXPECT_EQ(hold.items[0].price_cents, 300);
    EXPECT_EQ(hold.items[1].quantity, 3);
    const std::int64_t apples = co_await stock_of(store, "apple");
    const std::int64_t bread = co_await stock_of(store, "bread");
    EXPECT_EQ(apples, 7);
    EXPECT_EQ(bread, 0);
  });
}

TEST_F(InventoryStoreTest, a_reservation_takes_all_or_nothing) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const std::string short_of = co_await failure_of(store->reserve("o1", {{"apple", 3}, {"bread", 3}}, kStart));
    EXPECT_EQ(short_of, "FAILED_PRECONDITION: not enough stock of bread: 3 wanted, 2 left");
    const std::string unknown = co_await failure_of(store->reserve("o1", {{"apple", 3}, {"nothing", 1}}, kStart));
    EXPECT_EQ(unknown, "NOT_FOUND: no product nothing");
    const std::int64_t apples = co_await stock_of(store, "apple");
    EXPECT_EQ(apples, 10);
    // Nothing of the failed attempts stands in the way of another one for the same order.
    co_await store->reserve("o1", {{"apple", 3}, {"bread", 2}}, kStart);
  });
}

TEST_F(InventoryStoreTest, a_refused_reserve_writes_nothing_into_a_transaction_that_goes_on) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await store->database().transaction([](Transaction& transaction) -> Task<> {
      const Result<Hold> refused =
          co_await reserve_stock(transaction, "o1", {{"apple", 3}, {"bread", 3}}, kStart).result();
      EXPECT_FALSE(refused);
      co_await reserve_stock(transaction, "o2", {{"apple", 1}}, kStart);
    });
    const std::int64_t apples = co_await stock_of(store, "apple");
    EXPECT_EQ(apples, 9);
    const std::string none = co_await failure_of(store->confirm("o1"));
    EXPECT_EQ(none, "NOT_FOUND: order o1 has no reservation");
  });
}

TEST_F(InventoryStoreTest, a_repeated_reserve_takes_nothing_more_whichever_instance_it_reaches) {
  run([this]() -> Task<> {
    auto first = co_await open_store();
    auto second = co_await open_store();
    co_await first->reserve("o1", {{"apple", 3}}, kStart);
    const Hold again = co_await second->reserve("o1", {{"apple", 3}}, kStart + 5s);
    EXPECT_EQ(again.expires_at, kStart + kReservationLife);
    const std::int64_t apples = co_await stock_of(first, "apple");
    EXPECT_EQ(apples, 7);
    const std::string other = co_await failure_of(second->reserve("o1", {{"apple", 4}}, kStart));
    EXPECT_EQ(other, "ALREADY_EXISTS: order o1 has a reservation of other items");
  });
}

TEST_F(InventoryStoreTest, a_release_gives_back_once_and_is_final) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await store->reserve("o1", {{"apple", 3}, {"bread", 1}}, kStart);
    co_await store->confirm("o1");
    co_await store->release("o1", kStart);
    const Hold again = co_await store->release("o1", kStart);
    EXPECT_EQ(again.state, HoldState::kReleased);
    EXPECT_EQ(again.items.size(), 2u);
    const std::int64_t apples = co_await stock_of(store, "apple");
    const std::int64_t bread = co_await stock_of(store, "bread");
    EXPECT_EQ(apples, 10);
    EXPECT_EQ(bread, 2);
    const std::string confirmed = co_await failure_of(store->confirm("o1"));
    EXPECT_EQ(confirmed, "ABORTED: the reservation of order o1 was released");
  });
}

TEST_F(InventoryStoreTest, a_reserve_that_comes_after_its_release_is_refused) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await store->release("o1", kStart);
    const std::string late = co_await failure_of(store->reserve("o1", {{"apple", 1}}, kStart));
    EXPECT_EQ(late, "ABORTED: the reservation of order o1 was released");
    const std::int64_t apples = co_await stock_of(store, "apple");
    EXPECT_EQ(apples, 10);
  });
}

TEST_F(InventoryStoreTest, a_reservation_that_is_not_confirmed_expires) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await store->reserve("o1", {{"apple", 3}}, kStart);
    const std::size_t early = co_await store->sweep(kStart + kReservationLife - 1ms);
    EXPECT_EQ(early, 0u);
    const std::size_t due = co_await store->sweep(kStart + kReservationLife);
    EXPECT_EQ(due, 1u);
    const std::int64_t apples = co_await stock_of(store, "apple");
    EXPECT_EQ(apples, 10);
    const std::string confirmed = co_await failure_of(store->confirm("o1"));
    EXPECT_EQ(confirmed, "ABORTED: the reservation of order o1 was released");
    static_assert(kReservationLife + kSweepInterval < 30s);
  });
}

TEST_F(InventoryStoreTest, a_confirmed_reservation_does_not_expire) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await store->reserve("o1", {{"apple", 3}}, kStart);
    co_await store->confirm("o1");
    const Hold again = co_await store->confirm("o1");
    EXPECT_EQ(again.state, HoldState::kConfirmed);
    const std::size_t swept = co_await store->sweep(kStart + 1000h);
    EXPECT_EQ(swept, 0u);
    const std::int64_t apples = co_await stock_of(store, "apple");
    EXPECT_EQ(apples, 7);
    const std::string unknown = co_await failure_of(store->confirm("o2"));
    EXPECT_EQ(unknown, "NOT_FOUND: order o2 has no reservation");
  });
}

TEST_F(InventoryStoreTest, a_released_reservation_is_forgotten_after_a_day) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await store->release("o1", kStart);
    co_await store->sweep(kStart + kReleasedKept - 1ms);
    const std::string remembered = co_await failure_of(store->reserve("o1", {{"apple", 1}}, kStart));
    EXPECT_EQ(remembered, "ABORTED: the reservation of order o1 was released");
    co_await store->sweep(kStart + kReleasedKept);
    co_await store->reserve("o1", {{"apple", 1}}, kStart);
  });
}

TEST_F(InventoryStoreTest, a_hundred_concurrent_orders_for_the_last_ten_sell_exactly_ten) {
  run([this]() -> Task<> {
    std::vector<std::shared_ptr<InventoryStore>> instances;
    instances.push_back(co_await open_store());
    instances.push_back(co_await open_store());
    std::atomic<int> sold = 0;
    std::atomic<int> refused = 0;
    co_await skerry::with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 100; ++i) {
        scope.go([&instances, &sold, &refused, i]() -> Task<> {
          const auto& store = instances[static_cast<std::size_t>(i % 2)];
          Result<Hold> hold = co_await store->reserve(fmt::format("o{}", i), {{"apple", 1}}, kStart).result();
          if (hold) {
            ++sold;
          } else if (hold.error().code() == skerry::Code::kFailedPrecondition) {
            ++refused;
          }
        });
      }
      co_return;
    });
    EXPECT_EQ(sold, 10);
    EXPECT_EQ(refused, 90);
    const std::int64_t apples = co_await stock_of(instances[0], "apple");
    EXPECT_EQ(apples, 0);
  });
}

TEST_F(InventoryStoreTest, instances_that_start_together_fill_the_database_once) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      skerry::Runtime runtime({.workers = 1});
      const Result<> opened = runtime.run([this]() -> Task<> {
        InventoryStore store;
        co_await store.open(database(), seed());
        co_await store.reserve(fmt::format("o{}", ::getpid()), {{"apple", 1}}, kStart);
      });
      ::_exit(opened ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const std::int64_t apples = co_await stock_of(store, "apple");
    EXPECT_EQ(apples, 6);
  });
}

}  // namespace
}  // namespace shop
