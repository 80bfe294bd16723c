// SPDX-License-Identifier: Apache-2.0
//
// For tests: an engine that runs while a body uses it, in a runtime of two workers.
//
//   run_engine(disk, {}, [](Engine& engine) -> Task<> { co_await engine.put(...); });
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "platform/etcd/engine.h"
#include "platform/etcd/proto_text.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/disk/temporary_directory.h"

namespace skerry::platform::etcd {

/// Opens an engine on the directory, runs it beside body(engine), and stops it. Gives the body's failure.
template <class Body>
Result<> run_engine(disk::Disk& disk, const std::string& directory, EngineOptions options, Body body) {
  Runtime runtime({.workers = 2});
  return runtime.run([&]() -> Task<> {
    auto engine = co_await Engine::open(disk, directory, options);
    Result<> outcome;
    std::ignore = co_await with_scope([&](Scope& scope) -> Task<> {
                    scope.go([&] { return engine->run(); });
                    outcome = co_await with_timeout(std::chrono::seconds(60), body(*engine)).result();
                    scope.cancel();
                  }).result();
    co_await std::move(outcome);
  });
}

inline etcdserverpb::PutRequest put_request(const std::string& key, const std::string& value, LeaseId lease = 0) {
  etcdserverpb::PutRequest request;
  request.set_key(key);
  request.set_value(value);
  request.set_lease(lease);
  return request;
}

inline etcdserverpb::RangeRequest range_request(const std::string& key) {
  etcdserverpb::RangeRequest request;
  request.set_key(key);
  return request;
}

/// Waits until the condition holds; the test fails when it does not within 20 seconds.
template <class Condition>
Task<> eventually(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) co_await Error::deadline_exceeded("the condition never held");
    co_await sleep(std::chrono::milliseconds(2));
  }
}

}  // namespace skerry::platform::etcd
