// SPDX-License-Identifier: Apache-2.0
//
// The fixture of the registry suites: every test runs against the server of this repository and against etcd itself.
// What passes on one and fails on the other is a bug here.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/conformance/registry/server_process.h"

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/connect.h"

namespace skerry::conformance {

/// How long a test may take.
inline constexpr std::chrono::seconds kTestLimit{60};

/// Waits until the condition holds; the test's time limit bounds it.
template <class Condition>
Task<> eventually(Condition condition) {
  while (!condition()) co_await sleep(std::chrono::milliseconds(2));
}

class RegistryTest : public testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    server = std::make_unique<ServerProcess>(GetParam());
    server->start();
  }

  /// A client of the server, or of the endpoints given. Call from a task.
  std::shared_ptr<etcd::Client> connect(std::vector<std::string> endpoints = {}, etcd::ClientOptions options = {}) {
    if (endpoints.empty()) endpoints = {server->endpoint()};
    Result<std::shared_ptr<etcd::Client>> client = etcd::connect({.endpoints = endpoints, .client = options});
    EXPECT_TRUE(client.has_value()) << client.error().to_string();
    return *std::move(client);
  }

  /// Runs body(client) as a task. What the body does not end itself ends with it.
  template <class Body>
  void run(Body body) {
    if (HasFatalFailure()) return;
    Runtime runtime({.workers = 2});
    const Result<> ended = runtime.run([&]() -> Task<> {
      std::shared_ptr<etcd::Client> client = connect();
      co_await with_timeout(kTestLimit, body(client));
    });
    EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
  }

  /// Runs `background()` beside `script()` and ends it when the script has ended. A failure of either is one here.
  template <class Background, class Script>
  static Task<> beside(Background background, Script script) {
    bool done = false;
    Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                       scope.go([&]() -> Task<> { co_await background(); });
                       co_await script();
                       done = true;
                       scope.cancel();
                     }).result();
    if (!done) co_await std::move(ended);
  }

  std::unique_ptr<ServerProcess> server;
};

inline std::string server_name(const testing::TestParamInfo<ServerKind>& info) {
  return info.param == ServerKind::kSkerry ? "skerry" : "etcd";
}

/// A suite of its own name over every server whose program is there.
#define SKERRY_REGISTRY_SUITE(name)    \
  class name : public RegistryTest {}; \
  INSTANTIATE_TEST_SUITE_P(Server, name, testing::ValuesIn(ServerProcess::available()), server_name)

}  // namespace skerry::conformance
