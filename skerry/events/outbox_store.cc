// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/outbox_store.h"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <utility>

#include "skerry/events/record_storage.h"
#include "skerry/events/wall_clock.h"

namespace skerry::events::internal {
namespace {

struct StoredRow {
  std::int64_t position = 0;
  sql::Blob record;
};
BOOST_DESCRIBE_STRUCT(StoredRow, (), (position, record))

struct BacklogRow {
  std::int64_t events = 0;
  std::optional<std::int64_t> oldest;
};
BOOST_DESCRIBE_STRUCT(BacklogRow, (), (events, oldest))

std::string lane_of(std::int64_t position, const kafka::Record& record) {
  return record.key ? record.topic + "=" + *record.key : record.topic + "@" + std::to_string(position);
}

}  // namespace

Task<> OutboxStore::create_tables() {
  co_await database_.fill_once("skerry_outbox_1", [](sql::Transaction& tx) -> Task<> {
    // autoincrement: the position of a deleted row is never given again.
    co_await tx.script(
        "create table skerry_outbox (position integer primary key autoincrement, created_at integer not null, "
        "record blob not null) strict;"
        "create table skerry_outbox_lease (only integer primary key check (only = 1), owner text, "
        "expires_at integer not null, wanted integer not null) strict;"
        "insert into skerry_outbox_lease values (1, null, 0, 0);");
  });
}

Task<> OutboxStore::insert(sql::Transaction& tx, OutgoingEvent event) {
  co_await tx.execute("insert into skerry_outbox (created_at, record) values (?, ?)", now_ms(),
                      sql::Blob{store_record(to_record(std::move(event)))});
}

Task<std::vector<OutboxRow>> OutboxStore::rows(std::int64_t after, std::size_t limit) {
  const auto stored = co_await database_.query<StoredRow>(
      "select position, record from skerry_outbox where position > ? order by position limit ?", after,
      static_cast<std::int64_t>(limit));
  std::vector<OutboxRow> rows;
  rows.reserve(stored.size());
  for (const StoredRow& row : stored) {
    kafka::Record record = co_await load_record(row.record.bytes);
    std::string lane = lane_of(row.position, record);
    rows.push_back({.position = row.position, .lane = std::move(lane), .record = std::move(record)});
  }
  co_return rows;
}

Task<bool> OutboxStore::finish(std::vector<std::int64_t> positions, std::string owner,
                               std::chrono::milliseconds lease) {
  return database_.transaction(
      [positions = std::move(positions), owner = std::move(owner), lease](sql::Transaction& tx) -> Task<bool> {
        std::vector<std::vector<sql::Value>> lists;
        for (const std::int64_t position : positions) lists.push_back(sql::values(position));
        co_await tx.execute_each("delete from skerry_outbox where position = ?", std::move(lists));
        const auto kept = co_await tx.execute("update skerry_outbox_lease set expires_at = ? where owner = ?",
                                              now_ms() + lease.count(), owner);
        co_return kept == 1;
      });
}

Task<OutboxBacklog> OutboxStore::backlog() {
  const auto row =
      co_await database_.one<BacklogRow>("select count(*) as events, min(created_at) as oldest from skerry_outbox");
  OutboxBacklog backlog{.events = row->events, .oldest_age = {}};
  if (row->oldest) {
    backlog.oldest_age = std::max(std::chrono::milliseconds(now_ms() - *row->oldest), std::chrono::milliseconds(0));
  }
  co_return backlog;
}

Task<std::optional<std::chrono::milliseconds>> OutboxStore::acquire(std::string owner,
                                                                    std::chrono::milliseconds lease) {
  using Left = std::optional<std::chrono::milliseconds>;
  return database_.transaction([owner = std::move(owner), lease](sql::Transaction& tx) -> Task<Left> {
    const std::int64_t now = now_ms();
    const auto taken = co_await tx.execute(
        "update skerry_outbox_lease set owner = ?, expires_at = ?, wanted = 0 "
        "where owner is null or owner = ? or expires_at <= ?",
        owner, now + lease.count(), owner, now);
    if (taken == 1) co_return std::nullopt;
    const auto expires =
        co_await tx.one<std::int64_t>("update skerry_outbox_lease set wanted = 1 returning expires_at");
    co_return std::chrono::milliseconds(expires.value_or(now) - now);
  });
}

Task<bool> OutboxStore::release(std::string owner) {
  return database_.transaction([owner = std::move(owner)](sql::Transaction& tx) -> Task<bool> {
    const auto freed =
        co_await tx.execute("update skerry_outbox_lease set owner = null where owner = ? and wanted = 0", owner);
    if (freed == 1) co_return true;
    const auto kept = co_await tx.execute("update skerry_outbox_lease set wanted = 0 where owner = ?", owner);
    co_return kept == 0;  // somebody else has it: there is nothing to give back
  });
}

}  // namespace skerry::events::internal
