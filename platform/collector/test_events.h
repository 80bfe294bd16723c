// SPDX-License-Identifier: Apache-2.0
//
// What the tests of lineages share: the spans of events, as the event SDK describes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/collector/test_spans.h"

namespace skerry::platform::collector::fixtures {

struct EventSpec {
  std::string id;
  /// Empty: not stated.
  std::string cause = {};
  std::string source = "/order";
  std::string topic = "orders";
  std::string group = "stock";
  /// 0: not stated.
  std::int64_t attempt = 0;
  std::string outcome = {};
};

inline SpanSpec event_span(SpanSpec span, const EventSpec& event) {
  const auto add = [&span](std::string key, const std::string& value) {
    if (!value.empty()) span.attributes.emplace_back(std::move(key), value);
  };
  add("messaging.system", "kafka");
  add("messaging.message.id", event.id);
  add("messaging.message.conversation_id", "flow-1");
  add("cloudevents.event_id", event.id);
  add("cloudevents.event_source", event.source);
  add("cloudevents.event_type", "shop." + event.id);
  add("messaging.destination.name", event.topic);
  add("messaging.kafka.message.key", "order-7");
  add("skerry.event.causation_id", event.cause);
  return span;
}

inline SpanSpec publish_span(SpanSpec span, const EventSpec& event) {
  span.kind = OtlpSpan::SPAN_KIND_PRODUCER;
  span.name = "publish " + event.topic;
  span = event_span(std::move(span), event);
  span.attributes.emplace_back("messaging.operation.type", "send");
  return span;
}

inline SpanSpec process_span(SpanSpec span, const EventSpec& event) {
  span.kind = OtlpSpan::SPAN_KIND_CONSUMER;
  span.name = "process " + event.topic;
  span = event_span(std::move(span), event);
  span.attributes.emplace_back("messaging.operation.type", "process");
  span.attributes.emplace_back("messaging.consumer.group.name", event.group);
  if (!event.outcome.empty()) span.attributes.emplace_back("skerry.event.outcome", event.outcome);
  if (event.attempt != 0) span.numbers.emplace_back("skerry.event.attempt", event.attempt);
  return span;
}

/// A stored span of this service.
inline StoredSpan stored_span(std::string_view service, const SpanSpec& spec) {
  SpanOrigin origin;
  origin.service = service;
  OtlpAttribute* instance = origin.resource.add_attributes();
  instance->set_key("service.instance.id");
  instance->mutable_value()->set_string_value(std::string(service) + "-1");
  return {std::make_shared<const SpanOrigin>(std::move(origin)), make_span(spec)};
}

}  // namespace skerry::platform::collector::fixtures
