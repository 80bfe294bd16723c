// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/cloud_event.h"

#include <charconv>
#include <utility>

#include "skerry/base/check.h"
#include "skerry/telemetry/utf8.h"

namespace skerry::events {
namespace {

constexpr std::string_view kSpecVersion = "1.0";

// CloudEvents 1.0, "Type System": a String is of Unicode characters without the controls (C0, DEL and C1).
bool is_attribute_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = telemetry::utf8_sequence_bytes(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool c1_control = bytes == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (bytes == 0 || first < 0x20 || first == 0x7f || c1_control) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

Result<> check_attribute(std::string_view name, std::string_view value) {
  if (value.size() > kMaxAttributeBytes) {
    return fail(Error::invalid_argument("{} has {} bytes, more than {}", name, value.size(), kMaxAttributeBytes));
  }
  if (!is_attribute_text(value)) {
    return fail(Error::invalid_argument("{} is no UTF-8 text without control characters", name));
  }
  return {};
}

Result<> check_required(std::string_view name, std::string_view value) {
  if (value.empty()) return fail(Error::invalid_argument("{} is empty", name));
  return check_attribute(name, value);
}

/// The values of the headers that make up an event, each at most once.
struct Found {
  std::optional<std::string_view> spec_version, id, source, type, time, subject, content_type;
  std::optional<std::string_view> sequence, correlation_id, causation_id, traceparent, tracestate;

  std::optional<std::string_view>* slot(std::string_view name) {
    if (name == "content-type") return &content_type;
    if (name == "traceparent") return &traceparent;
    if (name == "tracestate") return &tracestate;
    if (name.starts_with("ce_")) {
      name.remove_prefix(3);
      if (name == "specversion") return &spec_version;
      if (name == "id") return &id;
      if (name == "source") return &source;
      if (name == "type") return &type;
      if (name == "time") return &time;
      if (name == "subject") return &subject;
    }
    if (name == "sequence") return &sequence;
    if (name == "correlationid") return &correlation_id;
    if (name == "causationid") return &causation_id;
    return nullptr;
  }
};

Result<Found> find_attributes(const std::vector<kafka::Header>& headers) {
  Found found;
  for (const kafka::Header& header : headers) {
    std::optional<std::string_view>* slot = found.slot(header.name);
    if (slot == nullptr) continue;
    if (slot->has_value()) return fail(Error::invalid_argument("the header {} is there twice", header.name));
    *slot = header.value;
  }
  return found;
}

Result<> check_fixed(std::string_view name, std::optional<std::string_view> value, std::string_view expected) {
  if (!value) return fail(Error::invalid_argument("no CloudEvent in binary mode: the header {} is missing", name));
  if (*value == expected) return {};
  return fail(Error::invalid_argument("{} is not \"{}\"", name, expected));
}

Result<std::int64_t> parse_sequence(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 1) {
    return fail(Error::invalid_argument("ce_sequence is no positive number"));
  }
  return number;
}

}  // namespace

Result<> check(const CloudEvent& event) {
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>("ce_id", event.id),
                                    {"ce_source", event.source},
                                    {"ce_type", event.type}}) {
    if (Result<> checked = check_required(name, value); !checked) return checked;
  }
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>("ce_subject", event.subject),
                                    {"ce_correlationid", event.correlation_id},
                                    {"ce_causationid", event.causation_id}}) {
    if (Result<> checked = check_attribute(name, value); !checked) return checked;
  }
  if (event.sequence && *event.sequence < 1) return fail(Error::invalid_argument("ce_sequence is below 1"));
  if (event.time && event.time->time_since_epoch().count() < 0) {
    return fail(Error::invalid_argument("ce_time is before 1970"));
  }
  return {};
}

std::vector<kafka::Header> encode_headers(const CloudEvent& event) {
  SKERRY_CHECK(check(event).has_value(), "an event is checked before it is encoded");
  std::vector<kafka::Header> headers;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) headers.push_back({.name = name, .value = std::move(value)});
  };
  add("ce_specversion", std::string(kSpecVersion));
  add("ce_id", event.id);
  add("ce_source", event.source);
  add("ce_type", event.type);
  if (event.time) add("ce_time", format_time(*event.time));
  add("ce_subject", event.subject);
  if (event.sequence) add("ce_sequence", std::to_string(*event.sequence));
  add("ce_correlationid", event.correlation_id);
  add("ce_causationid", event.causation_id);
  add("content-type", std::string(kProtobufContentType));
  if (event.trace.valid()) {
    add("traceparent", telemetry::format_traceparent(event.trace));
    add("tracestate", std::string(event.trace.state.header()));
  }
  return headers;
}

Result<CloudEvent> decode_event(const std::vector<kafka::Header>& headers, std::string data) {
  auto found = find_attributes(headers);
  if (!found) return fail(std::move(found));
  if (Result<> fixed = check_fixed("ce_specversion", found->spec_version, kSpecVersion); !fixed) {
    return fail(std::move(fixed));
  }
  if (Result<> fixed = check_fixed("content-type", found->content_type, kProtobufContentType); !fixed) {
    return fail(std::move(fixed));
  }
  CloudEvent event;
  event.id = found->id.value_or("");
  event.source = found->source.value_or("");
  event.type = found->type.value_or("");
  event.subject = found->subject.value_or("");
  event.correlation_id = found->correlation_id.value_or("");
  event.causation_id = found->causation_id.value_or("");
  if (found->time) {
    event.time = parse_time(*found->time);
    if (!event.time) return fail(Error::invalid_argument("ce_time is no RFC 3339 timestamp between 1970 and 2262"));
  }
  if (found->sequence) {
    auto sequence = parse_sequence(*found->sequence);
    if (!sequence) return fail(std::move(sequence));
    event.sequence = *sequence;
  }
  if (found->traceparent) {
    auto context = telemetry::parse_trace_headers(*found->traceparent, found->tracestate.value_or(""));
    if (context) event.trace = *std::move(context);
  }
  event.data = std::move(data);
  if (Result<> checked = check(event); !checked) return fail(std::move(checked));
  return event;
}

}  // namespace skerry::events
