// SPDX-License-Identifier: Apache-2.0
//
// until_stopped: runs a task that may wait for ever, and ends it when the server stops.
//
//   co_await until_stopped(engine, lock(engine, request));
#pragma once

#include <optional>
#include <utility>

#include "platform/etcd/engine.h"
#include "platform/etcd/errors.h"
#include "skerry/async/scope.h"

namespace skerry::platform::etcd {

/// Gives what the task gives; fails with Unavailable "server stopped" once Engine::end_streams was called.
template <class T>
Task<T> until_stopped(Engine& engine, Task<T> task) {
  std::optional<Result<T>> outcome;
  Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                     scope.go([&]() -> Task<> {
                       co_await engine.streams_ended().wait();
                       co_await errors::stopped();
                     });
                     outcome.emplace(co_await std::move(task).result());
                     scope.cancel();
                   }).result();
  if (!outcome) co_await std::move(ended);
  if constexpr (std::is_void_v<T>) {
    co_await *std::move(outcome);
  } else {
    co_return co_await *std::move(outcome);
  }
}

}  // namespace skerry::platform::etcd
