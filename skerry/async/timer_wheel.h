// SPDX-License-Identifier: Apache-2.0
//
// TimerWheel: any number of deadlines for one system timer. Hierarchical: levels of 64 slots, enough of them for
// every 64-bit tick (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987). Scheduling and cancelling
// are O(1) and allocate nothing: the timer is a node in whatever waits. Pure: time comes in as ticks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace skerry::internal {

struct TimerNode {
  TimerNode* previous = nullptr;
  TimerNode* next = nullptr;
  std::uint64_t tick = 0;
  std::uint16_t slot = 0;
  bool scheduled = false;
  /// Called when the time has come; the node is no longer scheduled then and may be scheduled again or destroyed.
  void (*expired)(TimerNode*) = nullptr;
};

class TimerWheel {
 public:
  static constexpr int kLevels = 11;
  static constexpr int kSlotsPerLevel = 64;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  /// Schedules the node for `tick`; a tick in the past is due at the next advance. Precondition: not scheduled.
  void schedule(TimerNode& node, std::uint64_t tick);
  /// Takes the node out if it is scheduled.
  void cancel(TimerNode& node);
  /// Moves the time on and calls `expired` of every node that is due by then. Time never goes back.
  void advance(std::uint64_t now_tick);
  /// No timer is due before this tick; kNever without timers. Never later than the earliest timer.
  std::uint64_t next_tick() const;
  std::uint64_t now_tick() const { return now_; }
  std::size_t size() const { return size_; }

 private:
  struct Level {
    std::uint64_t occupied = 0;
    std::array<TimerNode*, kSlotsPerLevel> slots{};
  };
  /// The occupied slot that begins first.
  struct NextSlot {
    int level;
    int slot;
    std::uint64_t start;
  };
  NextSlot next_slot() const;
  void insert(TimerNode& node);
  void unlink(TimerNode& node);

  std::array<Level, kLevels> levels_;
  std::uint64_t now_ = 0;
  std::size_t size_ = 0;
};

}  // namespace skerry::internal
