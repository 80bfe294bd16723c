// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points.h"

#include "examples/shop/fields.h"

namespace shop {

using skerry::Task;
using skerry::sql::Transaction;
namespace http = skerry::http;

namespace {

struct GrantBody {
  std::string order_id;
  std::string user_id;
  std::int64_t points = 0;
  std::string status;
};
BOOST_DESCRIBE_STRUCT(GrantBody, (), (order_id, user_id, points, status))

struct BalanceBody {
  std::string user_id;
  std::int64_t points = 0;
};
BOOST_DESCRIBE_STRUCT(BalanceBody, (), (user_id, points))

PointsGrant grant_message(const GrantRow& row) {
  PointsGrant grant;
  grant.set_order_id(row.order_id);
  grant.set_user_id(row.user_id);
  grant.set_points(row.points);
  grant.set_state(row.revoked ? GRANT_STATE_REVOKED : GRANT_STATE_GRANTED);
  return grant;
}

}  // namespace

Task<GrantRow> Points::granted(WantedGrant wanted) {
  co_await check_order_id(wanted.order_id);
  co_await check_user_id(wanted.user_id);
  co_await check_amount(wanted.amount_cents);
  co_await take_processing_time(config_);
  co_return co_await store_->database().transaction(
      [&wanted](Transaction& transaction) { return grant(transaction, wanted); });
}

Task<PointsGrant> Points::Grant(GrantRequest request) {
  const GrantRow row = co_await granted({request.order_id(), request.user_id(), request.amount_cents()});
  co_return grant_message(row);
}

Task<PointsGrant> Points::Revoke(RevokeRequest request) {
  co_await check_order_id(request.order_id());
  const GrantRow row = co_await store_->database().transaction(
      [&request](Transaction& transaction) { return revoke(transaction, request.order_id()); });
  co_return grant_message(row);
}

Task<PointsBalance> Points::GetBalance(BalanceRequest request) {
  co_await check_user_id(request.user_id());
  PointsBalance balance;
  balance.set_user_id(request.user_id());
  balance.set_points(co_await store_->balance(request.user_id()));
  co_return std::move(balance);
}

Task<http::Response> Points::post(http::Request request) {
  const std::string body = co_await request.body.read_all(kMaxGrantBytes);
  WantedGrant wanted = co_await skerry::parse_json<WantedGrant>(body);
  GrantRow row = co_await granted(std::move(wanted));
  co_return http::json(skerry::to_json(GrantBody{.order_id = std::move(row.order_id),
                                                 .user_id = std::move(row.user_id),
                                                 .points = row.points,
                                                 .status = "granted"}),
                       201);
}

Task<http::Response> Points::get_balance(http::Request request) {
  const std::string user_id = request.param("user_id");
  const std::int64_t points = co_await store_->balance(user_id);
  co_return http::json(skerry::to_json(BalanceBody{.user_id = user_id, .points = points}));
}

}  // namespace shop
