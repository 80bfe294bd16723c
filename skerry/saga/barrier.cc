// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/barrier.h"

#include <boost/describe/class.hpp>

namespace skerry::saga {
namespace {

struct Remembered {
  std::string state;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(Remembered, (), (state, reason))

std::int64_t to_ms(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

std::string run_of(const Key& key) { return Key{key.saga, key.step}.text(); }

Task<> write(sql::Transaction& tx, std::string run, std::string state, std::string reason) {
  co_await tx.execute(
      "insert into skerry_saga_barrier values (?, ?, ?, ?) on conflict (run) do update set state = excluded.state, "
      "reason = excluded.reason, changed_ms = excluded.changed_ms",
      std::move(run), std::move(state), std::move(reason), to_ms(std::chrono::system_clock::now()));
}

}  // namespace

Task<> Barrier::create_tables() {
  co_await database_.fill_once("skerry_saga_barrier_1", [](sql::Transaction& tx) -> Task<> {
    co_await tx.script(
        "create table skerry_saga_barrier (run text primary key, state text not null, reason text not null, "
        "changed_ms integer not null) strict, without rowid;"
        "create index skerry_saga_barrier_by_age on skerry_saga_barrier (changed_ms);");
  });
}

Task<std::optional<Reply>> Barrier::recall(sql::Transaction& tx, Key key) {
  const auto known =
      co_await tx.one<Remembered>("select state, reason from skerry_saga_barrier where run = ?", run_of(key));
  if (!key.compensates()) {
    if (!known) co_return std::nullopt;
    if (known->state == "done") co_return Reply::done();
    co_return Reply::refused(known->reason);
  }
  if (known && known->state == "done") co_return std::nullopt;
  if (!known) co_await write(tx, run_of(key), "compensated", "it was compensated before it ran");
  co_return Reply::done();
}

Task<> Barrier::remember(sql::Transaction& tx, Key key, Reply reply) {
  if (reply.outcome == Reply::Outcome::kFailed) co_return;
  const bool done = reply.outcome == Reply::Outcome::kDone;
  if (!key.compensates()) {
    co_await write(tx, run_of(key), done ? "done" : "refused", reply.reason);
  } else if (done) {
    co_await write(tx, run_of(key), "compensated", "it was compensated");
  }
}

Task<std::int64_t> Barrier::prune(std::chrono::system_clock::time_point horizon) {
  return database_.execute(
      "delete from skerry_saga_barrier where run in "
      "(select run from skerry_saga_barrier where changed_ms < ? order by changed_ms limit ?)",
      to_ms(horizon), kMaxPrunedKeys);
}

}  // namespace skerry::saga
