// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/route_table.h"

#include <gtest/gtest.h>

namespace skerry::platform::gateway {
namespace {

using Outcome = RouteTable::Outcome;

RouteTable table_of(std::vector<Route> routes) {
  Result<RouteTable> table = RouteTable::make(std::move(routes));
  EXPECT_TRUE(table) << table.error().to_string();
  return table ? *std::move(table) : RouteTable();
}

/// The service that a request goes to; "404" and "405" where it goes to none.
std::string service_of(const RouteTable& table, std::string_view method, std::string_view path) {
  const RouteTable::Match match = table.find(method, path);
  if (match.outcome == Outcome::kNotFound) return "404";
  if (match.outcome == Outcome::kMethodNotAllowed) return "405";
  return match.route->service;
}

std::string refusal_of(std::vector<Route> routes) {
  const Result<RouteTable> table = RouteTable::make(std::move(routes));
  return table ? "none" : table.error().message();
}

TEST(RouteTable, matches_a_prefix_on_whole_segments) {
  const RouteTable table = table_of({{.path_prefix = "/api/orders", .service = "order"}});
  EXPECT_EQ(service_of(table, "GET", "/api/orders"), "order");
  EXPECT_EQ(service_of(table, "GET", "/api/orders/"), "order");
  EXPECT_EQ(service_of(table, "GET", "/api/orders/1/items"), "order");
  EXPECT_EQ(service_of(table, "GET", "/api/orders2"), "404");
  EXPECT_EQ(service_of(table, "GET", "/api/order"), "404");
  EXPECT_EQ(service_of(table, "GET", "/api"), "404");
  EXPECT_EQ(service_of(table, "GET", "/"), "404");
}

TEST(RouteTable, takes_the_longest_prefix_whatever_the_order) {
  const RouteTable table = table_of({{.path_prefix = "/", .service = "page"},
                                     {.path_prefix = "/api/orders/archive/", .service = "archive"},
                                     {.path_prefix = "/api/orders", .service = "order"}});
  EXPECT_EQ(service_of(table, "GET", "/api/orders/archive/2020"), "archive");
  EXPECT_EQ(service_of(table, "GET", "/api/orders/archives"), "order");
  EXPECT_EQ(service_of(table, "GET", "/api"), "page");
  EXPECT_EQ(service_of(table, "GET", "/"), "page");
}

TEST(RouteTable, divides_a_prefix_by_method) {
  const RouteTable table = table_of({{.path_prefix = "/x", .methods = {"GET"}, .service = "reader"},
                                     {.path_prefix = "/x", .methods = {"POST", "PUT"}, .service = "writer"}});
  EXPECT_EQ(service_of(table, "GET", "/x/1"), "reader");
  EXPECT_EQ(service_of(table, "HEAD", "/x/1"), "reader");
  EXPECT_EQ(service_of(table, "PUT", "/x/1"), "writer");
  EXPECT_EQ(service_of(table, "DELETE", "/x/1"), "405");
}

TEST(RouteTable, prefers_a_route_that_names_head) {
  const RouteTable table = table_of({{.path_prefix = "/x", .methods = {"GET"}, .service = "reader"},
                                     {.path_prefix = "/x", .methods = {"HEAD"}, .service = "prober"}});
  EXPECT_EQ(service_of(table, "HEAD", "/x"), "prober");
}

TEST(RouteTable, says_which_methods_a_path_has) {
  const RouteTable table = table_of({{.path_prefix = "/x", .methods = {"POST"}, .service = "a"},
                                     {.path_prefix = "/x", .methods = {"GET"}, .service = "b"}});
  const RouteTable::Match match = table.find("DELETE", "/x");
  EXPECT_EQ(match.outcome, Outcome::kMethodNotAllowed);
  EXPECT_EQ(match.allow, (std::vector<std::string>{"GET", "HEAD", "POST"}));
}

TEST(RouteTable, does_not_fall_back_to_a_shorter_prefix_for_the_sake_of_a_method) {
  const RouteTable table = table_of(
      {{.path_prefix = "/x", .service = "all"}, {.path_prefix = "/x/y", .methods = {"GET"}, .service = "some"}});
  EXPECT_EQ(service_of(table, "POST", "/x/y/z"), "405");
  EXPECT_EQ(service_of(table, "POST", "/x/z"), "all");
}

TEST(RouteTable, never_routes_connect_and_trace) {
  const RouteTable table = table_of({{.path_prefix = "/", .service = "page"}});
  EXPECT_EQ(service_of(table, "TRACE", "/"), "405");
  EXPECT_EQ(service_of(table, "CONNECT", "/"), "405");
  EXPECT_EQ(service_of(table, "PROPFIND", "/"), "page");
}

TEST(RouteTable, never_routes_what_is_for_operators) {
  const RouteTable table = table_of({{.path_prefix = "/", .service = "page"}});
  for (const char* path : {"/metrics", "/health", "/ready", "/debug", "/debug/tasks"}) {
    EXPECT_EQ(service_of(table, "GET", path), "404") << path;
  }
  EXPECT_NE(refusal_of({{.path_prefix = "/debug/tasks", .service = "page"}}).find("operators"), std::string::npos);
}

TEST(RouteTable, compares_prefixes_in_their_canonical_form) {
  const RouteTable table = table_of({{.path_prefix = "/caf%c3%a9/%61", .service = "cafe"}});
  EXPECT_EQ(service_of(table, "GET", "/caf%C3%A9/a/1"), "cafe");
}

TEST(RouteTable, refuses_routes_that_are_not_valid_and_names_them) {
  EXPECT_NE(refusal_of({{.path_prefix = "api", .service = "a"}}).find("route api"), std::string::npos);
  EXPECT_NE(refusal_of({{.path_prefix = "/a/../b", .service = "a"}}).find("dot segment"), std::string::npos);
  EXPECT_NE(refusal_of({{.path_prefix = "/a", .service = ""}}).find("name"), std::string::npos);
  EXPECT_NE(refusal_of({{.path_prefix = "/a", .methods = {"G T"}, .service = "a"}}).find("method"), std::string::npos);
  EXPECT_NE(refusal_of({{.path_prefix = "/a", .methods = {"TRACE"}, .service = "a"}}).find("TRACE"), std::string::npos);
  EXPECT_NE(
      refusal_of({{.path_prefix = "/a", .service = "a", .deadline = std::chrono::milliseconds(0)}}).find("deadline"),
      std::string::npos);
}

TEST(RouteTable, refuses_two_routes_for_one_prefix_and_method) {
  EXPECT_NE(
      refusal_of({{.path_prefix = "/a", .service = "a"}, {.path_prefix = "/a/", .methods = {"GET"}, .service = "b"}}),
      "none");
  EXPECT_NE(refusal_of({{.path_prefix = "/a", .methods = {"GET"}, .service = "a"},
                        {.path_prefix = "/%61", .methods = {"PUT", "GET"}, .service = "b"}}),
            "none");
}

TEST(RouteTable, refuses_more_routes_than_its_limit) {
  std::vector<Route> routes;
  for (std::size_t i = 0; i <= kMaxRoutes; ++i) {
    routes.push_back({.path_prefix = "/" + std::to_string(i), .service = "a"});
  }
  EXPECT_NE(refusal_of(routes), "none");
  routes.pop_back();
  const RouteTable table = table_of(std::move(routes));
  EXPECT_EQ(table.size(), kMaxRoutes);
  EXPECT_EQ(service_of(table, "GET", "/777/x"), "a");
}

TEST(RouteTable, has_no_route_while_it_is_empty) { EXPECT_EQ(service_of(RouteTable(), "GET", "/"), "404"); }

}  // namespace
}  // namespace skerry::platform::gateway
