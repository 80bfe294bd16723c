// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/otlp_decode.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include "platform/collector/json_writer.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::collector {
namespace {

// protobuf's JSON reader has taken the hexadecimal digits for base64. All of them are base64 digits too, and the
// lengths of the ids are multiples of four, so encoding the bytes again gives back the text that was sent.
void repair_id(std::string* id) {
  if (id->empty()) return;
  *id = hex_decode(base64_encode(*id, false)).value_or(std::string());
}

void repair_ids(OtlpTraceRequest& request) {
  for (auto& resource_spans : *request.mutable_resource_spans()) {
    for (auto& scope_spans : *resource_spans.mutable_scope_spans()) {
      for (OtlpSpan& span : *scope_spans.mutable_spans()) {
        repair_id(span.mutable_trace_id());
        repair_id(span.mutable_span_id());
        repair_id(span.mutable_parent_span_id());
        for (OtlpSpan::Link& link : *span.mutable_links()) {
          repair_id(link.mutable_trace_id());
          repair_id(link.mutable_span_id());
        }
      }
    }
  }
}

}  // namespace

Result<OtlpTraceRequest> decode_trace_request(std::string_view body, OtlpEncoding encoding) {
  // protobuf would write to standard error what a client sent wrong.
  const google::protobuf::LogSilencer silencer;
  OtlpTraceRequest request;
  if (body.size() > kMaxExportBytes) {
    return fail(Error::invalid_argument("the request is larger than {} bytes", kMaxExportBytes));
  }
  if (encoding == OtlpEncoding::kProtobuf) {
    if (!request.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return fail(Error::invalid_argument("the body is no ExportTraceServiceRequest in protobuf"));
    }
    return request;
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(body.data(), body.size()), &request, options);
  if (!status.ok()) {
    return fail(Error::invalid_argument("the body is no ExportTraceServiceRequest in JSON: {}",
                                        std::string(status.message().data(), status.message().size())));
  }
  repair_ids(request);
  return request;
}

opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse trace_response(const AppendOutcome& outcome) {
  opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse response;
  if (outcome.rejected > 0) {
    response.mutable_partial_success()->set_rejected_spans(static_cast<std::int64_t>(outcome.rejected));
    response.mutable_partial_success()->set_error_message(outcome.message);
  }
  return response;
}

std::string encode_trace_response(const AppendOutcome& outcome, OtlpEncoding encoding) {
  if (encoding == OtlpEncoding::kProtobuf) return trace_response(outcome).SerializeAsString();
  JsonWriter json;
  json.begin_object();
  if (outcome.rejected > 0) {
    // A 64-bit number is a string in protobuf's JSON.
    json.key("partialSuccess").begin_object();
    json.key("rejectedSpans").value(std::string_view(std::to_string(outcome.rejected)));
    json.key("errorMessage").value(outcome.message).end_object();
  }
  json.end_object();
  return std::move(json).text();
}

std::string encode_otlp_error(const Error& error, OtlpEncoding encoding) {
  const auto code = static_cast<std::uint32_t>(error.code());
  if (encoding == OtlpEncoding::kJson) {
    JsonWriter json;
    json.begin_object().key("code").value(code).key("message").value(error.message()).end_object();
    return std::move(json).text();
  }
  // google.rpc.Status: int32 code = 1; string message = 2.
  std::string body;
  {
    google::protobuf::io::StringOutputStream stream(&body);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteTag(1 << 3 | 0);
    coded.WriteVarint32(code);
    coded.WriteTag(2 << 3 | 2);
    coded.WriteVarint32(static_cast<std::uint32_t>(error.message().size()));
    coded.WriteString(error.message());
  }
  return body;
}

}  // namespace skerry::platform::collector
