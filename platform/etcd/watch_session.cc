// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/watch_session.h"

namespace skerry::platform::etcd {

WatchSession::WatchSession(Engine& engine) : engine_(engine) {
  std::lock_guard lock(engine_.mutex_);
  stream_ = engine_.hub_.open_stream([ready = ready_] { ready.try_send(true); });
}

WatchSession::~WatchSession() {
  std::lock_guard lock(engine_.mutex_);
  engine_.hub_.close_stream(stream_);
}

void WatchSession::create(const etcdserverpb::WatchCreateRequest& request) {
  std::lock_guard lock(engine_.mutex_);
  engine_.hub_.create(stream_, request, Engine::Clock::now());
  if (engine_.hub_.catch_up_pending()) engine_.catch_up_pending_.try_send(true);
  if (request.progress_notify()) engine_.progress_changed_.try_send(true);
}

void WatchSession::cancel(WatchId id) {
  std::lock_guard lock(engine_.mutex_);
  engine_.hub_.cancel(stream_, id);
}

void WatchSession::request_progress() {
  std::lock_guard lock(engine_.mutex_);
  engine_.hub_.request_progress(stream_);
}

Task<> WatchSession::room() {
  while (true) {
    {
      std::lock_guard lock(engine_.mutex_);
      if (engine_.hub_.queued(stream_) < kMaxQueuedWatchOutputs) co_return;
    }
    co_await drained_.receive();
  }
}

Task<WatchOutput> WatchSession::next() {
  while (true) {
    std::optional<WatchOutput> output;
    {
      std::lock_guard lock(engine_.mutex_);
      output = engine_.hub_.take(stream_);
      if (output && engine_.hub_.catch_up_pending()) engine_.catch_up_pending_.try_send(true);
      if (output && engine_.hub_.queued(stream_) < kMaxQueuedWatchOutputs) drained_.try_send(true);
    }
    if (output) co_return *std::move(output);
    co_await ready_.receive();
  }
}

}  // namespace skerry::platform::etcd
