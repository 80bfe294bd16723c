// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points.h"

#include "examples/shop/accepted_requests.h"
#include "examples/shop/created.h"
#include "examples/shop/fields.h"

namespace shop {

using skerry::Error;
using skerry::Task;
using skerry::sql::Transaction;
namespace http = skerry::http;

namespace {

struct GrantBody {
  std::string order_id;
  std::string user_id;
  std::int64_t points = 0;
  std::string status;
  std::optional<std::string> reason;
  std::optional<std::string> message;
};
BOOST_DESCRIBE_STRUCT(GrantBody, (), (order_id, user_id, points, status, reason, message))

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

GrantBody grant_body(const GrantRow& row) {
  GrantBody body{.order_id = row.order_id, .user_id = row.user_id, .points = row.points};
  body.status = row.revoked ? "revoked" : "granted";
  return body;
}

GrantBody request_body(const AcceptedRequest<GrantPoints>& request) {
  GrantBody body{.order_id = request.command.order_id(), .user_id = request.command.user_id()};
  body.points = points_of(request.command.amount_cents());
  body.status = request.status();
  body.reason = request.reason;
  body.message = request.message;
  return body;
}

GrantPoints grant_command(const WantedGrant& wanted) {
  GrantPoints command;
  command.set_order_id(wanted.order_id);
  command.set_user_id(wanted.user_id);
  command.set_amount_cents(wanted.amount_cents);
  return command;
}

}  // namespace

Task<> Points::check(WantedGrant wanted) {
  co_await check_order_id(wanted.order_id);
  co_await check_user_id(wanted.user_id);
  co_await check_amount(wanted.amount_cents);
}

Task<GrantRow> Points::granted(WantedGrant wanted) {
  co_await check(wanted);
  co_await take_processing_time(config_);
  co_return co_await store_->database().transaction([&wanted](Transaction& transaction) -> Task<GrantRow> {
    co_await check_same_request(transaction, grant_command(wanted));
    co_return co_await grant(transaction, wanted);
  });
}

Task<AcceptedRequest<GrantPoints>> Points::accepted(WantedGrant wanted) {
  co_await check(wanted);
  using Accepted = AcceptedRequest<GrantPoints>;
  co_return co_await store_->database().transaction([&](Transaction& transaction) -> Task<Accepted> {
    co_await repeated_grant(transaction, wanted);
    co_return co_await accept_request(transaction, *participant_, grant_command(wanted));
  });
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
  if (config_.get()->mode == RequestMode::kEvents) {
    const AcceptedRequest<GrantPoints> stored = co_await accepted(std::move(wanted));
    co_return co_await created(skerry::to_json(request_body(stored)), "/api/points/orders/", stored.command.order_id());
  }
  const GrantRow row = co_await granted(std::move(wanted));
  co_return co_await created(skerry::to_json(grant_body(row)), "/api/points/orders/", row.order_id);
}

Task<http::Response> Points::get_grant(http::Request request) {
  const std::string order_id = request.param("order_id");
  const auto accepted = co_await find_request<GrantPoints>(store_->database(), order_id);
  const std::optional<GrantRow> made = co_await store_->find(order_id);
  if (made) co_return http::json(skerry::to_json(grant_body(*made)));
  if (accepted) co_return http::json(skerry::to_json(request_body(*accepted)));
  co_return Error::not_found("order {} has no points", order_id);
}

Task<http::Response> Points::get_balance(http::Request request) {
  const std::string user_id = request.param("user_id");
  const std::int64_t points = co_await store_->balance(user_id);
  co_return http::json(skerry::to_json(BalanceBody{.user_id = user_id, .points = points}));
}

}  // namespace shop
