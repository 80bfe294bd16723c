// SPDX-License-Identifier: Apache-2.0
//
// For tests: a server on a free port of the loopback, with a real directory, in a runtime of two workers.
//
//   run_server(options_in(directory.path()), [](Server& server) -> Task<> { ... server.url() ... });
#pragma once

#include <utility>

#include "platform/etcd/engine_fixture.h"
#include "platform/etcd/server.h"
#include "skerry/grpc/client.h"

namespace skerry::platform::etcd {

inline ServerOptions options_in(const std::string& directory) {
  return {.data_directory = directory, .listen = *net::Address::from_ip("127.0.0.1", 0), .name = "here"};
}

/// Opens a server, runs it beside body(server), and stops it. Gives the body's failure, or the server's.
template <class Body>
Result<> run_server(ServerOptions options, Body body) {
  Runtime runtime({.workers = 2});
  return runtime.run([&]() -> Task<> {
    auto server = co_await Server::open(std::move(options));
    Result<> outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return server->run(); });
      outcome = co_await with_timeout(std::chrono::seconds(60), body(*server)).result();
      co_await server->stop(std::chrono::seconds(5));
    });
    co_await std::move(outcome);
  });
}

}  // namespace skerry::platform::etcd
