// SPDX-License-Identifier: Apache-2.0
//
// For tests: instances with admin listeners on the loopback that answer for made-up sagas, as saga::add_admin_routes
// does for real ones.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cmd/skerry/ctl/saga_admin.h"

#include "skerry/async/runtime.h"
#include "skerry/base/json.h"
#include "skerry/http/routes.h"
#include "skerry/http/server.h"

namespace skerry::cmd {

struct FakeSaga {
  std::string id;
  std::string saga = "order";
  std::string state = "running";
  std::int64_t created_ms = 0;
  bool known = true;
};
BOOST_DESCRIBE_STRUCT(FakeSaga, (), (id, saga, state, created_ms, known))

using Sagas = std::shared_ptr<const std::vector<FakeSaga>>;

class SagaAdminTest : public ::testing::Test {
 protected:
  void serve(const std::string& service, std::vector<FakeSaga> sagas) {
    add(service, std::make_shared<const std::vector<FakeSaga>>(std::move(sagas)));
  }
  /// One more instance with the sagas of the one before.
  void serve_again(const std::string& service) { add(service, hosts_.back()->sagas); }
  void serve_without_sagas(const std::string& service) { add(service, nullptr); }
  /// An instance whose process has died.
  void register_dead(const std::string& service) {
    hosts_.push_back(std::make_unique<Host>(service, nullptr));
    hosts_.back()->dead = true;
  }

  /// Runs body(admin), a Task<>, with all that was served.
  template <class Body>
  void run(Body body) {
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([&]() -> Task<> {
      std::vector<discovery::Instance> instances;
      for (const auto& host : hosts_) {
        const std::string id = fmt::format("{}-{}", host->service, instances.size());
        instances.push_back({.id = id, .service = host->service, .address = "127.0.0.1:1"});
        instances.back().admin_address = co_await start(*host);
      }
      {
        http::Client client;
        SagaAdmin admin(client, std::move(instances));
        co_await body(admin);
      }
      for (const auto& host : hosts_) {
        if (!host->dead) co_await host->server->stop(std::chrono::seconds(5));
      }
    });
    EXPECT_TRUE(ended) << ended.error().to_string();
  }

  /// What the instances were told to change: "retry o1".
  const std::vector<std::string>& changes() const { return changes_; }

 private:
  struct Host {
    Host(std::string of, Sagas with) : service(std::move(of)), sagas(std::move(with)) {}

    std::string service;
    Sagas sagas;
    bool dead = false;
    http::Routes routes;
    std::unique_ptr<http::Server> server;
  };

  void add(const std::string& service, Sagas sagas) {
    hosts_.push_back(std::make_unique<Host>(service, std::move(sagas)));
    Host& host = *hosts_.back();
    if (host.sagas == nullptr) return;
    const auto route = [&host](const char* method, const char* pattern, http::Handler handler) {
      EXPECT_TRUE(host.routes.add(method, pattern, std::move(handler)));
    };
    route("GET", "/debug/sagas", [&host](http::Request request) { return list(host.sagas, std::move(request)); });
    route("GET", "/debug/sagas/{id}", [&host](http::Request request) { return show(host.sagas, std::move(request)); });
    for (const char* verb : {"retry", "compensate"}) {
      route("POST", verb == std::string("retry") ? "/debug/sagas/{id}/retry" : "/debug/sagas/{id}/compensate",
            [this, &host, verb](http::Request request) { return change(verb, host.sagas, std::move(request)); });
    }
  }

  Task<std::string> start(Host& host) {
    host.server = std::make_unique<http::Server>(host.routes.handler());
    const net::Address address = co_await host.server->listen(*net::Address::from_ip("127.0.0.1", 0));
    if (host.dead) co_await host.server->stop(std::chrono::seconds(5));
    co_return address.to_string();
  }

  static Result<FakeSaga> find(const std::vector<FakeSaga>& sagas, const std::string& id) {
    const auto found = std::ranges::find(sagas, id, &FakeSaga::id);
    if (found == sagas.end()) return fail(Error::not_found("there is no saga \"{}\"", id));
    return *found;
  }

  static Task<http::Response> list(Sagas sagas, http::Request request) {
    const auto limit = co_await request.query_param("limit");
    const auto offset = co_await request.query_param("offset");
    const auto state = co_await request.query_param("state");
    const auto saga = co_await request.query_param("saga");
    std::vector<FakeSaga> listed;
    for (const FakeSaga& candidate : *sagas) {
      if (state && candidate.state != *state) continue;
      if (!saga || candidate.saga == *saga) listed.push_back(candidate);
    }
    const std::size_t from = std::min<std::size_t>(std::stoul(offset.value_or("0")), listed.size());
    listed.erase(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(from));
    listed.resize(std::min<std::size_t>(std::stoul(limit.value_or("100")), listed.size()));
    co_return http::json(json_text(boost::json::object{{"sagas", to_json_value(listed)}}));
  }

  static Task<http::Response> show(Sagas sagas, http::Request request) {
    const FakeSaga saga = co_await find(*sagas, request.param("id"));
    co_return http::json(to_json(saga));
  }

  Task<http::Response> change(std::string verb, Sagas sagas, http::Request request) {
    const FakeSaga saga = co_await find(*sagas, request.param("id"));
    if (!saga.known) co_return Error::unavailable("this process has no saga {}", saga.saga);
    if (saga.state == "completed") co_return Error::failed_precondition("nothing of it waits for another attempt");
    changes_.push_back(verb + " " + saga.id);
    const auto reason = co_await request.query_param("reason");
    const std::string state = verb == "retry" ? "running" : "compensating" + (reason ? ": " + *reason : "");
    co_return http::json(json_text(boost::json::object{{"id", saga.id}, {"state", state}}));
  }

  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::string> changes_;
};

}  // namespace skerry::cmd
