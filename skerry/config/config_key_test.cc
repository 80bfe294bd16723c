// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/config_key.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using config::ConfigKey;

TEST(ConfigKey, is_in_the_default_namespace_until_told_otherwise) {
  EXPECT_EQ((ConfigKey{.group = "shop", .data_id = "order"}).path(), "/skerry/config/public/shop/order");
}

TEST(ConfigKey, reads_its_own_path) {
  const ConfigKey key{.namespace_ = "test", .group = "g", .data_id = "a.b-c_d"};
  EXPECT_EQ(ConfigKey::parse(key.path()).value(), key);
}

TEST(ConfigKey, refuses_parts_that_would_move_the_key) {
  EXPECT_FALSE((ConfigKey{.group = "a/b", .data_id = "c"}).validate().has_value());
  EXPECT_FALSE((ConfigKey{.group = "", .data_id = "c"}).validate().has_value());
  EXPECT_FALSE((ConfigKey{.group = "a", .data_id = std::string(256, 'x')}).validate().has_value());
  EXPECT_FALSE((ConfigKey{.namespace_ = std::string("a\0b", 3), .group = "a", .data_id = "b"}).validate().has_value());
  EXPECT_EQ((ConfigKey{.group = "a", .data_id = ""}).validate().error().message(),
            "data_id: expected 1 to 255 characters without a slash");
}

TEST(ConfigKey, refuses_paths_of_another_form) {
  for (const std::string_view path : {"", "/skerry/config/", "/skerry/config/public/shop", "/skerry/config/a/b/c/d",
                                      "/skerry/services/a/b/c", "/skerry/config//b/c", "/skerry/config/a/b/"}) {
    EXPECT_FALSE(ConfigKey::parse(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace skerry
