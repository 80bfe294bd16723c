// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/service.h"

using namespace skerry;

int main(int argc, char** argv) {
  Service app("hello", argc, argv);
  auto greetings = app.telemetry().metrics().counter("hello_greetings_total", "Greetings given");
  auto lengths = app.telemetry().metrics().histogram("hello_name_bytes", "Length of names", {}, {4, 8, 16, 32});

  app.get("/hello/{name}", [&](http::Request request) -> Task<http::Response> {
    auto span = telemetry::Span::start("compose greeting");
    const std::string name = request.param("name");
    greetings.increment();
    lengths.observe(static_cast<double>(name.size()));
    log::info("greeted", {{"name", name}});
    co_return http::text("hello " + name + "\n");
  });
  return app.run();
}
