// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/ambient.h"

#include <gtest/gtest.h>

#include <thread>

#include "skerry/telemetry/telemetry.h"

namespace skerry::telemetry {
namespace {

TEST(Ambient, baggage_belongs_to_the_innermost_guard) {
  EXPECT_TRUE(current_baggage().empty());
  {
    BaggageGuard outer(Baggage().with("tenant", "blue"));
    {
      BaggageGuard inner(current_baggage().with("run", "7"));
      EXPECT_EQ(current_baggage().header(), "tenant=blue,run=7");
    }
    EXPECT_EQ(current_baggage().header(), "tenant=blue");
  }
  EXPECT_TRUE(current_baggage().empty());
}

TEST(Ambient, a_span_keeps_the_baggage_and_baggage_keeps_the_span) {
  Telemetry telemetry(TelemetryOptions{.log = {.target = LogTarget::kNone}});
  AttachTelemetry attached(telemetry);
  BaggageGuard baggage(Baggage().with("tenant", "blue"));
  Span span = Span::start("work");
  EXPECT_EQ(current_baggage().find("tenant"), "blue");
  BaggageGuard more(current_baggage().with("run", "7"));
  EXPECT_EQ(current_span(), span.context());
  EXPECT_EQ(&current(), &telemetry);
}

TEST(Ambient, another_thread_has_its_own) {
  Telemetry telemetry(TelemetryOptions{.log = {.target = LogTarget::kNone}});
  AttachTelemetry attached(telemetry);
  Span span = Span::start("work");
  std::thread([&] {
    EXPECT_FALSE(current_span().valid());
    EXPECT_NE(&current(), &telemetry);
  }).join();
}

}  // namespace
}  // namespace skerry::telemetry
