// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/user/users.h"

#include <fstream>

#include "examples/shop/test_shop.h"

#include "skerry/grpc/local.h"

namespace shop {
namespace {

using skerry::Task;
namespace http = skerry::http;

class UsersTest : public ShopTest {
 protected:
  Task<std::shared_ptr<Users>> open_users() {
    auto store = std::make_shared<UserStore>();
    co_await store->open(folder() / "user.db", data("users.jsonl"));
    co_return std::make_shared<Users>(store);
  }
  static UserRequest user_request(std::string user_id) {
    UserRequest request;
    request.set_user_id(std::move(user_id));
    return request;
  }
};

TEST_F(UsersTest, a_user_is_found_by_grpc) {
  run([this]() -> Task<> {
    std::shared_ptr<UserService> client = skerry::grpc::local_client<UserService>(co_await open_users());
    const UserResponse user = co_await client->GetUser(user_request("u2"));
    EXPECT_EQ(user.user_id(), "u2");
    EXPECT_EQ(user.name(), "Linh Mahlangu");
    EXPECT_EQ(user.age(), 49);
  });
}

TEST_F(UsersTest, a_user_is_found_by_http) {
  run([this]() -> Task<> {
    auto users = co_await open_users();
    http::Response response = co_await users->get(http_request("GET", "/api/users/u1", "", {{"id", "u1"}}));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("content-type"), "application/json");
    const std::string body = co_await body_of(std::move(response));
    EXPECT_EQ(body, R"({"user_id":"u1","name":"Svetlana Malik","age":40})");
  });
}

TEST_F(UsersTest, an_unknown_user_is_not_found) {
  run([this]() -> Task<> {
    auto users = co_await open_users();
    const std::string by_grpc = co_await failure_of(users->GetUser(user_request("u99999")));
    EXPECT_EQ(by_grpc, "NOT_FOUND: no user u99999");
    const std::string by_http = co_await failure_of(users->get(http_request("GET", "/", "", {{"id", "nobody"}})));
    EXPECT_EQ(by_http, "NOT_FOUND: no user nobody");
  });
}

TEST_F(UsersTest, an_empty_id_is_an_invalid_argument) {
  run([this]() -> Task<> {
    auto users = co_await open_users();
    const std::string failure = co_await failure_of(users->GetUser(user_request("")));
    EXPECT_EQ(failure, "INVALID_ARGUMENT: user_id: expected an id");
  });
}

TEST_F(UsersTest, what_the_data_file_says_later_does_not_change_a_filled_database) {
  run([this]() -> Task<> {
    co_await open_users();
    const auto other = folder() / "other.jsonl";
    std::ofstream(other) << R"({"user_id":"x1","name":"Xenia","age":30})" << "\n";
    UserStore store;
    co_await store.open(folder() / "user.db", other);
    const std::optional<User> late = co_await store.find("x1");
    EXPECT_FALSE(late);
    const std::optional<User> early = co_await store.find("u1");
    EXPECT_TRUE(early);
  });
}

TEST_F(UsersTest, a_wrong_line_of_the_data_file_is_named_and_nothing_is_filled) {
  run([this]() -> Task<> {
    const auto wrong = folder() / "wrong.jsonl";
    std::ofstream(wrong) << R"({"user_id":"x1","name":"Xenia","age":30})" << "\n" << R"({"user_id":"x2"})" << "\n";
    UserStore store;
    const std::string failure = co_await failure_of(store.open(folder() / "user.db", wrong));
    EXPECT_NE(failure.find("wrong.jsonl:2: name"), std::string::npos) << failure;
    auto users = co_await open_users();
    const UserResponse user = co_await users->GetUser(user_request("u1"));
    EXPECT_EQ(user.name(), "Svetlana Malik");
  });
}

}  // namespace
}  // namespace shop
