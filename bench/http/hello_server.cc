// SPDX-License-Identifier: Apache-2.0
//
// Ours: one worker that answers every request with the same short text. Telemetry is at its defaults, with somebody who
// takes the spans; --no-tracing turns tracing off.
#include <fmt/format.h>

#include <string_view>

#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/signals.h"
#include "skerry/async/sleep.h"
#include "skerry/http/routes.h"
#include "skerry/http/server.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry {
namespace {

Task<http::Response> hello(http::Request) { co_return http::text("hello world\n"); }

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

Task<> serve(telemetry::Telemetry* telemetry, SignalSet* signals) {
  const telemetry::AttachTelemetry attached(*telemetry);
  http::Routes routes;
  co_await routes.add("GET", "/hello", &hello);
  http::Server server(routes.handler());
  net::Address any = co_await net::Address::from_ip("127.0.0.1", 0);
  const net::Address address = co_await server.listen(any);
  go(take_spans, telemetry);
  fmt::print("listening on {}\n", address.port());
  std::fflush(stdout);
  (void)co_await signals->next();
  co_await server.stop(std::chrono::seconds(1));
}

}  // namespace
}  // namespace skerry

int main(int argc, char** argv) {
  const bool tracing = argc < 2 || std::string_view(argv[1]) != "--no-tracing";
  skerry::SignalSet signals({SIGINT, SIGTERM});
  skerry::telemetry::Telemetry telemetry({.service = "hello", .tracing = tracing});
  skerry::Runtime runtime({.workers = 1});
  const auto served = runtime.run([&] { return skerry::serve(&telemetry, &signals); });
  if (!served) fmt::print(stderr, "http_bench_server: {}\n", served.error().to_string());
  return served ? 0 : 1;
}
