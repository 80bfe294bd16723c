// SPDX-License-Identifier: Apache-2.0
//
// The memory of frames, per-thread free lists, for other objects that come and go with each request. An object may be
// freed on another thread than it was made on.
//
//   auto exchange = make_recycled<Http2Exchange>(server, stream);     // std::shared_ptr<Http2Exchange>
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "skerry/async/promise.h"

namespace skerry::internal {

/// For containers, and for make_recycled.
template <class T>
struct FrameAllocator {
  using value_type = T;
  FrameAllocator() = default;
  template <class U>
  FrameAllocator(const FrameAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_frame(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { free_frame(memory, count * sizeof(T)); }
  friend bool operator==(FrameAllocator, FrameAllocator) { return true; }
};

/// std::make_shared from the same memory.
template <class T, class... Args>
std::shared_ptr<T> make_recycled(Args&&... args) {
  static_assert(alignof(T) <= alignof(std::max_align_t));
  return std::allocate_shared<T>(FrameAllocator<T>(), std::forward<Args>(args)...);
}

}  // namespace skerry::internal
