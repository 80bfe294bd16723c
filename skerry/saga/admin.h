// SPDX-License-Identifier: Apache-2.0
//
// What an operator sees of a service's sagas and can do to them, as functions and as the routes behind `skerry ctl saga
// list|show|retry|compensate`, for the service's admin listener:
//
//   co_await saga::add_admin_routes(app.admin_routes(), sagas);
//
//   GET  /debug/sagas?state=stuck&saga=order&limit=50&offset=0     {"sagas":[{"id":"o17","state":"stuck",...}]}
//   GET  /debug/sagas/{id}                                         {"id":"o17",...,"data":{...},"steps":[...]}
//   POST /debug/sagas/{id}/retry                                   {"id":"o17","state":"running"}
//   POST /debug/sagas/{id}/compensate?reason=TEXT                  {"id":"o17","state":"compensating"}
//
// 404 for an unknown id, 409 where there is nothing to retry or to compensate, 503 for a saga of a definition that the
// process does not have, 400 for a query that makes no sense.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/http/routes.h"
#include "skerry/saga/progress.h"
#include "skerry/saga/runner.h"

namespace skerry::saga {

inline constexpr std::int64_t kMaxListedSagas = 1'000;

struct SagaSummary {
  std::string id;
  /// The definition's name and version.
  std::string saga;
  int version = 0;
  /// state_name().
  std::string state;
  /// Why it is cancelled; of a stuck one, the step and its error.
  std::string reason;
  /// Milliseconds since 1970.
  std::int64_t created_ms = 0;
  std::int64_t changed_ms = 0;
  /// When it goes on by itself.
  std::optional<std::int64_t> due_ms;
  /// False: this process does not have its definition, and leaves it alone.
  bool known = false;
};
BOOST_DESCRIBE_STRUCT(SagaSummary, (), (id, saga, version, state, reason, created_ms, changed_ms, due_ms, known))

struct SagaDetails : SagaSummary {
  /// Of the trace that shows the whole flow; empty without one.
  std::string trace_id;
  /// The runner whose calls run for it, until when.
  std::optional<std::string> owner;
  std::optional<std::int64_t> lease_until_ms;
  boost::json::value data;
  std::vector<StepProgress> steps;
};
BOOST_DESCRIBE_STRUCT(SagaDetails, (SagaSummary), (trace_id, owner, lease_until_ms, data, steps))

struct ListOptions {
  std::optional<State> state;
  std::optional<std::string> saga;
  /// At most kMaxListedSagas.
  std::int64_t limit = 100;
  std::int64_t offset = 0;
};

/// The newest first.
Task<std::vector<SagaSummary>> list_sagas(Runner& runner, ListOptions options);
/// Errors: NOT_FOUND.
Task<SagaDetails> show_saga(Runner& runner, std::string id);
/// Runner::retry and Runner::cancel in a transaction of their own. They give the state after it. Errors: as those, and
/// FAILED_PRECONDITION where there is nothing to do.
Task<State> retry_saga(Runner& runner, std::string id);
Task<State> compensate_saga(Runner& runner, std::string id, std::string reason);

/// Adds the routes above. For the admin port alone. The runner outlives them. ALREADY_EXISTS if a path is taken.
Result<> add_admin_routes(http::Routes& routes, Runner& runner);

}  // namespace skerry::saga
