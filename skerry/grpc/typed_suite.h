// SPDX-License-Identifier: Apache-2.0
//
// What the typed tests run on: the test service behind a client, within the process or over the network. A test takes a
// Transport as its parameter and does not know which one it has.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/grpc/testing/echo_service.h"

namespace skerry::grpc {

/// What a test sees: a client, and the implementation behind it.
struct EchoSetup {
  std::shared_ptr<testing::EchoService> client;
  std::shared_ptr<testing::EchoImplementation> implementation;
};

using EchoBody = std::function<Task<>(EchoSetup setup)>;

struct EchoTransport {
  std::string name;
  /// Sets the service up, runs the body in a task and takes everything down again.
  std::function<Task<>(EchoBody body)> run;
};

/// The transports that exist, each test runs over each.
std::vector<EchoTransport> echo_transports();

inline testing::EchoRequest echo_request(std::string text) {
  testing::EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

/// Waits until the condition holds, for at most ten seconds.
Task<bool> eventually(std::function<bool()> condition);

/// A test over every transport.
class GrpcTyped : public ::testing::TestWithParam<EchoTransport> {
 protected:
  void run(EchoBody body) {
    Runtime runtime({.workers = 1});
    const Result<> outcome = runtime.run([&] { return GetParam().run(std::move(body)); });
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }
};

}  // namespace skerry::grpc
