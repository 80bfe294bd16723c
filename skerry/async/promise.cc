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

// Freed frames are kept by size class and used again: most frames of a service are of a few dozen sizes. A frame may be
// freed on another thread than it was made on; it then joins that thread's list.
class FrameRecycler {
 public:
  static constexpr std::size_t kGranularity = 64;
  static constexpr std::size_t kMaxRecycledSize = 4096;
  static constexpr std::size_t kMaxKeptPerClass = 512;

  ~FrameRecycler() {
    for (SizeClass& size_class : classes_) {
      while (size_class.first != nullptr) ::operator delete(std::exchange(size_class.first, size_class.first->next));
    }
  }

  void* allocate(std::size_t size) {
    if (size > kMaxRecycledSize) return ::operator new(size);
    SizeClass& size_class = class_of(size);
    if (size_class.first == nullptr) return ::operator new(rounded(size));
    --size_class.kept;
    return std::exchange(size_class.first, size_class.first->next);
  }

  void free(void* frame, std::size_t size) noexcept {
    if (size > kMaxRecycledSize) return ::operator delete(frame);
    SizeClass& size_class = class_of(size);
    if (size_class.kept == kMaxKeptPerClass) return ::operator delete(frame);
    ++size_class.kept;
    size_class.first = new (frame) Free{size_class.first};
  }

 private:
  struct Free {
    Free* next;
  };
  struct SizeClass {
    Free* first = nullptr;
    std::size_t kept = 0;
  };
  static std::size_t rounded(std::size_t size) { return (size + kGranularity - 1) / kGranularity * kGranularity; }
  SizeClass& class_of(std::size_t size) { return classes_[(size - 1) / kGranularity]; }

  std::array<SizeClass, kMaxRecycledSize / kGranularity> classes_{};
};

// A frame can be freed while its thread ends, after the thread's recycler has gone.
thread_local bool recycler_gone = false;

struct RecyclerOfThread {
  FrameRecycler recycler;
  ~RecyclerOfThread() { recycler_gone = true; }
};
thread_local RecyclerOfThread recycler_of_thread;

}  // namespace

void* allocate_frame(std::size_t size) {
  if (recycler_gone) return ::operator new(size);
  return recycler_of_thread.recycler.allocate(size);
}

void free_frame(void* frame, std::size_t size) noexcept {
  if (recycler_gone) return ::operator delete(frame);
  recycler_of_thread.recycler.free(frame, size);
}

#endif

void* PromiseBase::operator new(std::size_t size) { return allocate_frame(size); }
void PromiseBase::operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

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
