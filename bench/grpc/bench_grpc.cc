// SPDX-License-Identifier: Apache-2.0
//
// Unary echo over gRPC, against grpc++ with its callback API: a server on one processor, loaded by h2load from another.
// Both servers are measured in turn, several times, and the medians are compared. Telemetry of our server is at its
// defaults; a second figure is with tracing off.
//
// Two rates are taken of each load: requests per second, and requests per second of processor time that the server
// used. They differ where h2load, on its one processor, cannot load the server fully; then the second one says what the
// server can do.
//
//   bench_grpc [SECONDS_EACH [REPETITIONS]]
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "bench/support/process.h"
#include "bench/support/report.h"

namespace {

using skerry::bench::Measurement;
using skerry::bench::Server;

constexpr int kServerProcessor = 0;
constexpr int kLoadProcessor = 1;
constexpr long kWarmUpRequests = 20'000;
constexpr const char* kPeerName = "grpc++ callback API";
constexpr const char* kBodyFile = "build/bench/grpc_request.bin";

struct Load {
  std::string name;
  int connections;
  int streams;
};

// EchoRequest{text: 64 bytes} as one gRPC message.
void write_body() {
  const std::string text(64, 'x');
  const std::string message = std::string("\x0a\x40", 2) + text;
  std::filesystem::create_directories("build/bench");
  std::ofstream(kBodyFile, std::ios::binary) << std::string("\0\0\0\0\x42", 5) << message;
}

// The number that stands right before `unit`.
double number_before(const std::string& text, const std::string& unit) {
  const std::size_t end = text.find(unit);
  const std::size_t begin = text.rfind(' ', end == std::string::npos ? end : end - 1);
  if (end == std::string::npos || begin == std::string::npos) throw std::runtime_error("h2load said:\n" + text);
  return std::stod(text.substr(begin + 1, end - begin - 1));
}

/// What one load made of a server.
struct Rates {
  double per_second = 0;
  double per_processor_second = 0;
};

std::string load_server(const Server& server, const Load& load, long requests) {
  const std::string output = skerry::bench::run(
      {"h2load", "-c", std::to_string(load.connections), "-m", std::to_string(load.streams), "-t", "1", "-n",
       std::to_string(requests), "-d", kBodyFile, "-H", "content-type: application/grpc", "-H", "te: trailers",
       fmt::format("http://127.0.0.1:{}/skerry.testing.EchoService/Echo", server.port())},
      kLoadProcessor);
  if (number_before(output, " failed") != 0) throw std::runtime_error("requests failed:\n" + output);
  return output;
}

Rates measure(const Server& server, const Load& load, int seconds) {
  // Warms up, and says how many requests fill the time.
  const double rate = number_before(load_server(server, load, kWarmUpRequests), " req/s");
  const long requests = std::lround(rate * seconds);
  const double before = server.processor_seconds();
  const std::string output = load_server(server, load, requests);
  const double used = server.processor_seconds() - before;
  return {number_before(output, " req/s"), static_cast<double>(requests) / used};
}

void add(std::vector<Measurement>& measurements, std::size_t index, const Rates& ours, const Rates& peer) {
  measurements[index].ours.push_back(ours.per_second);
  measurements[index].peer.push_back(peer.per_second);
  measurements[index + 1].ours.push_back(ours.per_processor_second);
  measurements[index + 1].peer.push_back(peer.per_processor_second);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int seconds = argc > 1 ? std::stoi(argv[1]) : 3;
    const int repetitions = argc > 2 ? std::stoi(argv[2]) : 5;
    write_body();
    const std::string folder = skerry::bench::program_folder();
    const std::vector<Load> loads{{"8x1", 8, 1}, {"8x32", 8, 32}};
    std::vector<Measurement> measurements;
    for (const std::string suffix : {"", ", tracing off"}) {
      for (const Load& load : loads) {
        const std::string name = "unary echo " + load.name + suffix;
        measurements.push_back({name, "requests/s", {}, {}, kPeerName});
        measurements.push_back({name + ", per server", "requests/processor second", {}, {}, kPeerName});
      }
    }
    for (int repetition = 0; repetition < repetitions; ++repetition) {
      Server ours({folder + "/bench_grpc_server"}, kServerProcessor);
      Server untraced({folder + "/bench_grpc_server", "--no-tracing"}, kServerProcessor);
      Server peer({folder + "/bench_grpc_peer"}, kServerProcessor);
      for (std::size_t i = 0; i < loads.size(); ++i) {
        const Rates of_peer = measure(peer, loads[i], seconds);
        add(measurements, 2 * i, measure(ours, loads[i], seconds), of_peer);
        add(measurements, 2 * (i + loads.size()), measure(untraced, loads[i], seconds), of_peer);
      }
    }
    skerry::bench::report("grpc", measurements);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_grpc: {}\n", error.what());
    return 1;
  }
}
