// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/user/user_changes.h"

#include <fstream>

#include "events.pb.h"
#include "examples/shop/test_events.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::kafka::testing::Cluster;
namespace http = skerry::http;

struct OpenUsers {
  std::shared_ptr<UserStore> store;
  std::shared_ptr<ServiceEvents> events;
  std::shared_ptr<UserChanges> changes;
};

class UserChangesTest : public ShopTest {
 protected:
  /// As the program does. Without brokers what is published stays in the database.
  Task<OpenUsers> open_users(std::string brokers = "", std::string topic = Topics().users) {
    std::ofstream(folder() / "users.jsonl") << R"({"user_id":"x1","name":"Xenia","age":30})" << "\n"
                                            << R"({"user_id":"x2","name":"Xaver","age":31})" << "\n";
    OpenUsers users{.store = std::make_shared<UserStore>(), .events = std::make_shared<ServiceEvents>("user")};
    users.changes = std::make_shared<UserChanges>(users.store, users.events, std::move(topic));
    co_await users.store->open(folder() / "user.db", folder() / "users.jsonl");
    co_await users.events->open(users.store->database(), std::move(brokers));
    co_await users.changes->publish_all();
    co_return users;
  }
  static Task<std::int64_t> waiting(OpenUsers users) {
    const skerry::events::OutboxBacklog backlog = co_await users.events->outbox().backlog();
    co_return backlog.events;
  }
  static http::Request put(std::string user_id, std::string body) {
    return http_request("PUT", "/", std::move(body), {{"id", std::move(user_id)}});
  }
};

std::string user_text(const UserChanged& user, const skerry::events::EventContext& context) {
  return fmt::format("{} {} {} {}", user.user_id(), user.name(), user.age(), context.event().sequence.value_or(0));
}

TEST_F(UserChangesTest, every_user_is_published_once_for_a_database_and_waits_for_a_broker) {
  run([this]() -> Task<> {
    for (int start = 0; start < 2; ++start) {
      const OpenUsers users = co_await open_users();
      const std::int64_t events = co_await waiting(users);
      EXPECT_EQ(events, 2);
    }
  });
}

TEST_F(UserChangesTest, users_of_a_database_of_the_first_version_are_published_too) {
  run([this]() -> Task<> {
    {
      auto old = co_await skerry::sql::Database::open({.path = (folder() / "user.db").string()});
      co_await old->migrate({{1, "users", R"(
      create table users (
        user_id text primary key,
        name    text not null,
        age     integer not null check (age >= 0)
      ) strict, without rowid)"}});
      co_await old->fill_once("users", [](skerry::sql::Transaction& tx) -> Task<> {
        co_await tx.execute("insert into users values ('old', 'Olga', 90)");
      });
    }
    const OpenUsers users = co_await open_users();
    const std::int64_t events = co_await waiting(users);
    EXPECT_EQ(events, 1);
  });
}

TEST_F(UserChangesTest, subscribers_hear_of_the_users_and_then_of_each_change_with_its_version) {
  run([this]() -> Task<> {
    Cluster cluster;
    const std::string topic = cluster.new_topic("users", 1);
    const OpenUsers users = co_await open_users(cluster.brokers(), topic);
    Listener listener;
    co_await listener.open(cluster.brokers());
    listener.hear<UserChanged>(topic, user_text);
    const std::function<Task<>()> relay = [&users] { return users.events->run(); };
    const std::function<Task<>()> listen = [&listener] { return listener.run(); };
    co_await beside({relay, listen}, [&]() -> Task<> {
      co_await users.changes->change({.user_id = "x1", .name = "Xenia", .age = 31});
      co_await users.changes->change({.user_id = "x1", .name = "Xena", .age = 31});
      co_await listener.until_heard(4);
      std::vector<std::string> heard = listener.heard();
      std::ranges::sort(heard);
      EXPECT_EQ(heard, (std::vector<std::string>{"x1 Xena 31 3", "x1 Xenia 30 1", "x1 Xenia 31 2", "x2 Xaver 31 1"}));
    });
  });
}

TEST_F(UserChangesTest, a_put_answers_with_the_user_as_it_is_then) {
  run([this]() -> Task<> {
    const OpenUsers users = co_await open_users();
    http::Response response = co_await put_user(users.changes, put("x2", R"({"name":"Xaverl","age":32})"));
    EXPECT_EQ(response.status, 200);
    const std::string body = co_await body_of(std::move(response));
    EXPECT_EQ(body, R"({"user_id":"x2","name":"Xaverl","age":32})");
    const std::optional<User> found = co_await users.store->find("x2");
    EXPECT_TRUE(found && found->name == "Xaverl" && found->age == 32);
  });
}

TEST_F(UserChangesTest, what_cannot_be_is_refused_and_publishes_nothing) {
  run([this]() -> Task<> {
    const OpenUsers users = co_await open_users();
    auto failure = [&users](const char* user_id, std::string body) {
      return failure_of(put_user(users.changes, put(user_id, std::move(body))));
    };
    const std::string unknown = co_await failure("x9", R"({"name":"Xaver","age":32})");
    EXPECT_EQ(unknown, "NOT_FOUND: no user x9");
    const std::string nameless = co_await failure("x1", R"({"name":"","age":32})");
    EXPECT_EQ(nameless, "INVALID_ARGUMENT: name: expected 1 to 200 bytes");
    const std::string unborn = co_await failure("x1", R"({"name":"Xaver","age":-1})");
    EXPECT_EQ(unborn, "INVALID_ARGUMENT: age: expected 0 to 150");
    const std::string ageless = co_await failure("x1", R"({"name":"Xaver"})");
    EXPECT_TRUE(ageless.starts_with("INVALID_ARGUMENT: age")) << ageless;
    const std::int64_t events = co_await waiting(users);
    EXPECT_EQ(events, 2);
  });
}

}  // namespace
}  // namespace shop
