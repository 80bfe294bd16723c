// SPDX-License-Identifier: Apache-2.0
//
// The etcd server alone, as a program for the tests of this folder:
//
//   etcd_conformance_server --data DIR --listen 127.0.0.1:2379
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "platform/etcd/server.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/signals.h"

namespace skerry {
namespace {

constexpr std::chrono::seconds kStopLimit{10};

Task<> serve(SignalSet& signals, std::string data, std::string listen) {
  net::HostPort target = co_await net::HostPort::parse(listen);
  platform::etcd::ServerOptions options{.data_directory = std::move(data)};
  options.listen = co_await net::Address::from_ip(target.host, target.port);
  auto server = co_await platform::etcd::Server::open(std::move(options));
  fmt::print("ready {}\n", server->url());
  std::fflush(stdout);
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&] { return server->run(); });
    co_await signals.next();
    co_await server->stop(kStopLimit);
  });
}

}  // namespace
}  // namespace skerry

int main(int argc, char** argv) {
  CLI::App app{"The etcd server alone"};
  std::string data;
  std::string listen = "127.0.0.1:2379";
  app.add_option("--data", data, "The data directory")->required();
  app.add_option("--listen", listen, "The address to listen on");
  CLI11_PARSE(app, argc, argv);
  skerry::SignalSet signals({SIGINT, SIGTERM});
  skerry::Runtime runtime;
  const auto outcome = runtime.run([&] { return skerry::serve(signals, data, listen); });
  if (outcome) return 0;
  fmt::print(stderr, "etcd: {}\n", outcome.error().to_string());
  return 1;
}
