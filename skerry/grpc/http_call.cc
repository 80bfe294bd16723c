// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/http_call.h"

#include "skerry/async/timeout.h"
#include "skerry/base/encoding.h"
#include "skerry/grpc/status.h"
#include "skerry/grpc/timeout.h"

namespace skerry::grpc {
namespace {

/// A longer time limit is none: nobody waits for a year, and sums with it must not overflow.
constexpr std::chrono::hours kTimeoutMax{24 * 365};

// Fields of which W3C Trace Context and Baggage have their own meaning: not for the methods.
bool is_propagation_field(std::string_view name) {
  return name == "traceparent" || name == "tracestate" || name == "baggage";
}

void read_grpc_field(std::string_view name, std::string_view value, RequestInfo& info) {
  if (name == "grpc-timeout") {
    info.timeout = parse_timeout(value);
    info.timeout_is_malformed = !info.timeout.has_value();
  } else if (name == "grpc-encoding") {
    info.encoding = compression_from_name(value);
  } else if (name == "grpc-accept-encoding") {
    info.accept_encoding = value;
  }
}

// Written as they are: the name is ours and the value is printable.
void add_status(http::Headers& trailers, const Error& error) {
  trailers.add_validated("grpc-status", status_text(error.code()));
  if (!error.message().empty()) {
    // Blanks at the ends would not survive as a field's value, so they are escaped too.
    std::string text = encode_status_message(error.message());
    if (text.starts_with(' ')) text.replace(0, 1, "%20");
    if (text.ends_with(' ')) text.replace(text.size() - 1, 1, "%20");
    trailers.add_validated("grpc-message", text);
  }
  const std::string details = encode_status_details(error);
  if (!details.empty()) {
    trailers.add_validated("grpc-status-details-bin", base64_encode(details, /*padding=*/false));
  }
}

}  // namespace

RequestInfo read_request_info(const http::Headers& headers) {
  RequestInfo info;
  for (const auto [name, value] : headers) {
    if (name.starts_with("grpc-")) {
      read_grpc_field(name, value, info);
    } else if (name == "content-type") {
      info.content = parse_content_type(value);
    } else if (name == "traceparent") {
      info.traceparent = value;
    } else if (name == "tracestate") {
      info.tracestate = value;
    } else if (name == "baggage") {
      info.baggage = value;
    }
  }
  return info;
}

telemetry::SpanContext RequestInfo::remote_span() const {
  if (traceparent.empty()) return {};
  return telemetry::parse_trace_headers(traceparent, tracestate).value_or(telemetry::SpanContext());
}

Compression HttpServerCall::accepted_compression(Compression otherwise) const {
  const Compression wanted = response_compression() != Compression::kIdentity ? response_compression() : otherwise;
  return accepts_compression(info_.accept_encoding, wanted) ? wanted : Compression::kIdentity;
}

Metadata read_metadata(const http::Headers& headers) {
  Metadata metadata;
  for (const auto [name, value] : headers) {
    if (!is_propagation_field(name)) add_received_header(metadata, name, value);
  }
  return metadata;
}

void write_metadata(http::Headers& headers, const Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    // Not refused: check_metadata allows less than a header field does.
    (void)headers.add(key, encode_metadata_value(key, value));
  }
}

http::Headers response_headers(const Metadata& metadata, Compression compression) {
  http::Headers headers;
  headers.add_validated("content-type", kGrpcContentType);
  if (compression != Compression::kIdentity) headers.add_validated("grpc-encoding", compression_name(compression));
  write_metadata(headers, metadata);
  return headers;
}

http::Headers response_trailers(const Result<>& outcome, const Metadata& metadata) {
  http::Headers trailers;
  if (outcome) {
    trailers.add_validated("grpc-status", kStatusTextOk);
  } else {
    add_status(trailers, outcome.error());
  }
  write_metadata(trailers, metadata);
  return trailers;
}

Result<> read_outcome(int http_status, const http::Headers& headers, const http::Headers& trailers) {
  // A response without a body may have everything in its only header block ("Trailers-Only").
  const http::Headers& source = trailers.contains("grpc-status") ? trailers : headers;
  return status_from_trailers(
      {source.get("grpc-status"), source.get("grpc-message"), source.get("grpc-status-details-bin")}, http_status);
}

Task<> within_timeout(const RequestInfo& info, Task<> task) {
  if (!info.timeout || *info.timeout > kTimeoutMax) return task;
  return with_timeout(*info.timeout, std::move(task));
}

http::Response outcome_response(const Result<>& outcome) {
  http::Response response(200);
  response.headers = response_headers({}, Compression::kIdentity);
  response.trailers = response_trailers(outcome, {});
  return response;
}

}  // namespace skerry::grpc
