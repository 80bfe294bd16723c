// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/scope.h"
#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::any_port;
using testing::run_limited;
using testing::run_served;
using testing::Served;
using testing::wait_until;
using namespace std::chrono_literals;

// A handler that counts the requests in it and holds them until told otherwise.
struct PoolGate {
  Event open;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;

  Handler handler() {
    return Handler([this](Request) -> Task<Response> {
      most = std::max(most.load(), ++inside);
      co_await open.wait();
      --inside;
      co_return text("through");
    });
  }
};

Task<> get_through(Client* client, std::string url, Result<std::string>* outcome) {
  Result<Response> response = co_await client->get(url).result();
  if (!response) {
    *outcome = skerry::fail(std::move(response).error());
    co_return;
  }
  *outcome = co_await response->body.read_all(100).result();
}

TEST(ClientPool, requests_wait_when_all_connections_are_busy) {
  PoolGate gate;
  run_served(gate.handler(), [&](Served served) -> Task<> {
    Client client({.max_connections_per_endpoint = 3});
    std::vector<Result<std::string>> outcomes(10);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (Result<std::string>& outcome : outcomes) scope.go(get_through, &client, served.url("/"), &outcome);
      co_await wait_until([&] { return gate.inside == 3; });
      co_await sleep(5ms);
      gate.open.set();
    });
    for (const Result<std::string>& outcome : outcomes) EXPECT_EQ(outcome, "through");
    EXPECT_EQ(gate.most, 3);
    EXPECT_EQ(served.server.counters().connections, 3U);
  });
}

TEST(ClientPool, more_waiting_requests_than_allowed_are_refused) {
  PoolGate gate;
  run_served(gate.handler(), [&](Served served) -> Task<> {
    Client client({.max_connections_per_endpoint = 1, .max_waiting_requests = 2});
    std::vector<Result<std::string>> outcomes(5);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(get_through, &client, served.url("/"), &outcomes[0]);
      co_await wait_until([&] { return gate.inside == 1; });
      for (std::size_t i = 1; i < outcomes.size(); ++i) {
        scope.go(get_through, &client, served.url("/"), &outcomes[i]);
      }
      co_await wait_until([&] { return !outcomes[4] && !outcomes[3]; });
      gate.open.set();
    });
    for (const std::size_t refused : {3U, 4U}) {
      EXPECT_EQ(outcomes[refused].error().code(), Code::kResourceExhausted);
      EXPECT_TRUE(is_retry_safe(outcomes[refused].error()));
    }
    for (const std::size_t served_one : {0U, 1U, 2U}) EXPECT_EQ(outcomes[served_one], "through");
  });
}

TEST(ClientPool, a_request_that_is_cancelled_while_it_waits_is_never_sent) {
  PoolGate gate;
  run_served(gate.handler(), [&](Served served) -> Task<> {
    Client client({.max_connections_per_endpoint = 1});
    Result<std::string> outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(get_through, &client, served.url("/"), &outcome);
      co_await wait_until([&] { return gate.inside == 1; });
      const Result<Response> late = co_await with_timeout(5ms, client.get(served.url("/"))).result();
      EXPECT_FALSE(late);
      gate.open.set();
    });
    EXPECT_EQ(outcome, "through");
    Response next = co_await client.get(served.url("/"));
    EXPECT_EQ(next.status, 200);
    EXPECT_EQ(served.server.counters().requests, 2U);
  });
}

TEST(ClientPool, after_the_server_comes_back_requests_reach_it_again) {
  run_limited([]() -> Task<> {
    const Handler handler = [](Request) -> Task<Response> { co_return text("here"); };
    for (const Protocol protocol : {Protocol::kHttp1, Protocol::kHttp2}) {
      Client client({.protocol = protocol, .backoff = {.initial = 5ms, .max = 20ms}, .max_attempts = 1});
      auto server = std::make_unique<Server>(handler);
      const net::Address address = co_await server->listen(any_port());
      const std::string url = "http://" + address.to_string() + "/";
      Response before = co_await client.get(url);
      (void)co_await before.body.read_all(10);
      co_await server->stop(1s);
      const Result<Response> down = co_await client.get(url).result();
      EXPECT_FALSE(down);
      // Within the pause the answer is given without a try to connect.
      const Result<Response> backing_off = co_await client.get(url).result();
      EXPECT_FALSE(backing_off);
      if (!backing_off) EXPECT_TRUE(is_retry_safe(backing_off.error()));
      server = std::make_unique<Server>(handler);
      (void)co_await server->listen(address);
      Result<Response> up = skerry::fail(Error::unavailable(""));
      while (!up) {
        up = co_await client.get(url).result();
        co_await sleep(1ms);
      }
      const std::string body = co_await up->body.read_all(10);
      EXPECT_EQ(body, "here");
      co_await server->stop(1s);
    }
  });
}

TEST(ClientPool, a_failing_endpoint_is_tried_ever_more_rarely) {
  run_limited([]() -> Task<> {
    net::ListenAddress bound = co_await net::bind_listen_address(any_port());
    auto listener = co_await net::Listener::open(bound.address);
    // HTTP/2 to somebody who hangs up at once: the connection is made, and is none.
    int accepted = 0;
    Client client({.protocol = Protocol::kHttp2,
                   .backoff = {.initial = 10ms, .factor = 4, .max = 10s, .jitter = 0},
                   .max_attempts = 1});
    const std::string url = "http://" + bound.address.to_string() + "/";
    (void)co_await with_timeout(400ms, with_scope([&](Scope& scope) -> Task<> {
                                  scope.go([&]() -> Task<> {
                                    while (true) {
                                      (void)co_await listener->accept();
                                      ++accepted;
                                    }
                                  });
                                  while (true) {
                                    (void)co_await client.get(url).result();
                                    co_await sleep(1ms);
                                  }
                                }))
        .result();
    // At 0, 10, 50 and 210 ms.
    EXPECT_GE(accepted, 2);
    EXPECT_LE(accepted, 5);
  });
}

// Says which server it is.
Handler named_handler(std::string name) {
  return Handler([name](Request) -> Task<Response> {
    return [](std::string who) -> Task<Response> { co_return text(who); }(name);
  });
}

struct TwoServers {
  Server one{named_handler("one")};
  Server two{named_handler("two")};
  Endpoint first;
  Endpoint second;

  static Task<> start(TwoServers* servers) {
    const net::Address first = co_await servers->one.listen(any_port());
    const net::Address second = co_await servers->two.listen(any_port());
    servers->first = {.address = {first.ip(), first.port()}};
    servers->second = {.address = {second.ip(), second.port()}};
  }
  static Task<> stop(TwoServers* servers) {
    co_await servers->one.stop(1s);
    co_await servers->two.stop(1s);
  }
};

Task<std::string> who_answers(Client* client) {
  Response response = co_await client->get("http://shop/");
  co_return co_await response.body.read_all(10);
}

TEST(ClientPool, requests_follow_the_resolver) {
  run_limited([]() -> Task<> {
    TwoServers servers;
    co_await TwoServers::start(&servers);
    auto resolver = std::make_shared<StaticResolver>();
    resolver->set("shop", {servers.first});
    {
      Client client({.resolver = resolver});
      std::string who = co_await who_answers(&client);
      EXPECT_EQ(who, "one");
      resolver->set("shop", {servers.second});
      while (who != "two") who = co_await who_answers(&client);
      // Its connection to the one that has left is closed.
      co_await wait_until([&] { return servers.one.counters().open_connections == 0; });
      resolver->set("shop", {});
      Result<std::string> nobody = who;
      while (nobody) nobody = co_await who_answers(&client).result();
      EXPECT_EQ(nobody.error().code(), Code::kUnavailable);
      EXPECT_TRUE(is_retry_safe(nobody.error()));
    }
    co_await TwoServers::stop(&servers);
  });
}

TEST(ClientPool, requests_are_spread_and_go_around_an_endpoint_that_is_down) {
  run_limited([]() -> Task<> {
    TwoServers servers;
    co_await TwoServers::start(&servers);
    auto resolver = std::make_shared<StaticResolver>();
    resolver->set("shop", {servers.first, servers.second});
    {
      Client client({.resolver = resolver});
      std::map<std::string, int> answers;
      for (int i = 0; i < 200; ++i) ++answers[co_await who_answers(&client)];
      EXPECT_GT(answers["one"], 20);
      EXPECT_GT(answers["two"], 20);
      co_await servers.one.stop(1s);
      for (int i = 0; i < 50; ++i) {
        const std::string who = co_await who_answers(&client);
        EXPECT_EQ(who, "two");
      }
    }
    co_await TwoServers::stop(&servers);
  });
}

// Writes down what it is told.
class RecordingBalancer final : public Balancer {
 public:
  std::optional<std::size_t> pick(const Endpoints& endpoints, const std::vector<EndpointState>& states,
                                  std::optional<std::size_t>) override {
    EXPECT_EQ(endpoints.size(), states.size());
    in_flight.push_back(states.empty() ? 0 : states[0].in_flight);
    return endpoints.empty() ? std::nullopt : std::optional<std::size_t>(0);
  }
  void record(const Endpoint&, const EndpointOutcome& outcome) override {
    statuses.push_back(outcome.error != nullptr ? -1 : outcome.status);
    EXPECT_GT(outcome.latency.count(), 0);
  }
  std::vector<std::uint32_t> in_flight;
  std::vector<int> statuses;
};

TEST(ClientPool, the_balancer_hears_how_requests_end) {
  Handler handler = [](Request request) -> Task<Response> {
    if (request.target == "/slow") co_await sleep(1h);
    co_return text("x", request.target == "/bad" ? 503 : 200);
  };
  run_served(handler, [](Served served) -> Task<> {
    auto balancer = std::make_shared<RecordingBalancer>();
    Client client({.balancer = balancer});
    for (const std::string target : {"/good", "/bad"}) {
      Response response = co_await client.get(served.url(target));
      (void)co_await response.body.read_all(10);
    }
    (void)co_await with_timeout(10ms, client.get(served.url("/slow"))).result();
    EXPECT_EQ(balancer->statuses, (std::vector<int>{200, 503, -1}));
    EXPECT_EQ(balancer->in_flight, (std::vector<std::uint32_t>{0, 0, 0}));
  });
}

TEST(ClientPool, a_given_endpoint_is_used_whatever_the_authority_says) {
  run_limited([]() -> Task<> {
    TwoServers servers;
    co_await TwoServers::start(&servers);
    {
      Client client;
      Response response =
          co_await client.send(Request({.target = "/", .authority = "nowhere.invalid"}), servers.second.address);
      const std::string who = co_await response.body.read_all(10);
      EXPECT_EQ(who, "two");
    }
    co_await TwoServers::stop(&servers);
  });
}

}  // namespace
}  // namespace skerry::http
