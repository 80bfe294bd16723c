// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points_store.h"

#include <utility>

#include "examples/shop/accepted_requests.h"
#include "examples/shop/service_database.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Executor;
using skerry::sql::Transaction;

namespace {

constexpr const char* kSchema = R"(
  create table balances (
    user_id text primary key,
    points  integer not null check (points >= 0)
  ) strict, without rowid;
  create table grants (
    order_id text primary key,
    user_id  text not null,
    points   integer not null check (points >= 0),
    revoked  integer not null default 0
  ) strict, without rowid;
)";

Task<std::optional<GrantRow>> find_grant(Executor& executor, std::string order_id) {
  co_return co_await executor.one<GrantRow>("select order_id, user_id, points, revoked from grants where order_id = ?",
                                            order_id);
}

// What a Grant for an order that has one comes to.
Result<> check_repeated_grant(const GrantRow& existing, const std::string& user_id, std::int64_t points) {
  if (existing.revoked) return fail(Error::aborted("the points of order {} were revoked", existing.order_id));
  if (existing.user_id == user_id && existing.points == points) return {};
  return fail(
      Error::already_exists("the points of order {} were granted for another user or amount", existing.order_id));
}

}  // namespace

Task<std::optional<GrantRow>> repeated_grant(Transaction& transaction, WantedGrant wanted) {
  std::optional<GrantRow> existing = co_await find_grant(transaction, wanted.order_id);
  if (existing) co_await check_repeated_grant(*existing, wanted.user_id, points_of(wanted.amount_cents));
  co_return existing;
}

Task<GrantRow> grant(Transaction& transaction, WantedGrant wanted) {
  const std::int64_t points = points_of(wanted.amount_cents);
  std::optional<GrantRow> existing = co_await repeated_grant(transaction, wanted);
  if (existing) co_return *std::move(existing);
  co_await transaction.execute("insert into grants (order_id, user_id, points) values (?, ?, ?)", wanted.order_id,
                               wanted.user_id, points);
  co_await transaction.execute(
      "insert into balances (user_id, points) values (?, ?) "
      "on conflict (user_id) do update set points = points + excluded.points",
      wanted.user_id, points);
  co_return GrantRow{std::move(wanted.order_id), std::move(wanted.user_id), points, false};
}

Task<GrantRow> revoke(Transaction& transaction, std::string order_id) {
  std::optional<GrantRow> existing = co_await find_grant(transaction, order_id);
  if (!existing) {
    co_await transaction.execute("insert into grants (order_id, user_id, points, revoked) values (?, '', 0, 1)",
                                 order_id);
    co_return GrantRow{.order_id = std::move(order_id), .user_id = "", .points = 0, .revoked = true};
  }
  if (!existing->revoked) {
    co_await transaction.execute("update balances set points = points - ? where user_id = ?", existing->points,
                                 existing->user_id);
    co_await transaction.execute("update grants set revoked = 1 where order_id = ?", order_id);
    existing->revoked = true;
  }
  co_return *std::move(existing);
}

Task<> PointsStore::open(std::filesystem::path database) {
  database_ = co_await open_database(
      database, {{1, "balances and grants", kSchema}, {2, "accepted requests", kAcceptedRequestsSchema}});
}

Task<std::optional<GrantRow>> PointsStore::find(std::string order_id) {
  co_return co_await find_grant(*database_, std::move(order_id));
}

Task<std::int64_t> PointsStore::balance(std::string user_id) {
  const std::optional<std::int64_t> points =
      co_await database_->one<std::int64_t>("select points from balances where user_id = ?", user_id);
  co_return points.value_or(0);
}

}  // namespace shop
