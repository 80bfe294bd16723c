// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points_commands.h"

#include <gtest/gtest.h>

#include "examples/shop/points/points_store.h"
#include "examples/shop/test_participant.h"

namespace shop {
namespace {

using skerry::Task;
using Texts = std::vector<std::string>;

class PointsCommands : public ParticipantTest {
 protected:
  Task<> with_points(std::function<Task<>(Asker&)> body) {
    store_ = std::make_shared<PointsStore>();
    co_await store_->open(folder() / "points.db");
    auto participant = co_await make_participant(store_->database());
    handle_points_commands(*participant, skerry::Live(PointsConfig()));
    co_await participant->open(store_->database());
    co_await with_asker<PointsGranted, PointsRevoked, StepRefused>(participant, std::move(body));
  }
  static GrantPoints grant_command(std::string order_id, std::string user_id, std::int64_t amount_cents) {
    GrantPoints command;
    command.set_step(order_id + "/points");
    command.set_order_id(std::move(order_id));
    command.set_user_id(std::move(user_id));
    command.set_amount_cents(amount_cents);
    return command;
  }

  std::shared_ptr<PointsStore> store_;
};

TEST_F(PointsCommands, points_are_granted_once_and_revoked) {
  run([this]() -> Task<> {
    co_await with_points([this](Asker& asker) -> Task<> {
      for (int i = 0; i < 2; ++i) co_await asker.send(grant_command("o1", "u1", 1390));
      const Texts granted = co_await asker.answers(2);
      EXPECT_EQ(granted[0], R"(PointsGranted step: "o1/points" order_id: "o1" points: 13)");
      EXPECT_EQ(granted[1], granted[0]);
      const std::int64_t between = co_await store_->balance("u1");
      EXPECT_EQ(between, 13);
      RevokePoints revoke;
      revoke.set_step("o1/points/compensate");
      revoke.set_order_id("o1");
      co_await asker.send(revoke);
      const Texts revoked = co_await asker.answers(3);
      EXPECT_EQ(revoked[2], R"(PointsRevoked step: "o1/points/compensate" order_id: "o1")");
      const std::int64_t after = co_await store_->balance("u1");
      EXPECT_EQ(after, 0);
    });
  });
}

TEST_F(PointsCommands, a_command_without_a_user_is_refused) {
  run([this]() -> Task<> {
    co_await with_points([](Asker& asker) -> Task<> {
      co_await asker.send(grant_command("o1", "", 100));
      const Texts answers = co_await asker.answers(1);
      EXPECT_EQ(answers[0], R"(StepRefused step: "o1/points" order_id: "o1" reason: "INVALID_ARGUMENT" )"
                            R"(message: "user_id: expected 1 to 128 bytes")");
    });
  });
}

}  // namespace
}  // namespace shop
