// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/user/user_changes.h"

#include <utility>
#include <vector>

#include "events.pb.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Transaction;
namespace http = skerry::http;

namespace {

struct VersionedUser {
  std::string user_id;
  std::string name;
  std::int32_t age = 0;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(VersionedUser, (), (user_id, name, age, version))

struct UserBody {
  std::string name;
  std::int32_t age = 0;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"name", "age"};
};
BOOST_DESCRIBE_STRUCT(UserBody, (), (name, age))

Result<> check_user(const User& user) {
  if (user.name.empty() || user.name.size() > kMaxNameBytes) {
    return fail(skerry::invalid_field("name", fmt::format("expected 1 to {} bytes", kMaxNameBytes)));
  }
  if (user.age < 0 || user.age > kMaxAge) {
    return fail(skerry::invalid_field("age", fmt::format("expected 0 to {}", kMaxAge)));
  }
  return {};
}

UserChanged changed_event(const VersionedUser& user) {
  UserChanged event;
  event.set_user_id(user.user_id);
  event.set_name(user.name);
  event.set_age(user.age);
  return event;
}

}  // namespace

UserChanges::UserChanges(std::shared_ptr<UserStore> store, std::shared_ptr<ServiceEvents> events, std::string topic)
    : store_(std::move(store)), events_(std::move(events)), topic_(std::move(topic)) {}

Task<> UserChanges::publish_all() {
  events_->use_topics({topic_});
  co_await store_->database().fill_once("users published", [this](Transaction& tx) -> Task<> {
    for (const VersionedUser& user : co_await tx.query<VersionedUser>("select * from users order by user_id")) {
      co_await events_->outbox().publish(tx, changed_event(user), user.user_id,
                                         {.topic = topic_, .sequence = user.version});
    }
  });
}

Task<User> UserChanges::change(User user) {
  co_await check_user(user);
  co_await store_->database().transaction([&](Transaction& tx) -> Task<> {
    const std::int64_t changed =
        co_await tx.execute("update users set name = ?, age = ?, version = version + 1 where user_id = ?", user.name,
                            user.age, user.user_id);
    if (changed == 0) co_await Error::not_found("no user {}", user.user_id);
    const auto now = co_await tx.one<VersionedUser>("select * from users where user_id = ?", user.user_id);
    co_await events_->outbox().publish(tx, changed_event(*now), user.user_id,
                                       {.topic = topic_, .sequence = now->version});
  });
  co_return user;
}

Task<http::Response> put_user(std::shared_ptr<UserChanges> changes, http::Request request) {
  const std::string text = co_await request.body.read_all(kMaxUserBytes);
  UserBody body = co_await skerry::parse_json<UserBody>(text);
  const User user =
      co_await changes->change({.user_id = request.param("id"), .name = std::move(body.name), .age = body.age});
  co_return http::json(skerry::to_json(user));
}

}  // namespace shop
