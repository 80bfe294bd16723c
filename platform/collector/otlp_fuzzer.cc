// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes of an export request, in protobuf and in JSON: spans that are accepted come back from their
// records as they went in, and the JSON written of them can be read. The first byte chooses the encoding.
#include <boost/json/value.hpp>

#include <cstdint>
#include <string_view>

#include "platform/collector/jaeger_json.h"
#include "platform/collector/otlp_decode.h"
#include "platform/collector/segment_format.h"
#include "skerry/base/check.h"
#include "skerry/base/json.h"

namespace skerry::platform::collector::otlp_fuzzer {

void check_span(const OtlpSpan& span, const std::shared_ptr<const SpanOrigin>& origin) {
  const std::optional<SpanKey> key = key_of(span);
  if (!key) return;
  const std::string payload = encode_span(*key, span);
  std::optional<OtlpSpan> decoded = decode_span(payload);
  SKERRY_CHECK(decoded.has_value(), "what is written is read again");
  SKERRY_CHECK(key_of(*decoded)->duration == key->duration, "with the same key");
  SKERRY_CHECK(decoded->attributes_size() == span.attributes_size(), "and the same content");
  StoredTrace trace{.id = key->trace_id, .spans = {}};
  trace.spans.push_back({origin, *std::move(decoded)});
  std::vector<StoredTrace> traces;
  traces.push_back(std::move(trace));
  const auto json = parse_json_value(jaeger_traces(traces, 1));
  SKERRY_CHECK(json.has_value(), "the JSON is JSON");
}

void check_request(const OtlpTraceRequest& request) {
  for (const auto& resource_spans : request.resource_spans()) {
    const std::string service = service_of(resource_spans.resource());
    SKERRY_CHECK(!service.empty() && service.size() <= 3 * kMaxServiceBytes, "a service has a bounded name");
    for (const auto& scope_spans : resource_spans.scope_spans()) {
      const auto origin = decode_origin(encode_origin(resource_spans.resource(), scope_spans.scope()), service);
      SKERRY_CHECK(origin != nullptr, "an origin is read again");
      for (const OtlpSpan& span : scope_spans.spans()) {
        if (span.name().size() <= kMaxOperationBytes) check_span(span, origin);
      }
    }
  }
}

}  // namespace skerry::platform::collector::otlp_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::platform::collector;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const OtlpEncoding encoding = data[0] == 'J' ? OtlpEncoding::kJson : OtlpEncoding::kProtobuf;
  const auto request = decode_trace_request(body, encoding);
  if (request) otlp_fuzzer::check_request(*request);
  return 0;
}
