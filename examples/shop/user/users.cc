// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/user/users.h"

namespace shop {

using skerry::Error;
using skerry::Task;
namespace http = skerry::http;

Task<User> Users::find(std::string user_id) {
  if (user_id.empty()) co_return Error::invalid_argument("user_id: expected an id").with_detail("field", "user_id");
  std::optional<User> user = co_await store_->find(user_id);
  if (!user) co_return Error::not_found("no user {}", user_id);
  co_return *std::move(user);
}

Task<UserResponse> Users::GetUser(UserRequest request) {
  co_await take_processing_time(config_);
  const User user = co_await find(request.user_id());
  UserResponse response;
  response.set_user_id(user.user_id);
  response.set_name(user.name);
  response.set_age(user.age);
  co_return std::move(response);
}

Task<http::Response> Users::get(http::Request request) {
  co_return http::json(skerry::to_json(co_await find(request.param("id"))));
}

}  // namespace shop
