// SPDX-License-Identifier: Apache-2.0
#include "bench/support/measured_server.h"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/signals.h"
#include "skerry/async/sleep.h"
#include "skerry/http/server.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::bench {
namespace {

// What an exporter does, without its network.
Task<> take_spans(telemetry::Telemetry* telemetry) {
  constexpr std::size_t kBatch = 512;
  telemetry->spans().open();
  while (true) {
    co_await sleep(std::chrono::seconds(1));
    while (!telemetry->spans().drain(kBatch).empty()) {
    }
  }
}

Task<> serve(telemetry::Telemetry* telemetry, SignalSet* signals, http::Handler handler) {
  const telemetry::AttachTelemetry attached(*telemetry);
  http::Server server(std::move(handler));
  net::Address any = co_await net::Address::from_ip("127.0.0.1", 0);
  const net::Address address = co_await server.listen(any);
  go(take_spans, telemetry);
  fmt::print("listening on {}\n", address.port());
  std::fflush(stdout);
  (void)co_await signals->next();
  co_await server.stop(std::chrono::seconds(1));
}

}  // namespace

int run_measured_server(std::string name, int argc, char** argv, http::Handler handler) {
  const bool tracing = argc < 2 || std::string_view(argv[1]) != "--no-tracing";
  SignalSet signals({SIGINT, SIGTERM});
  telemetry::Telemetry telemetry({.service = name, .tracing = tracing});
  Runtime runtime({.workers = 1});
  const Result<> served = runtime.run([&] { return serve(&telemetry, &signals, std::move(handler)); });
  if (!served) fmt::print(stderr, "{}: {}\n", name, served.error().to_string());
  return served ? 0 : 1;
}

}  // namespace skerry::bench
