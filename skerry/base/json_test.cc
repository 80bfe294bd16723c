// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/json.h"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace skerry {
namespace {

boost::json::value json_test_parsed(std::string_view text) {
  auto value = parse_json_value(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : boost::json::value();
}

std::string json_test_problem(std::string_view text, const JsonOptions& options = {}) {
  const auto value = parse_json_value(text, options);
  return value ? "no error" : value.error().to_string();
}

std::string json_test_merged(std::string_view target, std::string_view layer) {
  boost::json::value merged = json_test_parsed(target);
  merge_json(merged, json_test_parsed(layer));
  return json_text(merged);
}

TEST(JsonParse, reads_every_kind_of_value) {
  const std::string text =
      R"({"null":null,"yes":true,"no":false,"int":-3,"big":18446744073709551615,"real":1.5E0,"text":"aä\n","list":[1,[],{}]})";
  EXPECT_EQ(json_text(json_test_parsed(text)), text);
}

TEST(JsonParse, reads_a_bare_value_and_the_spaces_around_it) {
  EXPECT_EQ(json_text(json_test_parsed(" \n\t42 \r\n")), "42");
  EXPECT_EQ(json_text(json_test_parsed("\"x\"")), "\"x\"");
}

TEST(JsonParse, joins_the_parts_of_long_strings_and_keys) {
  const std::string key(5'000, 'k');
  const std::string text = "{\"" + key + "\\u00e4" + key + "\":\"" + key + "\\\\" + key + "\"}";
  const boost::json::value value = json_test_parsed(text);
  ASSERT_EQ(value.as_object().size(), 1U);
  EXPECT_EQ(std::string_view(value.as_object().begin()->key()), key + "ä" + key);
  EXPECT_EQ(std::string_view(value.as_object().begin()->value().as_string()), key + "\\" + key);
}

TEST(JsonParse, tells_line_and_column_of_a_syntax_error) {
  EXPECT_EQ(json_test_problem("{\n  \"a\": 1,\n  oops\n}"),
            "INVALID_ARGUMENT: not valid JSON at line 3 column 3: syntax error");
}

TEST(JsonParse, refuses_what_is_not_one_complete_document) {
  for (const char* text :
       {"",   " ",  "{",  "[1,", "[1,]", "{\"a\"}",  "{\"a\":1,}", "1 2",        "{} x",   "nul",     "\"a",
        "01", "+1", ".5", "1.",  "NaN",  "Infinity", "'a'",        "[1] // why", "\"\t\"", "\"\\x\"", "\"\\ud800\""}) {
    const auto value = parse_json_value(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code(), Code::kInvalidArgument) << text;
  }
}

TEST(JsonParse, refuses_text_that_is_not_utf8) {
  EXPECT_NE(json_test_problem("\"\xff\""), "no error");
  EXPECT_NE(json_test_problem("\"\xc0\xaf\""), "no error");
  EXPECT_NE(json_test_problem("{\"\xed\xa0\x80\":1}"), "no error");
}

TEST(JsonParse, reads_a_real_as_the_nearest_double) {
  for (const double number : {0.1, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 123456789.123456789,
                              9007199254740993e-3, 1e23, 8.589973e9}) {
    EXPECT_EQ(json_test_parsed(fmt::format("{:.17e}", number)).to_number<double>(), number) << number;
  }
  EXPECT_EQ(json_test_parsed("1e-999").as_double(), 0.0);
}

TEST(JsonParse, refuses_a_number_that_no_double_can_hold) {
  EXPECT_EQ(json_test_problem("[1e999]"),
            "INVALID_ARGUMENT: not valid JSON at line 1 column 7: a number too large for a double");
}

TEST(JsonParse, refuses_a_key_that_stands_twice_in_one_object) {
  EXPECT_EQ(json_test_problem(R"({"a":1,"b":{"a":2},"a":3})"),
            "INVALID_ARGUMENT: not valid JSON at line 1 column 25: the key \"a\" stands twice in one object");
  EXPECT_NE(json_test_problem(R"({"a":1,"\u0061":2})"), "no error");
  EXPECT_NE(json_test_problem(R"([{"x":{"a":[],"a":[]}}])"), "no error");
}

TEST(JsonParse, refuses_a_text_over_the_limit_before_reading_it) {
  EXPECT_EQ(json_test_problem("[1,2,3]", {.bytes_max = 6}),
            "RESOURCE_EXHAUSTED: a JSON text of 7 bytes, at most 6 are read");
  EXPECT_EQ(json_test_problem("[1,2,3]", {.bytes_max = 7}), "no error");
}

TEST(JsonParse, refuses_nesting_over_the_limit) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(json_test_problem(nested(kMaxJsonDepth)), "no error");
  EXPECT_NE(json_test_problem(nested(kMaxJsonDepth + 1)), "no error");
  EXPECT_NE(json_test_problem(nested(100'000)), "no error");
}

TEST(JsonMerge, merges_objects_key_by_key_at_every_depth) {
  EXPECT_EQ(json_test_merged(R"({"a":1,"b":{"c":2,"d":{"e":3}}})", R"({"b":{"d":{"f":4},"c":5},"g":6})"),
            R"({"a":1,"b":{"c":5,"d":{"e":3,"f":4}},"g":6})");
}

TEST(JsonMerge, replaces_everything_else_as_a_whole) {
  EXPECT_EQ(json_test_merged(R"({"a":[1,2],"b":{"c":1},"d":7})", R"({"a":[3],"b":null,"d":{"e":1}})"),
            R"({"a":[3],"b":null,"d":{"e":1}})");
}

TEST(JsonMerge, of_an_empty_object_changes_nothing) {
  EXPECT_EQ(json_test_merged(R"({"a":{"b":1}})", "{}"), R"({"a":{"b":1}})");
  EXPECT_EQ(json_test_merged(R"({"a":{"b":1}})", R"({"a":{}})"), R"({"a":{"b":1}})");
}

TEST(JsonMerge, of_layers_is_the_same_however_they_are_grouped) {
  boost::json::value left = json_test_parsed(R"({"a":{"x":1,"y":1}})");
  merge_json(left, json_test_parsed(R"({"a":{"y":2,"z":2}})"));
  merge_json(left, json_test_parsed(R"({"a":{"z":3}})"));
  boost::json::value upper = json_test_parsed(R"({"a":{"y":2,"z":2}})");
  merge_json(upper, json_test_parsed(R"({"a":{"z":3}})"));
  boost::json::value right = json_test_parsed(R"({"a":{"x":1,"y":1}})");
  merge_json(right, upper);
  EXPECT_EQ(left, right);
  EXPECT_EQ(json_text(left), R"({"a":{"x":1,"y":2,"z":3}})");
}

}  // namespace
}  // namespace skerry
