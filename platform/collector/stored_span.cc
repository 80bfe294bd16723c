// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/stored_span.h"

#include <fmt/format.h>

#include "platform/collector/json_writer.h"
#include "skerry/base/encoding.h"
#include "skerry/telemetry/attribute.h"

namespace skerry::platform::collector {
namespace {

// The decoders refuse deeper nesting, so this is only reached by values made here.
constexpr int kMaxValueDepth = 100;

void write_json(JsonWriter& json, const OtlpValue& value, int depth) {
  if (depth > kMaxValueDepth) {
    json.null();
    return;
  }
  switch (value.value_case()) {
    case OtlpValue::kStringValue:
      json.value(value.string_value());
      return;
    case OtlpValue::kBoolValue:
      json.value(value.bool_value());
      return;
    case OtlpValue::kIntValue:
      json.value(value.int_value());
      return;
    case OtlpValue::kDoubleValue:
      json.value(value.double_value());
      return;
    case OtlpValue::kBytesValue:
      json.value(base64_encode(value.bytes_value()));
      return;
    case OtlpValue::kArrayValue:
      json.begin_array();
      for (const OtlpValue& item : value.array_value().values()) write_json(json, item, depth + 1);
      json.end_array();
      return;
    case OtlpValue::kKvlistValue:
      json.begin_object();
      for (const OtlpAttribute& item : value.kvlist_value().values()) {
        json.key(item.key());
        write_json(json, item.value(), depth + 1);
      }
      json.end_object();
      return;
    case OtlpValue::VALUE_NOT_SET:
      json.null();
      return;
  }
}

}  // namespace

std::string service_of(const OtlpResource& resource) {
  for (const OtlpAttribute& attribute : resource.attributes()) {
    if (attribute.key() != "service.name" || !attribute.value().has_string_value()) continue;
    std::string name = telemetry::bounded_text(attribute.value().string_value(), kMaxServiceBytes);
    if (!name.empty()) return name;
  }
  return std::string(kUnknownService);
}

std::string value_text(const OtlpValue& value) {
  if (value.has_string_value()) return value.string_value();
  if (value.has_bytes_value()) return base64_encode(value.bytes_value());
  if (value.value_case() == OtlpValue::VALUE_NOT_SET) return {};
  if (value.has_double_value()) return fmt::format("{}", value.double_value());
  JsonWriter json;
  write_json(json, value, 0);
  return std::move(json).text();
}

}  // namespace skerry::platform::collector
