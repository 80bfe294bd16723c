// SPDX-License-Identifier: Apache-2.0
//
// UserChanges: the changes of users, each published as UserChanged in the transaction that makes it, so that other
// services can keep copies. The version of a user, which is the event's sequence, begins at 1 and counts the changes.
//
//   UserChanges changes(store, events);
//   co_await changes.publish_all();
//   co_await changes.change({.user_id = "u1", .name = "Svetlana Malik", .age = 41});
#pragma once

#include <memory>
#include <string>

#include "examples/shop/service_events.h"
#include "examples/shop/topic_names.h"
#include "examples/shop/user/user_store.h"

#include "skerry/http/message.h"

namespace shop {

inline constexpr std::size_t kMaxUserBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxNameBytes = 200;
inline constexpr std::int32_t kMaxAge = 150;

/// Any worker, once store and events are open.
class UserChanges {
 public:
  UserChanges(std::shared_ptr<UserStore> store, std::shared_ptr<ServiceEvents> events,
              std::string topic = Topics().users);

  /// Publishes every user as it is, once for a database. Before the first change.
  skerry::Task<> publish_all();

  /// Replaces name and age of a user. INVALID_ARGUMENT with the detail "field", NOT_FOUND for an unknown user.
  skerry::Task<User> change(User user);

 private:
  const std::shared_ptr<UserStore> store_;
  const std::shared_ptr<ServiceEvents> events_;
  const std::string topic_;
};

/// PUT /api/users/{id} with {"name", "age"}: the user as it is now.
skerry::Task<skerry::http::Response> put_user(std::shared_ptr<UserChanges> changes, skerry::http::Request request);

}  // namespace shop
