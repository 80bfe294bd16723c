// SPDX-License-Identifier: Apache-2.0
//
// Pending<T>: an answer that librdkafka owes to a task. Two own it: the task that waits, which may be cancelled, and
// the library, through the pointer that it carries along; so neither finds it gone. Internal to kafka/.
//
//   auto pending = std::make_shared<Pending<int>>();
//   start_call(..., pending->lend(pending));          // opaque pointer of the call
//   int answer = co_await pending->answer(pending);
//   ... where the answer arrives: Pending<int>::take_back(opaque)->complete(answer);
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "skerry/async/sync.h"
#include "skerry/async/task.h"

namespace skerry::kafka::internal {

template <class T>
class Pending {
 public:
  /// The pointer for the library. It must come back to take_back.
  static void* lend(const std::shared_ptr<Pending>& pending) {
    pending->lent_ = pending;
    return pending.get();
  }
  static std::shared_ptr<Pending> take_back(void* opaque) {
    return std::exchange(static_cast<Pending*>(opaque)->lent_, nullptr);
  }

  /// Any thread, once.
  void complete(Result<T> result) {
    result_.emplace(std::move(result));
    done_.set();
  }

  static Task<T> answer(std::shared_ptr<Pending> pending) {
    co_await pending->done_.wait();
    if constexpr (std::is_void_v<T>) {
      co_await std::move(*pending->result_);
    } else {
      co_return co_await std::move(*pending->result_);
    }
  }

 private:
  std::shared_ptr<Pending> lent_;
  std::optional<Result<T>> result_;
  Event done_;
};

}  // namespace skerry::kafka::internal
