// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/utf8.h"

#include <gtest/gtest.h>

#include "skerry/telemetry/attribute.h"

namespace skerry::telemetry {
namespace {

std::string valid_utf8(std::string_view text) {
  std::string out;
  append_valid_utf8(out, text);
  return out;
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

constexpr const char* kFffd = "\xEF\xBF\xBD";

TEST(Utf8, keeps_well_formed_text) {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(valid_utf8(text), text);
}

TEST(Utf8, replaces_overlong_forms_surrogates_and_numbers_past_the_end) {
  EXPECT_EQ(valid_utf8("\xC0\xAF"), std::string(kFffd) + kFffd);
  EXPECT_EQ(valid_utf8("\xE0\x80\xAF"), std::string(kFffd) + kFffd + kFffd);
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), std::string(kFffd) + kFffd + kFffd);
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), std::string(kFffd) + kFffd + kFffd + kFffd);
  EXPECT_EQ(valid_utf8("\xF5"), kFffd);
}

TEST(Utf8, replaces_a_sequence_that_is_cut_off) {
  EXPECT_EQ(valid_utf8("a\xE2\x82"), std::string("a") + kFffd + kFffd);
  EXPECT_EQ(valid_utf8("\xE2\x28\xA1"), std::string(kFffd) + "(" + kFffd);
}

TEST(JsonString, escapes_what_json_demands) {
  EXPECT_EQ(json_string("a\"b\\c\n\r\t\x01\x1f/"), R"("a\"b\\c\n\r\t\u0001\u001f/")");
  EXPECT_EQ(json_string(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(json_string(""), R"("")");
}

TEST(JsonString, keeps_utf8_and_repairs_the_rest) {
  EXPECT_EQ(json_string("\xC3\xA4\xFFx"), "\"\xC3\xA4" + std::string(kFffd) + "x\"");
}

TEST(BoundedText, cuts_at_a_character_boundary) {
  EXPECT_EQ(bounded_text("ab\xC3\xA4", 4), "ab\xC3\xA4");
  EXPECT_EQ(bounded_text("ab\xC3\xA4", 3), "ab");
  EXPECT_EQ(bounded_text("abc", 2), "ab");
}

TEST(FieldValue, clamps_numbers_that_int64_cannot_hold) {
  EXPECT_EQ(to_attribute_value(std::uint64_t{1} << 63), AttributeValue(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(to_attribute_value(-5), AttributeValue(std::int64_t{-5}));
  EXPECT_EQ(to_attribute_value(true), AttributeValue(true));
  EXPECT_EQ(to_attribute_value(2.5F), AttributeValue(2.5));
  EXPECT_EQ(to_attribute_value("text"), AttributeValue(std::string("text")));
}

}  // namespace
}  // namespace skerry::telemetry
