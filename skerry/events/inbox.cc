// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/inbox.h"

#include <utility>

#include "skerry/events/wall_clock.h"

namespace skerry::events {

Task<> Inbox::create_tables() {
  co_await database_.fill_once("skerry_inbox_1", [](sql::Transaction& tx) -> Task<> {
    co_await tx.script(
        "create table skerry_inbox (consumer text not null, source text not null, id text not null, "
        "handled_at integer not null, primary key (consumer, source, id)) strict, without rowid;"
        "create index skerry_inbox_by_age on skerry_inbox (handled_at);");
  });
}

Task<bool> Inbox::claim(sql::Transaction& tx, std::string group, std::string source, std::string id) {
  const auto inserted = co_await tx.execute("insert into skerry_inbox values (?, ?, ?, ?) on conflict do nothing",
                                            std::move(group), std::move(source), std::move(id), internal::now_ms());
  co_return inserted == 1;
}

Task<bool> Inbox::was_handled(sql::Executor& executor, std::string group, std::string source, std::string id) {
  const auto found =
      co_await executor.one<std::int64_t>("select 1 from skerry_inbox where consumer = ? and source = ? and id = ?",
                                          std::move(group), std::move(source), std::move(id));
  co_return found.has_value();
}

Task<std::int64_t> Inbox::prune(Time horizon) {
  return database_.execute(
      "delete from skerry_inbox where (consumer, source, id) in "
      "(select consumer, source, id from skerry_inbox where handled_at < ? order by handled_at limit ?)",
      internal::to_ms(horizon), kMaxPrunedIds);
}

}  // namespace skerry::events
