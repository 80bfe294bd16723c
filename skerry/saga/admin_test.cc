// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/admin.h"

#include "skerry/saga/runner_test_support.h"

namespace skerry::saga {
namespace {

using Strings = std::vector<std::string>;

class SagaAdmin : public RunnerTest {
 protected:
  struct Answer {
    int status;
    boost::json::value body;
  };
  /// Runs body(db, runner), a Task<>, with three sagas of commands: o1 waits, o2 is completed, o3 is stuck.
  template <class F>
  void with_sagas(F body) {
    run_with(command_definition(), [this, body](sql::Database& db, Runner& runner) -> Task<> {
      auto added = add_admin_routes(routes_, runner);
      EXPECT_TRUE(added);
      for (const char* id : {"o1", "o2", "o3"}) co_await start(db, runner, id);
      for (const char* key : {"o2/reserve", "o2/charge", "o3/reserve"}) co_await reply(db, runner, key, Reply::done());
      co_await reply(db, runner, "o3/charge", Reply::refused("declined"));
      co_await reply(db, runner, "o3/reserve/compensate", Reply::refused("the shelf is gone"));
      co_await body(db, runner);
    });
  }
  Task<Answer> ask(std::string method, std::string target) {
    http::RequestHead head{.method = method, .target = target, .authority = "localhost"};
    auto handled = co_await routes_.handle(http::Request(std::move(head))).result();
    http::Response response = handled ? std::move(*handled) : http::error_response(handled.error());
    const std::string text = co_await response.body.read_all(std::size_t{1} << 20);
    auto body = co_await parse_json_value(text);
    co_return Answer{response.status, std::move(body)};
  }
  static Strings ids(const Answer& answer) {
    Strings ids;
    for (const auto& saga : answer.body.at("sagas").as_array()) ids.emplace_back(saga.at("id").as_string());
    std::ranges::sort(ids);
    return ids;
  }

  http::Routes routes_;
};

TEST_F(SagaAdmin, lists_sagas_by_state_and_by_name) {
  with_sagas([this](sql::Database&, Runner&) -> Task<> {
    Answer all = co_await ask("GET", "/debug/sagas");
    EXPECT_EQ(all.status, 200);
    EXPECT_EQ(ids(all), (Strings{"o1", "o2", "o3"}));
    Answer stuck = co_await ask("GET", "/debug/sagas?state=stuck&saga=order");
    EXPECT_EQ(ids(stuck), Strings{"o3"});
    EXPECT_EQ(stuck.body.at("sagas").at(0).at("reason").as_string(), "reserve: the shelf is gone");
    Answer others = co_await ask("GET", "/debug/sagas?saga=refund");
    EXPECT_EQ(ids(others), Strings{});
    Answer two = co_await ask("GET", "/debug/sagas?limit=2");
    EXPECT_EQ(ids(two).size(), 2U);
    Answer rest = co_await ask("GET", "/debug/sagas?limit=2&offset=2");
    EXPECT_EQ(ids(rest).size(), 1U);
  });
}

TEST_F(SagaAdmin, shows_a_saga_with_its_data_and_steps) {
  with_sagas([this](sql::Database&, Runner&) -> Task<> {
    Answer shown = co_await ask("GET", "/debug/sagas/o3");
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.body.at("state").as_string(), "stuck");
    EXPECT_EQ(shown.body.at("data").at("item").as_string(), "pear");
    EXPECT_EQ(shown.body.at("steps").at(0).at("state").as_string(), "compensation_failed");
    EXPECT_EQ(shown.body.at("steps").at(1).at("error").as_string(), "declined");
    EXPECT_TRUE(shown.body.at("known").as_bool());
  });
}

TEST_F(SagaAdmin, retries_what_is_stuck) {
  with_sagas([this](sql::Database& db, Runner& runner) -> Task<> {
    Answer retried = co_await ask("POST", "/debug/sagas/o3/retry");
    EXPECT_EQ(retried.status, 200);
    EXPECT_EQ(retried.body.at("state").as_string(), "compensating");
    co_await reply(db, runner, "o3/reserve/compensate", Reply::done());
    const auto state = co_await runner.state(db, "o3");
    EXPECT_EQ(state, State::kCancelled);
    Answer nothing = co_await ask("POST", "/debug/sagas/o2/retry");
    EXPECT_EQ(nothing.status, 409);
  });
}

TEST_F(SagaAdmin, compensates_with_a_reason) {
  with_sagas([this](sql::Database& db, Runner&) -> Task<> {
    Answer compensated = co_await ask("POST", "/debug/sagas/o2/compensate?reason=recall%20of%20the%20product");
    EXPECT_EQ(compensated.status, 200);
    EXPECT_EQ(compensated.body.at("state").as_string(), "compensating");
    const Strings keys = co_await sent(db, 6);
    EXPECT_EQ(keys.back(), "o2/charge/compensate");
    Answer shown = co_await ask("GET", "/debug/sagas/o2");
    EXPECT_EQ(shown.body.at("reason").as_string(), "recall of the product");
    Answer again = co_await ask("POST", "/debug/sagas/o2/compensate");
    EXPECT_EQ(again.status, 409);
  });
}

TEST_F(SagaAdmin, bad_requests_get_clear_answers) {
  with_sagas([this](sql::Database&, Runner& runner) -> Task<> {
    for (const char* target : {"/debug/sagas?state=odd", "/debug/sagas?limit=-1", "/debug/sagas?limit=x"}) {
      Answer bad = co_await ask("GET", target);
      EXPECT_EQ(bad.status, 400) << target;
    }
    Answer nobody = co_await ask("GET", "/debug/sagas/o9");
    EXPECT_EQ(nobody.status, 404);
    Answer retried = co_await ask("POST", "/debug/sagas/o9/retry");
    EXPECT_EQ(retried.status, 404);
    EXPECT_FALSE(add_admin_routes(routes_, runner)) << "the paths are taken";
  });
}

}  // namespace
}  // namespace skerry::saga
