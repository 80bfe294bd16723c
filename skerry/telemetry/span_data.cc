// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/span_data.h"

namespace skerry::telemetry {
namespace {

std::size_t attributes_bytes(const std::vector<Attribute>& attributes) {
  std::size_t bytes = 0;
  for (const Attribute& attribute : attributes) bytes += memory_bytes(attribute);
  return bytes;
}

}  // namespace

std::size_t memory_bytes(const SpanData& span) {
  std::size_t bytes = sizeof span + span.name.size() + span.status.message.size() + attributes_bytes(span.attributes);
  for (const SpanEvent& event : span.events)
    bytes += sizeof event + event.name.size() + attributes_bytes(event.attributes);
  return bytes + span.links.size() * sizeof(SpanContext);
}

std::size_t memory_bytes(const LogRecord& record) {
  return sizeof record + record.message.size() + attributes_bytes(record.attributes);
}

}  // namespace skerry::telemetry
