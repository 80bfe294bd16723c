// SPDX-License-Identifier: Apache-2.0
//
// The main() of a server that is measured: one worker, a free port that it says on its standard output ("listening on
// PORT"), telemetry at its defaults with somebody who takes the spans (--no-tracing turns tracing off), until SIGTERM.
//
//   int main(int argc, char** argv) {
//     http::Routes routes = ...;
//     return bench::run_measured_server("hello", argc, argv, routes.handler());
//   }
#pragma once

#include <string>

#include "skerry/http/message.h"

namespace skerry::bench {

/// Gives main's exit code: 0 after an orderly stop.
int run_measured_server(std::string name, int argc, char** argv, http::Handler handler);

}  // namespace skerry::bench
