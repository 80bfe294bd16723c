// SPDX-License-Identifier: Apache-2.0
//
// A call as it stands in HTTP: what its request's head says, and the headers and trailers of its response
// (PROTOCOL-HTTP2). Pure but for the ServerCall that it makes. Internal to this folder.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/grpc/call.h"
#include "skerry/grpc/compression.h"
#include "skerry/grpc/method.h"
#include "skerry/http/headers.h"
#include "skerry/http/message.h"

namespace skerry::grpc {

inline constexpr std::string_view kGrpcContentType = "application/grpc";

/// What the head of a request says, beside its metadata.
struct RequestInfo {
  ContentKind content = ContentKind::kOther;
  /// The call's time; nullopt without a limit.
  std::optional<std::chrono::nanoseconds> timeout;
  bool timeout_is_malformed = false;
  /// What compressed messages are in; nullopt for an encoding that is not supported.
  std::optional<Compression> encoding = Compression::kIdentity;
  /// What the client can read, as its header says. Valid as long as the headers.
  std::string_view accept_encoding;
  /// W3C Trace Context. Valid as long as the headers.
  std::string_view traceparent;
  std::string_view tracestate;
  std::string_view baggage;

  telemetry::SpanContext remote_span() const;
};

RequestInfo read_request_info(const http::Headers& headers);

/// The metadata among the headers or trailers of a message.
Metadata read_metadata(const http::Headers& headers);

/// Adds metadata as header fields. Precondition: check_metadata accepts it.
void write_metadata(http::Headers& headers, const Metadata& metadata);

/// The headers of a response: content type, encoding and the call's own.
http::Headers response_headers(const Metadata& metadata, Compression compression);

/// The trailers that state the outcome, and the call's own.
http::Headers response_trailers(const Result<>& outcome, const Metadata& metadata);

/// The outcome that a response states, by its trailers or, where it has no body, by its headers.
Result<> read_outcome(int http_status, const http::Headers& headers, const http::Headers& trailers);

/// A response that carries an outcome and no message.
http::Response outcome_response(const Result<>& outcome);

/// The task within the time that the client gives.
Task<> within_timeout(const RequestInfo& info, Task<> task);

/// A call that came over HTTP.
class HttpServerCall final : public ServerCall {
 public:
  HttpServerCall(Method method, http::Headers headers, std::shared_ptr<const http::ConnectionInfo> connection)
      : ServerCall(method),
        headers_(std::move(headers)),
        info_(read_request_info(headers_)),
        connection_(std::move(connection)) {}
  std::string_view peer() const override {
    return connection_ ? std::string_view(connection_->peer) : std::string_view("unknown");
  }
  telemetry::SpanContext remote_span() const override { return info_.remote_span(); }
  std::string_view remote_baggage() const override { return info_.baggage; }
  const RequestInfo& info() const { return info_; }
  /// The compression of the next response: what the method asked for, else `otherwise`, if the client accepts it.
  Compression accepted_compression(Compression otherwise) const;

 private:
  Metadata received_metadata() const override { return read_metadata(headers_); }
  const http::Headers headers_;
  const RequestInfo info_;
  const std::shared_ptr<const http::ConnectionInfo> connection_;
};

}  // namespace skerry::grpc
