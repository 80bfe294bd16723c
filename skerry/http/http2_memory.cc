// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http2_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "skerry/async/promise.h"

namespace skerry::http {
namespace {

// The free lists want the size back, and nghttp2 does not say it, so it stands before each piece.
struct alignas(std::max_align_t) Prefix {
  std::size_t size;
};

Prefix* prefix_of(void* memory) { return static_cast<Prefix*>(memory) - 1; }

// nghttp2 is C and knows no exceptions: running out is a null pointer to it.
void* allocate(std::size_t size, void*) noexcept {
  if (size > std::numeric_limits<std::size_t>::max() - sizeof(Prefix)) return nullptr;
  try {
    auto* prefix = static_cast<Prefix*>(skerry::internal::allocate_frame(sizeof(Prefix) + size));
    prefix->size = size;
    return prefix + 1;
  } catch (...) {
    return nullptr;
  }
}

void release(void* memory, void*) noexcept {
  if (memory == nullptr) return;
  Prefix* prefix = prefix_of(memory);
  skerry::internal::free_frame(prefix, sizeof(Prefix) + prefix->size);
}

void* allocate_zeroed(std::size_t count, std::size_t size, void*) noexcept {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* memory = allocate(count * size, nullptr);
  if (memory != nullptr) std::memset(memory, 0, count * size);
  return memory;
}

void* reallocate(void* memory, std::size_t size, void*) noexcept {
  void* larger = allocate(size, nullptr);
  if (memory == nullptr || larger == nullptr) return larger;
  std::memcpy(larger, memory, std::min(size, prefix_of(memory)->size));
  release(memory, nullptr);
  return larger;
}

}  // namespace

nghttp2_mem* http2_memory() {
  static nghttp2_mem memory{nullptr, allocate, release, allocate_zeroed, reallocate};
  return &memory;
}

}  // namespace skerry::http
