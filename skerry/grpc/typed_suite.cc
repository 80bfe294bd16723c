// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/typed_suite.h"

#include "skerry/grpc/client.h"
#include "skerry/grpc/server.h"
#include "skerry/http/server.h"

namespace skerry::grpc {
namespace {

Task<> run_local(EchoBody body) {
  auto implementation = std::make_shared<testing::EchoImplementation>();
  std::shared_ptr<testing::EchoService> client = local_client<testing::EchoService>(implementation);
  co_await body({client, implementation});
}

Task<> run_remote(EchoBody body) {
  auto implementation = std::make_shared<testing::EchoImplementation>();
  Server grpc;
  grpc.serve<testing::EchoService>(implementation);
  http::Server server([&](http::Request request) { return grpc.handle(std::move(request)); });
  const net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 0));
  Result<> outcome;
  {
    std::shared_ptr<testing::EchoService> client =
        make_client<testing::EchoService>(Channel::create(address.to_string()));
    outcome = co_await body({std::move(client), implementation}).result();
  }
  co_await server.stop(std::chrono::seconds(10));
  co_await std::move(outcome);
}

}  // namespace

std::vector<EchoTransport> echo_transports() { return {{"local", run_local}, {"remote", run_remote}}; }

Task<bool> eventually(std::function<bool()> condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) co_return false;
    co_await sleep(std::chrono::milliseconds(1));
  }
  co_return true;
}

}  // namespace skerry::grpc
