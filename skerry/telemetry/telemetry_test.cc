// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/telemetry.h"

#include <gtest/gtest.h>

namespace skerry::telemetry {
namespace {

TEST(Telemetry, describes_where_it_comes_from) {
  TelemetryOptions options;
  options.log.target = LogTarget::kNone;
  options.service = "order";
  options.instance = "order-1";
  options.version = "1.2.3";
  Telemetry telemetry(std::move(options));
  const auto find = [&](std::string_view key) {
    for (const Attribute& attribute : telemetry.resource().attributes) {
      if (attribute.key == key) return std::get<std::string>(attribute.value);
    }
    return std::string();
  };
  EXPECT_EQ(find("service.name"), "order");
  EXPECT_EQ(find("service.instance.id"), "order-1");
  EXPECT_EQ(find("service.version"), "1.2.3");
  EXPECT_FALSE(find("host.name").empty());
  EXPECT_EQ(find("telemetry.sdk.language"), "cpp");
}

TEST(Telemetry, shows_what_it_dropped_as_a_metric) {
  TelemetryOptions options;
  options.log.target = LogTarget::kNone;
  options.span_queue = {.items = 2, .bytes = 1'000'000};
  Telemetry telemetry(std::move(options));
  telemetry.spans().open();
  for (int i = 0; i < 5; ++i) Span span(telemetry, "one too many");
  EXPECT_NE(telemetry.metrics().text().find("skerry_telemetry_dropped_total{signal=\"spans\"} 3\n"), std::string::npos);
}

}  // namespace
}  // namespace skerry::telemetry
