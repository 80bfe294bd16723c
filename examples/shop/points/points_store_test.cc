// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "examples/shop/test_shop.h"

#include "skerry/async/scope.h"

namespace shop {
namespace {

using skerry::Result;
using skerry::Scope;
using skerry::Task;
using skerry::sql::Transaction;

class PointsStoreTest : public ShopTest {
 protected:
  Task<std::shared_ptr<PointsStore>> open_store() {
    auto store = std::make_shared<PointsStore>();
    co_await store->open(folder() / "points.db");
    co_return store;
  }
  static Task<GrantRow> grant_in(std::shared_ptr<PointsStore> store, WantedGrant wanted) {
    co_return co_await store->database().transaction(
        [&wanted](Transaction& transaction) { return grant(transaction, wanted); });
  }
  static Task<GrantRow> revoke_in(std::shared_ptr<PointsStore> store, std::string order_id) {
    co_return co_await store->database().transaction(
        [&order_id](Transaction& transaction) { return revoke(transaction, order_id); });
  }
};

TEST_F(PointsStoreTest, every_whole_unit_of_the_currency_is_a_point) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const GrantRow none = co_await grant_in(store, {"o1", "ann", 99});
    EXPECT_EQ(none.points, 0);
    const GrantRow one = co_await grant_in(store, {"o2", "ann", 100});
    EXPECT_EQ(one.points, 1);
    const GrantRow many = co_await grant_in(store, {"o3", "ann", 12'345});
    EXPECT_EQ(many.points, 123);
    const std::int64_t balance = co_await store->balance("ann");
    EXPECT_EQ(balance, 124);
    const std::int64_t nobody = co_await store->balance("nobody");
    EXPECT_EQ(nobody, 0);
  });
}

TEST_F(PointsStoreTest, an_order_earns_its_points_once_however_often_it_is_repeated) {
  run([this]() -> Task<> {
    auto first = co_await open_store();
    auto second = co_await open_store();
    co_await grant_in(first, {"o1", "ann", 500});
    const GrantRow again = co_await grant_in(second, {"o1", "ann", 500});
    EXPECT_EQ(again.points, 5);
    const std::int64_t balance = co_await first->balance("ann");
    EXPECT_EQ(balance, 5);
    const std::string other = co_await failure_of(grant_in(first, {"o1", "bob", 500}));
    EXPECT_EQ(other, "ALREADY_EXISTS: the points of order o1 were granted for another user or amount");
  });
}

TEST_F(PointsStoreTest, points_are_taken_back_once_and_for_good) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await grant_in(store, {"o1", "ann", 500});
    co_await grant_in(store, {"o2", "ann", 700});
    for (int i = 0; i < 2; ++i) {
      const GrantRow revoked = co_await revoke_in(store, "o1");
      EXPECT_TRUE(revoked.revoked);
      EXPECT_EQ(revoked.points, 5);
    }
    const std::int64_t balance = co_await store->balance("ann");
    EXPECT_EQ(balance, 7);
    const std::string again = co_await failure_of(grant_in(store, {"o1", "ann", 500}));
    EXPECT_EQ(again, "ABORTED: the points of order o1 were revoked");
  });
}

TEST_F(PointsStoreTest, a_grant_that_comes_after_its_revocation_is_refused) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const GrantRow nothing = co_await revoke_in(store, "o1");
    EXPECT_TRUE(nothing.revoked);
    EXPECT_EQ(nothing.points, 0);
    const std::string late = co_await failure_of(grant_in(store, {"o1", "ann", 500}));
    EXPECT_EQ(late, "ABORTED: the points of order o1 were revoked");
    const std::int64_t balance = co_await store->balance("ann");
    EXPECT_EQ(balance, 0);
  });
}

TEST_F(PointsStoreTest, grants_and_revocations_in_any_order_leave_the_sum_of_what_was_not_revoked) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  run([this, seed]() -> Task<> {
    std::vector<std::shared_ptr<PointsStore>> instances;
    instances.push_back(co_await open_store());
    instances.push_back(co_await open_store());
    // Each order twice of either, all at once: which of them comes first is left to chance.
    std::vector<std::pair<std::string, bool>> calls;
    for (int i = 0; i < 30; ++i) {
      for (const bool revoking : {false, false, true, true}) {
        if (!revoking || i % 2 == 0) calls.emplace_back(fmt::format("o{}", i), revoking);
      }
    }
    std::shuffle(calls.begin(), calls.end(), std::mt19937_64(seed));
    co_await skerry::with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < calls.size(); ++i) {
        scope.go([&, i]() -> Task<> {
          const auto& [order_id, revoking] = calls[i];
          if (revoking) {
            co_await revoke_in(instances[i % 2], order_id);
          } else {
            // Late for its revocation it is refused.
            (void)co_await grant_in(instances[i % 2], {order_id, "ann", 200}).result();
          }
        });
      }
      co_return;
    });
    const std::int64_t balance = co_await instances[0]->balance("ann");
    EXPECT_EQ(balance, 15 * 2);
  });
}

}  // namespace
}  // namespace shop
