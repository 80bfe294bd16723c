// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/attempts.h"

#include <utility>

#include "skerry/events/wall_clock.h"

namespace skerry::events::internal {

Task<> Attempts::create_tables(sql::Database& database) {
  co_await database.fill_once("skerry_attempts_1", [](sql::Transaction& tx) -> Task<> {
    co_await tx.script(
        "create table skerry_attempts (consumer text not null, topic text not null, partition integer not null, "
        "offset integer not null, attempts integer not null, last_at integer not null, "
        "primary key (consumer, topic, partition, offset)) strict, without rowid;");
  });
}

Task<std::uint32_t> Attempts::count(sql::Database& database, RecordPosition position) const {
  return database.transaction([this, position = std::move(position)](sql::Transaction& tx) -> Task<std::uint32_t> {
    const auto attempts = co_await tx.one<std::uint32_t>(
        "insert into skerry_attempts values (?, ?, ?, ?, 1, ?) on conflict do update set "
        "attempts = attempts + 1, last_at = excluded.last_at returning attempts",
        group_, position.topic, position.partition, position.offset, now_ms());
    co_return attempts.value_or(1);
  });
}

Task<> Attempts::forget(sql::Transaction& tx, RecordPosition position) const {
  co_await tx.execute("delete from skerry_attempts where consumer = ? and topic = ? and partition = ? and offset = ?",
                      group_, std::move(position.topic), position.partition, position.offset);
}

Task<std::int64_t> Attempts::prune(sql::Database& database, Time horizon) {
  return database.execute("delete from skerry_attempts where last_at < ?", to_ms(horizon));
}

Task<> HeldKeys::create_tables(sql::Database& database) {
  co_await database.fill_once("skerry_held_keys_1", [](sql::Transaction& tx) -> Task<> {
    co_await tx.script(
        "create table skerry_held_keys (consumer text not null, topic text not null, key blob not null, "
        "partition integer not null, offset integer not null, "
        "primary key (consumer, topic, partition, offset)) strict, without rowid;"
        "create index skerry_held_keys_by_key on skerry_held_keys (consumer, topic, key);");
  });
}

Task<bool> HeldKeys::is_held(sql::Executor& executor, std::string topic, std::string key) const {
  const auto found = co_await executor.one<std::int64_t>(
      "select 1 from skerry_held_keys where consumer = ? and topic = ? and key = ? limit 1", group_, std::move(topic),
      sql::Blob{std::move(key)});
  co_return found.has_value();
}

Task<> HeldKeys::hold(sql::Transaction& tx, std::string key, RecordPosition died) const {
  co_await tx.execute("insert into skerry_held_keys values (?, ?, ?, ?, ?) on conflict do nothing", group_,
                      std::move(died.topic), sql::Blob{std::move(key)}, died.partition, died.offset);
}

Task<> HeldKeys::release(sql::Transaction& tx, RecordPosition died) const {
  co_await tx.execute("delete from skerry_held_keys where consumer = ? and topic = ? and partition = ? and offset = ?",
                      group_, std::move(died.topic), died.partition, died.offset);
}

}  // namespace skerry::events::internal
