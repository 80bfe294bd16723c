// SPDX-License-Identifier: Apache-2.0
//
// Points: the service `points`, by gRPC and by HTTP. A grant over HTTP is {"order_id", "user_id", "points", "status"}
// with the status "accepted", "granted", "revoked" or "refused", which has a "reason" and a "message" as well.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "examples/shop/accepted_requests.h"
#include "examples/shop/points/points_config.h"
#include "examples/shop/points/points_store.h"
#include "points.skerry.h"

#include "skerry/http/message.h"

namespace shop {

/// The largest body of POST /api/points.
inline constexpr std::size_t kMaxGrantBytes = std::size_t{16} << 10;

class Points final : public PointsService {
 public:
  explicit Points(std::shared_ptr<PointsStore> store, skerry::Live<PointsConfig> config = skerry::Live(PointsConfig()),
                  std::shared_ptr<Participant> participant = lone_participant("points"))
      : store_(std::move(store)), config_(std::move(config)), participant_(std::move(participant)) {}

  /// Takes the configured processing time.
  skerry::Task<PointsGrant> Grant(GrantRequest request) override;
  skerry::Task<PointsGrant> Revoke(RevokeRequest request) override;
  skerry::Task<PointsBalance> GetBalance(BalanceRequest request) override;

  /// POST /api/points with {"order_id", "user_id", "amount_cents"}, which can be repeated safely: 201 with the grant
  /// and its Location. By RequestMode::kSync the status is "granted", after the configured processing time; by kEvents
  /// it is "accepted", and 503 without an event broker.
  skerry::Task<skerry::http::Response> post(skerry::http::Request request);
  /// GET /api/points/orders/{order_id}.
  skerry::Task<skerry::http::Response> get_grant(skerry::http::Request request);
  /// GET /api/points/{user_id}: {"user_id", "points"}.
  skerry::Task<skerry::http::Response> get_balance(skerry::http::Request request);

 private:
  skerry::Task<> check(WantedGrant wanted);
  skerry::Task<GrantRow> granted(WantedGrant wanted);
  skerry::Task<AcceptedRequest<GrantPoints>> accepted(WantedGrant wanted);

  const std::shared_ptr<PointsStore> store_;
  const skerry::Live<PointsConfig> config_;
  const std::shared_ptr<Participant> participant_;
};

}  // namespace shop
