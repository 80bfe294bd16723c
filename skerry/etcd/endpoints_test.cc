// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/etcd/connect.h"

namespace skerry {
namespace {

std::string endpoints_text(std::string_view list) {
  const auto parsed = etcd::parse_endpoints(list);
  if (!parsed) return std::string(code_name(parsed.error().code()));
  std::string text;
  for (const std::string& endpoint : *parsed) text += endpoint + " ";
  return text;
}

TEST(EtcdEndpoints, are_urls_or_addresses_and_may_be_several) {
  EXPECT_EQ(endpoints_text("http://127.0.0.1:2379"), "127.0.0.1:2379 ");
  EXPECT_EQ(endpoints_text("localhost:2379/"), "localhost:2379 ");
  EXPECT_EQ(endpoints_text("http://a:1, b:2 ,http://[::1]:3/"), "a:1 b:2 [::1]:3 ");
}

TEST(EtcdEndpoints, what_is_not_an_address_is_refused) {
  for (const std::string_view list : {"", "a", "a:1,", "http://", "http://a:1/path", "a:99999"}) {
    EXPECT_EQ(endpoints_text(list), "INVALID_ARGUMENT") << list;
  }
  EXPECT_EQ(endpoints_text("https://a:1"), "UNIMPLEMENTED");
  std::string many = "a:1";
  for (std::size_t i = 0; i < etcd::kMaxEndpoints; ++i) many += ",a:1";
  EXPECT_EQ(endpoints_text(many), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace skerry
