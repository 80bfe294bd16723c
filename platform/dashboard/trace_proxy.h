// SPDX-License-Identifier: Apache-2.0
//
// TraceProxy: passes requests on to a server of Jaeger's query API, and its answers back as they come, without holding
// them: the page's scripts may only talk to the dashboard's own port.
//
//   TraceProxy proxy(client, *http::Uri::parse("http://127.0.0.1:16686"));
//   co_return co_await proxy.pass_on(std::move(request), "/api/services");
#pragma once

#include <chrono>
#include <string>

#include "skerry/http/client.h"
#include "skerry/http/message.h"
#include "skerry/http/uri.h"

namespace skerry::platform::dashboard {

/// Until the head of the answer.
inline constexpr std::chrono::seconds kTraceQueryTimeout{15};

class TraceProxy {
 public:
  /// `client` outlives the proxy. Of `server` everything but the query counts; its path, if it has one, comes before
  /// the paths of the API.
  TraceProxy(http::Client& client, http::Uri server);

  /// Asks for `path` (percent-encoded) with the query of `request`. Of the request nothing else is passed on, since a
  /// browser's cookies are none of that server's business. UNAVAILABLE where the server cannot be reached,
  /// DEADLINE_EXCEEDED where it does not answer; any status of an answer is passed on.
  Task<http::Response> pass_on(http::Request request, std::string path);

 private:
  http::Client& client_;
  const http::Uri server_;
};

}  // namespace skerry::platform::dashboard
