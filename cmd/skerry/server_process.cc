// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/server_process.h"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/signals.h"
#include "skerry/http/server.h"
#include "skerry/telemetry/runtime_metrics.h"

namespace skerry::cmd {

ServerProcess::ServerProcess(ServerProcessOptions options)
    : options_(std::move(options)), telemetry_({.service = options_.name}), started_(readiness_.add("started")) {}

void ServerProcess::announce(const std::string& what) {
  started_.set(true);
  fmt::print("ready: {}, admin http://{}\n", what, admin_address_);
  std::fflush(stdout);
}

Task<> ServerProcess::run(std::function<Task<>(ServerProcess&)> serve) {
  telemetry::AttachTelemetry attached(telemetry_);
  const std::vector<telemetry::MetricCallback> metrics =
      telemetry::add_runtime_metrics(telemetry_.metrics(), Runtime::current());
  add_health_routes(admin_routes_, telemetry_, readiness_);
  add_debug_routes(admin_routes_);
  http::Server admin(admin_routes_.handler());
  const net::Address listening = co_await admin.listen(co_await address_of(options_.admin));
  admin_address_ = listening.to_string();
  Result<> ended = co_await serve(*this).result();
  co_await admin.stop(kServerGrace);
  co_await std::move(ended);
}

Task<net::Address> address_of(std::string text) {
  co_return co_await net::resolve_first(co_await net::HostPort::parse(text));
}

int run_server(ServerProcessOptions options, std::function<Task<>(ServerProcess&)> serve) {
  SignalSet signals({SIGINT, SIGTERM});
  std::signal(SIGPIPE, SIG_IGN);
  const std::string name = options.name;
  ServerProcess process(std::move(options));
  Runtime runtime;
  Result<> outcome = runtime.run([&]() -> Task<> {
    Result<> ended;
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] {
        return stop_by_signal(signals, [&](int) {
          process.readiness_.stop();
          process.stop_.set();
        });
      });
      ended = co_await process.run(std::move(serve)).result();
      scope.cancel();
    }).result();
    co_await std::move(ended);
  });
  if (outcome) return 0;
  fmt::print(stderr, "skerry {}: {}\n", name, outcome.error().message());
  return outcome.error().code() == Code::kInvalidArgument ? 2 : 1;
}

}  // namespace skerry::cmd
