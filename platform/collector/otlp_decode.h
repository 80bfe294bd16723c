// SPDX-License-Identifier: Apache-2.0
//
// OTLP requests and answers as bytes: protobuf, as gRPC and HTTP carry them, and OTLP's JSON
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), which is protobuf's JSON but for trace and span
// ids, which are hexadecimal, and for enums, which are numbers. Pure functions.
#pragma once

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/collector/trace_store.h"
#include "skerry/base/result.h"

namespace skerry::platform::collector {

/// The size of one export request, after decompression.
inline constexpr std::size_t kMaxExportBytes = 16 * 1024 * 1024;

enum class OtlpEncoding : std::uint8_t { kProtobuf, kJson };

/// INVALID_ARGUMENT for what is no request. Unknown fields are skipped. In JSON, an id
/// that is no hexadecimal number of the right length comes out empty, so that the store refuses that span alone, or,
/// where it is no base64 either, refuses the request.
Result<OtlpTraceRequest> decode_trace_request(std::string_view body, OtlpEncoding encoding);

/// The answer to a request: empty where all was stored, else with `partial_success`.
opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse trace_response(const AppendOutcome& outcome);
std::string encode_trace_response(const AppendOutcome& outcome, OtlpEncoding encoding);

/// The body of a failed HTTP answer: google.rpc.Status with the code and message, in the request's encoding.
std::string encode_otlp_error(const Error& error, OtlpEncoding encoding);

}  // namespace skerry::platform::collector
