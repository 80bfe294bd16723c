// SPDX-License-Identifier: Apache-2.0
//
// Ours: unary echo on one worker. Telemetry is at its defaults, with somebody who takes the spans; --no-tracing turns
// tracing off.
#include <fmt/format.h>

#include <string_view>

#include "echo.skerry.h"

#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/signals.h"
#include "skerry/async/sleep.h"
#include "skerry/grpc/server.h"
#include "skerry/http/server.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry {
namespace {

class Mirror final : public testing::EchoService {
 public:
  Task<testing::EchoResponse> Echo(testing::EchoRequest request) override {
    testing::EchoResponse response;
    response.set_text(std::move(*request.mutable_text()));
    co_return std::move(response);
  }
};

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
  grpc::Server grpc;
  grpc.serve<testing::EchoService>(std::make_shared<Mirror>());
  http::Server server([&](http::Request request) { return grpc.handle(std::move(request)); });
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
  skerry::telemetry::Telemetry telemetry({.service = "echo", .tracing = tracing});
  skerry::Runtime runtime({.workers = 1});
  const auto served = runtime.run([&] { return skerry::serve(&telemetry, &signals); });
  if (!served) fmt::print(stderr, "bench_grpc_server: {}\n", served.error().to_string());
  return served ? 0 : 1;
}
