// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/logistics_commands.h"

#include <gtest/gtest.h>

#include "examples/shop/logistics/shipment_store.h"
#include "examples/shop/test_participant.h"

namespace shop {
namespace {

using skerry::Task;
using Texts = std::vector<std::string>;

class LogisticsCommands : public ParticipantTest {
 protected:
  Task<> with_logistics(std::function<Task<>(Asker&)> body) {
    store_ = std::make_shared<ShipmentStore>();
    co_await store_->open(folder() / "logistics.db", data("addresses.jsonl"));
    auto participant = co_await make_participant(store_->database());
    handle_logistics_commands(*participant, config_);
    co_await participant->open(store_->database());
    co_await with_asker<OrderShipped, ShipmentStopped, StepRefused>(participant, std::move(body));
  }
  static ShipOrder ship_command(std::string order_id, std::string user_id) {
    ShipOrder command;
    command.set_step(order_id + "/logistics");
    command.set_order_id(std::move(order_id));
    command.set_user_id(std::move(user_id));
    return command;
  }

  std::shared_ptr<ShipmentStore> store_;
  skerry::Live<LogisticsConfig> config_{LogisticsConfig()};
};

TEST_F(LogisticsCommands, an_order_is_shipped_and_its_shipment_stopped) {
  run([this]() -> Task<> {
    co_await with_logistics([this](Asker& asker) -> Task<> {
      co_await asker.send(ship_command("o1", "u1"));
      const Texts shipped = co_await asker.answers(1);
      EXPECT_EQ(shipped[0], R"(OrderShipped step: "o1/logistics" order_id: "o1")");
      const std::optional<ShipmentRow> made = co_await store_->find("o1");
      EXPECT_TRUE(made && made->city == "Porto" && !made->cancelled);
      StopShipment stop;
      stop.set_step("o1/logistics/compensate");
      stop.set_order_id("o1");
      co_await asker.send(stop);
      const Texts stopped = co_await asker.answers(2);
      EXPECT_EQ(stopped[1], R"(ShipmentStopped step: "o1/logistics/compensate" order_id: "o1")");
      const std::optional<ShipmentRow> cancelled = co_await store_->find("o1");
      EXPECT_TRUE(cancelled && cancelled->cancelled);
    });
  });
}

TEST_F(LogisticsCommands, an_address_that_is_not_served_and_an_unknown_user_are_refused) {
  run([this]() -> Task<> {
    config_.set({.served_countries = {"DE"}});
    co_await with_logistics([this](Asker& asker) -> Task<> {
      co_await asker.send(ship_command("o1", "u1"));
      co_await asker.answers(1);
      co_await asker.send(ship_command("o2", "nobody"));
      const Texts answers = co_await asker.answers(2);
      EXPECT_EQ(answers[0], R"(StepRefused step: "o1/logistics" order_id: "o1" reason: "ADDRESS_NOT_SERVED" )"
                            R"(message: "the address of user u1 is not served: nothing is sent to PT")");
      EXPECT_EQ(answers[1], R"(StepRefused step: "o2/logistics" order_id: "o2" reason: "ADDRESS_NOT_SERVED" )"
                            R"(message: "user nobody has no address to send to")");
      const std::optional<ShipmentRow> none = co_await store_->find("o1");
      EXPECT_FALSE(none);
    });
  });
}

}  // namespace
}  // namespace shop
