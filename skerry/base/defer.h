// SPDX-License-Identifier: Apache-2.0
//
// Defer: runs a function when the scope ends, on every way out, as Go's `defer` does at the end of a function. For
// clean-up that has to wait, see `with` in skerry/async/with.h.
//
//   Defer unlock([&] { file.unlock(); });
#pragma once

#include <utility>

namespace skerry {

/// Runs the callable once, in the destructor. The callable must not throw. Neither copyable nor movable.
template <class F>
class [[nodiscard]] Defer {
 public:
  explicit Defer(F function) : function_(std::move(function)) {}
  ~Defer() {
    if (armed_) function_();
  }
  Defer(const Defer&) = delete;
  Defer& operator=(const Defer&) = delete;

  /// Makes the destructor do nothing.
  void cancel() { armed_ = false; }

 private:
  F function_;
  bool armed_ = true;
};

}  // namespace skerry
