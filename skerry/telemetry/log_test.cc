// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/log.h"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::telemetry {
namespace {

struct CollectedLines {
  std::mutex mutex;
  std::vector<std::string> lines;
};

class CollectingSink final : public LogSink {
 public:
  explicit CollectingSink(std::shared_ptr<CollectedLines> collected) : collected_(std::move(collected)) {}
  void write(std::string_view line) override {
    const std::lock_guard lock(collected_->mutex);
    collected_->lines.emplace_back(line);
  }

 private:
  std::shared_ptr<CollectedLines> collected_;
};

class LogTest : public testing::Test {
 protected:
  LogTest() : telemetry_(make_options(collected_)), attached_(telemetry_) {}

  static TelemetryOptions make_options(const std::shared_ptr<CollectedLines>& collected) {
    TelemetryOptions options;
    options.service = "order";
    options.log.sink = std::make_unique<CollectingSink>(collected);
    return options;
  }
  const std::vector<std::string>& lines() const { return collected_->lines; }
  // The one line that was written, read as JSON.
  boost::json::value line() const {
    EXPECT_EQ(lines().size(), 1U);
    return lines().empty() ? boost::json::value() : parse_json_value(lines()[0]).value();
  }

  std::shared_ptr<CollectedLines> collected_ = std::make_shared<CollectedLines>();
  Telemetry telemetry_;
  AttachTelemetry attached_;
};

TEST_F(LogTest, a_line_is_a_json_object_with_time_level_service_message_and_fields) {
  log::info("order stored", {{"order_id", "o1"}, {"total_cents", 990}, {"paid", true}, {"weight", 1.5}});
  const boost::json::value json = line();
  EXPECT_EQ(json.at("level"), "info");
  EXPECT_EQ(json.at("service"), "order");
  EXPECT_EQ(json.at("message"), "order stored");
  EXPECT_EQ(json.at("fields").at("order_id"), "o1");
  EXPECT_EQ(json.at("fields").at("total_cents"), 990);
  EXPECT_EQ(json.at("fields").at("paid"), true);
  EXPECT_EQ(json.at("fields").at("weight"), 1.5);
  std::string time(json.at("time").as_string());
  std::ranges::replace_if(time, [](char c) { return c >= '0' && c <= '9'; }, '9');
  EXPECT_EQ(time, "9999-99-99T99:99:99.999999Z");
  EXPECT_FALSE(json.as_object().contains("trace_id"));
}

TEST_F(LogTest, a_line_has_the_ids_of_the_current_span) {
  Span span = Span::start("work");
  log::error("went wrong");
  const boost::json::value json = line();
  EXPECT_EQ(json.at("trace_id").as_string(), span.context().trace_id.to_hex());
  EXPECT_EQ(json.at("span_id").as_string(), span.context().span_id.to_hex());
  EXPECT_FALSE(json.as_object().contains("fields"));
}

TEST_F(LogTest, text_cannot_break_out_of_its_line) {
  log::info("first\nsecond \"quoted\" \xFF", {{"key\"", "value\n"}});
  EXPECT_EQ(lines().at(0).find('\n'), std::string::npos);
  EXPECT_EQ(line().at("message"), "first\nsecond \"quoted\" \xEF\xBF\xBD");
  EXPECT_EQ(line().at("fields").at("key\""), "value\n");
}

TEST_F(LogTest, numbers_that_json_cannot_write_are_written_as_text) {
  log::info("odd", {{"infinite", std::numeric_limits<double>::infinity()}, {"big", ~std::uint64_t{0}}});
  EXPECT_EQ(line().at("fields").at("infinite"), "inf");
  EXPECT_EQ(line().at("fields").at("big"), std::numeric_limits<std::int64_t>::max());
}

TEST_F(LogTest, the_level_decides_and_can_be_changed_while_running) {
  log::debug("too small");
  EXPECT_TRUE(lines().empty());
  telemetry_.logger().set_level(LogLevel::kDebug);
  log::debug("now it counts");
  EXPECT_EQ(lines().size(), 1U);
  telemetry_.logger().set_level(LogLevel::kOff);
  log::error("nothing passes");
  log::write(LogLevel::kOff, "nor this");
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(LogTest, a_long_message_is_cut) {
  log::info(std::string(kMaxLogMessageBytes + 100, 'm'), {{"value", std::string(kMaxAttributeBytes + 100, 'v')}});
  EXPECT_EQ(line().at("message").as_string().size(), kMaxLogMessageBytes);
  EXPECT_EQ(line().at("fields").at("value").as_string().size(), kMaxAttributeBytes);
}

TEST_F(LogTest, records_reach_an_exporter_that_listens) {
  log::info("before anyone listens");
  telemetry_.log_records().open();
  Span span = Span::start("work");
  log::warning("stock is low", {{"sku", "pear"}, {"left", 3}});
  log::debug("below the level");
  const auto records = telemetry_.log_records().drain(10);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]->level, LogLevel::kWarning);
  EXPECT_EQ(records[0]->message, "stock is low");
  EXPECT_EQ(records[0]->trace_id, span.context().trace_id);
  EXPECT_EQ(records[0]->span_id, span.context().span_id);
  ASSERT_EQ(records[0]->attributes.size(), 2U);
  EXPECT_EQ(records[0]->attributes[1], (Attribute{"left", AttributeValue(std::int64_t{3})}));
}

TEST(Log, level_names_are_read_and_written) {
  EXPECT_EQ(parse_log_level("warning"), LogLevel::kWarning);
  EXPECT_EQ(parse_log_level("warn"), LogLevel::kWarning);
  EXPECT_EQ(parse_log_level("off"), LogLevel::kOff);
  EXPECT_FALSE(parse_log_level("loud").has_value());
  EXPECT_EQ(log_level_name(LogLevel::kError), "error");
}

TEST(Log, the_stream_sink_writes_every_line_before_it_ends) {
  testing::internal::CaptureStderr();
  {
    TelemetryOptions options;
    options.service = "order";
    Telemetry telemetry(std::move(options));
    for (int i = 0; i < 100; ++i) telemetry.logger().write(LogLevel::kInfo, "line", {{"number", i}});
    EXPECT_EQ(telemetry.logger().dropped_lines(), 0U);
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_LT(text.find("\"number\":3}"), text.find("\"number\":99}"));
}

TEST(Log, without_any_telemetry_writes_nothing) {
  testing::internal::CaptureStderr();
  log::error("nobody listens");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace skerry::telemetry
