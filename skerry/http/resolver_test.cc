// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/resolver.h"

#include <gtest/gtest.h>

#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::run_limited;

Endpoints endpoints_at(std::initializer_list<std::uint16_t> ports) {
  Endpoints endpoints;
  for (const std::uint16_t port : ports) endpoints.push_back({.address = {"127.0.0.1", port}});
  return endpoints;
}

TEST(Resolver, an_authority_is_its_own_address) {
  run_limited([]() -> Task<> {
    AuthorityResolver resolver;
    const Live<Endpoints> plain = co_await resolver.resolve("127.0.0.1:8080");
    EXPECT_EQ(plain.get()->at(0).address, (net::HostPort{"127.0.0.1", 8080}));
    const Live<Endpoints> six = co_await resolver.resolve("[::1]:8080");
    EXPECT_EQ(six.get()->at(0).address, (net::HostPort{"::1", 8080}));
    const Live<Endpoints> portless = co_await resolver.resolve("example.org");
    EXPECT_EQ(portless.get()->at(0).address, (net::HostPort{"example.org", 80}));
    for (const std::string wrong : {"", "host:0", "host:port", "user@host", "a b"}) {
      const Result<Live<Endpoints>> refused = co_await resolver.resolve(wrong).result();
      EXPECT_FALSE(refused) << wrong;
      if (!refused) EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
    }
  });
}

TEST(Resolver, endpoints_set_by_hand_reach_those_who_asked_before) {
  run_limited([]() -> Task<> {
    StaticResolver resolver;
    resolver.set("user", endpoints_at({1}));
    const Live<Endpoints> user = co_await resolver.resolve("user");
    EXPECT_EQ(user.get()->size(), 1U);
    resolver.set("user", endpoints_at({1, 2}));
    EXPECT_EQ(user.get()->size(), 2U);
    const Live<Endpoints> other = co_await resolver.resolve("127.0.0.1:9");
    EXPECT_EQ(other.get()->at(0).address.port, 9);
  });
}

TEST(Resolver, the_less_busy_of_two_endpoints_is_chosen) {
  PowerOfTwoBalancer balancer;
  const Endpoints endpoints = endpoints_at({1, 2});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(balancer.pick(endpoints, {{.in_flight = 5}, {.in_flight = 1}}, std::nullopt), 1U);
  }
  EXPECT_EQ(balancer.pick({}, {}, std::nullopt), std::nullopt);
}

TEST(Resolver, equal_endpoints_are_chosen_about_equally) {
  PowerOfTwoBalancer balancer;
  const Endpoints endpoints = endpoints_at({1, 2, 3, 4});
  std::array<int, 4> chosen{};
  for (int i = 0; i < 4000; ++i) ++chosen.at(*balancer.pick(endpoints, std::vector<EndpointState>(4), std::nullopt));
  for (const int count : chosen) EXPECT_GT(count, 500);
}

TEST(Resolver, endpoints_that_are_down_or_have_just_failed_are_taken_only_where_there_is_no_other) {
  PowerOfTwoBalancer balancer;
  const Endpoints endpoints = endpoints_at({1, 2, 3});
  const EndpointState down{.backing_off = true};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(balancer.pick(endpoints, {down, {.in_flight = 9}, down}, std::nullopt), 1U);
    EXPECT_EQ(balancer.pick(endpoints, {{}, down, down}, 1), 0U);
    EXPECT_NE(balancer.pick(endpoints, {{}, {}, {}}, 1), 1U);
    EXPECT_TRUE(balancer.pick(endpoints, {down, down, down}, 1));
  }
}

}  // namespace
}  // namespace skerry::http
