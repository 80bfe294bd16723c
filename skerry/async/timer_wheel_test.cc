// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace skerry::internal {
namespace {

/// A timer that notes when it expired.
struct NotingTimer : TimerNode {
  explicit NotingTimer(TimerWheel& to) : wheel(&to) {
    expired = [](TimerNode* node) {
      auto* self = static_cast<NotingTimer*>(node);
      ++self->count;
      self->at = self->wheel->now_tick();
    };
  }
  TimerWheel* wheel;
  int count = 0;
  std::uint64_t at = 0;
};

TEST(TimerWheel, expires_each_timer_once_and_not_before_its_tick) {
  TimerWheel wheel;
  for (std::uint64_t tick : {1ULL, 2ULL, 63ULL, 64ULL, 65ULL, 4095ULL, 4096ULL, 4097ULL, 1ULL << 30}) {
    NotingTimer timer(wheel);
    wheel.schedule(timer, wheel.now_tick() + tick);
    const std::uint64_t due = timer.tick;
    wheel.advance(due - 1);
    EXPECT_EQ(timer.count, 0) << tick;
    wheel.advance(due);
    EXPECT_EQ(timer.count, 1) << tick;
    EXPECT_EQ(timer.at, due);
    wheel.advance(due + 10'000);
    EXPECT_EQ(timer.count, 1) << tick;
  }
}

TEST(TimerWheel, a_tick_in_the_past_is_due_at_the_next_advance) {
  TimerWheel wheel;
  wheel.advance(1000);
  NotingTimer timer(wheel);
  wheel.schedule(timer, 3);
  wheel.advance(1000);
  EXPECT_EQ(timer.count, 0) << "time has not moved on";
  wheel.advance(1001);
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, a_cancelled_timer_never_expires_and_may_be_scheduled_again) {
  TimerWheel wheel;
  NotingTimer timer(wheel);
  wheel.cancel(timer);
  wheel.schedule(timer, 100);
  wheel.cancel(timer);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_EQ(wheel.next_tick(), TimerWheel::kNever);
  wheel.advance(200);
  EXPECT_EQ(timer.count, 0);
  wheel.schedule(timer, 300);
  wheel.advance(300);
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, reaches_the_last_tick_there_is) {
  TimerWheel wheel;
  NotingTimer last(wheel);
  NotingTimer middle(wheel);
  wheel.schedule(last, TimerWheel::kNever);
  wheel.schedule(middle, std::uint64_t{1} << 63);
  wheel.advance((std::uint64_t{1} << 63) - 1);
  EXPECT_EQ(middle.count, 0);
  wheel.advance(TimerWheel::kNever - 1);
  EXPECT_EQ(middle.count, 1);
  EXPECT_EQ(last.count, 0);
  wheel.advance(TimerWheel::kNever);
  EXPECT_EQ(last.count, 1);
}

TEST(TimerWheel, a_callback_may_schedule_its_own_node_again) {
  struct Periodic : TimerNode {
    TimerWheel* wheel = nullptr;
    int count = 0;
  };
  TimerWheel wheel;
  Periodic timer;
  timer.wheel = &wheel;
  timer.expired = [](TimerNode* node) {
    auto* self = static_cast<Periodic*>(node);
    if (++self->count < 100) self->wheel->schedule(*self, self->wheel->now_tick() + 7);
  };
  wheel.schedule(timer, 7);
  wheel.advance(699);
  EXPECT_EQ(timer.count, 99);
  wheel.advance(700);
  EXPECT_EQ(timer.count, 100);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, a_callback_may_destroy_its_node) {
  TimerWheel wheel;
  auto* timer = new TimerNode;
  timer->expired = [](TimerNode* node) { delete node; };
  wheel.schedule(*timer, 5);
  wheel.advance(5);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, a_callback_may_cancel_others_that_are_due_at_the_same_tick) {
  struct Killer : TimerNode {
    TimerWheel* wheel = nullptr;
    std::vector<Killer*>* all = nullptr;
    bool ran = false;
  };
  TimerWheel wheel;
  std::vector<Killer> timers(100);
  std::vector<Killer*> all;
  for (Killer& timer : timers) {
    all.push_back(&timer);
    timer.wheel = &wheel;
    timer.all = &all;
    timer.expired = [](TimerNode* node) {
      auto* self = static_cast<Killer*>(node);
      self->ran = true;
      for (Killer* other : *self->all) self->wheel->cancel(*other);
    };
    wheel.schedule(timer, 4096);
  }
  wheel.advance(5000);
  EXPECT_EQ(std::ranges::count(timers, true, &Killer::ran), 1);
  EXPECT_EQ(wheel.size(), 0U);
}

/// The wheel and a multimap, fed with the same random schedules, cancellations (some from within callbacks) and
/// advances.
class WheelAndModel {
 public:
  explicit WheelAndModel(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kTimers; ++i) {
      timers_.push_back(std::make_unique<Timer>());
      timers_.back()->test = this;
      timers_.back()->expired = [](TimerNode* node) {
        auto* timer = static_cast<Timer*>(node);
        timer->test->on_expired(*timer);
      };
    }
  }

  void play(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      const std::uint64_t dice = random_() % 10;
      if (dice < 6) {
        schedule_one();
      } else if (dice < 8) {
        cancel_one();
      } else {
        advance();
      }
      ASSERT_EQ(wheel_.size(), model_.size());
      const std::uint64_t earliest = model_.empty() ? TimerWheel::kNever : model_.begin()->first;
      ASSERT_LE(wheel_.next_tick(), earliest);
      ASSERT_TRUE(model_.empty() || wheel_.next_tick() > wheel_.now_tick());
    }
  }

 private:
  static constexpr std::size_t kTimers = 200;
  struct Timer : TimerNode {
    WheelAndModel* test = nullptr;
  };
  using ByTick = std::multimap<std::uint64_t, Timer*>;

  // Of every order of magnitude, seldom near the end of time.
  std::uint64_t random_distance() { return random_() >> (random_() % 40 + 24); }
  Timer& random_timer() { return *timers_[random_() % kTimers]; }

  void schedule_one() {
    Timer& timer = random_timer();
    if (timer.scheduled) return;
    const std::uint64_t tick = wheel_.now_tick() + random_distance();
    wheel_.schedule(timer, tick);
    model_.emplace(std::max(tick, wheel_.now_tick() + 1), &timer);
  }

  void cancel_one() {
    Timer& timer = random_timer();
    ASSERT_EQ(timer.scheduled, erase(timer));
    wheel_.cancel(timer);
  }

  bool erase(Timer& timer) {
    const auto found = std::ranges::find(model_, &timer, &ByTick::value_type::second);
    if (found == model_.end()) return false;
    model_.erase(found);
    return true;
  }

  void on_expired(Timer& timer) {
    ASSERT_FALSE(model_.empty());
    ASSERT_EQ(wheel_.now_tick(), model_.begin()->first) << "the earliest is due, at its tick";
    const auto [first, last] = model_.equal_range(wheel_.now_tick());
    const auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second == &timer; });
    ASSERT_NE(found, last);
    model_.erase(found);
    if (random_() % 4 == 0) cancel_one();
    if (random_() % 4 == 0) schedule_one();
  }

  void advance() {
    std::uint64_t to = wheel_.now_tick() + random_distance();
    // Often to just before, at or after the earliest timer.
    if (!model_.empty() && random_() % 2 == 0)
      to = std::max(wheel_.now_tick(), model_.begin()->first - 1 + random_() % 3);
    wheel_.advance(to);
    ASSERT_EQ(wheel_.now_tick(), to);
    ASSERT_TRUE(model_.empty() || model_.begin()->first > to) << "a timer is overdue";
  }

  std::mt19937_64 random_;
  TimerWheel wheel_;
  std::vector<std::unique_ptr<Timer>> timers_;
  ByTick model_;
};

TEST(TimerWheel, does_what_a_sorted_list_does) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    WheelAndModel(seed).play(2000);
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace skerry::internal
