// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/trace_proxy.h"

#include <utility>

#include "platform/dashboard/response.h"
#include "skerry/async/timeout.h"

namespace skerry::platform::dashboard {
namespace {

/// The server's path before the API's, without a slash at its end.
std::string base_path(const http::Uri& server) {
  return server.path.ends_with('/') ? server.path.substr(0, server.path.size() - 1) : server.path;
}

}  // namespace

TraceProxy::TraceProxy(http::Client& client, http::Uri server) : client_(client), server_(std::move(server)) {}

Task<http::Response> TraceProxy::pass_on(http::Request request, std::string path) {
  http::Request query;
  query.scheme = server_.scheme;
  query.authority = server_.authority();
  query.target = base_path(server_) + path;
  if (!request.query().empty()) query.target.append("?").append(request.query());
  co_await query.headers.set("accept", "application/json");

  Result<http::Response> answer = co_await with_timeout(kTraceQueryTimeout, client_.send(std::move(query))).result();
  if (!answer && answer.error().code() == Code::kDeadlineExceeded) {
    co_return Error::deadline_exceeded("the trace store at {} does not answer", server_.authority());
  }
  if (!answer) {
    co_return Error::unavailable("the trace store at {} cannot be reached", server_.authority())
        .caused_by(std::move(answer).error());
  }
  http::Response response(answer->status, std::move(answer->body));
  set_header(response, "content-type", answer->headers.get("content-type").value_or("application/json"));
  set_header(response, "cache-control", "no-store");
  set_header(response, "x-content-type-options", "nosniff");
  co_return response;
}

}  // namespace skerry::platform::dashboard
