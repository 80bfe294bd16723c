// SPDX-License-Identifier: Apache-2.0
//
// WatchSession: one Watch call's share of the hub. One task puts requests in, another takes out what is to be sent.
//
//   auto session = engine.watch();
//   session->create(request);
//   WatchOutput output = co_await session->next();
//
// The engine outlives the session; destroying it ends its watchers.
#pragma once

#include "platform/etcd/engine.h"
#include "platform/etcd/watch_hub.h"

namespace skerry::platform::etcd {

/// Responses that may be queued before the session takes no more requests.
inline constexpr std::size_t kMaxQueuedWatchOutputs = 10'000;

class WatchSession {
 public:
  explicit WatchSession(Engine& engine);
  ~WatchSession();
  WatchSession(const WatchSession&) = delete;
  WatchSession& operator=(const WatchSession&) = delete;

  /// See WatchHub. Call from one task.
  void create(const etcdserverpb::WatchCreateRequest& request);
  void cancel(WatchId id);
  void request_progress();
  /// Waits until less than kMaxQueuedWatchOutputs are queued: to be called before each request, so that a client that
  /// asks and does not read waits instead of filling the memory.
  Task<> room();

  /// Waits for the next output. Call from one task.
  Task<WatchOutput> next();

 private:
  Engine& engine_;
  Channel<bool> ready_{1};
  Channel<bool> drained_{1};
  WatchHub::StreamId stream_;
};

}  // namespace skerry::platform::etcd
