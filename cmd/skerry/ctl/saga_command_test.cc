// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/saga_command.h"

#include <gtest/gtest.h>

#include "cmd/skerry/ctl/saga_admin_fixture.h"

namespace skerry::cmd {
namespace {

class SagaCommandTest : public SagaAdminTest {
 protected:
  struct Outcome {
    std::string output;
    Result<> ended;
  };

  Outcome command(SagaArguments arguments) {
    Outcome outcome;
    run([&](SagaAdmin& admin) -> Task<> {
      co_await admin.find_services(arguments.service);
      outcome.ended = co_await run_saga_command(admin, arguments, outcome.output).result();
    });
    return outcome;
  }
};

using Changes = std::vector<std::string>;

TEST_F(SagaCommandTest, lists_as_a_table_and_says_when_there_are_more) {
  serve("order", {{.id = "o1", .created_ms = 2}, {.id = "o2", .created_ms = 1}});
  const Outcome all = command({});
  EXPECT_TRUE(all.ended);
  EXPECT_NE(all.output.find("o2"), std::string::npos);
  EXPECT_EQ(all.output.find("and more"), std::string::npos);
  SagaArguments first;
  first.limit = 1;
  const Outcome cut = command(first);
  EXPECT_EQ(cut.output.find("o2"), std::string::npos);
  EXPECT_NE(cut.output.find("and more: these are the newest 1"), std::string::npos);
}

TEST_F(SagaCommandTest, answers_in_json) {
  serve("order", {{.id = "o1", .state = "stuck"}});
  SagaArguments arguments;
  arguments.json = true;
  auto listed = parse_json_value(command(arguments).output);
  EXPECT_EQ(listed->at("sagas").at(0).at("service").as_string(), "order");
  EXPECT_FALSE(listed->at("more").as_bool());
  arguments.action = SagaAction::kShow;
  arguments.ids = {"o1"};
  auto shown = parse_json_value(command(arguments).output);
  EXPECT_EQ(shown->at("sagas").at(0).at("id").as_string(), "o1");
  arguments.action = SagaAction::kRetry;
  auto retried = parse_json_value(command(arguments).output);
  EXPECT_EQ(retried->at("sagas").at(0).at("state").as_string(), "running");
}

TEST_F(SagaCommandTest, all_are_the_stuck_ones_unless_a_state_is_given) {
  serve("order", {{.id = "o1", .state = "stuck"}, {.id = "o2"}, {.id = "o3", .saga = "refund", .state = "stuck"}});
  SagaArguments arguments;
  arguments.action = SagaAction::kRetry;
  arguments.all = true;
  const Outcome retried = command(arguments);
  EXPECT_TRUE(retried.ended);
  EXPECT_EQ(changes(), (Changes{"retry o1", "retry o3"}));
  EXPECT_EQ(retried.output, "order o1: running\norder o3: running\n");
  arguments.action = SagaAction::kCompensate;
  arguments.state = "running";
  EXPECT_TRUE(command(arguments).ended);
  EXPECT_EQ(changes().back(), "compensate o2");
  arguments.state = "compensating";
  EXPECT_EQ(command(arguments).output, "no sagas\n");
}

TEST_F(SagaCommandTest, goes_on_after_one_that_cannot_be_changed_and_fails_at_the_end) {
  serve("order", {{.id = "o1", .state = "completed"}, {.id = "o2", .state = "stuck"}});
  SagaArguments arguments;
  arguments.action = SagaAction::kRetry;
  arguments.ids = {"o9", "o1", "o2"};
  const Outcome retried = command(arguments);
  ASSERT_FALSE(retried.ended);
  EXPECT_EQ(retried.ended.error().code(), Code::kNotFound);
  EXPECT_EQ(changes(), Changes{"retry o2"});
  EXPECT_EQ(retried.output,
            "o9: no saga \"o9\" in order\no1: nothing of it waits for another attempt\norder o2: running\n");
}

TEST_F(SagaCommandTest, an_unknown_id_shows_nothing) {
  serve("order", {{.id = "o1"}});
  SagaArguments arguments;
  arguments.action = SagaAction::kShow;
  arguments.ids = {"o1", "o9"};
  const Outcome shown = command(arguments);
  EXPECT_EQ(shown.output, "");
  EXPECT_EQ(shown.ended.error().code(), Code::kNotFound);
}

TEST(SagaCommand, says_that_the_registry_does_not_answer) {
  Runtime runtime({.workers = 1});
  SagaArguments arguments;
  arguments.etcd = "http://127.0.0.1:1";
  std::string output;
  const Result<> ended = runtime.run([&] { return run_saga_command(arguments, output); });
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().message().starts_with("registry")) << ended.error().message();
}

}  // namespace
}  // namespace skerry::cmd
