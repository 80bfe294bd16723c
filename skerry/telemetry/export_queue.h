// SPDX-License-Identifier: Apache-2.0
//
// ExportQueue<T>: finished spans or log records on their way out of the process. Any thread pushes without a lock and
// never waits: when the queue is full the item is dropped and counted, because telemetry must not slow a service down.
// One consumer, the exporter, drains it in batches. Until the consumer opens the queue nothing is kept at all.
//
//   queue.open();
//   queue.wake_at(1, [&] { ... });                       // called once, from the thread of the push that reaches it
//   std::vector<std::unique_ptr<SpanData>> batch = queue.drain(512);
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace skerry::telemetry {

struct ExportQueueLimits {
  /// Rounded up to a power of two.
  std::size_t items = 8192;
  std::size_t bytes = 32 * 1024 * 1024;
};

template <class T>
class ExportQueue {
 public:
  explicit ExportQueue(ExportQueueLimits limits = {})
      : mask_(std::bit_ceil(std::max<std::size_t>(limits.items, 2)) - 1),
        max_bytes_(limits.bytes),
        cells_(std::make_unique<Cell[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
  }
  ~ExportQueue() {
    while (pop() != nullptr) {
    }
  }
  ExportQueue(const ExportQueue&) = delete;
  ExportQueue& operator=(const ExportQueue&) = delete;

  /// From here on items are kept; before, and after close(), they vanish without being counted.
  void open() { open_.store(true, std::memory_order_release); }
  void close() { open_.store(false, std::memory_order_release); }
  bool is_open() const { return open_.load(std::memory_order_relaxed); }

  /// Any thread. False when the item was dropped: the queue is closed or full.
  bool push(std::unique_ptr<T> item) {
    if (!is_open()) return false;
    const std::size_t bytes = memory_bytes(*item);
    if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > max_bytes_ || !place(item)) {
      bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    // Sequentially consistent with wake_at: either this push sees the threshold or wake_at sees this item.
    const std::int64_t pending = pending_.fetch_add(1) + 1;
    if (pending >= wake_threshold_.load()) wake();
    return true;
  }

  /// The consumer's thread: takes up to `limit` items, oldest first, and no more once they take `limit_bytes`.
  std::vector<std::unique_ptr<T>> drain(std::size_t limit,
                                        std::size_t limit_bytes = std::numeric_limits<std::size_t>::max()) {
    std::vector<std::unique_ptr<T>> items;
    for (std::size_t taken = 0; items.size() < limit && taken < limit_bytes;) {
      std::unique_ptr<T> item = pop();
      if (item == nullptr) break;
      const std::size_t bytes = memory_bytes(*item);
      taken += bytes;
      bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      pending_.fetch_sub(1);
      items.push_back(std::move(item));
    }
    return items;
  }

  /// Calls `wake` once, as soon as `pending` items wait: at once where they do already, else from the thread that
  /// pushes the last of them. Replaces what was set before; an empty function takes it back and waits for a call that
  /// is under way. The function must not call the queue.
  void wake_at(std::size_t pending, std::function<void()> wake_function) {
    {
      const std::lock_guard lock(wake_mutex_);
      wake_ = std::move(wake_function);
      wake_threshold_.store(wake_ ? static_cast<std::int64_t>(pending) : kNever);
    }
    if (pending_.load() >= static_cast<std::int64_t>(pending)) wake();
  }

  std::size_t pending() const {
    return static_cast<std::size_t>(std::max<std::int64_t>(pending_.load(std::memory_order_relaxed), 0));
  }
  /// Items dropped because the queue was full, since the start.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  // A bounded queue with a turn number per cell (Dmitry Vyukov's design): turn == position says that the cell is free
  // for the push at that position, turn == position + 1 that it is filled for the pop at that position.
  struct Cell {
    std::atomic<std::size_t> turn;
    T* item = nullptr;
  };
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  // Takes the item over only on success.
  bool place(std::unique_ptr<T>& item) {
    std::size_t position = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[position & mask_];
      const std::size_t turn = cell.turn.load(std::memory_order_acquire);
      if (turn == position) {
        if (tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          cell.item = item.release();
          cell.turn.store(position + 1, std::memory_order_release);
          return true;
        }
      } else if (static_cast<std::ptrdiff_t>(turn - position) < 0) {
        return false;
      } else {
        position = tail_.load(std::memory_order_relaxed);
      }
    }
  }

  std::unique_ptr<T> pop() {
    Cell& cell = cells_[head_ & mask_];
    if (cell.turn.load(std::memory_order_acquire) != head_ + 1) return nullptr;
    std::unique_ptr<T> item(std::exchange(cell.item, nullptr));
    cell.turn.store(head_ + mask_ + 1, std::memory_order_release);
    ++head_;
    return item;
  }

  void wake() {
    const std::lock_guard lock(wake_mutex_);
    wake_threshold_.store(kNever);
    if (const std::function<void()> wake_function = std::exchange(wake_, nullptr)) wake_function();
  }

  const std::size_t mask_;
  const std::size_t max_bytes_;
  const std::unique_ptr<Cell[]> cells_;
  std::atomic<bool> open_{false};
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::size_t head_ = 0;
  // An item is counted after it was placed: when the consumer is faster, the number is below zero for a moment.
  alignas(64) std::atomic<std::int64_t> pending_{0};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::int64_t> wake_threshold_{kNever};
  std::mutex wake_mutex_;
  std::function<void()> wake_;
};

}  // namespace skerry::telemetry
