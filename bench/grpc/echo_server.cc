// SPDX-License-Identifier: Apache-2.0
//
// Ours: unary echo on one worker.
#include "bench/support/measured_server.h"
#include "echo.skerry.h"

#include "skerry/grpc/server.h"

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

}  // namespace
}  // namespace skerry

int main(int argc, char** argv) {
  skerry::grpc::Server grpc;
  grpc.serve<skerry::testing::EchoService>(std::make_shared<skerry::Mirror>());
  return skerry::bench::run_measured_server(
      "echo", argc, argv, [&](skerry::http::Request request) { return grpc.handle(std::move(request)); });
}
