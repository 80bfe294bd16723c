// SPDX-License-Identifier: Apache-2.0
#include "greeter.skerry.h"

#include "skerry/service/service.h"

struct Greeter final : consumer::GreeterService {
  skerry::Task<consumer::GreetResponse> Greet(consumer::GreetRequest request) override {
    consumer::GreetResponse response;
    response.set_text("hello " + request.name());
    co_return std::move(response);
  }
};

int main(int argc, char** argv) {
  skerry::Service app("greeter", argc, argv);
  app.serve<consumer::GreeterService>(std::make_shared<Greeter>());
  return app.run();
}
