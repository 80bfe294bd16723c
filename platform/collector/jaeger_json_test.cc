// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/jaeger_json.h"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "platform/collector/json_writer.h"
#include "platform/collector/test_spans.h"
#include "skerry/base/json.h"

namespace skerry::platform::collector {
namespace {

std::shared_ptr<const SpanOrigin> origin_of(std::string service, std::string scope = "") {
  SpanOrigin origin;
  origin.service = std::move(service);
  OtlpAttribute* name = origin.resource.add_attributes();
  name->set_key("service.name");
  name->mutable_value()->set_string_value(origin.service);
  OtlpAttribute* host = origin.resource.add_attributes();
  host->set_key("host.name");
  host->mutable_value()->set_string_value("h1");
  origin.scope.set_name(std::move(scope));
  return std::make_shared<const SpanOrigin>(std::move(origin));
}

boost::json::value trace_json(StoredTrace trace) {
  std::vector<StoredTrace> traces;
  traces.push_back(std::move(trace));
  const auto json = parse_json_value(jaeger_traces(traces, 20));
  EXPECT_TRUE(json.has_value());
  return json->at("data").at(0);
}

StoredTrace one_span_trace(OtlpSpan span) {
  StoredTrace trace{.id = fixtures::trace_id(1), .spans = {}};
  trace.spans.push_back({origin_of("order", "lib"), std::move(span)});
  return trace;
}

// The value of a tag, or null where there is none.
boost::json::value tag_of(const boost::json::value& tags, std::string_view key, std::string_view type) {
  for (const auto& tag : tags.as_array()) {
    if (tag.at("key").as_string() == key) {
      EXPECT_EQ(tag.at("type").as_string(), type) << key;
      return tag.at("value");
    }
  }
  return nullptr;
}

TEST(JaegerJson, has_the_shape_that_jaegers_page_reads) {
  StoredTrace trace{.id = fixtures::trace_id(1), .spans = {}};
  const auto gateway = origin_of("gateway");
  trace.spans.push_back({gateway, fixtures::make_span({.span = 1, .name = "POST", .start = 1000, .duration = 20})});
  trace.spans.push_back({origin_of("order"), fixtures::make_span({.span = 2, .parent = 1, .name = "create"})});
  trace.spans.push_back({gateway, fixtures::make_span({.span = 3, .parent = 1, .name = "log"})});
  const boost::json::value json = trace_json(std::move(trace));
  EXPECT_EQ(json.at("traceID"), "aa000000000000000000000000000001");
  const auto& spans = json.at("spans").as_array();
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[0].at("traceID"), "aa000000000000000000000000000001");
  EXPECT_EQ(spans[0].at("spanID"), "0000000000000001");
  EXPECT_EQ(spans[0].at("operationName"), "POST");
  EXPECT_EQ(spans[0].at("startTime"), 1'000'000);
  EXPECT_EQ(spans[0].at("duration"), 20'000);
  EXPECT_TRUE(spans[0].at("references").as_array().empty());
  EXPECT_TRUE(spans[0].at("warnings").is_null());
  EXPECT_EQ(spans[1].at("references").at(0).at("refType"), "CHILD_OF");
  EXPECT_EQ(spans[1].at("references").at(0).at("spanID"), "0000000000000001");
  EXPECT_EQ(spans[0].at("processID"), "p1");
  EXPECT_EQ(spans[1].at("processID"), "p2");
  EXPECT_EQ(spans[2].at("processID"), "p1");
  EXPECT_EQ(json.at("processes").at("p2").at("serviceName"), "order");
  EXPECT_EQ(tag_of(json.at("processes").at("p1").at("tags"), "host.name", "string"), "h1");
  EXPECT_TRUE(tag_of(json.at("processes").at("p1").at("tags"), "service.name", "string").is_null());
}

TEST(JaegerJson, tags_have_their_types) {
  OtlpSpan span = fixtures::make_span({.failed = true});
  span.mutable_status()->set_message("no stock");
  span.set_trace_state("a=1");
  const auto add = [&](const char* key) {
    OtlpAttribute* attribute = span.add_attributes();
    attribute->set_key(key);
    return attribute->mutable_value();
  };
  add("text")->set_string_value("v\"");
  add("whole")->set_int_value(-7);
  add("number")->set_double_value(1.5);
  add("flag")->set_bool_value(false);
  add("bytes")->set_bytes_value("abc");
  add("list")->mutable_array_value()->add_values()->set_int_value(1);
  auto* map = add("map")->mutable_kvlist_value()->add_values();
  map->set_key("k");
  map->mutable_value()->set_string_value("v");
  const boost::json::value json = trace_json(one_span_trace(span));
  const boost::json::value& tags = json.at("spans").at(0).at("tags");
  EXPECT_EQ(tag_of(tags, "text", "string"), "v\"");
  EXPECT_EQ(tag_of(tags, "whole", "int64"), -7);
  EXPECT_EQ(tag_of(tags, "number", "float64"), 1.5);
  EXPECT_EQ(tag_of(tags, "flag", "bool"), false);
  EXPECT_EQ(tag_of(tags, "bytes", "binary"), "YWJj");
  EXPECT_EQ(tag_of(tags, "list", "string"), "[1]");
  EXPECT_EQ(tag_of(tags, "map", "string"), R"({"k":"v"})");
  EXPECT_EQ(tag_of(tags, "span.kind", "string"), "server");
  EXPECT_EQ(tag_of(tags, "error", "bool"), true);
  EXPECT_EQ(tag_of(tags, "otel.status_code", "string"), "ERROR");
  EXPECT_EQ(tag_of(tags, "otel.status_description", "string"), "no stock");
  EXPECT_EQ(tag_of(tags, "otel.scope.name", "string"), "lib");
  EXPECT_EQ(tag_of(tags, "w3c.tracestate", "string"), "a=1");
}

TEST(JaegerJson, events_are_logs_and_links_are_references) {
  OtlpSpan span = fixtures::make_span({});
  auto* event = span.add_events();
  event->set_time_unix_nano(1'500'000);
  event->set_name("retry");
  auto* attempt = event->add_attributes();
  attempt->set_key("attempt");
  attempt->mutable_value()->set_int_value(2);
  auto* link = span.add_links();
  link->set_trace_id(std::string(fixtures::trace_id(9).bytes()));
  link->set_span_id(std::string(fixtures::span_id(8).bytes()));
  const boost::json::value trace = trace_json(one_span_trace(span));
  const boost::json::value& json = trace.at("spans").at(0);
  EXPECT_EQ(json.at("logs").at(0).at("timestamp"), 1500);
  EXPECT_EQ(tag_of(json.at("logs").at(0).at("fields"), "event", "string"), "retry");
  EXPECT_EQ(tag_of(json.at("logs").at(0).at("fields"), "attempt", "int64"), 2);
  EXPECT_EQ(json.at("references").at(0).at("refType"), "FOLLOWS_FROM");
  EXPECT_EQ(json.at("references").at(0).at("traceID"), "aa000000000000000000000000000009");
}

TEST(JaegerJson, a_cut_trace_says_so) {
  StoredTrace trace = one_span_trace(fixtures::make_span({}));
  trace.truncated = true;
  EXPECT_EQ(trace_json(std::move(trace)).at("warnings").as_array().size(), 1U);
}

TEST(JaegerJson, every_answer_has_the_envelope) {
  EXPECT_EQ(jaeger_services({"a", "b"}), R"({"data":["a","b"],"total":2,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(jaeger_traces({}, 20), R"({"data":[],"total":0,"limit":20,"offset":0,"errors":null})");
  EXPECT_EQ(jaeger_dependencies({{"a", "b", 3}}),
            R"({"data":[{"parent":"a","child":"b","callCount":3}],"total":1,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(jaeger_error(404, "trace not found"),
            R"({"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]})");
}

TEST(JaegerJson, operations_come_with_and_without_their_kinds) {
  const std::vector<Operation> operations{{"a", "client"}, {"a", "server"}, {"b", ""}};
  EXPECT_EQ(jaeger_operation_names(operations), R"({"data":["a","b"],"total":2,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(jaeger_operations(operations, "server"),
            R"({"data":[{"name":"a","spanKind":"server"}],"total":1,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(parse_json_value(jaeger_operations(operations, ""))->at("total"), 3);
}

TEST(JsonWriter, sets_commas_where_they_belong) {
  JsonWriter json;
  json.begin_object().key("a{").begin_array().end_array().key("b").begin_array().value("[").value(":").value(true);
  json.begin_object().end_object().value(1.5).null().end_array().key("c").value(-3).end_object();
  EXPECT_EQ(std::move(json).text(), R"({"a{":[],"b":["[",":",true,{},1.5,null],"c":-3})");
}

}  // namespace
}  // namespace skerry::platform::collector
