// SPDX-License-Identifier: Apache-2.0
//
// A short answer over HTTP, against nginx that answers the same by `return 200`: one server processor, loaded from
// another by wrk (HTTP/1.1) and h2load (HTTP/2). Both servers are measured in turn, several times, and the medians are
// compared: requests per second, and requests per second of processor time, which says the same where the machine has
// nothing else to do and still holds where others use it. Telemetry of our server is at its defaults; further figures
// are with tracing off.
//
//   bench_http [SECONDS_EACH [REPETITIONS]]
#include <fmt/format.h>

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

struct Load {
  std::string name;
  int connections;
  /// Requests at once on a connection; 0: HTTP/1.1, one after the other.
  int streams;
};

/// What a load of some seconds came to.
struct Outcome {
  double requests;
  double seconds;
};

// nginx 1.22 speaks one version of HTTP without TLS on a port, so it has two. It runs as one process, whose processor
// time is then all of its.
struct Nginx {
  std::uint16_t http1_port = skerry::bench::free_port();
  std::uint16_t http2_port = skerry::bench::free_port();
  std::string folder = std::filesystem::absolute("build/bench/nginx").string();
  std::unique_ptr<Server> server;

  Nginx() {
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/nginx.conf") << fmt::format(
        R"(worker_processes 1;
master_process off;
daemon off;
pid {0}/nginx.pid;
error_log {0}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type "text/plain; charset=utf-8";
  client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};
  server {{ listen 127.0.0.1:{1}; location = /hello {{ return 200 "hello world\n"; }} }}
  server {{ listen 127.0.0.1:{2} http2; location = /hello {{ return 200 "hello world\n"; }} }}
}}
)",
        folder, http1_port, http2_port);
    server = std::make_unique<Server>(
        std::vector<std::string>{"nginx", "-p", folder, "-c", folder + "/nginx.conf", "-e", folder + "/error.log"},
        kServerProcessor, http1_port);
  }
};

// The number that stands behind `before`, or right before `after`.
double number_behind(const std::string& text, const std::string& before) {
  const std::size_t begin = text.find(before);
  if (begin == std::string::npos) throw std::runtime_error("no \"" + before + "\" in:\n" + text);
  return std::stod(text.substr(begin + before.size()));
}

double number_before(const std::string& text, const std::string& after) {
  const std::size_t end = text.find(after);
  const std::size_t begin = text.rfind(' ', end == std::string::npos ? end : end - 1);
  if (end == std::string::npos || begin == std::string::npos) {
    throw std::runtime_error("no \"" + after + "\" in:\n" + text);
  }
  return std::stod(text.substr(begin + 1, end - begin - 1));
}

Outcome load_http1(const std::string& url, const Load& load, int seconds) {
  const std::string output = skerry::bench::run(
      {"wrk", "-t", "1", "-c", std::to_string(load.connections), "-d", fmt::format("{}s", seconds), url},
      kLoadProcessor);
  if (output.find("Non-2xx") != std::string::npos || output.find("Socket errors") != std::string::npos) {
    throw std::runtime_error("requests failed:\n" + output);
  }
  return {number_before(output, " requests in"), number_behind(output, " requests in ")};
}

Outcome load_http2(const std::string& url, const Load& load, int seconds) {
  const std::string output =
      skerry::bench::run({"h2load", "-c", std::to_string(load.connections), "-m", std::to_string(load.streams), "-t",
                          "1", "-D", std::to_string(seconds), url},
                         kLoadProcessor);
  if (number_before(output, " failed") != 0) throw std::runtime_error("requests failed:\n" + output);
  return {number_before(output, " 2xx"), number_behind(output, "finished in ")};
}

/// The figures of one load.
struct Figures {
  Measurement rate;
  Measurement efficiency;

  explicit Figures(const std::string& name)
      : rate{name, "requests/s", {}, {}, "nginx return 200"},
        efficiency{name + ", per processor", "requests per processor second", {}, {}, "nginx return 200"} {}
};

struct Sample {
  double rate;
  double efficiency;
};

Sample measure(const Server& server, std::uint16_t port, const Load& load, int seconds) {
  const std::string url = fmt::format("http://127.0.0.1:{}/hello", port);
  const double used_before = server.processor_seconds();
  const Outcome outcome = load.streams == 0 ? load_http1(url, load, seconds) : load_http2(url, load, seconds);
  return {outcome.requests / outcome.seconds, outcome.requests / (server.processor_seconds() - used_before)};
}

void add(Figures& figures, const Sample& ours, const Sample& peer) {
  figures.rate.ours.push_back(ours.rate);
  figures.rate.peer.push_back(peer.rate);
  figures.efficiency.ours.push_back(ours.efficiency);
  figures.efficiency.peer.push_back(peer.efficiency);
}

std::vector<Measurement> measure_all(int seconds, int repetitions) {
  const std::string program = skerry::bench::program_folder() + "/http_bench_server";
  const std::vector<Load> loads{{"HTTP/1.1 64", 64, 0}, {"HTTP/2 8x1", 8, 1}, {"HTTP/2 8x32", 8, 32}};
  std::vector<Figures> traced;
  std::vector<Figures> untraced;
  for (const Load& load : loads) {
    traced.emplace_back("hello " + load.name);
    untraced.emplace_back("hello " + load.name + ", tracing off");
  }
  const Nginx nginx;
  const Server with_tracing({program}, kServerProcessor);
  const Server without_tracing({program, "--no-tracing"}, kServerProcessor);
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    for (std::size_t i = 0; i < loads.size(); ++i) {
      const std::uint16_t peer_port = loads[i].streams == 0 ? nginx.http1_port : nginx.http2_port;
      const Sample peer = measure(*nginx.server, peer_port, loads[i], seconds);
      add(traced[i], measure(with_tracing, with_tracing.port(), loads[i], seconds), peer);
      add(untraced[i], measure(without_tracing, without_tracing.port(), loads[i], seconds), peer);
    }
  }
  std::vector<Measurement> measurements;
  for (const std::vector<Figures>& all : {traced, untraced}) {
    for (const Figures& figures : all) {
      measurements.push_back(figures.rate);
      measurements.push_back(figures.efficiency);
    }
  }
  return measurements;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int seconds = argc > 1 ? std::stoi(argv[1]) : 3;
    const int repetitions = argc > 2 ? std::stoi(argv[2]) : 5;
    skerry::bench::report("http", measure_all(seconds, repetitions));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_http: {}\n", error.what());
    return 1;
  }
}
