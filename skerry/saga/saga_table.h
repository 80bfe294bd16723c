// SPDX-License-Identifier: Apache-2.0
//
// The table of sagas, one row each: every statement of saga/ that is not a participant's is here. Internal to saga/.
//
// A row is free, or leased to an owner (a Runner) until lease_until_ms; each new lease has a higher fence, so that who
// lost it without noticing is known by the old one. due_ms is when whoever may claim the row has something to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/saga/progress.h"
#include "skerry/sql/database.h"

namespace skerry::saga::internal {

/// Rows of ended sagas that one purge() removes at most, so that it does not keep the writers waiting.
inline constexpr int kMaxPurged = 1'000;

struct SagaRow {
  std::string id;
  std::string definition;
  int version = 0;
  std::string state;
  /// T as JSON, Progress as JSON.
  std::string data;
  std::string progress;
  /// The span in which the saga started, and the baggage of the transaction that moved it last, as W3C headers.
  std::string traceparent;
  std::string tracestate;
  std::string baggage;
  std::int64_t created_ms = 0;
  std::int64_t changed_ms = 0;
  std::optional<std::int64_t> due_ms;
  std::optional<std::string> owner;
  std::optional<std::int64_t> lease_until_ms;
  std::int64_t fence = 0;
};
BOOST_DESCRIBE_STRUCT(SagaRow, (),
                      (id, definition, version, state, data, progress, traceparent, tracestate, baggage, created_ms,
                       changed_ms, due_ms, owner, lease_until_ms, fence))

/// Which rows a look at the table is for: those of one definition that `owner` may work on at `now_ms`.
struct DueQuery {
  std::string definition;
  int version = 0;
  std::string owner;
  std::int64_t now_ms = 0;
  std::int64_t limit = 0;
};

/// Sagas that have not ended.
struct OpenCount {
  std::string definition;
  int version = 0;
  std::string state;
  std::int64_t count = 0;
  std::int64_t oldest_ms = 0;
};
BOOST_DESCRIBE_STRUCT(OpenCount, (), (definition, version, state, count, oldest_ms))

/// What list() gives: the newest first, of one state or of all.
struct ListQuery {
  std::optional<std::string> state;
  std::optional<std::string> definition;
  std::int64_t limit = 0;
  std::int64_t offset = 0;
};

Task<> create_tables(sql::Database& database);
/// ALREADY_EXISTS for an id that is taken.
Task<> insert_row(sql::Transaction& tx, SagaRow row);
/// Writes what changes: everything but id, definition, version, created_ms and the trace.
Task<> update_row(sql::Transaction& tx, SagaRow row);
Task<std::optional<SagaRow>> find_row(sql::Executor& executor, std::string id);
Task<std::vector<SagaRow>> list_rows(sql::Executor& executor, ListQuery query);

/// Ids of the rows that are free or the owner's and due, or leased to others whose lease has ended.
Task<std::vector<std::string>> due_ids(sql::Executor& executor, DueQuery query);
/// When, after now, the next row of the kind will be so.
Task<std::optional<std::int64_t>> next_due_ms(sql::Executor& executor, DueQuery query);
Task<> renew_leases(sql::Database& database, std::string owner, std::int64_t until_ms);
/// Frees all rows of the owner, to be claimed at once.
Task<> release_leases(sql::Database& database, std::string owner);
Task<std::int64_t> purge_ended(sql::Database& database, std::int64_t before_ms);
Task<std::vector<OpenCount>> count_open(sql::Executor& executor);

}  // namespace skerry::saga::internal
