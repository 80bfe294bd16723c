// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/services/health.h"

#include <gtest/gtest.h>

#include "grpc/health/v1/health.skerry.h"

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/grpc/local.h"
#include "skerry/grpc/open.h"

namespace skerry::grpc {
namespace {

namespace wire = ::grpc::health::v1;
using wire::HealthCheckRequest;
using wire::HealthCheckResponse;

HealthCheckRequest health_request(std::string service) {
  HealthCheckRequest request;
  request.set_service(std::move(service));
  return request;
}

using HealthBody = std::function<Task<>(std::shared_ptr<HealthStatuses>, std::shared_ptr<wire::Health>)>;

void run_health_test(HealthBody body) {
  Runtime runtime({.workers = 1});
  const Result<> outcome = runtime.run([&]() -> Task<> {
    auto health = std::make_shared<HealthStatuses>();
    auto dispatcher = std::make_shared<Dispatcher>();
    dispatcher->add(health_definition(health));
    co_await body(health, ServiceTraits<wire::Health>::make_client(local_channel(dispatcher)));
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

Task<> expect_next(Receiver<HealthCheckResponse>& statuses, HealthCheckResponse::ServingStatus expected) {
  std::optional<HealthCheckResponse> next = co_await statuses.receive();
  EXPECT_TRUE(next.has_value());
  if (next) EXPECT_EQ(next->status(), expected);
}

TEST(GrpcHealth, check_gives_the_status_of_a_known_service_and_not_found_otherwise) {
  run_health_test([](std::shared_ptr<HealthStatuses> health, std::shared_ptr<wire::Health> client) -> Task<> {
    health->set("", ServingStatus::kServing);
    health->set("shop.Users", ServingStatus::kNotServing);
    HealthCheckResponse whole = co_await client->Check(health_request(""));
    EXPECT_EQ(whole.status(), HealthCheckResponse::SERVING);
    HealthCheckResponse users = co_await client->Check(health_request("shop.Users"));
    EXPECT_EQ(users.status(), HealthCheckResponse::NOT_SERVING);
    Result<HealthCheckResponse> unknown = co_await client->Check(health_request("other")).result();
    EXPECT_FALSE(unknown);
    if (!unknown) EXPECT_EQ(unknown.error().code(), Code::kNotFound);
  });
}

TEST(GrpcHealth, watch_gives_the_status_at_once_and_each_change_of_its_own_service) {
  run_health_test([](std::shared_ptr<HealthStatuses> health, std::shared_ptr<wire::Health> client) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto statuses = open(scope, *client, &wire::Health::Watch, health_request("a"));
      co_await expect_next(statuses, HealthCheckResponse::SERVICE_UNKNOWN);
      health->set("a", ServingStatus::kServing);
      co_await expect_next(statuses, HealthCheckResponse::SERVING);
      health->set("b", ServingStatus::kServing);
      health->set("a", ServingStatus::kNotServing);
      co_await expect_next(statuses, HealthCheckResponse::NOT_SERVING);
    });
  });
}

TEST(GrpcHealth, stop_turns_everything_down_and_stays) {
  run_health_test([](std::shared_ptr<HealthStatuses> health, std::shared_ptr<wire::Health> client) -> Task<> {
    health->set("a", ServingStatus::kServing);
    health->stop();
    health->set("a", ServingStatus::kServing);
    health->set("b", ServingStatus::kServing);
    wire::HealthListResponse list = co_await client->List(wire::HealthListRequest());
    EXPECT_EQ(list.statuses().size(), 1U);
    EXPECT_EQ(list.statuses().at("a").status(), HealthCheckResponse::NOT_SERVING);
  });
}

}  // namespace
}  // namespace skerry::grpc
