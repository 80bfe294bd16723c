// SPDX-License-Identifier: Apache-2.0
//
// A node stands on the level of the highest digit (base 64) in which its tick differs from now, in the slot of that
// digit. Time stops at the beginning of every occupied slot, where its nodes move to lower levels or are due. Hence:
//  1. On each level the occupied slots are those after now's own digit: no slot wraps around.
//  2. Everything on a lower level is due before any slot of a higher level begins.
#include "skerry/async/timer_wheel.h"

#include <algorithm>
#include <bit>

#include "skerry/base/check.h"

namespace skerry::internal {
namespace {

constexpr int kBitsPerLevel = 6;

constexpr std::uint64_t slot_bit(int slot) { return std::uint64_t{1} << slot; }

}  // namespace

void TimerWheel::insert(TimerNode& node) {
  const int level = (63 - std::countl_zero(node.tick ^ now_)) / kBitsPerLevel;
  const int slot = static_cast<int>((node.tick >> (kBitsPerLevel * level)) % kSlotsPerLevel);
  Level& wheel = levels_[static_cast<std::size_t>(level)];
  TimerNode*& head = wheel.slots[static_cast<std::size_t>(slot)];
  node.slot = static_cast<std::uint16_t>(level * kSlotsPerLevel + slot);
  node.previous = nullptr;
  node.next = head;
  if (head != nullptr) head->previous = &node;
  head = &node;
  wheel.occupied |= slot_bit(slot);
}

void TimerWheel::unlink(TimerNode& node) {
  if (node.next != nullptr) node.next->previous = node.previous;
  if (node.previous != nullptr) {
    node.previous->next = node.next;
    return;
  }
  Level& wheel = levels_[node.slot / kSlotsPerLevel];
  const int slot = node.slot % kSlotsPerLevel;
  wheel.slots[static_cast<std::size_t>(slot)] = node.next;
  if (node.next == nullptr) wheel.occupied &= ~slot_bit(slot);
}

void TimerWheel::schedule(TimerNode& node, std::uint64_t tick) {
  SKERRY_CHECK(!node.scheduled, "a timer is scheduled once at a time");
  node.tick = std::max(tick, now_ + 1);
  node.scheduled = true;
  ++size_;
  insert(node);
}

void TimerWheel::cancel(TimerNode& node) {
  if (!node.scheduled) return;
  node.scheduled = false;
  --size_;
  unlink(node);
}

TimerWheel::NextSlot TimerWheel::next_slot() const {
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t occupied = levels_[static_cast<std::size_t>(level)].occupied;
    if (occupied == 0) continue;
    const int slot = std::countr_zero(occupied);
    const int shift = kBitsPerLevel * level;
    const int turn_shift = shift + kBitsPerLevel;
    const std::uint64_t turn_start = turn_shift < 64 ? now_ >> turn_shift << turn_shift : 0;
    return {level, slot, turn_start + (static_cast<std::uint64_t>(slot) << shift)};
  }
  return {-1, 0, kNever};
}

std::uint64_t TimerWheel::next_tick() const { return next_slot().start; }

void TimerWheel::advance(std::uint64_t now_tick) {
  for (;;) {
    const NextSlot next = next_slot();
    if (next.level < 0 || next.start > now_tick) break;
    now_ = next.start;
    // One node at a time: `expired` may cancel any other node and schedule new ones, which never land in this slot.
    TimerNode*& head = levels_[static_cast<std::size_t>(next.level)].slots[static_cast<std::size_t>(next.slot)];
    while (head != nullptr) {
      TimerNode& node = *head;
      unlink(node);
      if (node.tick > now_) {
        insert(node);
        continue;
      }
      node.scheduled = false;
      --size_;
      node.expired(&node);
    }
  }
  now_ = std::max(now_, now_tick);
}

}  // namespace skerry::internal
