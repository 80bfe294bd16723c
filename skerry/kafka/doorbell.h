// SPDX-License-Identifier: Apache-2.0
//
// Doorbell: how the threads of librdkafka, and other workers, wake the task that serves a client. It is an eventfd that
// the worker's reactor watches: ringing is a write and touches no coroutine. Internal to kafka/.
#pragma once

#include <chrono>

#include "skerry/async/ready_wait.h"
#include "skerry/async/task.h"
#include "skerry/base/unique_fd.h"

namespace skerry::kafka::internal {

class Doorbell {
 public:
  Doorbell();

  /// Any thread.
  void ring();
  /// For the library, which rings by writing to it what `payload` holds.
  int fd() const { return fd_.get(); }
  static constexpr std::uint64_t kPayload = 1;

  /// Waits until it has rung since the last time, for at most `limit`. One task at a time, which holds the watch.
  Task<> wait(skerry::internal::ScopedWatch& watch, std::chrono::nanoseconds limit);

 private:
  Task<> rung(skerry::internal::ScopedWatch& watch);
  UniqueFd fd_;
};

}  // namespace skerry::kafka::internal
