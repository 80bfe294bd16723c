// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/testing/simulated_kafka.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include "skerry/async/sync.h"

namespace skerry::events::testing {

class SimulatedMember final : public internal::RecordSource {
 public:
  explicit SimulatedMember(SimulatedKafka& kafka) : kafka_(&kafka) {}
  ~SimulatedMember() override {
    if (kafka_ != nullptr) kafka_->leave(*this);
  }

  Task<std::optional<kafka::Incoming>> receive() override {
    for (;;) {
      if (!control_.empty()) {
        kafka::Incoming next = std::move(control_.front());
        control_.pop_front();
        if (const auto* assigned = std::get_if<kafka::Assigned>(&next)) begin(*assigned);
        co_return next;
      }
      if (closed_) co_return std::nullopt;
      if (auto record = next_record()) co_return *std::move(record);
      wake_.reset();
      co_await wake_.wait();
    }
  }
  void confirm(const kafka::Revoked& revoked) override {
    for (const kafka::TopicPartition& partition : revoked.partitions) {
      auto& state = kafka_->partitions_.at(partition);
      if (state.owner == this) state = {.committed = state.committed};
    }
    kafka_->assign_free();
    wake_.set();
  }
  void pause(const std::vector<kafka::TopicPartition>& partitions) override {
    paused_.insert(partitions.begin(), partitions.end());
  }
  void resume(const std::vector<kafka::TopicPartition>& partitions) override {
    for (const auto& partition : partitions) paused_.erase(partition);
    wake_.set();
  }
  Task<> commit(std::vector<kafka::PartitionOffset> offsets) override {
    return kafka_->commit(*this, std::move(offsets));
  }
  std::vector<kafka::PartitionLag> lag() const override { return {}; }
  Task<> close() override {
    std::erase(kafka_->members_, this);
    kafka_->rebalance();
    while (owns_any()) {
      wake_.reset();
      co_await wake_.wait();
    }
    closed_ = true;
    wake_.set();
  }

  void tell(kafka::Incoming incoming) {
    if (const auto* revoked = std::get_if<kafka::Revoked>(&incoming)) {
      for (const auto& partition : revoked->partitions) positions_.erase(partition);
    }
    control_.push_back(std::move(incoming));
    wake_.set();
  }
  void wake() { wake_.set(); }
  const std::set<kafka::TopicPartition>& paused() const { return paused_; }

 private:
  friend class SimulatedKafka;

  void begin(const kafka::Assigned& assigned) {
    for (const auto& partition : assigned.partitions) {
      const auto& state = kafka_->partitions_.at(partition);
      if (state.owner != this || state.revoking) continue;
      positions_[partition] = state.committed;
      paused_.erase(partition);
    }
  }
  std::optional<kafka::Record> next_record() {
    for (auto& [partition, position] : positions_) {
      const auto& log = kafka_->logs_.at(partition);
      if (paused_.contains(partition) || position >= static_cast<std::int64_t>(log.size())) continue;
      return log[static_cast<std::size_t>(position++)];
    }
    return std::nullopt;
  }
  bool owns_any() const {
    return std::ranges::any_of(kafka_->partitions_, [this](const auto& entry) { return entry.second.owner == this; });
  }

  SimulatedKafka* kafka_;
  std::deque<kafka::Incoming> control_;
  std::map<kafka::TopicPartition, std::int64_t> positions_;
  std::set<kafka::TopicPartition> paused_;
  Event wake_;
  bool closed_ = false;
};

SimulatedKafka::~SimulatedKafka() {
  for (SimulatedMember* member : members_) member->kafka_ = nullptr;
}

void SimulatedKafka::create(const std::string& topic, std::int32_t partitions) {
  for (std::int32_t i = 0; i < partitions; ++i) {
    logs_[{topic, i}];
    partitions_[{topic, i}];
  }
}

std::int64_t SimulatedKafka::append(kafka::Record record) {
  if (!record.partition) {
    const auto count = std::ranges::count_if(logs_, [&](const auto& log) { return log.first.topic == record.topic; });
    const std::size_t hash = std::hash<std::string>()(record.key.value_or(""));
    record.partition = static_cast<std::int32_t>(hash % static_cast<std::size_t>(count));
  }
  auto& log = logs_.at(record.where());
  record.offset = static_cast<std::int64_t>(log.size());
  log.push_back(std::move(record));
  wake_all();
  return log.back().offset;
}

std::int64_t SimulatedKafka::committed(const kafka::TopicPartition& partition) const {
  return partitions_.at(partition).committed;
}

bool SimulatedKafka::all_committed() const {
  return std::ranges::all_of(
      logs_, [this](const auto& log) { return committed(log.first) == static_cast<std::int64_t>(log.second.size()); });
}

void SimulatedKafka::fail_commits(int count, Code code, bool applied) {
  failing_commits_ = count;
  failing_code_ = code;
  failing_applied_ = applied;
}

std::unique_ptr<internal::RecordSource> SimulatedKafka::join() {
  auto member = std::make_unique<SimulatedMember>(*this);
  members_.push_back(member.get());
  rebalance();
  return member;
}

std::vector<kafka::TopicPartition> SimulatedKafka::paused() const {
  std::vector<kafka::TopicPartition> paused;
  for (const SimulatedMember* member : members_) {
    paused.insert(paused.end(), member->paused().begin(), member->paused().end());
  }
  return paused;
}

// A member that has died: its partitions are free at once, as after its session has run out.
void SimulatedKafka::leave(SimulatedMember& member) {
  std::erase(members_, &member);
  for (auto& [name, partition] : partitions_) {
    if (partition.owner == &member) partition = {.committed = partition.committed};
  }
  rebalance();
}

// Shares the partitions out; only those that move are revoked.
void SimulatedKafka::rebalance() {
  std::size_t next = 0;
  std::map<SimulatedMember*, std::vector<kafka::TopicPartition>> revocations;
  for (auto& [name, partition] : partitions_) {
    SimulatedMember* const wanted = members_.empty() ? nullptr : members_[next++ % members_.size()];
    wanted_[name] = wanted;
    if (partition.owner == nullptr || partition.owner == wanted || partition.revoking) continue;
    partition.revoking = true;
    revocations[partition.owner].push_back(name);
  }
  for (auto& [member, names] : revocations) member->tell(kafka::Revoked{.partitions = names});
  assign_free();
}

void SimulatedKafka::assign_free() {
  std::map<SimulatedMember*, std::vector<kafka::TopicPartition>> assignments;
  for (auto& [name, partition] : partitions_) {
    if (partition.owner != nullptr || wanted_[name] == nullptr) continue;
    partition.owner = wanted_[name];
    assignments[partition.owner].push_back(name);
  }
  for (auto& [member, names] : assignments) member->tell(kafka::Assigned{.partitions = names});
  wake_all();
}

void SimulatedKafka::wake_all() {
  for (SimulatedMember* member : members_) member->wake();
  for (auto& [name, partition] : partitions_) {
    if (partition.owner != nullptr) partition.owner->wake();
  }
}

Task<> SimulatedKafka::commit(SimulatedMember& member, std::vector<kafka::PartitionOffset> offsets) {
  for (const auto& offset : offsets) {
    if (partitions_.at(offset.partition).owner != &member) {
      co_await Error::aborted("{} is not assigned", kafka::to_string(offset.partition));
    }
  }
  const bool failing = failing_commits_ > 0;
  if (failing) --failing_commits_;
  for (const auto& offset : offsets) {
    if (!failing || failing_applied_) partitions_.at(offset.partition).committed = offset.offset;
  }
  if (failing) co_await Error::make(failing_code_, "the commit failed as the test wanted");
}

}  // namespace skerry::events::testing
