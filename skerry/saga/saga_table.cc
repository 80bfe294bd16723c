// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/saga_table.h"

#include <algorithm>
#include <utility>

namespace skerry::saga::internal {
namespace {

constexpr const char* kScript = R"(
create table skerry_saga (
  id text primary key,
  definition text not null,
  version integer not null,
  state text not null,
  data text not null,
  progress text not null,
  traceparent text not null,
  tracestate text not null,
  baggage text not null,
  created_ms integer not null,
  changed_ms integer not null,
  due_ms integer,
  owner text,
  lease_until_ms integer,
  fence integer not null
) strict, without rowid;
create index skerry_saga_due on skerry_saga (definition, version, due_ms) where due_ms is not null;
create index skerry_saga_leased on skerry_saga (definition, version, lease_until_ms) where owner is not null;
create index skerry_saga_open on skerry_saga (definition, version, state, created_ms)
  where state in ('running', 'compensating', 'stuck');
create index skerry_saga_ended on skerry_saga (changed_ms) where state in ('completed', 'cancelled');
create index skerry_saga_by_age on skerry_saga (created_ms);
)";

}  // namespace

Task<> create_tables(sql::Database& database) {
  co_await database.fill_once("skerry_saga_1", [](sql::Transaction& tx) -> Task<> { co_await tx.script(kScript); });
}

Task<> insert_row(sql::Transaction& tx, SagaRow row) {
  co_await tx.execute(
      "insert into skerry_saga (id, definition, version, state, data, progress, traceparent, tracestate, baggage, "
      "created_ms, changed_ms, due_ms, owner, lease_until_ms, fence) "
      "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.id, row.definition, row.version, row.state, row.data, row.progress, row.traceparent, row.tracestate,
      row.baggage, row.created_ms, row.changed_ms, row.due_ms, row.owner, row.lease_until_ms, row.fence);
}

Task<> update_row(sql::Transaction& tx, SagaRow row) {
  co_await tx.execute(
      "update skerry_saga set state = ?, data = ?, progress = ?, baggage = ?, changed_ms = ?, due_ms = ?, owner = ?, "
      "lease_until_ms = ?, fence = ? where id = ?",
      row.state, row.data, row.progress, row.baggage, row.changed_ms, row.due_ms, row.owner, row.lease_until_ms,
      row.fence, row.id);
}

Task<std::optional<SagaRow>> find_row(sql::Executor& executor, std::string id) {
  return executor.one<SagaRow>("select * from skerry_saga where id = ?", std::move(id));
}

Task<std::vector<SagaRow>> list_rows(sql::Executor& executor, ListQuery query) {
  return executor.query<SagaRow>(
      "select * from skerry_saga where (? is null or state = ?) and (? is null or definition = ?) "
      "order by created_ms desc limit ? offset ?",
      query.state, query.state, query.definition, query.definition, query.limit, query.offset);
}

Task<std::vector<std::string>> due_ids(sql::Executor& executor, DueQuery query) {
  auto ids = co_await executor.query<std::string>(
      "select id from skerry_saga where definition = ? and version = ? and due_ms <= ? and (owner is null or owner = "
      "?) "
      "order by due_ms limit ?",
      query.definition, query.version, query.now_ms, query.owner, query.limit);
  auto abandoned = co_await executor.query<std::string>(
      "select id from skerry_saga where definition = ? and version = ? and owner is not null and lease_until_ms <= ? "
      "and owner <> ? order by lease_until_ms limit ?",
      query.definition, query.version, query.now_ms, query.owner, query.limit);
  std::ranges::move(abandoned, std::back_inserter(ids));
  co_return ids;
}

Task<std::optional<std::int64_t>> next_due_ms(sql::Executor& executor, DueQuery query) {
  using Ms = std::optional<std::int64_t>;
  const auto timer = co_await executor.one<Ms>(
      "select min(due_ms) from skerry_saga where definition = ? and version = ? and due_ms > ? "
      "and (owner is null or owner = ?)",
      query.definition, query.version, query.now_ms, query.owner);
  const auto lease = co_await executor.one<Ms>(
      "select min(lease_until_ms) from skerry_saga where definition = ? and version = ? and owner is not null "
      "and lease_until_ms > ? and owner <> ?",
      query.definition, query.version, query.now_ms, query.owner);
  if (!timer || !*timer) co_return lease.value_or(std::nullopt);
  if (!lease || !*lease) co_return *timer;
  co_return std::min(**timer, **lease);
}

Task<> renew_leases(sql::Database& database, std::string owner, std::int64_t until_ms) {
  co_await database.execute("update skerry_saga set lease_until_ms = ? where owner = ?", until_ms, std::move(owner));
}

Task<> release_leases(sql::Database& database, std::string owner) {
  co_await database.execute("update skerry_saga set owner = null, lease_until_ms = null, due_ms = 0 where owner = ?",
                            std::move(owner));
}

Task<std::int64_t> purge_ended(sql::Database& database, std::int64_t before_ms) {
  return database.execute(
      "delete from skerry_saga where id in (select id from skerry_saga where state in ('completed', 'cancelled') "
      "and changed_ms < ? order by changed_ms limit ?)",
      before_ms, kMaxPurged);
}

Task<std::vector<OpenCount>> count_open(sql::Executor& executor) {
  return executor.query<OpenCount>(
      "select definition, version, state, count(*) as count, min(created_ms) as oldest_ms from skerry_saga "
      "where state in ('running', 'compensating', 'stuck') group by definition, version, state");
}

}  // namespace skerry::saga::internal
