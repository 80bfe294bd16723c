// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/terminal.h"

#include <gtest/gtest.h>

namespace skerry::cmd {
namespace {

TEST(Terminal, a_log_line_is_written_for_people) {
  EXPECT_EQ(readable_line(R"({"time":"2026-01-02T03:04:05.678901Z","level":"info","service":"order","trace_id":"4bf9",)"
                          R"("span_id":"00f0","message":"order stored","fields":{"order_id":"o1","total_cents":990}})"),
            "03:04:05.678 INFO    order stored  order_id=o1  total_cents=990  trace=4bf9");
}

TEST(Terminal, what_is_missing_in_a_log_line_is_left_out) {
  EXPECT_EQ(readable_line(R"({"time":"2026-01-02T03:04:05.678901Z","level":"warning","message":"slow"})"),
            "03:04:05.678 WARNING slow");
}

TEST(Terminal, every_other_line_stays) {
  for (const char* line : {"plain text", "", "{not json", "[1,2]", R"({"no":"message"})", "42"}) {
    EXPECT_EQ(readable_line(line), line);
  }
}

TEST(Terminal, control_characters_cannot_change_the_terminal) {
  EXPECT_EQ(readable_line("red \x1b[31m alert\x07"), "red ?[31m alert?");
  EXPECT_EQ(readable_line(R"({"level":"info","message":"a\u001b[2Jb"})").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace skerry::cmd
