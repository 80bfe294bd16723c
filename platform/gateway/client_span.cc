// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/client_span.h"

#include <algorithm>
#include <array>

#include "skerry/telemetry/telemetry.h"

namespace skerry::platform::gateway {
namespace {

/// To a client, what is answered with 4xx has failed too.
constexpr int kMinFailedStatus = 400;

constexpr std::array<std::string_view, 7> kMethods{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"};

/// Clients must not be able to make names of spans.
telemetry::SpanName span_name(std::string_view method) {
  const auto* known = std::ranges::find(kMethods, method);
  return telemetry::SpanName::outliving(known != kMethods.end() ? *known : std::string_view("_OTHER"));
}

}  // namespace

ClientSpan::ClientSpan(http::RequestHead& head)
    : span_(telemetry::Span::start(span_name(head.method), {.kind = telemetry::SpanKind::kClient})) {
  if (!span_.context().valid()) return;
  char buffer[telemetry::kTraceparentBytes];
  // Not refused: both are printable, by a strict parser or by construction.
  (void)head.headers.set("traceparent", telemetry::write_traceparent(span_.context(), buffer));
  head.headers.remove("tracestate");
  const std::string_view state = span_.context().state.header();
  if (!state.empty()) (void)head.headers.set("tracestate", state);
}

void ClientSpan::finish(const http::RequestHead& sent, const Route& route, const Result<http::ResponseHead>& received) {
  if (!received) {
    span_.fail(received.error());
  } else if (received->status >= kMinFailedStatus) {
    span_.fail(std::to_string(received->status), http::reason_phrase(received->status));
  }
  // After the status: a span that records only because it failed takes attributes from there on.
  if (span_.recording()) {
    span_.set("http.request.method", sent.method);
    span_.set("server.address", route.service);
    span_.set("url.path", sent.path());
    if (received) span_.set("http.response.status_code", received->status);
  }
  span_.end();
}

}  // namespace skerry::platform::gateway
