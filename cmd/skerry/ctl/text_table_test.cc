// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/text_table.h"

#include <gtest/gtest.h>

namespace skerry::cmd {
namespace {

TEST(TextTable, gives_each_column_the_width_of_its_widest_cell) {
  TextTable table({"TOPIC", "N"});
  EXPECT_TRUE(table.empty());
  table.add({"shop.orders", "3"});
  table.add({"über", "12"});
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(table.text(),
            "TOPIC        N\n"
            "shop.orders  3\n"
            "über         12\n");
}

TEST(TextTable, shows_nothing_that_could_change_the_terminal) {
  TextTable table({"ERROR"});
  table.add({"a\x1b[31mred\nline\xff"});
  EXPECT_EQ(table.text(), "ERROR\na?[31mred?line\xef\xbf\xbd\n");
}

TEST(TextTable, cuts_long_cells_between_characters) {
  TextTable table({"ERROR"});
  std::string long_text;
  for (std::size_t i = 0; i <= kMaxCellCharacters; ++i) long_text += "ü";
  table.add({long_text});
  EXPECT_EQ(table.text(), "ERROR\n" + long_text.substr(0, 2 * (kMaxCellCharacters - 3)) + "...\n");
  TextTable fitting({"ERROR"});
  fitting.add({long_text.substr(2)});
  EXPECT_EQ(fitting.text(), "ERROR\n" + long_text.substr(2) + "\n");
}

TEST(TimeText, is_rfc_3339_with_milliseconds) {
  using std::chrono::milliseconds;
  EXPECT_EQ(time_text(std::chrono::sys_time<milliseconds>(milliseconds(1'700'000'000'123))),
            "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(time_text({}), "1970-01-01T00:00:00.000Z");
}

TEST(EscapedBytes, are_printable_ascii_and_tell_how_many_are_left_out) {
  EXPECT_EQ(escaped_bytes(std::string_view("\n\x03o17\\\t\xc3\xbc\0", 10)), "\\n\\x03o17\\\\\\t\\xc3\\xbc\\x00");
  EXPECT_EQ(escaped_bytes(std::string(kMaxEscapedBytes + 5, 'a')),
            std::string(kMaxEscapedBytes, 'a') + "... and 5 bytes more");
}

TEST(PlainText, is_utf8_without_control_characters) {
  EXPECT_TRUE(is_plain_text("über\t{\n}\r\n"));
  EXPECT_TRUE(is_plain_text(""));
  EXPECT_FALSE(is_plain_text("\x0a\x03o17"));
  EXPECT_FALSE(is_plain_text("\xff"));
}

}  // namespace
}  // namespace skerry::cmd
