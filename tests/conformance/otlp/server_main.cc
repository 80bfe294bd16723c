// SPDX-License-Identifier: Apache-2.0
//
// The collector alone, as a program for the tests of this folder:
//
//   otlp_conformance_collector --data DIR
//
// It listens on free ports and says which: "ready GRPC HTTP QUERY".
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "platform/collector/collector.h"
#include "skerry/async/runtime.h"
#include "skerry/async/signals.h"

namespace skerry {
namespace {

constexpr std::chrono::seconds kStopLimit{10};

Task<> collect(SignalSet& signals, std::string data) {
  platform::collector::CollectorOptions options{.data = std::move(data)};
  options.otlp_grpc = options.otlp_http = options.query = co_await net::Address::from_ip("127.0.0.1", 0);
  const auto collector = co_await platform::collector::Collector::open(std::move(options));
  const auto endpoints = co_await collector->listen();
  fmt::print("ready {} {} {}\n", endpoints.otlp_grpc.to_string(), endpoints.otlp_http.to_string(),
             endpoints.query.to_string());
  std::fflush(stdout);
  co_await signals.next();
  co_await collector->stop(kStopLimit);
}

}  // namespace
}  // namespace skerry

int main(int argc, char** argv) {
  CLI::App app{"The collector alone"};
  std::string data;
  app.add_option("--data", data, "The data directory")->required();
  CLI11_PARSE(app, argc, argv);
  skerry::SignalSet signals({SIGINT, SIGTERM});
  skerry::Runtime runtime;
  const auto outcome = runtime.run([&] { return skerry::collect(signals, data); });
  if (outcome) return 0;
  fmt::print(stderr, "collector: {}\n", outcome.error().to_string());
  return 1;
}
