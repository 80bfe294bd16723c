// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_config.h"

#include <gtest/gtest.h>

namespace shop {
namespace {

using skerry::Result;

TEST(OrderConfig, an_order_goes_by_calls_unless_told_otherwise) {
  EXPECT_EQ(OrderConfig().mode, OrderMode::kSync);
  const Result<OrderConfig> parsed = skerry::parse_json<OrderConfig>(R"({"mode":"sync","max_items":5})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->mode, OrderMode::kSync);
  EXPECT_EQ(parsed->max_items, 5);
}

TEST(OrderConfig, an_order_goes_by_events_where_it_is_told_to) {
  const Result<OrderConfig> parsed = skerry::parse_json<OrderConfig>(R"({"mode":"events"})");
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  EXPECT_EQ(parsed->mode, OrderMode::kEvents);
}

TEST(OrderConfig, an_unknown_mode_is_refused_by_name) {
  const Result<OrderConfig> parsed = skerry::parse_json<OrderConfig>(R"({"mode":"carrier pigeon"})");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().detail("field"), "mode");
}

TEST(OrderConfig, values_out_of_range_are_refused) {
  for (const char* wrong : {R"({"downstream_timeout_ms":0})", R"({"downstream_timeout_ms":60001})",
                            R"({"max_items":0})", R"({"max_items":1001})"}) {
    EXPECT_FALSE(skerry::parse_json<OrderConfig>(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace shop
