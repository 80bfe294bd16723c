// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/readiness.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

TEST(Readiness, holds_when_every_condition_holds) {
  Readiness readiness;
  Live<bool> started = readiness.add("started");
  Live<bool> registered(true);
  readiness.add("registered", registered);
  EXPECT_FALSE(readiness.state().ready);
  started.set(true);
  EXPECT_TRUE(readiness.state().ready);
  registered.set(false);
  EXPECT_FALSE(readiness.state().ready);
}

TEST(Readiness, without_conditions_a_process_is_ready) { EXPECT_TRUE(Readiness().state().ready); }

TEST(Readiness, a_process_that_stops_is_not_ready_whatever_holds) {
  Readiness readiness;
  readiness.add("started").set(true);
  readiness.stop();
  EXPECT_FALSE(readiness.state().ready);
  EXPECT_TRUE(readiness.state().stopping);
}

TEST(Readiness, says_as_json_what_does_not_hold) {
  Readiness readiness;
  readiness.add("started").set(true);
  readiness.add("registered");
  EXPECT_EQ(readiness.state().json(), R"({"ready":false,"conditions":{"started":true,"registered":false}})");
  readiness.stop();
  EXPECT_EQ(readiness.state().json(),
            R"({"ready":false,"stopping":true,"conditions":{"started":true,"registered":false}})");
}

}  // namespace
}  // namespace skerry
