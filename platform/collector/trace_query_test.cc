// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/trace_query.h"

#include <gtest/gtest.h>

namespace skerry::platform::collector {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kHour = 3600 * kSecond;
constexpr std::uint64_t kNow = 1'700'000'000 * kSecond;

TraceQuery query_of(const QueryParameters& parameters) {
  const Result<TraceRequest> request = parse_trace_request(parameters, kNow);
  EXPECT_TRUE(request.has_value()) << request.error().to_string();
  return request ? request->query : TraceQuery();
}

TEST(TraceQuery, reads_what_jaegers_page_sends) {
  const TraceQuery query = query_of({{"service", "order"},
                                     {"operation", "POST /orders"},
                                     {"start", "1699999000000000"},
                                     {"end", "1700000000000000"},
                                     {"lookback", "1h"},
                                     {"limit", "50"},
                                     {"minDuration", "1.5ms"},
                                     {"maxDuration", ""},
                                     {"tags", R"({"error":"true","http.status_code":500})"}});
  EXPECT_EQ(query.service, "order");
  EXPECT_EQ(query.operation, "POST /orders");
  EXPECT_EQ(query.start_from, 1'699'999'000 * kSecond);
  EXPECT_EQ(query.start_to, 1'700'000'000 * kSecond + 999);
  EXPECT_EQ(query.limit, 50U);
  EXPECT_EQ(query.min_duration, 1'500'000U);
  EXPECT_EQ(query.max_duration, std::numeric_limits<std::uint64_t>::max());
  const std::vector<std::pair<std::string, std::string>> tags{{"error", "true"}, {"http.status_code", "500"}};
  EXPECT_EQ(query.tags, tags);
}

TEST(TraceQuery, a_service_is_enough) {
  const TraceQuery query = query_of({{"service", "order"}});
  EXPECT_EQ(query.limit, kDefaultTracesPerQuery);
  EXPECT_EQ(query.start_from, kNow - 48 * kHour);
  EXPECT_TRUE(query.operation.empty());
}

TEST(TraceQuery, lookback_counts_from_the_end) {
  EXPECT_EQ(query_of({{"service", "a"}, {"lookback", "2h"}}).start_from, kNow - 2 * kHour);
  EXPECT_EQ(query_of({{"service", "a"}, {"lookback", "2h"}, {"end", "1600000000000000"}}).start_from,
            1'600'000'000 * kSecond + 999 - 2 * kHour);
  EXPECT_EQ(query_of({{"service", "a"}, {"lookback", "custom"}, {"start", "5"}}).start_from, 5000U);
  EXPECT_EQ(query_of({{"service", "a"}, {"lookback", "1h"}, {"end", "7"}}).start_from, 0U);
}

TEST(TraceQuery, single_tags_may_contain_colons) {
  const auto tags = query_of({{"service", "a"}, {"tag", "url:http://x"}, {"tag", "k:v"}}).tags;
  ASSERT_EQ(tags.size(), 2U);
  EXPECT_EQ(tags[0].second, "http://x");
}

TEST(TraceQuery, the_limit_is_bounded) {
  EXPECT_EQ(query_of({{"service", "a"}, {"limit", "1000000"}}).limit, kMaxTracesPerQuery);
}

TEST(TraceQuery, any_operation_is_called_all) {
  EXPECT_EQ(query_of({{"service", "a"}, {"operation", "all"}}).operation, "");
}

TEST(TraceQuery, ids_need_no_service) {
  const auto request = parse_trace_request({{"traceID", "4BF92F3577B34DA6A3CE929D0E0E4736"}, {"traceID", "1f"}}, kNow);
  ASSERT_TRUE(request.has_value());
  ASSERT_EQ(request->ids.size(), 2U);
  EXPECT_EQ(request->ids[0].to_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(request->ids[1].to_hex(), "0000000000000000000000000000001f");
}

TEST(TraceQuery, an_error_names_the_parameter) {
  const std::vector<std::pair<QueryParameters, std::string>> broken{
      {{}, "service"},
      {{{"service", ""}}, "service"},
      {{{"service", "a"}, {"start", "yesterday"}}, "start"},
      {{{"service", "a"}, {"end", "-1"}}, "end"},
      {{{"service", "a"}, {"end", "99999999999999999999"}}, "end"},
      {{{"service", "a"}, {"start", "18446744073709551615"}}, "start"},
      {{{"service", "a"}, {"limit", "0"}}, "limit"},
      {{{"service", "a"}, {"limit", "ten"}}, "limit"},
      {{{"service", "a"}, {"minDuration", "10"}}, "minDuration"},
      {{{"service", "a"}, {"lookback", "1 year"}}, "lookback"},
      {{{"service", "a"}, {"tags", "[1]"}}, "tags"},
      {{{"service", "a"}, {"tags", "{"}}, "tags"},
      {{{"service", "a"}, {"tag", "no colon"}}, "tag"},
      {{{"traceID", "xyz"}}, "traceID"},
      {{{"traceID", "0"}}, "traceID"},
  };
  for (const auto& [parameters, name] : broken) {
    const auto request = parse_trace_request(parameters, kNow);
    ASSERT_FALSE(request.has_value()) << name;
    EXPECT_EQ(request.error().code(), Code::kInvalidArgument);
    EXPECT_EQ(request.error().detail("field"), name);
  }
}

TEST(GoDuration, reads_what_go_writes) {
  EXPECT_EQ(parse_go_duration("1.5s"), 1'500'000'000U);
  EXPECT_EQ(parse_go_duration("100ms"), 100'000'000U);
  EXPECT_EQ(parse_go_duration("300us"), 300'000U);
  EXPECT_EQ(parse_go_duration("300\xC2\xB5s"), 300'000U);
  EXPECT_EQ(parse_go_duration("2h45m0.5s"), 2 * kHour + 45 * 60 * kSecond + kSecond / 2);
  EXPECT_EQ(parse_go_duration("7d"), 7 * 24 * kHour);
  EXPECT_EQ(parse_go_duration("0"), 0U);
}

TEST(GoDuration, refuses_the_rest) {
  for (const char* text : {"", "5", "s", "-1s", "1e3s", "1s5", "infs", "nans", "1 s", "99999999999h"}) {
    EXPECT_FALSE(parse_go_duration(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace skerry::platform::collector
