// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/offset_table.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

CommittedOffset offset_at(Offset offset, std::int64_t time = 0, std::string metadata = "") {
  return {.offset = offset, .metadata = std::move(metadata), .committed_at = at(time)};
}

TEST(OffsetTable, keeps_the_last_offset_of_each_partition) {
  OffsetTable table;
  table.commit("g", {"a", 0}, offset_at(1));
  table.commit("g", {"a", 0}, offset_at(2, 5, "note"));
  table.commit("g", {"a", 1}, offset_at(7));
  ASSERT_NE(table.find("g"), nullptr);
  EXPECT_EQ(table.find("g")->offsets.at({"a", 0}), offset_at(2, 5, "note"));
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.find("h"), nullptr);
}

TEST(OffsetTable, counts_what_it_holds_down_to_nothing) {
  OffsetTable table;
  for (int i = 0; i < 10; ++i)
    table.commit("g" + std::to_string(i % 3), {"a", i}, offset_at(i, 0, std::string(static_cast<std::size_t>(i), 'x')));
  table.commit("g0", {"a", 0}, offset_at(1, 0, "longer than before"));
  table.commit("g0", {"b", 0}, offset_at(1));
  EXPECT_EQ(table.size(), 11u);
  table.remove("g1", {"a", 1});
  table.remove("g1", {"nothing", 1});
  table.remove("none", {"a", 1});
  table.remove_topic("a");
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.bytes(), OffsetTable::bytes_of("g0", {"b", 0}, 0));
  EXPECT_EQ(table.groups().size(), 1u);
  table.remove_group("g0");
  table.remove_group("g0");
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST(OffsetTable, knows_which_groups_were_quiet) {
  OffsetTable table;
  table.commit("early", {"a", 0}, offset_at(1, 100));
  table.commit("late", {"a", 0}, offset_at(1, 200));
  EXPECT_EQ(table.idle_since(at(150)), std::vector<std::string>{"early"});
  table.touch("early", at(180));
  table.touch("late", at(10));
  table.touch("none", at(500));
  EXPECT_TRUE(table.idle_since(at(150)).empty());
  EXPECT_EQ(table.idle_since(at(190)), std::vector<std::string>{"early"});
}

}  // namespace
}  // namespace skerry::platform::kafka::log
