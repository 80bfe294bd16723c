// SPDX-License-Identifier: Apache-2.0
//
// Users: the service `user`, by gRPC and by HTTP.
#pragma once

#include <memory>
#include <utility>

#include "examples/shop/service_config.h"
#include "examples/shop/user/user_store.h"
#include "user.skerry.h"

#include "skerry/http/message.h"

namespace shop {

class Users final : public UserService {
 public:
  explicit Users(std::shared_ptr<UserStore> store, skerry::Live<ServiceConfig> config = skerry::Live(ServiceConfig()))
      : store_(std::move(store)), config_(std::move(config)) {}

  /// Takes the configured processing time.
  skerry::Task<UserResponse> GetUser(UserRequest request) override;

  /// GET /api/users/{id}: {"user_id", "name", "age"}.
  skerry::Task<skerry::http::Response> get(skerry::http::Request request);

 private:
  skerry::Task<User> find(std::string user_id);

  const std::shared_ptr<UserStore> store_;
  const skerry::Live<ServiceConfig> config_;
};

}  // namespace shop
