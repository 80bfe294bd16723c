// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/ordering_guard.h"

#include <boost/describe/class.hpp>

#include <utility>

#include "skerry/events/record_storage.h"
#include "skerry/events/wall_clock.h"

namespace skerry::events::internal {
namespace {

struct PositionRow {
  std::int64_t sequence = 0;
  std::optional<std::int64_t> time;
};
BOOST_DESCRIBE_STRUCT(PositionRow, (), (sequence, time))

struct ReleaseRow {
  sql::Blob record;
  bool early = false;
};
BOOST_DESCRIBE_STRUCT(ReleaseRow, (), (record, early))

}  // namespace

Task<> OrderingGuard::create_tables(sql::Database& database) {
  co_await database.fill_once("skerry_ordering_1", [](sql::Transaction& tx) -> Task<> {
    co_await tx.script(
        "create table skerry_ordering (consumer text not null, topic text not null, source text not null, "
        "subject text not null, sequence integer not null, time integer, "
        "primary key (consumer, topic, source, subject)) strict, without rowid;"
        "create table skerry_parked (consumer text not null, topic text not null, source text not null, "
        "subject text not null, sequence integer not null, partition integer not null, parked_at integer not null, "
        "record blob not null, primary key (consumer, topic, source, subject, sequence)) strict;"
        "create index skerry_parked_by_partition on skerry_parked (consumer, topic, partition);");
  });
  co_await database.fill_once("skerry_ordering_2", [](sql::Transaction& tx) -> Task<> {
    co_await tx.script(
        "alter table skerry_ordering add column changed_at integer not null default 0;"
        "create index skerry_ordering_by_age on skerry_ordering (changed_at);");
    // Nobody knows how old they are.
    co_await tx.execute("update skerry_ordering set changed_at = ?", now_ms());
  });
}

Task<AggregatePosition> OrderingGuard::position(sql::Executor& executor, AggregateKey aggregate) const {
  const auto row = co_await executor.one<PositionRow>(
      "select sequence, time from skerry_ordering where consumer = ? and topic = ? and source = ? and subject = ?",
      group_, std::move(aggregate.topic), std::move(aggregate.source), std::move(aggregate.subject));
  AggregatePosition position;
  if (!row) co_return position;
  position.sequence = row->sequence;
  if (row->time) position.time = Time(std::chrono::nanoseconds(*row->time));
  co_return position;
}

Task<> OrderingGuard::set_position(sql::Transaction& tx, AggregateKey aggregate, AggregatePosition position) const {
  std::optional<std::int64_t> time;
  if (position.time) time = position.time->time_since_epoch().count();
  co_await tx.execute(
      "insert into skerry_ordering values (?, ?, ?, ?, ?, ?, ?) on conflict do update set "
      "sequence = excluded.sequence, time = excluded.time, changed_at = excluded.changed_at",
      group_, std::move(aggregate.topic), std::move(aggregate.source), std::move(aggregate.subject), position.sequence,
      time, now_ms());
}

Task<bool> OrderingGuard::park(sql::Transaction& tx, AggregateKey aggregate, std::int64_t sequence,
                               kafka::Record record) const {
  const auto inserted =
      co_await tx.execute("insert into skerry_parked values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing", group_,
                          std::move(aggregate.topic), std::move(aggregate.source), std::move(aggregate.subject),
                          sequence, record.partition.value_or(0), now_ms(), sql::Blob{store_record(record)});
  co_return inserted == 1;
}

Task<> OrderingGuard::unpark(sql::Transaction& tx, AggregateKey aggregate, std::int64_t sequence) const {
  co_await tx.execute(
      "delete from skerry_parked where consumer = ? and topic = ? and source = ? and subject = ? and sequence = ?",
      group_, std::move(aggregate.topic), std::move(aggregate.source), std::move(aggregate.subject), sequence);
}

Task<std::optional<kafka::Record>> OrderingGuard::parked(sql::Executor& executor, AggregateKey aggregate,
                                                         std::int64_t sequence) const {
  const auto stored = co_await executor.one<sql::Blob>(
      "select record from skerry_parked where consumer = ? and topic = ? and source = ? and subject = ? and "
      "sequence = ?",
      group_, std::move(aggregate.topic), std::move(aggregate.source), std::move(aggregate.subject), sequence);
  if (!stored) co_return std::nullopt;
  co_return co_await load_record(stored->bytes);
}

Task<std::vector<Release>> OrderingGuard::releases(sql::Executor& executor, kafka::TopicPartition partition,
                                                   SubscribeOptions options) const {
  const std::int64_t horizon = now_ms() - options.park_limit.count();
  const auto limit = static_cast<std::int64_t>(options.max_parked);
  const std::string topic = partition.topic;
  const auto rows = co_await executor.query<ReleaseRow>(
      "select first.record, waiting.sequence > waiting.position + 1 as early from ("
      "  select p.source, p.subject, min(p.sequence) as sequence, min(p.parked_at) as since, count(*) as events,"
      "         coalesce(o.sequence, 0) as position"
      "  from skerry_parked p left join skerry_ordering o using (consumer, topic, source, subject)"
      "  where p.consumer = ? and p.topic = ? and p.partition = ? group by p.source, p.subject) as waiting "
      "join skerry_parked first on first.consumer = ? and first.topic = ? and first.source = waiting.source "
      "  and first.subject = waiting.subject and first.sequence = waiting.sequence "
      "where waiting.sequence <= waiting.position + 1 or waiting.since <= ? or waiting.events > ? limit ?",
      group_, topic, partition.partition, group_, topic, horizon, limit, kMaxReleasesPerSweep);
  std::vector<Release> releases;
  for (const ReleaseRow& row : rows) {
    releases.push_back({.record = co_await load_record(row.record.bytes), .gap_given_up = row.early});
  }
  co_return releases;
}

Task<std::int64_t> OrderingGuard::prune(sql::Database& database, Time horizon) {
  return database.execute(
      "delete from skerry_ordering where (consumer, topic, source, subject) in "
      "(select consumer, topic, source, subject from skerry_ordering o where changed_at < ? and not exists "
      "(select 1 from skerry_parked p where p.consumer = o.consumer and p.topic = o.topic and p.source = o.source and "
      "p.subject = o.subject) order by changed_at limit ?)",
      to_ms(horizon), kMaxPrunedAggregates);
}

Task<std::int64_t> OrderingGuard::count(sql::Executor& executor, kafka::TopicPartition partition) const {
  const auto events = co_await executor.one<std::int64_t>(
      "select count(*) from skerry_parked where consumer = ? and topic = ? and partition = ?", group_,
      std::move(partition.topic), partition.partition);
  co_return events.value_or(0);
}

}  // namespace skerry::events::internal
