// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/saga_text.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace skerry::cmd {
namespace {

saga::SagaSummary summary_to_show() {
  return {.id = "o3",
          .saga = "order",
          .version = 2,
          .state = "stuck",
          .reason = "reserve: the shelf is gone",
          .created_ms = 1'700'000'000'000,
          .changed_ms = 1'700'000'001'500,
          .due_ms = std::nullopt,
          .known = true};
}

TEST(SagaText, lists_sagas_with_their_service_and_reason) {
  ListedSaga unknown{summary_to_show(), "billing"};
  unknown.known = false;
  EXPECT_EQ(sagas_text({{summary_to_show(), "order"}, unknown}),
            "SERVICE  SAGA                               ID  STATE  CREATED                   CHANGED               "
            "    REASON\n"
            "order    order v2                           o3  stuck  2023-11-14T22:13:20.000Z  "
            "2023-11-14T22:13:21.500Z  reserve: the shelf is gone\n"
            "billing  order v2 (unknown to its service)  o3  stuck  2023-11-14T22:13:20.000Z  "
            "2023-11-14T22:13:21.500Z  reserve: the shelf is gone\n");
  EXPECT_EQ(sagas_text({}), "no sagas\n");
}

TEST(SagaText, shows_all_of_a_saga) {
  saga::SagaDetails details{summary_to_show()};
  details.due_ms = 1'700'000'002'000;
  details.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  details.owner = "order-1";
  details.lease_until_ms = 1'700'000'003'000;
  details.data = boost::json::object{{"item", "pear"}};
  details.steps.push_back({.name = "reserve",
                           .state = saga::StepState::kCompensationFailed,
                           .attempts = 3,
                           .error = "the shelf is gone",
                           .changed_ms = 1'700'000'001'500});
  EXPECT_EQ(saga_text({details, "order"}),
            "id        o3\n"
            "service   order\n"
            "saga      order v2\n"
            "state     stuck\n"
            "reason    reserve: the shelf is gone\n"
            "created   2023-11-14T22:13:20.000Z\n"
            "changed   2023-11-14T22:13:21.500Z\n"
            "due       2023-11-14T22:13:22.000Z\n"
            "owner     order-1, until 2023-11-14T22:13:23.000Z\n"
            "trace     4bf92f3577b34da6a3ce929d0e0e4736\n"
            "data      {\"item\":\"pear\"}\n"
            "\n"
            "STEP     STATE                ATTEMPTS  DUE  CHANGED                   ERROR\n"
            "reserve  compensation_failed  3              2023-11-14T22:13:21.500Z  the shelf is gone\n");
}

}  // namespace
}  // namespace skerry::cmd
