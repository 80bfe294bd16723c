// SPDX-License-Identifier: Apache-2.0
//
// One instance of a service as a process that tests can kill: it answers every request with its id and is registered
// under a lease of two seconds until SIGTERM.
//
//   registry_instance 127.0.0.1:2379 order order-1
#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/signals.h"
#include "skerry/discovery/registrar.h"
#include "skerry/etcd/connect.h"
#include "skerry/http/server.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;

Task<> serve(SignalSet& signals, std::string registry, discovery::Instance instance) {
  http::Server server(
      [id = instance.id](http::Request) -> Task<http::Response> { co_return http::text(std::string(id)); });
  const net::Address address = co_await server.listen(co_await net::Address::from_ip("127.0.0.1", 0));
  instance.address = address.to_string();
  std::shared_ptr<etcd::Client> client = co_await etcd::connect({.endpoints = {registry}});
  discovery::Registrar registrar(client, {.session = {.ttl = 2s}});
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> { co_await registrar.run(Live<discovery::Instance>(instance)); });
    co_await signals.next();
    scope.cancel();
  }).result();
  // Callers that have not heard of it yet are still answered.
  co_await server.stop(1s);
}

}  // namespace
}  // namespace skerry

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: registry_instance HOST:PORT SERVICE ID\n");
    return 2;
  }
  skerry::SignalSet signals({SIGINT, SIGTERM});
  skerry::Runtime runtime({.workers = 1});
  const skerry::discovery::Instance instance{.id = argv[3], .service = argv[2]};
  const auto outcome = runtime.run([&] { return skerry::serve(signals, argv[1], instance); });
  if (outcome) return 0;
  fmt::print(stderr, "registry_instance: {}\n", outcome.error().to_string());
  return 1;
}
