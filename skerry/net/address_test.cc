// SPDX-License-Identifier: Apache-2.0
#include "skerry/net/address.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"

namespace skerry::net {
namespace {

TEST(HostPort, parses_names_and_addresses) {
  EXPECT_EQ(*HostPort::parse("localhost:8080"), (HostPort{"localhost", 8080}));
  EXPECT_EQ(*HostPort::parse("127.0.0.1:0"), (HostPort{"127.0.0.1", 0}));
  EXPECT_EQ(*HostPort::parse("[::1]:65535"), (HostPort{"::1", 65535}));
}

TEST(HostPort, says_what_is_wrong_with_a_text) {
  EXPECT_NE(HostPort::parse("localhost").error().message().find("there is no port"), std::string::npos);
  EXPECT_NE(HostPort::parse(":80").error().message().find("host is empty"), std::string::npos);
  EXPECT_NE(HostPort::parse("::1:80").error().message().find("brackets"), std::string::npos);
  for (const char* text : {"a:65536", "a:-1", "a:8o", "a:", "a: 80"}) {
    const auto parsed = HostPort::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument) << text;
  }
}

TEST(HostPort, writes_an_ipv6_host_in_brackets) {
  EXPECT_EQ((HostPort{"::1", 80}).to_string(), "[::1]:80");
  EXPECT_EQ((HostPort{"a", 80}).to_string(), "a:80");
}

TEST(Address, keeps_ip_and_port) {
  const Address v4 = *Address::from_ip("127.0.0.1", 80);
  const Address v6 = *Address::from_ip("::1", 81);
  EXPECT_EQ(v4.to_string(), "127.0.0.1:80");
  EXPECT_EQ(v6.to_string(), "[::1]:81");
  EXPECT_TRUE(v4.is_loopback());
  EXPECT_TRUE(v6.is_loopback());
  EXPECT_FALSE(Address::from_ip("10.0.0.1", 80)->is_loopback());
  EXPECT_FALSE(Address::from_ip("localhost", 80));
}

TEST(Resolve, gives_a_literal_back_and_finds_localhost) {
  Runtime runtime({.workers = 1});
  Result<std::vector<Address>> literal = runtime.run([] { return resolve({"127.0.0.1", 9}); });
  ASSERT_EQ(literal->size(), 1U);
  EXPECT_EQ(literal->front().to_string(), "127.0.0.1:9");
  Runtime second({.workers = 1});
  Result<Address> first = runtime.run([] { return resolve_first({"127.0.0.1", 9}); });
  EXPECT_EQ(first->to_string(), "127.0.0.1:9");
  Result<std::vector<Address>> named = second.run([] { return resolve({"localhost", 9}); });
  ASSERT_TRUE(named) << named.error().to_string();
  EXPECT_TRUE(named->front().is_loopback());
}

TEST(Resolve, fails_for_a_name_that_cannot_exist) {
  Runtime runtime({.workers = 1});
  Result<std::vector<Address>> result = runtime.run([] { return resolve({"no.such.host.invalid", 9}); });
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().code() == Code::kNotFound || result.error().code() == Code::kUnavailable);
}

}  // namespace
}  // namespace skerry::net
