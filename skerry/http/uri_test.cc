// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/uri.h"

#include <gtest/gtest.h>

namespace skerry::http {
namespace {

TEST(Uri, takes_an_absolute_uri_apart) {
  const Result<Uri> uri = Uri::parse("HTTP://Example.org:8080/a/b%20c?x=1&y=2");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, "http");
  EXPECT_EQ(uri->host, "example.org");
  EXPECT_EQ(uri->port, 8080);
  EXPECT_EQ(uri->path, "/a/b%20c");
  EXPECT_EQ(uri->query, "x=1&y=2");
  EXPECT_EQ(uri->authority(), "example.org:8080");
  EXPECT_EQ(uri->target(), "/a/b%20c?x=1&y=2");
  EXPECT_EQ(uri->to_string(), "http://example.org:8080/a/b%20c?x=1&y=2");
}

TEST(Uri, fills_in_the_schemes_port_and_the_root_path) {
  EXPECT_EQ(Uri::parse("http://a")->port, 80);
  EXPECT_EQ(Uri::parse("https://a")->port, 443);
  EXPECT_EQ(Uri::parse("http://a")->path, "/");
  EXPECT_EQ(Uri::parse("http://a?x")->target(), "/?x");
  EXPECT_EQ(Uri::parse("https://a:443")->authority(), "a");
  EXPECT_EQ(Uri::parse("http://a:443")->authority(), "a:443");
}

TEST(Uri, writes_ipv6_addresses_in_brackets) {
  const Result<Uri> uri = Uri::parse("http://[::1]:8080/");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->host, "::1");
  EXPECT_EQ(uri->authority(), "[::1]:8080");
}

TEST(Uri, refuses_what_is_not_an_absolute_http_uri) {
  for (const char* text : {"",
                           "/",
                           "example.org",
                           "ftp://a/",
                           "http:/a",
                           "http://",
                           "http://:80",
                           "http://a:",
                           "http://a:0",
                           "http://a:65536",
                           "http://a:8x",
                           "http://user@a/",
                           "http://a/#f",
                           "http://a/ b",
                           "http://a/\x01",
                           "http://a/%",
                           "http://a/%2",
                           "http://a/%zz",
                           "http://a b/",
                           "http://[::1",
                           "http://[zz]/",
                           "http://[::1]x/",
                           "http://a/\xc3\xa4",
                           "http://a<b>/",
                           "http://a/\"",
                           "http://a\\b/"}) {
    EXPECT_FALSE(Uri::parse(text)) << text;
  }
  EXPECT_FALSE(Uri::parse("http://a/" + std::string(kMaxUriBytes, 'x')));
}

TEST(Uri, an_authority_is_a_host_and_perhaps_a_port) {
  EXPECT_EQ(Authority::parse("Localhost:80"), (Authority{.host = "localhost", .port = 80}));
  EXPECT_EQ(Authority::parse("a.b-c_d"), (Authority{.host = "a.b-c_d", .port = std::nullopt}));
  EXPECT_EQ(Authority::parse("[fe80::1]:1"), (Authority{.host = "fe80::1", .port = 1}));
  for (const char* text : {"", ":80", "a:b", "a:80:80", "a/b", "a@b", "a,b c", "[]", "[1]", "a%zz", "a%4"}) {
    EXPECT_FALSE(is_valid_authority(text)) << text;
  }
}

TEST(Query, decodes_names_and_values_and_keeps_their_order) {
  const Result<Query> query = Query::parse("a=1&b=x%20y+z&a=2&flag&=v&&c=%26");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("a"), "1");
  EXPECT_EQ(query->get_all("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(query->get("b"), "x y z");
  EXPECT_EQ(query->get("flag"), "");
  EXPECT_EQ(query->get(""), "v");
  EXPECT_EQ(query->get("c"), "&");
  EXPECT_FALSE(query->get("d"));
}

TEST(Query, refuses_malformed_escapes_and_too_many_parameters) {
  EXPECT_FALSE(Query::parse("a=%"));
  EXPECT_FALSE(Query::parse("%g0=1"));
  std::string many;
  for (std::size_t i = 0; i <= Query::kMaxParameters; ++i) many += "a=1&";
  EXPECT_FALSE(Query::parse(many));
}

TEST(Query, text_made_of_a_query_parses_to_the_same) {
  Query query;
  query.add("na me", "a&b=c%+\xc3\xa4");
  query.add("", "");
  const Result<Query> again = Query::parse(query.to_string());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->parameters(), query.parameters());
}

TEST(Uri, percent_coding_is_inverse_and_strict) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a b/~"), "a%20b%2F~");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%4g"));
}

TEST(Uri, dot_segments_are_resolved_also_when_escaped) {
  EXPECT_EQ(normalize_path("/a/./b/../c"), "/a/c");
  EXPECT_EQ(normalize_path("/a/%2e%2E/b"), "/b");
  EXPECT_EQ(normalize_path("/a/.%2e"), "/");
  EXPECT_EQ(normalize_path("/a/b/."), "/a/b/");
  EXPECT_EQ(normalize_path("/a/b/.."), "/a/");
  EXPECT_EQ(normalize_path("/"), "/");
  EXPECT_EQ(normalize_path("//a//"), "//a//");
  EXPECT_EQ(normalize_path("/..a/a..%20"), "/..a/a..%20");
}

TEST(Uri, a_path_that_climbs_above_the_root_is_refused) {
  EXPECT_FALSE(normalize_path("/.."));
  EXPECT_FALSE(normalize_path("/a/../../b"));
  EXPECT_FALSE(normalize_path("/a/%2e%2e/%2e%2e"));
  EXPECT_FALSE(normalize_path("a"));
  EXPECT_FALSE(normalize_path(""));
  EXPECT_FALSE(normalize_path("/%2"));
}

}  // namespace
}  // namespace skerry::http
