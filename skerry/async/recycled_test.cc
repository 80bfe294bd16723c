// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/recycled.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <unordered_map>

namespace skerry::internal {
namespace {

TEST(Recycled, an_object_lives_as_long_as_its_last_owner) {
  std::weak_ptr<std::string> seen;
  {
    std::shared_ptr<std::string> text = make_recycled<std::string>(100, 'x');
    seen = text;
    EXPECT_EQ(seen.lock()->size(), 100U);
  }
  EXPECT_TRUE(seen.expired());
}

TEST(Recycled, an_object_may_be_freed_on_another_thread) {
  std::shared_ptr<std::string> text = make_recycled<std::string>("text");
  std::thread([text = std::move(text)]() mutable { text.reset(); }).join();
}

TEST(Recycled, serves_containers_that_grow_and_shrink) {
  std::unordered_map<int, std::string, std::hash<int>, std::equal_to<>,
                     FrameAllocator<std::pair<const int, std::string>>>
      names;
  for (int i = 0; i < 10'000; ++i) names.emplace(i, std::to_string(i));
  std::erase_if(names, [](const auto& entry) { return entry.first % 2 == 0; });
  EXPECT_EQ(names.size(), 5'000U);
  EXPECT_EQ(names.at(9'999), "9999");
}

}  // namespace
}  // namespace skerry::internal
