// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/promise.h"

#include <array>
#include <new>
#include <utility>

namespace skerry::internal {

#if defined(SKERRY_SANITIZED)

// The sanitizers must see every frame come and go.
void* allocate_frame(std::size_t size) { return ::operator new(size); }
void free_frame(void* frame, std::size_t size) noexcept { ::operator delete(frame, size); }

#else

namespace {

constexpr std::size_t kGranularity = 64;
constexpr std::size_t kMaxRecycledSize = 4096;
constexpr std::size_t kMaxKeptPerClass = 512;

struct FreeFrame {
  FreeFrame* next;
};
struct SizeClass {
  FreeFrame* first = nullptr;
  std::size_t kept = 0;
};

// Freed frames are kept by size class and used again: most frames of a service are of a few dozen sizes. A frame may be
// freed on another thread than it was made on; it then joins that thread's list. Nothing here needs construction or
// destruction, so that to reach it costs one instruction; ThreadEnd sees to its end.
struct Recycler {
  std::array<SizeClass, kMaxRecycledSize / kGranularity> classes;
  // Zero until the thread has a ThreadEnd, and after it.
  std::size_t kept_limit;
  bool ended;
};
constinit thread_local Recycler recycler{};

SizeClass& class_of(std::size_t size) { return recycler.classes[(size - 1) / kGranularity]; }

struct ThreadEnd {
  ThreadEnd() { recycler.kept_limit = kMaxKeptPerClass; }
  ThreadEnd(const ThreadEnd&) = delete;
  ThreadEnd& operator=(const ThreadEnd&) = delete;
  // A frame can still be freed afterwards, while the thread ends.
  ~ThreadEnd() {
    recycler.kept_limit = 0;
    recycler.ended = true;
    for (SizeClass& size_class : recycler.classes) {
      while (size_class.first != nullptr) ::operator delete(std::exchange(size_class.first, size_class.first->next));
    }
  }
};

void keep(void* frame, SizeClass& size_class) noexcept {
  ++size_class.kept;
  size_class.first = new (frame) FreeFrame{size_class.first};
}

// For what is too large, too many, or the first of its thread.
[[gnu::noinline]] void free_frame_slowly(void* frame, std::size_t size) noexcept {
  if (recycler.kept_limit == 0 && !recycler.ended) {
    thread_local const ThreadEnd thread_end;
    if (size <= kMaxRecycledSize) return keep(frame, class_of(size));
  }
  ::operator delete(frame);
}

[[gnu::noinline]] void* new_frame(std::size_t size) {
  return ::operator new((size + kGranularity - 1) / kGranularity * kGranularity);
}

}  // namespace

void* allocate_frame(std::size_t size) {
  if (size > kMaxRecycledSize) return new_frame(size);
  SizeClass& size_class = class_of(size);
  if (size_class.first == nullptr) return new_frame(size);
  --size_class.kept;
  return std::exchange(size_class.first, size_class.first->next);
}

void free_frame(void* frame, std::size_t size) noexcept {
  if (size > kMaxRecycledSize) return free_frame_slowly(frame, size);
  SizeClass& size_class = class_of(size);
  if (size_class.kept >= recycler.kept_limit) return free_frame_slowly(frame, size);
  keep(frame, size_class);
}

#endif

std::coroutine_handle<> end_with_error(PromiseBase* promise, Error error, bool by_cancellation) noexcept {
  for (;;) {
    Continuation* continuation = promise->continuation;
    PromiseBase* parent = continuation->parent;
    // Destroys the frame that `promise` lives in, and with it the awaiter that may have called this function.
    continuation->drop_child();
    const Delivery delivery = continuation->delivery();
    const bool looks = delivery != Delivery::kPropagate && !(delivery == Delivery::kResult && by_cancellation);
    if (looks) {
      continuation->deliver(std::move(error), by_cancellation);
      return parent != nullptr ? parent->handle() : std::noop_coroutine();
    }
    promise = parent;
  }
}

}  // namespace skerry::internal
