// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/headers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "skerry/http/head.h"

namespace skerry::http {
namespace {

Headers headers_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  Headers headers;
  for (const auto& [name, value] : fields) EXPECT_TRUE(headers.add(name, value)) << name;
  return headers;
}

std::string text_of(const Headers& headers) {
  std::string text;
  for (const auto [name, value] : headers) text.append(name).append("=").append(value).append(";");
  return text;
}

TEST(Headers, finds_names_without_regard_to_case_and_stores_them_in_lower_case) {
  const Headers headers = headers_of({{"Content-Type", "text/plain"}});
  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers[0].name, "content-type");
  EXPECT_FALSE(headers.get("content-typ"));
  EXPECT_FALSE(headers.get("content-type2"));
}

TEST(Headers, stores_every_character_of_a_name_of_any_length_as_it_is_but_for_capitals) {
  for (std::size_t length = 1; length <= 40; ++length) {
    for (int first = 0; first < 256; ++first) {
      std::string name;
      for (std::size_t i = 0; i < length; ++i) name.push_back(static_cast<char>(first + static_cast<int>(i) * 37));
      std::string expected = name;
      for (char& character : expected) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
      }
      Headers headers;
      headers.add_validated(name, "value");
      ASSERT_EQ(headers[0].name, expected) << "length " << length << ", first character " << first;
      ASSERT_EQ(headers[0].value, "value");
    }
  }
}

TEST(Headers, keeps_its_views_when_it_is_moved) {
  Headers headers = headers_of({{"a", "1"}, {"b", std::string(1000, 'x')}});
  const std::string_view value = *headers.get("b");
  Headers moved = std::move(headers);
  EXPECT_EQ(moved.get("b")->data(), value.data());
  EXPECT_TRUE(headers.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  Headers assigned = headers_of({{"c", "3"}});
  assigned = std::move(moved);
  EXPECT_EQ(assigned.get("b")->data(), value.data());
  EXPECT_FALSE(assigned.contains("c"));
  headers.add_validated("again", "usable");  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(text_of(headers), "again=usable;");
}

TEST(Headers, copies_into_room_that_is_there_already) {
  const Headers small = headers_of({{"a", "1"}});
  Headers large;
  for (int i = 0; i < 100; ++i) large.add_validated("name-" + std::to_string(i), std::to_string(i));
  Headers copy = large;
  EXPECT_EQ(copy, large);
  copy = small;
  EXPECT_EQ(copy, small);
  copy.add_validated("b", "2");
  EXPECT_EQ(text_of(copy), "a=1;b=2;");
  copy = large;
  EXPECT_EQ(copy, large);
  copy = Headers();
  EXPECT_TRUE(copy.empty());
  const Headers& same = copy = small;
  copy = same;
  EXPECT_EQ(text_of(copy), "a=1;");
}

TEST(Headers, keeps_the_order_and_all_values_of_a_name) {
  const Headers headers = headers_of({{"a", "1"}, {"b", "2"}, {"A", "3"}});
  EXPECT_EQ(text_of(headers), "a=1;b=2;a=3;");
  EXPECT_EQ(headers.get_all("a"), (std::vector<std::string_view>{"1", "3"}));
  EXPECT_TRUE(headers.get_all("c").empty());
}

TEST(Headers, refuses_values_that_would_split_a_message) {
  using namespace std::string_literals;
  Headers headers;
  for (const std::string& value : {"a\r\nset-cookie: x"s, "a\nb"s, "a\rb"s, "a\0b"s, "\x7f"s, "\x01"s}) {
    const Result<> added = headers.add("x", value);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code(), Code::kInvalidArgument);
    EXPECT_FALSE(headers.set("x", value));
  }
  EXPECT_TRUE(headers.empty());
}

TEST(Headers, refuses_names_that_are_not_tokens) {
  using namespace std::string_literals;
  Headers headers;
  for (const std::string& name : {""s, "a b"s, "a:"s, ":path"s, "a\r\n"s, "\xc3\xa4"s, "a\0"s, "(x)"s}) {
    EXPECT_FALSE(headers.add(name, "v")) << name;
  }
  EXPECT_FALSE(headers.add(std::string(Headers::kMaxNameBytes + 1, 'a'), "v"));
  EXPECT_TRUE(headers.add(std::string(Headers::kMaxNameBytes, 'a'), "v"));
}

TEST(Headers, accepts_tabs_and_bytes_above_ascii_in_values_and_trims_them) {
  Headers headers;
  ASSERT_TRUE(headers.add("x", " \t caf\xc3\xa9 \t "));
  EXPECT_EQ(headers.get("x"), "caf\xc3\xa9");
  ASSERT_TRUE(headers.add("empty", ""));
  EXPECT_EQ(headers.get("empty"), "");
}

TEST(Headers, set_replaces_all_values_at_the_place_of_the_first) {
  Headers headers = headers_of({{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", "4"}});
  ASSERT_TRUE(headers.set("A", "5"));
  EXPECT_EQ(text_of(headers), "a=5;b=2;c=4;");
  ASSERT_TRUE(headers.set("d", "6"));
  EXPECT_EQ(text_of(headers), "a=5;b=2;c=4;d=6;");
}

TEST(Headers, remove_tells_how_many_there_were) {
  Headers headers = headers_of({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  EXPECT_EQ(headers.remove("A"), 2u);
  EXPECT_EQ(headers.remove("a"), 0u);
  EXPECT_EQ(text_of(headers), "b=2;");
}

TEST(Headers, hold_more_fields_than_fit_in_the_object_itself) {
  Headers headers;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(headers.add("n" + std::to_string(i), std::to_string(i)));
    if (i % 3 != 0) expected += "n" + std::to_string(i) + "=" + std::to_string(i) + ";";
  }
  for (int i = 0; i < 40; i += 3) EXPECT_EQ(headers.remove("n" + std::to_string(i)), 1u);
  EXPECT_EQ(text_of(headers), expected);
}

TEST(Headers, can_be_given_their_own_views) {
  Headers headers = headers_of({{"name", "value"}});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(headers.add(headers[0].name, headers[0].value));
    ASSERT_TRUE(headers.set(*headers.get("name"), *headers.get("name")));
    EXPECT_EQ(headers.get("value"), "value");
    headers.remove(headers[headers.size() - 1].name);
    ASSERT_TRUE(headers.set("name", "value"));
  }
}

TEST(Headers, do_not_grow_when_one_field_is_set_again_and_again) {
  Headers headers = headers_of({{"other", "stays"}});
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(headers.set("x", std::to_string(i)));
  EXPECT_EQ(text_of(headers), "other=stays;x=99999;");
  EXPECT_EQ(headers[1].value.data() - headers[0].name.data() < 4096, true);
}

TEST(Headers, copies_are_independent_and_moved_from_ones_empty) {
  Headers original = headers_of({{"a", "1"}, {"b", "2"}});
  Headers copy = original;
  ASSERT_TRUE(copy.set("a", "9"));
  EXPECT_EQ(original.get("a"), "1");
  EXPECT_NE(original, copy);
  const Headers moved = std::move(original);
  EXPECT_EQ(text_of(moved), "a=1;b=2;");
  EXPECT_TRUE(original.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  ASSERT_TRUE(original.add("c", "3"));
  EXPECT_EQ(text_of(original), "c=3;");
  copy = std::move(original);
  EXPECT_EQ(text_of(copy), "c=3;");
}

TEST(Headers, count_their_size_as_http2_does) {
  EXPECT_EQ(headers_of({{"a", "1"}, {"bb", "22"}}).list_size_bytes(), 2u * 32 + 6);
}

TEST(Headers, hop_by_hop_fields_are_removed_with_those_that_connection_names) {
  Headers headers = headers_of({{"Connection", "close, X-Private"},
                                {"connection", "x-second,,"},
                                {"Keep-Alive", "timeout=5"},
                                {"x-private", "1"},
                                {"x-second", "2"},
                                {"te", "gzip"},
                                {"Upgrade", "h2c"},
                                {"Transfer-Encoding", "chunked"},
                                {"x-kept", "3"}});
  remove_hop_by_hop(headers);
  EXPECT_EQ(text_of(headers), "x-kept=3;");
  Headers trailers = headers_of({{"te", "trailers"}});
  remove_hop_by_hop(trailers);
  EXPECT_EQ(text_of(trailers), "te=trailers;");
}

TEST(Head, splits_the_target_at_the_first_question_mark) {
  const RequestHead head{.target = "/a/b?x=1?y"};
  EXPECT_EQ(head.path(), "/a/b");
  EXPECT_EQ(head.query(), "x=1?y");
  EXPECT_EQ(RequestHead{}.query(), "");
}

TEST(Head, knows_the_phrases_of_statuses) {
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace skerry::http
