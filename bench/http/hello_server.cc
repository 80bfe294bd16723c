// SPDX-License-Identifier: Apache-2.0
//
// Ours: one worker that answers every request for /hello with the same short text.
#include "bench/support/measured_server.h"

#include "skerry/base/check.h"
#include "skerry/http/routes.h"

namespace skerry {
namespace {

Task<http::Response> hello(http::Request) { co_return http::text("hello world\n"); }

}  // namespace
}  // namespace skerry

int main(int argc, char** argv) {
  skerry::http::Routes routes;
  SKERRY_CHECK(routes.add("GET", "/hello", &skerry::hello), "the route is good");
  return skerry::bench::run_measured_server("hello", argc, argv, routes.handler());
}
