// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_simulation.h"

namespace skerry::platform::kafka {

namespace {

constexpr int kClients = 9;
constexpr auto kLongestRebalance = 40s;
constexpr auto kNetworkDelay = 40ms;
constexpr auto kThinkingTime = 1'500ms;

}  // namespace

GroupSimulation::GroupSimulation(std::uint64_t seed)
    : random_(seed),
      options_{.initial_rebalance_delay = chance(50) ? 3'000ms : 0ms},
      table_(options_),
      twin_(options_) {
  for (int i = 0; i < kClients; ++i) {
    Client client;
    client.spec.client = "c" + std::to_string(i);
    // Two clients may share an instance id by mistake.
    if (chance(30)) client.spec.instance_id = "i" + std::to_string(below(3));
    client.spec.session = 6s + up_to(24s);
    client.spec.rebalance = 15s + up_to(kLongestRebalance - 15s);
    client.spec.known_id = chance(70);
    client.spec.skip_assignment = chance(30);
    clients_.push_back(client);
  }
}

// ---- time

void GroupSimulation::plan(std::size_t client, std::chrono::milliseconds delay, Action action) {
  plans_.emplace(now_ + delay, [this, client, life = clients_[client].life, action = std::move(action)] {
    Client& owner = clients_[client];
    if (owner.life != life) return;
    if (owner.paused_until > now_) {
      plan(client, std::chrono::duration_cast<std::chrono::milliseconds>(owner.paused_until - now_), action);
    } else {
      action(owner);
    }
  });
}

void GroupSimulation::run_until(GroupTime end) {
  while (!::testing::Test::HasFailure()) {
    const GroupTime tick = table_.next_tick().value_or(kNever);
    const GroupTime plan = plans_.empty() ? kNever : plans_.begin()->first;
    if (std::min(tick, plan) > end) break;
    advance(std::min(tick, plan));
    if (tick <= plan) {
      step([this](GroupTable& table, GroupEffects& effects) { table.tick(now_, effects); });
      ASSERT_TRUE(!table_.next_tick() || *table_.next_tick() > now_) << "a tick leaves something undone";
    } else {
      const auto run = plans_.extract(plans_.begin());
      run.mapped()();
    }
    check_waiting();
  }
  advance(end);
}

void GroupSimulation::advance(GroupTime to) {
  const auto gap = static_cast<int>((to - now_) / 1ms);
  if (gap > 1) {
    GroupEffects effects;
    twin_.tick(now_ + std::chrono::milliseconds(below(gap)), effects);
    ASSERT_TRUE(effects.joins.empty() && effects.syncs.empty()) << "something was due earlier than announced";
  }
  now_ = to;
  // At the very end of a session the tick is still to come.
  while (!gone_by_.empty() && gone_by_.begin()->first < now_) {
    for (const DescribedMember& member : table_.describe("g").members)
      ASSERT_NE(member.member_id, gone_by_.begin()->second) << "a dead member outlives its session";
    gone_by_.erase(gone_by_.begin());
  }
}

void GroupSimulation::check_waiting() const {
  for (const auto& [token, waiting] : waiting_)
    ASSERT_LE(now_ - waiting.since, kLongestRebalance + 3s) << "a call waits for ever";
}

// ---- the broker

void GroupSimulation::step(const std::function<void(GroupTable&, GroupEffects&)>& call) {
  GroupEffects effects;
  GroupEffects twin;
  call(table_, effects);
  call(twin_, twin);
  ASSERT_EQ(effects.joins, twin.joins);
  ASSERT_EQ(effects.syncs, twin.syncs);
  ASSERT_EQ(table_.describe("g"), twin_.describe("g"));
  deliver(effects);
}

void GroupSimulation::deliver(const GroupEffects& effects) {
  const auto take = [&](CallToken token) {
    const auto found = waiting_.find(token);
    if (found == waiting_.end()) ADD_FAILURE() << "an answer to a call that does not wait";
    return found == waiting_.end() ? Waiting{} : waiting_.extract(found).mapped();
  };
  for (const auto& [token, answer] : effects.joins) {
    watch_.joined(answer);
    const Waiting waiting = take(token);
    plan(waiting.client, up_to(kNetworkDelay), [this, waiting, told = answer](Client& client) {
      if (client.call == waiting.call) joined(waiting.client, told);
    });
  }
  for (const auto& [token, answer] : effects.syncs) {
    const Waiting waiting = take(token);
    watch_.synced(waiting.generation, answer);
    plan(waiting.client, up_to(kNetworkDelay), [this, waiting, told = answer](Client& client) {
      if (client.call == waiting.call) synced(waiting.client, told);
    });
  }
}

// ---- a consumer

void GroupSimulation::join(std::size_t index) {
  Client& client = clients_[index];
  client.working = false;
  const CallToken token = ++last_token_;
  waiting_[token] = {index, ++client.call, kNoGeneration, now_};
  const JoinCall call = join_call(client.spec);
  step(
      [&](GroupTable& table, GroupEffects& effects) { table.join(call, token, std::to_string(token), now_, effects); });
}

void GroupSimulation::joined(std::size_t index, const JoinAnswer& answer) {
  Client& client = clients_[index];
  switch (answer.error) {
    case ErrorCode::kNone:
      client.spec.member_id = answer.member_id;
      client.generation = answer.generation;
      plan(index, chance(80) ? 0ms : up_to(kThinkingTime), [this, index, answer](Client&) { sync(index, answer); });
      break;
    case ErrorCode::kMemberIdRequired:
      client.spec.member_id = answer.member_id;
      plan(index, up_to(kNetworkDelay), [this, index](Client&) { join(index); });
      break;
    default:
      refused(index, answer.error);
  }
}

std::vector<MemberAssignment> GroupSimulation::divide(const std::vector<JoinedMember>& members) {
  ++last_decision_;
  std::vector<MemberAssignment> assignments;
  for (const JoinedMember& member : members)
    assignments.push_back({member.member_id, std::to_string(last_decision_) + ":"});
  for (int partition = 0; partition < kPartitions; ++partition)
    assignments[random_() % assignments.size()].assignment += static_cast<char>('a' + partition);
  return assignments;
}

void GroupSimulation::sync(std::size_t index, const JoinAnswer& answer) {
  Client& client = clients_[index];
  SyncCall call = sync_call(client.spec.member_id, client.generation);
  call.instance_id = client.spec.instance_id;
  if (answer.leader == answer.member_id && !answer.skip_assignment) call.assignments = divide(answer.members);
  const CallToken token = ++last_token_;
  waiting_[token] = {index, ++client.call, client.generation, now_};
  step([&](GroupTable& table, GroupEffects& effects) { table.sync(call, token, now_, effects); });
}

void GroupSimulation::synced(std::size_t index, const SyncAnswer& answer) {
  if (answer.error != ErrorCode::kNone) return refused(index, answer.error);
  Client& client = clients_[index];
  client.working = true;
  client.partitions.clear();
  const auto colon = answer.assignment.find(':');
  for (std::size_t i = colon + 1; colon != std::string::npos && i < answer.assignment.size(); ++i)
    client.partitions.insert(answer.assignment[i] - 'a');
  heartbeat(index);
}

void GroupSimulation::heartbeat(std::size_t index) {
  Client& client = clients_[index];
  if (!client.working) return;
  if (chance(50)) commit(client);
  ErrorCode error = ErrorCode::kNone;
  step([&](GroupTable& table, GroupEffects&) {
    error = table.heartbeat({"g", client.generation, client.spec.member_id, client.spec.instance_id}, now_);
  });
  if (error == ErrorCode::kNone) {
    plan(index, client.spec.session / 3, [this, index](Client&) { heartbeat(index); });
  } else {
    if (error == ErrorCode::kRebalanceInProgress) commit(client);
    refused(index, error);
  }
}

void GroupSimulation::commit(Client& client) {
  ErrorCode error = ErrorCode::kNone;
  step([&](GroupTable& table, GroupEffects&) {
    error = table.check_commit({"g", client.generation, client.spec.member_id, client.spec.instance_id}, now_);
  });
  if (error == ErrorCode::kNone) watch_.committed(client.generation);
  if (client.undisturbed) EXPECT_NE(error, ErrorCode::kUnknownMemberId);
}

void GroupSimulation::refused(std::size_t index, ErrorCode error) {
  Client& client = clients_[index];
  switch (error) {
    case ErrorCode::kUnknownMemberId:
      EXPECT_FALSE(client.undisturbed) << client.spec.client << " was forgotten for no reason";
      client.spec.member_id.clear();
      break;
    case ErrorCode::kRebalanceInProgress:
    case ErrorCode::kIllegalGeneration:
      break;
    case ErrorCode::kFencedInstanceId:
      EXPECT_TRUE(client.spec.instance_id);
      kill(index);
      return;
    default:
      ADD_FAILURE() << "an unexpected " << error_name(error);
  }
  client.working = false;
  plan(index, up_to(kThinkingTime), [this, index](Client&) { join(index); });
}

// ---- chaos

void GroupSimulation::start(std::size_t index) {
  Client& client = clients_[index];
  client.running = true;
  client.undisturbed = !client.spec.instance_id;
  client.paused_until = {};
  client.spec.member_id.clear();
  client.generation = kNoGeneration;
  ++client.life;
  join(index);
}

void GroupSimulation::disconnect(std::size_t index) {
  Client& client = clients_[index];
  client.undisturbed = false;
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    if (waiting->second.client != index) {
      ++waiting;
      continue;
    }
    const CallToken token = waiting->first;
    waiting = waiting_.erase(waiting);
    step([&](GroupTable& table, GroupEffects&) { table.abandon("g", token, now_); });
  }
}

void GroupSimulation::kill(std::size_t index) {
  Client& client = clients_[index];
  disconnect(index);
  client.running = false;
  client.working = false;
  ++client.life;
  if (!client.spec.member_id.empty()) gone_by_.emplace(now_ + client.spec.session, client.spec.member_id);
}

void GroupSimulation::leave(std::size_t index) {
  Client& client = clients_[index];
  const LeaveCall call{"g", {{client.spec.member_id, client.spec.instance_id}}};
  step([&](GroupTable& table, GroupEffects& effects) { std::ignore = table.leave(call, now_, effects); });
  kill(index);
}

void GroupSimulation::disturb() {
  const std::size_t index = random_() % clients_.size();
  Client& client = clients_[index];
  if (!client.running) return start(index);
  switch (below(6)) {
    case 0:
      return kill(index);
    case 1:
      client.paused_until = now_ + up_to(45s);
      client.undisturbed = false;
      return;
    case 2:  // the client notices and asks again, or what it waited for was nothing
      disconnect(index);
      if (client.working) return;
      ++client.life;
      return plan(index, up_to(5s), [this, index](Client&) { join(index); });
    case 3:
      return leave(index);
    default:  // other topics, or a leader that has seen new partitions
      if (!client.working) return;
      client.spec.protocols = {{"range", std::to_string(below(4))}};
      ++client.life;
      return plan(index, 0ms, [this, index](Client&) { join(index); });
  }
}

void GroupSimulation::run_with_chaos(std::chrono::milliseconds duration) {
  const GroupTime end = now_ + duration;
  while (now_ < end && !::testing::Test::HasFailure()) {
    run_until(now_ + up_to(chance(20) ? 30s : 3s));
    disturb();
  }
}

void GroupSimulation::run_in_peace(std::chrono::milliseconds duration) {
  for (Client& client : clients_) client.paused_until = std::min(client.paused_until, now_);
  run_until(now_ + duration);
  std::set<std::string> members;
  std::multiset<int> owned;
  for (const Client& client : clients_) {
    if (!client.running) continue;
    EXPECT_TRUE(client.working) << client.spec.client;
    EXPECT_EQ(client.generation, watch_.latest());
    members.insert(client.spec.member_id);
    owned.insert(client.partitions.begin(), client.partitions.end());
  }
  const DescribedGroup group = table_.describe("g");
  std::set<std::string> described;
  for (const DescribedMember& member : group.members) described.insert(member.member_id);
  EXPECT_EQ(described, members);
  EXPECT_TRUE(waiting_.empty());
  if (members.empty()) return;
  EXPECT_EQ(group.state, GroupState::kStable);
  EXPECT_EQ(owned.size(), static_cast<std::size_t>(kPartitions)) << "each partition has one owner";
  EXPECT_EQ(std::set<int>(owned.begin(), owned.end()).size(), static_cast<std::size_t>(kPartitions));
}

}  // namespace skerry::platform::kafka
