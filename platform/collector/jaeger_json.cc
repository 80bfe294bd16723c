// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/jaeger_json.h"

#include <map>
#include <set>

#include "platform/collector/json_writer.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::collector {
namespace {

using opentelemetry::proto::trace::v1::Status;
using Attributes = google::protobuf::RepeatedPtrField<OtlpAttribute>;

constexpr std::uint64_t kNanosPerMicro = 1000;

void write_tag(JsonWriter& json, std::string_view key, std::string_view type, const auto& value) {
  json.begin_object().key("key").value(key).key("type").value(type).key("value").value(value).end_object();
}

void write_attribute(JsonWriter& json, const OtlpAttribute& attribute) {
  const OtlpValue& value = attribute.value();
  switch (value.value_case()) {
    case OtlpValue::kBoolValue:
      return write_tag(json, attribute.key(), "bool", value.bool_value());
    case OtlpValue::kIntValue:
      return write_tag(json, attribute.key(), "int64", value.int_value());
    case OtlpValue::kDoubleValue:
      return write_tag(json, attribute.key(), "float64", value.double_value());
    case OtlpValue::kBytesValue:
      return write_tag(json, attribute.key(), "binary", base64_encode(value.bytes_value()));
    default:
      return write_tag(json, attribute.key(), "string", value_text(value));
  }
}

void write_attributes(JsonWriter& json, const Attributes& attributes) {
  for (const OtlpAttribute& attribute : attributes) write_attribute(json, attribute);
}

void write_reference(JsonWriter& json, std::string_view type, std::string_view trace_id, std::string_view span_id) {
  json.begin_object().key("refType").value(type);
  json.key("traceID").value(hex_encode(trace_id)).key("spanID").value(hex_encode(span_id)).end_object();
}

void write_references(JsonWriter& json, const OtlpSpan& span) {
  json.key("references").begin_array();
  if (!span.parent_span_id().empty()) {
    write_reference(json, "CHILD_OF", span.trace_id(), span.parent_span_id());
  }
  for (const OtlpSpan::Link& link : span.links()) {
    write_reference(json, "FOLLOWS_FROM", link.trace_id(), link.span_id());
  }
  json.end_array();
}

// What OTLP says outside of attributes and Jaeger says in tags, by the names of OpenTelemetry's mapping to Jaeger.
void write_tags(JsonWriter& json, const StoredSpan& stored) {
  const OtlpSpan& span = stored.span;
  json.key("tags").begin_array();
  write_attributes(json, span.attributes());
  if (const std::string_view kind = span_kind_name(span.kind()); !kind.empty()) {
    write_tag(json, "span.kind", "string", kind);
  }
  if (span.status().code() == Status::STATUS_CODE_ERROR) {
    write_tag(json, "error", "bool", true);
    write_tag(json, "otel.status_code", "string", "ERROR");
  } else if (span.status().code() == Status::STATUS_CODE_OK) {
    write_tag(json, "otel.status_code", "string", "OK");
  }
  if (!span.status().message().empty()) {
    write_tag(json, "otel.status_description", "string", span.status().message());
  }
  if (!stored.origin->scope.name().empty()) {
    write_tag(json, "otel.scope.name", "string", stored.origin->scope.name());
  }
  if (!stored.origin->scope.version().empty()) {
    write_tag(json, "otel.scope.version", "string", stored.origin->scope.version());
  }
  if (!span.trace_state().empty()) write_tag(json, "w3c.tracestate", "string", span.trace_state());
  json.end_array();
}

void write_logs(JsonWriter& json, const OtlpSpan& span) {
  json.key("logs").begin_array();
  for (const OtlpSpan::Event& event : span.events()) {
    json.begin_object().key("timestamp").value(event.time_unix_nano() / kNanosPerMicro);
    json.key("fields").begin_array();
    if (!event.name().empty()) write_tag(json, "event", "string", event.name());
    write_attributes(json, event.attributes());
    json.end_array().end_object();
  }
  json.end_array();
}

void write_span(JsonWriter& json, const StoredSpan& stored, std::string_view process) {
  const OtlpSpan& span = stored.span;
  json.begin_object();
  json.key("traceID").value(hex_encode(span.trace_id()));
  json.key("spanID").value(hex_encode(span.span_id()));
  json.key("flags").value(span.flags() & 0xff);
  json.key("operationName").value(span.name());
  write_references(json, span);
  json.key("startTime").value(span.start_time_unix_nano() / kNanosPerMicro);
  json.key("duration").value((span.end_time_unix_nano() - span.start_time_unix_nano()) / kNanosPerMicro);
  write_tags(json, stored);
  write_logs(json, span);
  json.key("processID").value(process);
  json.key("warnings").null();
  json.end_object();
}

// The processes of a trace, numbered p1, p2 ... in the order in which they first occur. Those with the same resource
// are one, whichever instrumentation made the span.
class Processes {
 public:
  explicit Processes(const StoredTrace& trace) {
    for (const StoredSpan& stored : trace.spans) {
      const SpanOrigin* origin = stored.origin.get();
      if (by_origin_.contains(origin)) continue;
      const auto [found, inserted] = by_resource_.try_emplace({origin->service, origin->resource.SerializeAsString()},
                                                              "p" + std::to_string(by_resource_.size() + 1));
      if (inserted) listed_.emplace_back(found->second, origin);
      by_origin_[origin] = found->second;
    }
  }

  const std::string& of(const StoredSpan& stored) const { return by_origin_.at(stored.origin.get()); }

  void write(JsonWriter& json) const {
    json.key("processes").begin_object();
    for (const auto& [id, origin] : listed_) {
      json.key(id).begin_object().key("serviceName").value(origin->service);
      json.key("tags").begin_array();
      for (const OtlpAttribute& attribute : origin->resource.attributes()) {
        if (attribute.key() != "service.name") write_attribute(json, attribute);
      }
      json.end_array().end_object();
    }
    json.end_object();
  }

 private:
  std::map<const SpanOrigin*, std::string> by_origin_;
  std::map<std::pair<std::string, std::string>, std::string> by_resource_;
  std::vector<std::pair<std::string, const SpanOrigin*>> listed_;
};

void write_trace(JsonWriter& json, const StoredTrace& trace) {
  const Processes processes(trace);
  json.begin_object().key("traceID").value(trace.id.to_hex());
  json.key("spans").begin_array();
  for (const StoredSpan& stored : trace.spans) write_span(json, stored, processes.of(stored));
  json.end_array();
  processes.write(json);
  json.key("warnings");
  if (trace.truncated) {
    json.begin_array().value("the trace has more spans than are shown").end_array();
  } else {
    json.null();
  }
  json.end_object();
}

}  // namespace

void end_jaeger_envelope(JsonWriter& json, std::size_t total, std::size_t limit) {
  json.key("total").value(total).key("limit").value(limit).key("offset").value(0).key("errors").null().end_object();
}

std::string jaeger_traces(const std::vector<StoredTrace>& traces, std::size_t limit) {
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const StoredTrace& trace : traces) write_trace(json, trace);
  json.end_array();
  end_jaeger_envelope(json, traces.size(), limit);
  return std::move(json).text();
}

std::string jaeger_services(const std::vector<std::string>& services) {
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const std::string& service : services) json.value(service);
  json.end_array();
  end_jaeger_envelope(json, services.size(), 0);
  return std::move(json).text();
}

std::string jaeger_operation_names(const std::vector<Operation>& operations) {
  std::set<std::string_view> names;
  for (const Operation& operation : operations) names.insert(operation.name);
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const std::string_view name : names) json.value(name);
  json.end_array();
  end_jaeger_envelope(json, names.size(), 0);
  return std::move(json).text();
}

std::string jaeger_operations(const std::vector<Operation>& operations, std::string_view kind) {
  JsonWriter json;
  std::size_t total = 0;
  json.begin_object().key("data").begin_array();
  for (const Operation& operation : operations) {
    if (!kind.empty() && operation.kind != kind) continue;
    json.begin_object().key("name").value(operation.name).key("spanKind").value(operation.kind).end_object();
    ++total;
  }
  json.end_array();
  end_jaeger_envelope(json, total, 0);
  return std::move(json).text();
}

std::string jaeger_dependencies(const std::vector<ServiceCall>& calls) {
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const ServiceCall& call : calls) {
    json.begin_object().key("parent").value(call.parent).key("child").value(call.child);
    json.key("callCount").value(call.count).end_object();
  }
  json.end_array();
  end_jaeger_envelope(json, calls.size(), 0);
  return std::move(json).text();
}

std::string jaeger_error(int status, std::string_view message) {
  JsonWriter json;
  json.begin_object().key("data").null().key("total").value(0).key("limit").value(0).key("offset").value(0);
  json.key("errors").begin_array();
  json.begin_object().key("code").value(status).key("msg").value(message).end_object();
  json.end_array().end_object();
  return std::move(json).text();
}

}  // namespace skerry::platform::collector
