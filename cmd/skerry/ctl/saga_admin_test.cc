// SPDX-License-Identifier: Apache-2.0
//
// Against real admin listeners on the loopback that answer as saga::add_admin_routes does.
#include "cmd/skerry/ctl/saga_admin.h"

#include <gtest/gtest.h>

#include "cmd/skerry/ctl/saga_admin_fixture.h"

namespace skerry::cmd {
namespace {

std::vector<std::string> places(const std::vector<ListedSaga>& sagas) {
  std::vector<std::string> found;
  for (const ListedSaga& saga : sagas) found.push_back(saga.service + "/" + saga.id);
  return found;
}

using Places = std::vector<std::string>;

TEST_F(SagaAdminTest, lists_the_sagas_of_all_services_once_and_the_newest_first) {
  serve("order", {{.id = "o1", .created_ms = 10}, {.id = "o2", .created_ms = 30}});
  serve_again("order");
  serve("billing", {{.id = "b1", .created_ms = 20}});
  serve_without_sagas("user");
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("");
    EXPECT_TRUE(admin.warnings().empty());
    const auto all = co_await admin.list({});
    EXPECT_EQ(places(all), (Places{"order/o2", "billing/b1", "order/o1"}));
    const auto two = co_await admin.list({.limit = 2});
    EXPECT_EQ(places(two), (Places{"order/o2", "billing/b1"}));
  });
}

TEST_F(SagaAdminTest, reads_all_pages_of_a_long_list) {
  std::vector<FakeSaga> sagas;
  for (int at = 0; at < 2'500; ++at) sagas.push_back({.id = fmt::format("o{}", at), .created_ms = 2'500 - at});
  serve("order", sagas);
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("order");
    const auto all = co_await admin.list({});
    EXPECT_EQ(all.size(), 2'500U);
    const auto some = co_await admin.list({.limit = 1'001});
    EXPECT_EQ(some.size(), 1'001U);
    EXPECT_EQ(some.back().id, "o1000");
  });
}

TEST_F(SagaAdminTest, asks_for_a_state_and_a_definition) {
  serve("order", {{.id = "o1", .state = "stuck"}, {.id = "o2"}, {.id = "o3", .saga = "refund", .state = "stuck"}});
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("");
    const auto stuck = co_await admin.list({.state = "stuck", .saga = "refund"});
    EXPECT_EQ(places(stuck), Places{"order/o3"});
  });
}

TEST_F(SagaAdminTest, prefers_what_an_instance_with_the_definition_tells) {
  serve("order", {{.id = "o1", .known = false}});
  serve("order", {{.id = "o1", .known = true}});
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("");
    const auto listed = co_await admin.list({});
    EXPECT_EQ(listed.size(), 1U);
    EXPECT_TRUE(listed.front().known);
    const ShownSaga shown = co_await admin.show("o1");
    EXPECT_TRUE(shown.known);
    // The first refuses for want of the definition.
    const std::string state = co_await admin.retry("order", "o1");
    EXPECT_EQ(state, "running");
  });
}

TEST_F(SagaAdminTest, says_what_there_is_instead_of_what_is_not_found) {
  serve("order", {{.id = "o1"}});
  serve_without_sagas("user");
  run([](SagaAdmin& admin) -> Task<> {
    const auto typo = co_await admin.find_services("odrer").result();
    EXPECT_EQ(typo.error().code(), Code::kNotFound);
    EXPECT_EQ(typo.error().message(), "no service odrer is registered; there are: order, user");
    const auto without = co_await admin.find_services("user").result();
    EXPECT_EQ(without.error().message(), "the service user has no sagas");
    co_await admin.find_services("order");
    const auto unknown = co_await admin.show("o9").result();
    EXPECT_EQ(unknown.error().code(), Code::kNotFound);
    EXPECT_EQ(unknown.error().message(), "no saga \"o9\" in order");
  });
}

TEST_F(SagaAdminTest, says_that_nothing_is_registered) {
  run([](SagaAdmin& admin) -> Task<> {
    const auto nobody = co_await admin.find_services("").result();
    EXPECT_EQ(nobody.error().message(), "no service is registered");
  });
}

TEST_F(SagaAdminTest, passes_over_an_instance_that_does_not_answer_with_a_warning) {
  register_dead("order");
  serve("order", {{.id = "o1"}});
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("order");
    EXPECT_EQ(admin.warnings().size(), 1U);
    const auto listed = co_await admin.list({});
    EXPECT_EQ(places(listed), Places{"order/o1"});
  });
}

TEST_F(SagaAdminTest, fails_when_nobody_answers) {
  register_dead("order");
  run([](SagaAdmin& admin) -> Task<> {
    const auto nobody = co_await admin.find_services("").result();
    EXPECT_EQ(nobody.error().code(), Code::kUnavailable);
    EXPECT_NE(nobody.error().message().find("order-0 does not answer at"), std::string::npos);
  });
}

TEST_F(SagaAdminTest, asks_which_service_is_meant_when_two_have_the_id) {
  serve("order", {{.id = "same"}});
  serve("billing", {{.id = "same"}});
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("");
    const auto both = co_await admin.show("same").result();
    EXPECT_EQ(both.error().code(), Code::kFailedPrecondition);
    EXPECT_NE(both.error().message().find("billing, order"), std::string::npos) << both.error().message();
  });
}

TEST_F(SagaAdminTest, passes_ids_and_reasons_of_any_text) {
  serve("order", {{.id = "o/1 ü?"}});
  run([](SagaAdmin& admin) -> Task<> {
    co_await admin.find_services("");
    const ShownSaga shown = co_await admin.show("o/1 ü?");
    EXPECT_EQ(shown.id, "o/1 ü?");
    const std::string state = co_await admin.compensate("order", "o/1 ü?", "recall & more");
    EXPECT_EQ(state, "compensating: recall & more");
  });
}

}  // namespace
}  // namespace skerry::cmd
