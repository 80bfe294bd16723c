// SPDX-License-Identifier: Apache-2.0
#include "skerry/sql/writer.h"

#include "skerry/async/blocking.h"
#include "skerry/async/context.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/base/defer.h"

namespace skerry::sql::internal {
namespace {

constexpr std::chrono::milliseconds kFullPoolPause{2};
constexpr const char* kBegin = "begin immediate";

// What ends a transaction has to run, so a pool that is full is asked again.
template <class F>
Task<> insist(F f) {
  for (;;) {
    Result<> done = co_await blocking(f).result();
    if (done || done.error().code() != Code::kResourceExhausted) co_return;
    co_await sleep(kFullPoolPause);
  }
}

Error lost_error() {
  return Error::unavailable("the transaction was rolled back by the database after an error of a statement");
}

}  // namespace

Task<Mutex::Guard> Writer::wait_for_turn() {
  queued_.fetch_add(1, std::memory_order_relaxed);
  Defer leave([this] { queued_.fetch_sub(1, std::memory_order_relaxed); });
  co_return co_await mutex_.lock();
}

template <class F>
auto Writer::Turn::on_connection(F use) {
  return blocking([this, use = std::move(use), deadline = Context::capture().deadline()]() mutable {
    using R = decltype(use(*writer_.connection_, deadline));
    if (finished_) return R(fail(Error::failed_precondition("the transaction has ended")));
    Result<> begun = writer_.begin(*this, deadline);
    if (!begun) return R(fail(std::move(begun)));
    return use(*writer_.connection_, deadline);
  });
}

Task<Answer> Writer::Turn::run(std::string sql, std::vector<Value> arguments) {
  auto guard = co_await one_at_a_time_.lock();
  co_await skerry::internal::EndIfCancelled();
  if (auto answer = run_at_once(sql, arguments)) co_return co_await *std::move(answer);
  co_return co_await on_connection(
      [sql = std::move(sql), arguments = std::move(arguments)](Connection& connection, Connection::Deadline deadline) {
        return connection.run(sql, arguments, deadline);
      });
}

std::optional<Result<Answer>> Writer::Turn::run_at_once(const std::string& sql, const std::vector<Value>& arguments) {
  if (finished_ || !writer_.begin_at_once(*this)) return std::nullopt;
  auto answer = writer_.connection_->run_at_once(sql, arguments);
  if (answer) writer_.at_once_.fetch_add(1, std::memory_order_relaxed);
  return answer;
}

Task<std::int64_t> Writer::Turn::run_each(std::string sql, std::vector<std::vector<Value>> lists) {
  auto guard = co_await one_at_a_time_.lock();
  co_return co_await on_connection(
      [sql = std::move(sql), lists = std::move(lists)](Connection& connection, Connection::Deadline deadline) {
        return connection.run_each(sql, lists, deadline);
      });
}

Task<> Writer::Turn::run_script(std::string sql) {
  auto guard = co_await one_at_a_time_.lock();
  co_await on_connection([sql = std::move(sql)](Connection& connection, Connection::Deadline deadline) {
    return connection.run_script(sql, deadline);
  });
}

Task<> Writer::Turn::finish(bool succeeded) {
  auto guard = co_await one_at_a_time_.lock();
  finished_ = true;
  if (group_ == nullptr) co_return;
  const bool alone = kind_ == TransactionKind::kExclusive || writer_.queued_.load(std::memory_order_relaxed) == 0;
  const bool commit_now = alone || group_->succeeded + 1 >= kMaxGroup;
  if (succeeded && !commit_now) {
    writer_.end(*this, succeeded, commit_now);
  } else {
    co_await insist([this, succeeded, commit_now] { writer_.end(*this, succeeded, commit_now); });
  }
  if (own_failure_) co_await *own_failure_;
  if (!succeeded) co_return;
  if (!group_->outcome) {
    // Everybody who waits by now runs first and joins the group; whoever is first to be back commits for all.
    guard_.reset();
    guard_.emplace(co_await writer_.mutex_.lock());
    if (!group_->outcome) co_await insist([this] { writer_.commit(); });
  }
  co_await *group_->outcome;
}

Result<> Writer::begin(Turn& turn, Connection::Deadline deadline) {
  if (turn.group_ != nullptr) {
    if (turn.group_ == open_group_ && connection_->in_transaction()) return {};
    return fail(lost_error());
  }
  const bool exclusive = turn.kind_ == TransactionKind::kExclusive;
  if (exclusive && open_group_ != nullptr) commit();
  if (open_group_ == nullptr) {
    Result<> begun = connection_->control(exclusive ? "begin exclusive" : kBegin, deadline);
    if (!begun) return begun;
    open_group_ = std::make_shared<Group>();
  }
  Result<> saved = connection_->control("savepoint member", Connection::Deadline::max());
  if (saved) {
    turn.group_ = open_group_;
  } else if (open_group_->succeeded == 0) {
    roll_back(saved);
  }
  return saved;
}

bool Writer::begin_at_once(Turn& turn) {
  if (turn.group_ == nullptr && turn.kind_ == TransactionKind::kExclusive) return false;
  if (turn.group_ == nullptr && open_group_ == nullptr) {
    const auto begun = connection_->control_at_once(kBegin);
    if (!begun || !*begun) return false;
    open_group_ = std::make_shared<Group>();
  }
  // What is left to do waits for nothing.
  return begin(turn, Connection::Deadline::max()).has_value();
}

void Writer::end(Turn& turn, bool succeeded, bool commit_now) {
  if (turn.group_ != open_group_) return;
  if (!connection_->in_transaction()) return roll_back(fail(lost_error()));
  if (succeeded && connection_->has_open_foreign_keys()) {
    // Found by the commit, it would take the whole group with it.
    turn.own_failure_ = Error::failed_precondition("the transaction leaves a foreign key without its row");
    succeeded = false;
  }
  if (succeeded) {
    Result<> released = connection_->control("release member", Connection::Deadline::max());
    if (!released) return roll_back(std::move(released));
    ++open_group_->succeeded;
    if (commit_now) commit();
    return;
  }
  if (open_group_->succeeded == 0) return roll_back({});
  for (const char* undo : {"rollback to member", "release member"}) {
    Result<> undone = connection_->control(undo, Connection::Deadline::max());
    if (!undone) return roll_back(std::move(undone));
  }
}

void Writer::commit() {
  Result<> committed = connection_->control("commit", Connection::Deadline::max());
  if (!committed) return roll_back(std::move(committed));
  commits_.fetch_add(1, std::memory_order_relaxed);
  transactions_.fetch_add(open_group_->succeeded, std::memory_order_relaxed);
  std::exchange(open_group_, nullptr)->outcome.emplace();
}

// SQLite may have rolled back by itself, so an error of this rollback tells nothing new.
void Writer::roll_back(Result<> outcome) {
  if (connection_->in_transaction()) (void)connection_->control("rollback", Connection::Deadline::max());
  std::exchange(open_group_, nullptr)->outcome = std::move(outcome);
}

}  // namespace skerry::sql::internal
