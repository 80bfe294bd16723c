// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_commands.h"

#include <gtest/gtest.h>

#include "examples/shop/inventory/inventory_store.h"
#include "examples/shop/test_participant.h"

namespace shop {
namespace {

using skerry::Task;
using Texts = std::vector<std::string>;

class InventoryCommands : public ParticipantTest {
 protected:
  /// One instance of the service.
  struct Instance {
    std::shared_ptr<InventoryStore> store;
    std::shared_ptr<Participant> participant;
  };
  Task<Instance> open_instance() {
    Instance instance{.store = std::make_shared<InventoryStore>(), .participant = nullptr};
    co_await instance.store->open(folder() / "inventory.db", data("products.jsonl"));
    instance.participant = co_await make_participant(instance.store->database());
    handle_inventory_commands(*instance.participant, skerry::Live(ServiceConfig()));
    co_await instance.participant->open(instance.store->database());
    co_return instance;
  }
  Task<> with_inventory(std::function<Task<>(Asker&, std::shared_ptr<InventoryStore>)> body) {
    const Instance instance = co_await open_instance();
    co_await with_asker<StockReserved, StockReleased, StepRefused>(
        instance.participant, [&](Asker& asker) { return body(asker, instance.store); });
  }
  static Task<std::int64_t> stock_of(std::shared_ptr<InventoryStore> store, std::string sku) {
    const std::optional<ProductRow> product = co_await store->product(std::move(sku));
    co_return product ? product->stock : -1;
  }
  static ReserveStock reserve_command(std::string order_id, std::string sku, std::int32_t quantity) {
    ReserveStock command;
    command.set_step(order_id + "/inventory");
    command.set_order_id(std::move(order_id));
    ReserveItem& item = *command.add_items();
    item.set_sku(std::move(sku));
    item.set_quantity(quantity);
    return command;
  }
  static ReleaseStock release_command(std::string order_id) {
    ReleaseStock command;
    command.set_step(order_id + "/inventory/compensate");
    command.set_order_id(std::move(order_id));
    return command;
  }
};

TEST_F(InventoryCommands, stock_is_taken_once_until_it_is_released) {
  run([this]() -> Task<> {
    co_await with_inventory([](Asker& asker, std::shared_ptr<InventoryStore> store) -> Task<> {
      const std::int64_t before = co_await stock_of(store, "SKU-0001");
      for (int i = 0; i < 2; ++i) co_await asker.send(reserve_command("o1", "SKU-0001", 2));
      const Texts reserved = co_await asker.answers(2);
      EXPECT_EQ(reserved[0], R"(StockReserved step: "o1/inventory" order_id: "o1")");
      EXPECT_EQ(reserved[1], reserved[0]);
      const std::int64_t between = co_await stock_of(store, "SKU-0001");
      EXPECT_EQ(between, before - 2);
      // It does not expire.
      const std::size_t expired = co_await store->sweep(std::chrono::system_clock::now() + 2 * kReservationLife);
      EXPECT_EQ(expired, 0u);
      co_await asker.send(release_command("o1"));
      const Texts released = co_await asker.answers(3);
      EXPECT_EQ(released[2], R"(StockReleased step: "o1/inventory/compensate" order_id: "o1")");
      const std::int64_t after = co_await stock_of(store, "SKU-0001");
      EXPECT_EQ(after, before);
    });
  });
}

TEST_F(InventoryCommands, too_little_stock_an_unknown_product_and_no_items_are_refused) {
  run([this]() -> Task<> {
    co_await with_inventory([](Asker& asker, std::shared_ptr<InventoryStore> store) -> Task<> {
      const std::int64_t before = co_await stock_of(store, "SKU-0001");
      co_await asker.send(reserve_command("o1", "SKU-0001", 999'999));
      co_await asker.answers(1);
      co_await asker.send(reserve_command("o2", "no-such", 1));
      co_await asker.answers(2);
      ReserveStock nothing = reserve_command("o3", "", 0);
      nothing.clear_items();
      co_await asker.send(nothing);
      const Texts answers = co_await asker.answers(3);
      EXPECT_EQ(answers[0], fmt::format(R"(StepRefused step: "o1/inventory" order_id: "o1" reason: "OUT_OF_STOCK" )"
                                        R"(message: "not enough stock of SKU-0001: 999999 wanted, {} left")",
                                        before));
      EXPECT_EQ(answers[1], R"(StepRefused step: "o2/inventory" order_id: "o2" reason: "NOT_FOUND" )"
                            R"(message: "no product no-such")");
      EXPECT_EQ(answers[2], R"(StepRefused step: "o3/inventory" order_id: "o3" reason: "INVALID_ARGUMENT" )"
                            R"(message: "items: expected at least one item")");
      const std::int64_t after = co_await stock_of(store, "SKU-0001");
      EXPECT_EQ(after, before);
    });
  });
}

TEST_F(InventoryCommands, two_instances_share_the_commands_and_sell_nothing_twice) {
  run([this]() -> Task<> {
    const Instance first = co_await open_instance();
    const Instance second = co_await open_instance();
    const std::int64_t before = co_await stock_of(first.store, "SKU-0001");
    constexpr int kOrders = 20;
    co_await with_asker<StockReserved, StepRefused>(first.participant, [&](Asker& asker) -> Task<> {
      co_await beside({running(second.participant)}, [&]() -> Task<> {
        for (int i = 0; i < 2 * kOrders; ++i) {
          co_await asker.send(reserve_command(fmt::format("o{}", i % kOrders), "SKU-0001", 1));
        }
        co_await asker.answers(2 * kOrders);
      });
    });
    const std::int64_t after = co_await stock_of(second.store, "SKU-0001");
    EXPECT_EQ(after, before - kOrders);
  });
}

}  // namespace
}  // namespace shop
