// SPDX-License-Identifier: Apache-2.0
//
// QueryApi: Jaeger's HTTP query API over the trace store, for Jaeger's own page, for the dashboard and for scripts; and
// the lineage of events beside it:
//
//   GET /api/traces/{id}                     one trace
//   GET /api/traces?service=...              search (platform/collector/trace_query.h has the parameters)
//   GET /api/lineage/{id}                    which event caused which in it (platform/collector/lineage_json.h)
//   GET /api/services
//   GET /api/services/{service}/operations
//   GET /api/operations?service=...&spanKind=...
//   GET /api/dependencies?endTs=...&lookback=...      both in milliseconds
//
// Files are read on the blocking pool; the answers are in Jaeger's JSON, errors too.
#pragma once

#include "platform/collector/trace_store.h"
#include "skerry/async/task.h"
#include "skerry/http/message.h"
#include "skerry/http/routes.h"

namespace skerry::platform::collector {

class QueryApi {
 public:
  /// `store` must outlive the api and every request.
  explicit QueryApi(const TraceStore& store) : store_(store) {}

  /// Adds the routes. The api must outlive the routes. Precondition: none of them is there yet.
  void add_routes(http::Routes& routes) const;

 private:
  Task<http::Response> trace(http::Request request) const;
  Task<http::Response> traces(http::Request request) const;
  Task<http::Response> lineage(http::Request request) const;
  Task<http::Response> services(http::Request request) const;
  Task<http::Response> operation_names(http::Request request) const;
  Task<http::Response> operations(http::Request request) const;
  Task<http::Response> dependencies(http::Request request) const;

  const TraceStore& store_;
};

}  // namespace skerry::platform::collector
