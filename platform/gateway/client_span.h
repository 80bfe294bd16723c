// SPDX-License-Identifier: Apache-2.0
//
// ClientSpan: the span of one attempt to have a request answered by a service, by OpenTelemetry's conventions for HTTP
// clients. The request carries it on (W3C Trace Context), so what the service does is below it.
#pragma once

#include "platform/gateway/route_table.h"
#include "skerry/base/result.h"
#include "skerry/http/head.h"
#include "skerry/telemetry/span.h"

namespace skerry::platform::gateway {

/// Lives in the frame of the task that makes the attempt, and is its current span.
class ClientSpan {
 public:
  /// Writes its ids into the head's fields.
  explicit ClientSpan(http::RequestHead& head);
  /// Records the attempt. `sent` is the head that the constructor had.
  void finish(const http::RequestHead& sent, const Route& route, const Result<http::ResponseHead>& received);

 private:
  telemetry::Span span_;
};

}  // namespace skerry::platform::gateway
