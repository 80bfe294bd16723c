// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_simulation.h"

namespace skerry::platform::kafka {
namespace {

TEST(GroupSimulation, a_group_keeps_its_promises_whatever_its_members_do) {
  std::int32_t generations = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    GroupSimulation world(seed);
    world.run_with_chaos(10min);
    world.run_in_peace(3min);
    generations += world.generations();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(generations, 1'000) << "the worlds are too quiet to show anything";
}

}  // namespace
}  // namespace skerry::platform::kafka
