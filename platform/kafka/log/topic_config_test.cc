// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/topic_config.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/errors.h"

namespace skerry::platform::kafka::log {
namespace {

TEST(TopicConfig, is_that_of_the_defaults_when_nothing_was_set) {
  const TopicDefaults defaults;
  const auto config = parse_configs({}, defaults);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->retention, std::chrono::hours(168));
  EXPECT_EQ(config->retention_bytes, -1);
  EXPECT_EQ(config->max_message_bytes, 1'048'588);
}

TEST(TopicConfig, takes_what_was_set) {
  const auto config = parse_configs({{"retention.ms", "60000"},
                                     {"retention.bytes", "1000"},
                                     {"max.message.bytes", "5"},
                                     {"cleanup.policy", "delete"}},
                                    {});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->retention, std::chrono::minutes(1));
  EXPECT_EQ(config->retention_bytes, 1000);
  EXPECT_EQ(config->max_message_bytes, 5);
}

TEST(TopicConfig, keeps_what_kafka_takes_and_this_store_has_no_use_for) {
  const TopicConfigs set{{"segment.bytes", "1048576"},
                         {"segment.ms", "3600000"},
                         {"flush.messages", "1"},
                         {"min.cleanable.dirty.ratio", "0.1"},
                         {"unclean.leader.election.enable", "true"}};
  const auto config = parse_configs(set, {});
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(*config, *parse_configs({}, {}));
  TopicConfigs shown;
  for (const ConfigEntry& entry : describe_configs(set, {}))
    if (!entry.is_default) shown[entry.name] = entry.value;
  EXPECT_EQ(shown, set);
}

TEST(TopicConfig, refuses_what_it_does_not_know_or_cannot_do) {
  for (const auto& [name, value] : TopicConfigs{{"no.such", "1"},
                                                {"cleanup.policy", "compact"},
                                                {"retention.ms", "a day"},
                                                {"retention.bytes", "-2"},
                                                {"max.message.bytes", "99999999999"},
                                                {"compression.type", "zstd"},
                                                {"segment.bytes", "1"},
                                                {"segment.ms", "soon"},
                                                {"min.cleanable.dirty.ratio", "1.5"},
                                                {"preallocate", "yes"}}) {
    const auto config = parse_configs({{name, value}}, {});
    ASSERT_FALSE(config) << name;
    EXPECT_TRUE(is_kafka_error(config.error(), ErrorCode::kInvalidConfig));
    EXPECT_NE(config.error().message().find(name), std::string::npos);
  }
  for (const std::string value : {"", " 1", "1 ", "0x10", "1e3", "9223372036854775808"})
    EXPECT_FALSE(parse_configs({{"retention.ms", value}}, {})) << value;
}

TEST(TopicConfig, describes_everything_with_its_value_so_that_tools_can_write_it_back) {
  const TopicConfigs set{{"retention.ms", "5"}};
  const auto entries = describe_configs(set, {});
  TopicConfigs written_back;
  for (const ConfigEntry& entry : entries) {
    EXPECT_EQ(entry.is_default, entry.name != "retention.ms");
    written_back[entry.name] = entry.value;
  }
  EXPECT_EQ(written_back.at("retention.ms"), "5");
  EXPECT_EQ(written_back.at("cleanup.policy"), "delete");
  EXPECT_EQ(parse_configs(written_back, {}), parse_configs(set, {}));
}

}  // namespace
}  // namespace skerry::platform::kafka::log
