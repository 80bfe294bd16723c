// SPDX-License-Identifier: Apache-2.0
//
// For tests: a world of consumers around one group, in virtual time and from a seed. Consumers behave as real clients
// do (join, sync, heartbeat, commit, join again when told to); chaos starts, kills, pauses and disconnects them. The
// broker's side of every step is checked: see GroupWatch.
//
//   GroupSimulation world(seed);
//   world.run_with_chaos(10min);
//   world.run_in_peace(3min);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {

/// What must hold for the answers of one group, whatever its members do.
class GroupWatch {
 public:
  void joined(const JoinAnswer& answer) {
    if (answer.error != ErrorCode::kNone) return;
    EXPECT_GE(answer.generation, latest_) << "a generation goes back";
    latest_ = std::max(latest_, answer.generation);
    Generation& generation = generations_[answer.generation];
    if (answer.leader != answer.member_id || answer.skip_assignment) {
      EXPECT_TRUE(answer.skip_assignment || answer.members.empty()) << "a follower is told who is there";
      return;
    }
    if (generation.leader.empty()) {
      generation.leader = answer.member_id;
      generation.members = answer.members;
    }
    EXPECT_EQ(answer.member_id, generation.leader) << "two leaders in generation " << answer.generation;
    EXPECT_EQ(answer.members, generation.members) << "the leader is told different members";
  }

  /// Every assignment begins with the name of the decision that it is a part of.
  void synced(std::int32_t generation, const SyncAnswer& answer) {
    if (answer.error != ErrorCode::kNone || answer.assignment.empty()) return;
    const std::string decision = answer.assignment.substr(0, answer.assignment.find(':'));
    std::string& known = generations_[generation].decision;
    if (known.empty()) known = decision;
    EXPECT_EQ(decision, known) << "generation " << generation << " is divided twice";
  }

  void committed(std::int32_t generation) const { EXPECT_GE(generation, latest_) << "a stale generation may commit"; }

  std::int32_t latest() const { return latest_; }

 private:
  struct Generation {
    std::string leader;
    std::vector<JoinedMember> members;
    std::string decision;
  };
  std::map<std::int32_t, Generation> generations_;
  std::int32_t latest_ = 0;
};

class GroupSimulation {
 public:
  static constexpr int kPartitions = 12;

  explicit GroupSimulation(std::uint64_t seed);

  /// Consumers come, go, stop, lose their connections and change their minds for this long.
  void run_with_chaos(std::chrono::milliseconds duration);
  /// Nothing happens to anybody for this long. Then the group must be stable, every partition must have one owner, and
  /// nobody may wait.
  void run_in_peace(std::chrono::milliseconds duration);

  std::int32_t generations() const { return watch_.latest(); }

 private:
  struct Client {
    JoinSpec spec;
    bool running = false;
    bool working = false;  // has an assignment
    // Nothing was done to it since it started: the group has no reason to forget it.
    bool undisturbed = false;
    GroupTime paused_until{};
    std::uint64_t life = 0;  // grows when what was planned for it is void
    std::uint64_t call = 0;  // the call whose answer it looks at
    std::int32_t generation = kNoGeneration;
    std::set<int> partitions;
  };
  struct Waiting {
    std::size_t client;
    std::uint64_t call;
    std::int32_t generation;
    GroupTime since;
  };
  using Action = std::function<void(Client&)>;

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  bool chance(int percent) { return below(100) < percent; }
  std::chrono::milliseconds up_to(std::chrono::milliseconds limit) {
    return std::chrono::milliseconds(below(static_cast<int>(limit.count()) + 1));
  }

  // Time.
  void plan(std::size_t client, std::chrono::milliseconds delay, Action action);
  void run_until(GroupTime end);
  void advance(GroupTime to);
  void check_waiting() const;

  // The broker, and its twin that is ticked more often and must not notice.
  void step(const std::function<void(GroupTable&, GroupEffects&)>& call);
  void deliver(const GroupEffects& effects);

  // A consumer.
  void join(std::size_t client);
  void joined(std::size_t client, const JoinAnswer& answer);
  void sync(std::size_t client, const JoinAnswer& answer);
  void synced(std::size_t client, const SyncAnswer& answer);
  void heartbeat(std::size_t client);
  void commit(Client& client);
  void refused(std::size_t client, ErrorCode error);
  std::vector<MemberAssignment> divide(const std::vector<JoinedMember>& members);

  // Chaos.
  void disturb();
  void start(std::size_t client);
  void kill(std::size_t client);
  void disconnect(std::size_t client);
  void leave(std::size_t client);

  std::mt19937_64 random_;
  GroupOptions options_;
  GroupTable table_;
  GroupTable twin_;
  GroupTime now_ = GroupTime() + 1000s;
  CallToken last_token_ = kNoCall;
  int last_decision_ = 0;
  std::vector<Client> clients_;
  std::map<CallToken, Waiting> waiting_;
  std::multimap<GroupTime, std::function<void()>> plans_;
  std::multimap<GroupTime, std::string> gone_by_;  // members that must not be in the group any longer at that time
  GroupWatch watch_;
};

}  // namespace skerry::platform::kafka
