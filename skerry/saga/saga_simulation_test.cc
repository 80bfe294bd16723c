// SPDX-License-Identifier: Apache-2.0
//
// The state machine in a small world under random seeds: two instances that crash between any two transactions or stand
// still until they lose their lease, a network that delays, reorders and repeats, and participants that refuse, fail
// before or after their effect, and are reached by calls of instances that are long dead. In the end every saga is
// completed with each step in effect once, or cancelled with nothing left in effect that can be undone.
#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <set>

#include "skerry/saga/saga_test_support.h"

namespace skerry::saga {
namespace {

using Outcome = EventKind;  // kDone, kRefused or kFailed

/// Who does one step's work. A strict one remembers a compensation that came first and refuses the run after it; a
/// loose one does the run all the same. Both remember keys.
struct Participant {
  bool strict = true;
  bool refuses = false;
  int applied = 0;
  int undone = 0;
  std::optional<Outcome> ran;
  std::set<int> rounds;

  Outcome run() {
    if (ran) return *ran;
    if (refuses || (strict && !rounds.empty())) {
      ran = Outcome::kRefused;
    } else {
      ran = Outcome::kDone;
      ++applied;
    }
    return *ran;
  }
  Outcome compensate(int round) {
    if (rounds.insert(round).second && applied > undone) ++undone;
    return Outcome::kDone;
  }
};

struct Message {
  enum class Kind { kCommand, kReply, kCallOfTheDead } kind;
  std::size_t step;
  int round;
  Outcome outcome = Outcome::kDone;
};

struct CallUnderWay {
  int instance;
  int fence;
  std::size_t step;
  int round;
  std::optional<Outcome> outcome = {};
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed), plan_(random_plan()), progress_(new_progress(plan_)) {
    for (const StepPlan& step : plan_.steps) {
      const bool by_calls = step.run == Mode::kCall || step.compensate == Mode::kCall;
      participants_.push_back({.strict = by_calls || chance(50), .refuses = chance(12)});
    }
  }

  void run() {
    transact({{EventKind::kStart}});
    for (int i = 0; i < 150; ++i) act();
    calm_ = true;
    for (int i = 0; i < 5'000 && !settled(); ++i) act();
    check_end();
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

  Plan random_plan() {
    Plan plan{"random", 1, {}};
    const std::size_t count = 1 + below(5);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t stage = i == 0 ? 0 : plan.steps.back().stage + (chance(60) ? 1 : 0);
      StepPlan step = chance(50) ? call_step(fmt::format("s{}", i), stage) : command_step(fmt::format("s{}", i), stage);
      if (chance(20)) step.compensate = step.compensate == Mode::kCall ? Mode::kCommand : Mode::kCall;
      if (chance(10)) step.compensate = Mode::kNone;
      if (chance(15)) step.when_exhausted = WhenExhausted::kStick;
      step.retry.max_attempts = static_cast<int>(1 + below(3));
      plan.steps.push_back(std::move(step));
    }
    EXPECT_TRUE(plan.validate());
    return plan;
  }

  /// One transaction: what it changes and sends is there as a whole. `caller` is the instance that holds the lease and
  /// will make the calls; replies and users come by other ways.
  void transact(const std::vector<SagaEvent>& events, int caller = kNobody) {
    for (const SagaEvent& event : events) {
      const Applied applied = apply(plan_, progress_, event, {.now = now_, .may_call = caller != kNobody});
      for (const Effect& effect : applied.effects) carry_out(caller, effect);
    }
    if (caller != kNobody && !has_calls_under_way(plan_, progress_)) owner_ = kNobody;
  }

  void carry_out(int caller, const Effect& effect) {
    if (effect.kind == Effect::Kind::kEnded) {
      ++ends_[static_cast<std::size_t>(progress_.state)];
      return;
    }
    const StepPlan& step = plan_.steps[effect.step];
    if ((effect.round == 0 ? step.run : step.compensate) == Mode::kCommand) {
      network_.push_back({Message::Kind::kCommand, effect.step, effect.round});
      return;
    }
    ASSERT_NE(caller, kNobody) << "a call was handed out to who may not call";
    ASSERT_EQ(owner_, caller);
    for (const CallUnderWay& call : calls_) {
      const bool same = call.step == effect.step && call.round == effect.round;
      ASSERT_FALSE(same && call.fence == fence_) << "one call twice at the same time";
    }
    calls_.push_back({caller, fence_, effect.step, effect.round});
  }

  Outcome work(std::size_t step, int round) {
    Participant& participant = participants_[step];
    if (!calm_ && chance(15)) return Outcome::kFailed;
    const Outcome outcome = round == 0 ? participant.run() : participant.compensate(round);
    // Who answers in the transaction of its effect does not fail after it; a call does, when its answer is lost.
    return !calm_ && participant.strict && chance(10) ? Outcome::kFailed : outcome;
  }

  void act() {
    switch (below(calm_ ? 4 : 8)) {
      case 0:
        return deliver();
      case 1:
        return go_on_with_call();
      case 2:
        return look(static_cast<int>(below(2)));
      case 3:
        return pass_time();
      case 4:
        if (chance(10)) crash(static_cast<int>(below(2)));
        return;
      case 5:
        if (chance(10)) lease_expired_ = true;
        return;
      case 6:
        if (chance(2)) transact({{EventKind::kCancel, 0, 0, "by the user"}});
        return;
      default:
        if (chance(5)) transact({{EventKind::kRetry}});
    }
  }

  void deliver() {
    if (network_.empty()) return;
    const std::size_t index = below(network_.size());
    const Message message = network_[index];
    if (calm_ || !chance(25)) network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(index));
    if (message.kind == Message::Kind::kReply) {
      return transact({{message.outcome, message.step, message.round, "told"}});
    }
    const Outcome outcome = work(message.step, message.round);
    if (message.kind == Message::Kind::kCommand) {
      network_.push_back({Message::Kind::kReply, message.step, message.round, outcome});
    }
  }

  void go_on_with_call() {
    if (calls_.empty()) return;
    const auto call = calls_.begin() + static_cast<std::ptrdiff_t>(below(calls_.size()));
    if (!call->outcome) {
      call->outcome = work(call->step, call->round);
      return;
    }
    const CallUnderWay ended = *call;
    calls_.erase(call);
    if (ended.instance != owner_ || ended.fence != fence_) return;
    transact({{*ended.outcome, ended.step, ended.round, "ended"}}, ended.instance);
  }

  /// An instance looks at the row: claims it if it may and something is due.
  void look(int instance) {
    if (owner_ == instance) return transact({{EventKind::kTimer}}, instance);
    const auto due = next_due(progress_);
    const bool free = owner_ == kNobody ? due && *due <= now_ : lease_expired_;
    if (!free) return;
    owner_ = instance;
    ++fence_;
    lease_expired_ = false;
    transact({{EventKind::kClaim}, {EventKind::kTimer}}, instance);
  }

  void pass_time() {
    const auto due = next_due(progress_);
    const bool jump = due && *due > now_ && (calm_ ? network_.empty() && calls_.empty() : chance(50));
    now_ = jump ? *due : now_ + std::chrono::milliseconds(below(300));
  }

  void crash(int instance) {
    std::erase_if(calls_, [&](const CallUnderWay& call) {
      if (call.instance != instance) return false;
      if (!call.outcome && chance(50)) network_.push_back({Message::Kind::kCallOfTheDead, call.step, call.round});
      return true;
    });
    if (owner_ == instance) lease_expired_ = true;
    // It comes back as another owner: its own lease is foreign to it.
    if (owner_ == instance) owner_ = kDead;
  }

  bool settled() {
    // In calm times an operator looks after what is stuck.
    if (progress_.state == State::kStuck) transact({{EventKind::kRetry}});
    return has_ended(progress_.state) && network_.empty() && calls_.empty() && owner_ == kNobody;
  }

  void check_end() {
    ASSERT_TRUE(settled()) << "it never ended: " << to_json(progress_);
    EXPECT_EQ(progress_.told, progress_.state);
    EXPECT_LE(ends_[static_cast<std::size_t>(State::kCompleted)], 1);
    EXPECT_EQ(ends_[static_cast<std::size_t>(progress_.state)], 1);
    for (std::size_t i = 0; i < participants_.size(); ++i) {
      const Participant& participant = participants_[i];
      SCOPED_TRACE(fmt::format("step {}: {}", i, to_json(progress_)));
      EXPECT_LE(participant.applied, 1);
      if (progress_.state == State::kCompleted) {
        EXPECT_EQ(participant.applied, 1);
        EXPECT_EQ(participant.undone, 0);
      } else if (plan_.steps[i].compensate != Mode::kNone) {
        EXPECT_EQ(participant.undone, participant.applied);
      }
    }
  }

  static constexpr int kNobody = -1;
  static constexpr int kDead = -2;

  std::mt19937_64 random_;
  Plan plan_;
  Progress progress_;
  std::vector<Participant> participants_;
  std::vector<Message> network_;
  std::vector<CallUnderWay> calls_;
  std::array<int, 5> ends_{};
  Time now_ = at_ms(1'000'000);
  int owner_ = kNobody;
  int fence_ = 0;
  bool lease_expired_ = false;
  bool calm_ = false;
};

TEST(SagaSimulation, every_saga_is_completed_or_leaves_nothing_behind_whatever_crashes) {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace skerry::saga
