// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_coordinator.h"

#include <gtest/gtest.h>

#include <thread>
#include <tuple>
#include <utility>

#include "platform/kafka/group/group_fixture.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/base/ids.h"

namespace skerry::platform::kafka {
namespace {

// Short sessions are allowed here: these tests wait for real time.
constexpr GroupOptions kQuick{.initial_rebalance_delay = 0ms, .min_session_timeout = 1ms};

/// Runs a coordinator beside body(coordinator), and stops it.
template <class Body>
Result<> run_groups(unsigned workers, GroupOptions options, Body body) {
  Runtime runtime({.workers = workers});
  return runtime.run([&]() -> Task<> {
    GroupCoordinator groups(options);
    Result<> outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return groups.run(); });
      outcome = co_await with_timeout(std::chrono::seconds(60), body(groups)).result();
      groups.stop();
    });
    co_await std::move(outcome);
  });
}

/// Lets other tasks run until the condition holds.
template <class Condition>
Task<> until(Condition condition) {
  while (!condition()) co_await sleep(1ms);
}

SyncCall assign_to(const JoinAnswer& joined) {
  SyncCall call = sync_call(joined.member_id, joined.generation);
  for (const JoinedMember& member : joined.members)
    call.assignments.push_back({member.member_id, "of " + member.member_id});
  return call;
}

TEST(GroupCoordinator, calls_wait_for_each_other_across_workers) {
  const Result<> outcome = run_groups(2, kQuick, [](GroupCoordinator& groups) -> Task<> {
    const JoinAnswer alone = co_await groups.join(join_call({.client = "a"}));
    JoinAnswer leader;
    JoinAnswer follower;
    SyncAnswer assigned;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go_on(Runtime::current().worker(1), [&]() -> Task<> {
        follower = co_await groups.join(join_call({.client = "b"}));
        assigned = co_await groups.sync(assign_to(follower));
      });
      co_await until([&] { return groups.counts().waiting_calls == 1; });
      EXPECT_EQ(groups.heartbeat({"g", alone.generation, alone.member_id, {}}), ErrorCode::kRebalanceInProgress);
      leader = co_await groups.join(join_call({.member_id = alone.member_id}));
      EXPECT_EQ((co_await groups.sync(assign_to(leader))).assignment, "of " + leader.member_id);
    });
    EXPECT_EQ(leader.generation, 2);
    EXPECT_EQ(follower.generation, 2);
    EXPECT_EQ(assigned.assignment, "of " + follower.member_id);
    EXPECT_EQ(groups.check_commit({"g", 2, follower.member_id, {}}), ErrorCode::kNone);
    EXPECT_EQ(groups.describe("g").members.size(), 2U);
    EXPECT_EQ(groups.list(), (std::vector<ListedGroup>{{"g", "consumer", GroupState::kStable}}));
    const GroupCoordinator::Counts counts = groups.counts();
    EXPECT_EQ(counts.groups, 1U);
    EXPECT_EQ(counts.members, 2U);
    EXPECT_EQ(counts.waiting_calls, 0U);
    EXPECT_EQ(counts.rebalances, 2U);
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(GroupCoordinator, the_timer_ends_the_initial_delay) {
  GroupOptions options = kQuick;
  options.initial_rebalance_delay = 30ms;
  const Result<> outcome = run_groups(1, options, [](GroupCoordinator& groups) -> Task<> {
    const JoinAnswer answer = co_await groups.join(join_call({}));
    EXPECT_EQ(answer.error, ErrorCode::kNone);
  });
  EXPECT_TRUE(outcome);
}

TEST(GroupCoordinator, the_timer_is_woken_when_an_earlier_time_comes_up) {
  const Result<> outcome = run_groups(2, kQuick, [](GroupCoordinator& groups) -> Task<> {
    co_await until([&] { return groups.counts().looks >= 1; });
    co_await groups.join(join_call({.session = 30min, .rebalance = 30min, .group = "slow"}));
    // From here on it sleeps for half an hour.
    co_await until([&] { return groups.counts().looks > 1; });
    co_await groups.join(join_call({.session = 20ms, .group = "quick"}));
    co_await until([&] { return groups.state("quick") == GroupState::kEmpty; });
    EXPECT_EQ(groups.describe("slow").members.size(), 1U);
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(GroupCoordinator, a_cancelled_call_waits_no_longer_and_its_member_stays_until_its_session_ends) {
  const Result<> outcome = run_groups(2, kQuick, [](GroupCoordinator& groups) -> Task<> {
    const JoinAnswer first = co_await groups.join(join_call({.client = "a"}));
    co_await groups.sync(assign_to(first));
    const Result<JoinAnswer> lost =
        co_await with_timeout(5ms, groups.join(join_call({.client = "b", .session = 500ms}))).result();
    EXPECT_FALSE(lost);
    EXPECT_EQ(groups.counts().waiting_calls, 0U);
    EXPECT_EQ(groups.counts().members, 2U);
    co_await until([&] { return groups.counts().members == 1; });
    const JoinAnswer again = co_await groups.join(join_call({.member_id = first.member_id}));
    EXPECT_EQ(again.error, ErrorCode::kNone) << "the answer to the lost call went nowhere";
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(GroupCoordinator, stopping_answers_waiting_calls_and_refuses_later_ones) {
  JoinAnswer joining;
  SyncAnswer syncing;
  const Result<> outcome = run_groups(2, kQuick, [&](GroupCoordinator& groups) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      const JoinAnswer member = co_await groups.join(join_call({}));
      scope.go([&]() -> Task<> { joining = co_await groups.join(join_call({})); });
      co_await until([&] { return groups.counts().waiting_calls == 1; });
      // In another group: a follower whose leader does not assign.
      const std::string leader = (co_await groups.join(join_call({.group = "other"}))).member_id;
      scope.go_on(Runtime::current().worker(1), [&]() -> Task<> {
        const JoinAnswer follower = co_await groups.join(join_call({.group = "other"}));
        SyncCall call = sync_call(follower.member_id, follower.generation);
        call.group = "other";
        syncing = co_await groups.sync(std::move(call));
      });
      co_await until([&] { return groups.counts().waiting_calls == 2; });
      co_await groups.join(join_call({.member_id = leader, .group = "other"}));
      co_await until([&] {
        return groups.state("other") == GroupState::kCompletingRebalance && groups.counts().waiting_calls == 2;
      });
      groups.stop();
      groups.stop();
      EXPECT_EQ(groups.heartbeat({"g", 1, member.member_id, {}}), ErrorCode::kCoordinatorNotAvailable);
    });
    EXPECT_EQ(groups.counts().waiting_calls, 0U);
    EXPECT_EQ((co_await groups.join(join_call({}))).error, ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ((co_await groups.sync(sync_call("m", 1))).error, ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(groups.leave({"g", {{"m", {}}}}).error, ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(groups.check_commit({"g", kNoGeneration, "", {}}), ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(groups.delete_group("g"), ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(groups.describe("g").error, ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(groups.state("g"), GroupState::kDead);
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(joining.error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(syncing.error, ErrorCode::kNotCoordinator);
}

// ---- what is stored at the moment of an answer

/// One consumer that rebalances all the time, and a worker that commits for it with what it knows of the generation.
class Committer {
 public:
  explicit Committer(GroupCoordinator& groups) : groups_(groups) {}

  Task<> rebalance() {
    for (int round = 0; round < kCommitRounds || others_ < kCommitRounds; ++round) {
      const JoinAnswer joined = co_await groups_.join(join_call({.member_id = member_id_, .known_id = true}));
      if (joined.error == ErrorCode::kMemberIdRequired) {
        member_id_ = joined.member_id;
        continue;
      }
      co_await groups_.sync(assign_to(joined));
      generation_ = joined.generation;
      commit(0);
    }
    done_ = true;
  }
  Task<> commit_all_the_time() {
    while (!done_) {
      if (generation_ != kNoGeneration && commit(20)) ++others_;
      co_await yield();
    }
  }

  /// The generations of the commits, in the order in which they were stored.
  const std::vector<std::int32_t>& stored() const { return stored_; }

 private:
  static constexpr int kCommitRounds = 100;

  // `patience` is how long it gives the next generation to begin, and to be stored, before it stores its own.
  bool commit(int patience) {
    const std::int32_t generation = generation_;
    const auto store = [&] {
      const std::size_t before = stored_count_;
      for (int turn = 0; turn < patience && stored_count_ == before; ++turn) std::this_thread::yield();
      stored_.push_back(generation);
      ++stored_count_;
    };
    return groups_.check_commit({"g", generation, member_id_, {}}, store) == ErrorCode::kNone;
  }

  GroupCoordinator& groups_;
  std::string member_id_;  // set before the first generation, and not again
  std::atomic<std::int32_t> generation_ = kNoGeneration;
  std::atomic<bool> done_ = false;
  std::atomic<int> others_ = 0;  // commits of the other worker
  std::atomic<std::size_t> stored_count_ = 0;
  // Nothing guards it but the promise that what is done at once is done alone.
  std::vector<std::int32_t> stored_;
};

TEST(GroupCoordinator, commits_are_stored_in_the_order_of_the_generations) {
  const Result<> outcome = run_groups(2, kQuick, [](GroupCoordinator& groups) -> Task<> {
    Committer committer(groups);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go_on(Runtime::current().worker(1), [&] { return committer.commit_all_the_time(); });
      co_await committer.rebalance();
    });
    EXPECT_GT(committer.stored().size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(committer.stored()));
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(GroupCoordinator, offsets_are_forgotten_at_once_with_a_group_and_only_while_nobody_is_in_it) {
  const Result<> outcome = run_groups(1, kQuick, [](GroupCoordinator& groups) -> Task<> {
    int forgotten = 0;
    const auto forget = [&] { ++forgotten; };
    EXPECT_EQ(groups.delete_group("g", forget), ErrorCode::kGroupIdNotFound);
    EXPECT_EQ(forgotten, 1) << "its offsets may be there";
    const JoinAnswer member = co_await groups.join(join_call({}));
    EXPECT_EQ(groups.delete_group("g", forget), ErrorCode::kNonEmptyGroup);
    EXPECT_EQ(forgotten, 1);
    groups.leave({"g", {{member.member_id, {}}}});
    EXPECT_EQ(groups.delete_group("g", forget), ErrorCode::kNone);
    EXPECT_EQ(forgotten, 2);
    groups.stop();
    EXPECT_EQ(groups.delete_group("g", forget), ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(forgotten, 2);
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

// ---- many consumers on several workers

constexpr int kConsumers = 12;
constexpr int kRounds = 40;

/// Takes part in the group for some rounds, losing its connection and leaving now and then, and then until `done`.
class Consumer {
 public:
  Consumer(GroupCoordinator& groups, std::atomic<bool>& done, std::string name)
      : groups_(groups), done_(done), name_(std::move(name)) {}

  Task<> run() {
    for (int round = 0; round < kRounds; ++round) {
      co_await take_part(true);
      if (random_below(8) == 0) leave();
    }
    while (!done_) {
      const ErrorCode error = groups_.heartbeat({"g", generation_, member_id_, {}});
      if (error != ErrorCode::kNone) co_await take_part(false);
      settled_ = generation_;
      co_await sleep(2ms);
    }
  }

  const std::string& member_id() const { return member_id_; }
  const std::string& assignment() const { return assignment_; }
  /// Any worker: the generation in which it has an assignment and no wish for another one.
  std::int32_t settled() const { return settled_; }

 private:
  // One round: from joining to an assignment, or to a lost connection.
  Task<> take_part(bool may_be_lost) {
    settled_ = generation_ = kNoGeneration;
    JoinSpec spec{.client = name_, .member_id = member_id_, .session = 5s, .rebalance = 5s, .known_id = true};
    const auto patience = may_be_lost && random_below(4) == 0 ? std::chrono::microseconds(random_below(3'000))
                                                              : std::chrono::microseconds(50s);
    Result<JoinAnswer> joined = co_await with_timeout(patience, groups_.join(join_call(spec))).result();
    if (!joined) co_return;
    if (joined->error == ErrorCode::kMemberIdRequired) {
      member_id_ = joined->member_id;
      co_return co_await take_part(may_be_lost);
    }
    if (joined->error == ErrorCode::kUnknownMemberId) member_id_.clear();
    if (joined->error != ErrorCode::kNone) co_return;
    member_id_ = joined->member_id;
    Result<SyncAnswer> synced = co_await with_timeout(patience, groups_.sync(assign_to(*joined))).result();
    if (!synced || synced->error != ErrorCode::kNone) co_return;
    generation_ = joined->generation;
    assignment_ = synced->assignment;
    std::ignore = groups_.check_commit({"g", generation_, member_id_, {}});
  }

  void leave() {
    groups_.leave({"g", {{member_id_, {}}}});
    member_id_.clear();
  }

  GroupCoordinator& groups_;
  std::atomic<bool>& done_;
  std::string name_;
  std::string member_id_;
  std::string assignment_;
  std::int32_t generation_ = kNoGeneration;
  std::atomic<std::int32_t> settled_ = kNoGeneration;
};

TEST(GroupCoordinator, many_consumers_on_several_workers_end_up_with_one_assignment) {
  const Result<> outcome = run_groups(4, kQuick, [](GroupCoordinator& groups) -> Task<> {
    std::atomic<bool> done = false;
    std::vector<std::unique_ptr<Consumer>> consumers;
    for (int i = 0; i < kConsumers; ++i)
      consumers.push_back(std::make_unique<Consumer>(groups, done, "c" + std::to_string(i)));
    const auto all_settled = [&] {
      const std::int32_t generation = consumers[0]->settled();
      return generation != kNoGeneration &&
             std::ranges::all_of(consumers, [&](const auto& consumer) { return consumer->settled() == generation; });
    };
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < consumers.size(); ++i)
        scope.go_on(Runtime::current().worker(i % 4), [consumer = consumers[i].get()] { return consumer->run(); });
      co_await until([&] { return all_settled() && groups.state("g") == GroupState::kStable; });
      done = true;
    });
    EXPECT_EQ(groups.counts().waiting_calls, 0U);
    EXPECT_EQ(groups.counts().members, static_cast<std::size_t>(kConsumers));
    for (const auto& consumer : consumers) EXPECT_EQ(consumer->assignment(), "of " + consumer->member_id());
    EXPECT_GT(groups.counts().rebalances, 20U);
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

}  // namespace
}  // namespace skerry::platform::kafka
