// SPDX-License-Identifier: Apache-2.0
//
// Points: the service `points`, by gRPC and by HTTP.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "examples/shop/points/points_store.h"
#include "examples/shop/service_config.h"
#include "points.skerry.h"

#include "skerry/http/message.h"

namespace shop {

/// The largest body of POST /api/points.
inline constexpr std::size_t kMaxGrantBytes = std::size_t{16} << 10;

class Points final : public PointsService {
 public:
  explicit Points(std::shared_ptr<PointsStore> store,
                  skerry::Live<ServiceConfig> config = skerry::Live(ServiceConfig()))
      : store_(std::move(store)), config_(std::move(config)) {}

  /// Takes the configured processing time.
  skerry::Task<PointsGrant> Grant(GrantRequest request) override;
  skerry::Task<PointsGrant> Revoke(RevokeRequest request) override;
  skerry::Task<PointsBalance> GetBalance(BalanceRequest request) override;

  /// POST /api/points with {"order_id", "user_id", "amount_cents"}, which can be repeated safely: 201 with
  /// {"order_id", "user_id", "points", "status"}, the status being "granted". Takes the configured processing time.
  skerry::Task<skerry::http::Response> post(skerry::http::Request request);
  /// GET /api/points/{user_id}: {"user_id", "points"}.
  skerry::Task<skerry::http::Response> get_balance(skerry::http::Request request);

 private:
  skerry::Task<GrantRow> granted(WantedGrant wanted);

  const std::shared_ptr<PointsStore> store_;
  const skerry::Live<ServiceConfig> config_;
};

}  // namespace shop
