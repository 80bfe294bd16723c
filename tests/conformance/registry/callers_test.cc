// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/discovery/balancer.h"
#include "skerry/discovery/directory.h"
#include "skerry/discovery/resolver.h"
#include "skerry/http/client.h"

namespace skerry::conformance {
namespace {

using namespace std::chrono_literals;
using ClientPtr = std::shared_ptr<etcd::Client>;
using discovery::Directory;
using discovery::Endpoints;

SKERRY_REGISTRY_SUITE(RegistryCallers);

// A caller of the service "order", and the processes that serve it.
class OrderCaller {
 public:
  explicit OrderCaller(ClientPtr client) : directory_(std::make_shared<Directory>(std::move(client))) {}

  Directory& directory() { return *directory_; }
  std::size_t known() { return orders_.get()->size(); }

  // Calls the service and notes who answered.
  Task<> call() {
    Result<http::Response> response = co_await with_timeout(2s, caller_.get("http://order/who")).result();
    if (!response) {
      failures.push_back(response.error().to_string());
      co_return;
    }
    answered.insert(co_await response->body.read_all(100));
  }
  // Calls until exactly these instances are known to the caller, and have answered since.
  Task<> call_until(std::set<std::string> expected) {
    answered.clear();
    while (answered != expected || known() != expected.size()) {
      if (known() == expected.size()) std::erase_if(answered, [&](auto& id) { return !expected.contains(id); });
      co_await call();
      co_await sleep(1ms);
    }
  }

  std::set<std::string> answered;
  std::vector<std::string> failures;

 private:
  std::shared_ptr<Directory> directory_;
  Live<Endpoints> orders_ = directory_->endpoints("order");
  http::Client caller_{{.resolver = std::make_shared<discovery::RegistryResolver>(directory_),
                        .balancer = std::make_shared<discovery::RoundRobinBalancer>()}};
};

void start_order(ChildProcess& process, const ServerProcess& registry, const std::string& id) {
  process.start({SKERRY_REGISTRY_INSTANCE, registry.endpoint(), "order", id}, "/dev/null");
}

TEST_P(RegistryCallers, follow_instances_that_come_and_stop_without_a_failed_call) {
  run([this](ClientPtr client) -> Task<> {
    OrderCaller order(client);
    ChildProcess a;
    ChildProcess b;
    co_await beside([&] { return order.directory().run(); },
                    [&]() -> Task<> {
                      start_order(a, *server, "a");
                      co_await eventually([&] { return order.known() == 1; });
                      co_await order.call_until({"a"});
                      start_order(b, *server, "b");
                      co_await order.call_until({"a", "b"});
                      a.ask_to_stop();
                      co_await order.call_until({"b"});
                      EXPECT_EQ(order.failures, std::vector<std::string>());
                    });
  });
}

TEST_P(RegistryCallers, go_on_when_an_instance_is_killed_which_leaves_with_its_lease) {
  run([this](ClientPtr client) -> Task<> {
    OrderCaller order(client);
    ChildProcess a;
    ChildProcess b;
    co_await beside([&] { return order.directory().run(); },
                    [&]() -> Task<> {
                      start_order(a, *server, "a");
                      start_order(b, *server, "b");
                      co_await eventually([&] { return order.known() == 2; });
                      co_await order.call_until({"a", "b"});
                      a.kill();
                      const auto killed = std::chrono::steady_clock::now();
                      EXPECT_EQ(order.known(), 2U) << "nobody has said goodbye";
                      co_await order.call_until({"b"});
                      // Two seconds of lease, and what a server takes to notice that it is over.
                      EXPECT_LT(std::chrono::steady_clock::now() - killed, 10s);
                      // The one call that found the connection broken after it was sent; connecting anew goes to b.
                      EXPECT_LE(order.failures.size(), 1U);
                    });
  });
}

TEST_P(RegistryCallers, go_on_while_the_registry_is_away) {
  run([this](ClientPtr client) -> Task<> {
    OrderCaller order(client);
    ChildProcess a;
    co_await beside([&] { return order.directory().run(); },
                    [&]() -> Task<> {
                      start_order(a, *server, "a");
                      co_await eventually([&] { return order.known() == 1; });
                      co_await order.call_until({"a"});
                      server->kill();
                      for (int i = 0; i < 100; ++i) co_await order.call();
                      EXPECT_EQ(order.known(), 1U);
                      EXPECT_EQ(order.failures, std::vector<std::string>());
                    });
  });
}

}  // namespace
}  // namespace skerry::conformance
