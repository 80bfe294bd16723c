// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/router.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace skerry::http {
namespace {

using TextRouter = Router<std::string>;

void add_route(TextRouter& router, const std::string& method, const std::string& pattern) {
  const Result<> added = router.add(method, pattern, method + " " + pattern);
  EXPECT_TRUE(added) << added.error().to_string();
}

/// What a request finds: the route's value and its variables, or what went wrong.
std::string found(const TextRouter& router, std::string_view method, std::string_view path) {
  const TextRouter::Match match = router.find(method, path);
  switch (match.outcome) {
    case RouteOutcome::kNotFound:
      return "not found";
    case RouteOutcome::kMalformedPath:
      return "malformed";
    case RouteOutcome::kMethodNotAllowed: {
      std::string text = "allow";
      for (const std::string& allowed : match.allow) text += " " + allowed;
      return text;
    }
    case RouteOutcome::kFound:
      break;
  }
  std::string text = *match.value;
  EXPECT_TRUE(text.ends_with(match.pattern));
  for (const auto& [name, value] : match.parameters) text += " " + name + "=" + value;
  return text;
}

TEST(Router, finds_literal_paths_exactly) {
  TextRouter router;
  for (const char* pattern : {"/", "/a", "/abc", "/abd/", "/ab"}) add_route(router, "GET", pattern);
  EXPECT_EQ(found(router, "GET", "/"), "GET /");
  EXPECT_EQ(found(router, "GET", "/abc"), "GET /abc");
  EXPECT_EQ(found(router, "GET", "/ab"), "GET /ab");
  EXPECT_EQ(found(router, "GET", "/abd/"), "GET /abd/");
  for (const char* path : {"", "/abd", "/abcd", "/a/", "/A", "//", "a", "*"}) {
    EXPECT_EQ(found(router, "GET", path), "not found") << path;
  }
}

TEST(Router, a_variable_is_one_segment_that_is_not_empty) {
  TextRouter router;
  add_route(router, "GET", "/hello/{name}");
  add_route(router, "GET", "/users/{id}/orders/{order_id}");
  EXPECT_EQ(found(router, "GET", "/hello/bob"), "GET /hello/{name} name=bob");
  EXPECT_EQ(found(router, "GET", "/users/u1/orders/7"), "GET /users/{id}/orders/{order_id} id=u1 order_id=7");
  EXPECT_EQ(found(router, "GET", "/hello/"), "not found");
  EXPECT_EQ(found(router, "GET", "/hello/a/b"), "not found");
  EXPECT_EQ(found(router, "GET", "/users//orders/7"), "not found");
}

TEST(Router, the_rest_of_a_path_may_hold_slashes_or_nothing) {
  TextRouter router;
  add_route(router, "GET", "/files/{path...}");
  EXPECT_EQ(found(router, "GET", "/files/a/b//c"), "GET /files/{path...} path=a/b//c");
  EXPECT_EQ(found(router, "GET", "/files/"), "GET /files/{path...} path=");
  EXPECT_EQ(found(router, "GET", "/files"), "not found");
}

TEST(Router, what_is_more_specific_wins_whatever_came_first) {
  TextRouter router;
  add_route(router, "GET", "/{all...}");
  add_route(router, "GET", "/users/{id}");
  add_route(router, "GET", "/users/me");
  add_route(router, "GET", "/users/{id}/x");
  EXPECT_EQ(found(router, "GET", "/users/me"), "GET /users/me");
  EXPECT_EQ(found(router, "GET", "/users/media"), "GET /users/{id} id=media");
  EXPECT_EQ(found(router, "GET", "/users/me/x"), "GET /users/{id}/x id=me");
  EXPECT_EQ(found(router, "GET", "/users/me/y"), "GET /{all...} all=users/me/y");
  EXPECT_EQ(found(router, "GET", "/users/"), "GET /{all...} all=users/");
}

TEST(Router, a_choice_that_leads_nowhere_is_taken_back_with_its_variables) {
  TextRouter router;
  add_route(router, "GET", "/{a}/b/c");
  add_route(router, "GET", "/x/{b}/d");
  EXPECT_EQ(found(router, "GET", "/x/b/c"), "GET /{a}/b/c a=x");
  EXPECT_EQ(found(router, "GET", "/x/b/d"), "GET /x/{b}/d b=b");
}

TEST(Router, another_method_is_answered_with_the_methods_that_there_are) {
  TextRouter router;
  add_route(router, "GET", "/users/{id}");
  add_route(router, "DELETE", "/users/{id}");
  add_route(router, "POST", "/users/me");
  EXPECT_EQ(found(router, "PUT", "/users/u1"), "allow DELETE GET HEAD");
  EXPECT_EQ(found(router, "PUT", "/users/me"), "allow DELETE GET HEAD POST");
  EXPECT_EQ(found(router, "GET", "/users/me"), "GET /users/{id} id=me");
  EXPECT_EQ(found(router, "get", "/users/u1"), "allow DELETE GET HEAD");
  EXPECT_EQ(found(router, "PUT", "/user"), "not found");
}

TEST(Router, a_head_request_finds_a_get_route_unless_there_is_one_for_head) {
  TextRouter router;
  add_route(router, "GET", "/a");
  add_route(router, "GET", "/b");
  add_route(router, "HEAD", "/b");
  EXPECT_EQ(found(router, "HEAD", "/a"), "GET /a");
  EXPECT_EQ(found(router, "HEAD", "/b"), "HEAD /b");
}

TEST(Router, a_route_for_any_method_answers_what_no_other_does) {
  TextRouter router;
  add_route(router, "*", "/a");
  add_route(router, "POST", "/a");
  EXPECT_EQ(found(router, "POST", "/a"), "POST /a");
  EXPECT_EQ(found(router, "BREW", "/a"), "* /a");
}

TEST(Router, escapes_are_decoded_once_and_never_separate_segments) {
  TextRouter router;
  add_route(router, "GET", "/hello/{name}");
  add_route(router, "GET", "/50%/{rest...}");
  EXPECT_EQ(found(router, "GET", "/h%65llo/a%20b"), "GET /hello/{name} name=a b");
  EXPECT_EQ(found(router, "GET", "/hello/a%2Fb"), "GET /hello/{name} name=a/b");
  EXPECT_EQ(found(router, "GET", "/hello/%252F"), "GET /hello/{name} name=%2F");
  EXPECT_EQ(found(router, "GET", "/50%25/a%2fb/c"), "GET /50%/{rest...} rest=a/b/c");
  EXPECT_EQ(found(router, "GET", "/hello%2Fa"), "not found");
}

TEST(Router, malformed_escapes_and_encoded_nul_are_told_apart_from_not_found) {
  TextRouter router;
  add_route(router, "GET", "/{name}");
  for (const char* path : {"/%", "/%4", "/%gg", "/a%00b"}) EXPECT_EQ(found(router, "GET", path), "malformed") << path;
}

TEST(Router, refuses_patterns_that_are_not_well_formed) {
  TextRouter router;
  for (const char* pattern :
       {"", "a", "/{}", "/{a", "/a}", "/x{a}", "/{a}x", "/{a...}/b", "/{a-b}", "/{a}/{a}", "/{...}"}) {
    const Result<> added = router.add("GET", pattern, "");
    ASSERT_FALSE(added) << pattern;
    EXPECT_EQ(added.error().code(), Code::kInvalidArgument);
    EXPECT_NE(added.error().message().find(pattern), std::string::npos);
  }
  EXPECT_FALSE(router.add("G T", "/", ""));
  EXPECT_FALSE(router.add("GET", "/" + std::string(kMaxPatternBytes, 'a'), ""));
  std::string many;
  for (std::size_t i = 0; i <= kMaxPatternVariables; ++i) many += "/{v" + std::to_string(i) + "}";
  EXPECT_FALSE(router.add("GET", many, ""));
  EXPECT_EQ(router.size(), 0u);
}

TEST(Router, refuses_a_second_route_for_the_same_paths) {
  TextRouter router;
  add_route(router, "GET", "/a/{x}");
  const Result<> added = router.add("GET", "/a/{y}", "");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), Code::kAlreadyExists);
  add_route(router, "POST", "/a/{y}");
  EXPECT_EQ(found(router, "POST", "/a/1"), "POST /a/{y} y=1");
}

TEST(Router, the_cost_of_a_look_up_does_not_grow_with_the_number_of_routes) {
  const auto time_of_look_ups = [](int routes) {
    TextRouter router;
    for (int i = 0; i < routes; ++i)
      add_route(router, "GET", "/service" + std::to_string(i) + "/items/{id}/parts/{part}");
    auto best = std::chrono::nanoseconds::max();
    for (int round = 0; round < 7; ++round) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < 2000; ++i) {
        EXPECT_EQ(router.find("GET", "/service1/items/42/parts/7").outcome, RouteOutcome::kFound);
      }
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
    }
    return best;
  };
  // A thousand times the routes: a search along them would cost hundreds of times as much.
  EXPECT_LT(time_of_look_ups(10'000), 10 * time_of_look_ups(10));
}

}  // namespace
}  // namespace skerry::http
