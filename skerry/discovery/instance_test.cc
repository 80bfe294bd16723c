// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/instance.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using discovery::Instance;
using discovery::InstanceName;

const Instance kOrderInstance{.id = "order-1",
                              .service = "order",
                              .address = "127.0.0.1:41234",
                              .admin_address = "127.0.0.1:41235",
                              .version = "1.2.0",
                              .started_at = "2024-03-01T12:00:00.000Z",
                              .metadata = {{"zone", "a"}},
                              .weight = 3};

TEST(Instance, is_a_json_object_in_the_registry) {
  EXPECT_EQ(to_json(kOrderInstance),
            R"({"id":"order-1","service":"order","namespace":"public","address":"127.0.0.1:41234",)"
            R"("admin_address":"127.0.0.1:41235","version":"1.2.0","started_at":"2024-03-01T12:00:00.000Z",)"
            R"("metadata":{"zone":"a"},"weight":3})");
}

TEST(Instance, reads_what_it_writes) {
  EXPECT_EQ(discovery::parse_instance(discovery::instance_key(kOrderInstance), to_json(kOrderInstance)).value(),
            kOrderInstance);
}

TEST(Instance, needs_no_more_than_id_service_and_address) {
  const auto instance = discovery::parse_instance("/skerry/services/public/order/a",
                                                  R"({"id":"a","service":"order","address":"h:1","from_v2":true})");
  ASSERT_TRUE(instance.has_value()) << instance.error().to_string();
  EXPECT_EQ(instance->weight, 1U);
  EXPECT_EQ(discovery::parse_instance("/skerry/services/public/order/a", R"({"id":"a","service":"order"})")
                .error()
                .detail("field"),
            "address");
}

TEST(Instance, is_refused_under_the_key_of_another) {
  EXPECT_FALSE(discovery::parse_instance("/skerry/services/public/order/b", to_json(kOrderInstance)).has_value());
  EXPECT_FALSE(discovery::parse_instance("/skerry/services/test/order/order-1", to_json(kOrderInstance)).has_value());
}

TEST(Instance, with_a_wrong_address_weight_or_name_is_refused) {
  const auto problem = [](auto change) {
    Instance instance = kOrderInstance;
    change(instance);
    const Result<> valid = instance.validate();
    return valid ? "valid" : std::string(valid.error().detail("field"));
  };
  EXPECT_EQ(problem([](Instance&) {}), "valid");
  EXPECT_EQ(problem([](Instance& instance) { instance.address = "localhost"; }), "address");
  EXPECT_EQ(problem([](Instance& instance) { instance.weight = 1'001; }), "weight");
  EXPECT_EQ(problem([](Instance& instance) { instance.id = "a/b"; }), "id");
  EXPECT_EQ(problem([](Instance& instance) { instance.service.clear(); }), "service");
  EXPECT_EQ(problem([](Instance& instance) { instance.namespace_ = "a\nb"; }), "namespace");
}

TEST(Instance, keys_have_three_names_below_the_root) {
  EXPECT_EQ(discovery::instance_key(kOrderInstance), "/skerry/services/public/order/order-1");
  EXPECT_EQ(discovery::service_prefix("order"), "/skerry/services/public/order/");
  EXPECT_EQ(discovery::namespace_prefix("test"), "/skerry/services/test/");
  EXPECT_EQ(discovery::parse_instance_key("/skerry/services/public/order/order-1").value(),
            (InstanceName{"public", "order", "order-1"}));
  for (const std::string_view key : {"", "/skerry/services/", "/skerry/services/a/b", "/skerry/services/a/b/",
                                     "/skerry/services/a/b/c/d", "/skerry/config/a/b/c", "/skerry/services//b/c"}) {
    EXPECT_FALSE(discovery::parse_instance_key(key).has_value()) << key;
  }
}

TEST(Instance, times_are_rfc_3339_in_utc) {
  const std::string now = discovery::utc_now();
  ASSERT_EQ(now.size(), 24U) << now;
  EXPECT_EQ(now[10], 'T');
  EXPECT_EQ(now[19], '.');
  EXPECT_EQ(now[23], 'Z');
  EXPECT_GT(now, "2024-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace skerry
