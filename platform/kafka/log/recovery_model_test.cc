// SPDX-License-Identifier: Apache-2.0
//
// Crashes at random places of random runs, against a model of plain vectors: what comes back is everything that was
// acknowledged, or that and the one write that was under way; never part of it, never something else.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

struct ModelPartition {
  Offset log_start = 0;
  Offset next = 0;
  std::vector<StoredBatch> batches;
};

struct ModelProducer {
  std::int32_t next_sequence = 0;
  std::vector<std::pair<std::int32_t, Offset>> batches;  // first sequence, offset; each of two records
};

struct ModelTopic {
  TopicId id = 0;
  std::string retention_bytes;
  std::vector<ModelPartition> partitions;
  std::map<std::pair<int, ProducerId>, ModelProducer> producers;  // by partition
};

// Long contents, each of one letter, would make the descriptions unreadable.
std::string shorten(const std::string& content) {
  return content.starts_with('p') || content.empty() ? content : fmt::format("{}*{}", content[0], content.size());
}

struct Model {
  std::map<std::string, ModelTopic> topics;
  std::map<std::string, std::map<TopicPartition, std::pair<Offset, std::string>>> groups;
  TopicId next_topic_id = 1;
};

std::string describe(const Model& model) {
  std::string text;
  for (const auto& [name, topic] : model.topics) {
    text += fmt::format("topic {} {} [{}]\n", name, topic.id, topic.retention_bytes);
    for (const ModelPartition& partition : topic.partitions) {
      text += fmt::format("  from {} to {}:", partition.log_start, partition.next);
      for (const StoredBatch& batch : partition.batches)
        if (batch.base_offset + batch.records > partition.log_start)
          text += fmt::format(" {}+{} {}", batch.base_offset, batch.records, shorten(batch.content));
      text += "\n";
    }
    for (const auto& [key, producer] : topic.producers) {
      text += fmt::format("  producer {} in {}:", key.second, key.first);
      const std::size_t count = producer.batches.size();
      for (std::size_t i = count > 5 ? count - 5 : 0; i < count; ++i)
        text += fmt::format(" {}@{}", producer.batches[i].first, producer.batches[i].second);
      text += "\n";
    }
  }
  for (const auto& [name, offsets] : model.groups)
    for (const auto& [partition, offset] : offsets)
      text += fmt::format("group {} {}-{} {} {}\n", name, partition.topic, partition.partition, offset.first,
                          offset.second);
  return text;
}

// The same of what a log says.
Result<std::string> describe(disk::Disk& disk, const DurableLog& log) {
  std::string text;
  std::map<std::pair<PartitionKey, ProducerId>, std::string> producers;
  log.state().producers().for_each([&](const ProducerKey& key, const ProducerState& state) {
    std::string& line = producers[{key.partition, key.producer_id}];
    line = fmt::format("  producer {} in {}:", key.producer_id, key.partition.partition);
    for (const auto& batch : state.batches) line += fmt::format(" {}@{}", batch.first_sequence, batch.base_offset);
  });
  for (const auto& [name, topic] : log.state().topics()) {
    const auto set = topic.topic.configs.find("retention.bytes");
    text +=
        fmt::format("topic {} {} [{}]\n", name, topic.topic.id, set == topic.topic.configs.end() ? "" : set->second);
    for (std::int32_t i = 0; i < topic.topic.partitions; ++i) {
      const PartitionLog& partition = topic.partitions[static_cast<std::size_t>(i)];
      text += fmt::format("  from {} to {}:", partition.log_start(), partition.next_offset());
      auto batches = read_all(disk, log, topic.key(i));
      if (!batches) return fail(std::move(batches));
      for (const StoredBatch& batch : *batches)
        text += fmt::format(" {}+{} {}", batch.base_offset, batch.records, shorten(batch.content));
      text += "\n";
    }
    for (const auto& [key, line] : producers)
      if (key.first.topic == topic.topic.id) text += line + "\n";
  }
  for (const auto& [name, group] : log.state().offsets().groups())
    for (const auto& [partition, offset] : group.offsets)
      text += fmt::format("group {} {}-{} {} {}\n", name, partition.topic, partition.partition, offset.offset,
                          offset.metadata);
  return text;
}

class CrashingWorld {
 public:
  explicit CrashingWorld(std::uint32_t seed, Durability durability = Durability::kFsync) : random_(seed) {
    options_.segment_bytes = 1500;
    options_.reserve_bytes = 100;
    options_.durability = durability;
  }

  // One life of the process: opens, checks what it finds, works until the disk crashes. False when it found something
  // that cannot be.
  bool live() {
    disk_.crash_after(static_cast<int>(random_() % 150));
    auto log = DurableLog::open(disk_, "data", options_);
    if (!log) {
      EXPECT_EQ(log.error().code(), Code::kUnavailable) << log.error().to_string();
      const bool to_blame = disk_.crashed();
      crash();
      return to_blame;
    }
    if (!recognise(**log)) return disk_.crashed() ? (crash(), true) : false;
    work(**log);
    crash();
    return true;
  }

  void let_process_crash_alone() { process_alone_ = true; }
  const Model& model() const { return acknowledged_; }
  std::size_t rewritings() const { return rewritings_; }
  std::size_t duplicates() const { return duplicates_; }

 private:
  std::uint32_t pick(std::uint32_t bound) { return random_() % bound; }

  void crash() {
    if (process_alone_ || pick(4) == 0) {
      disk_.restart_process();
    } else {
      disk_.restart(random_());
    }
  }

  bool recognise(DurableLog& log) {
    const auto found = describe(disk_, log);
    if (!found) {
      EXPECT_TRUE(disk_.crashed()) << found.error().to_string();
      return false;
    }
    if (*found == describe(acknowledged_)) {
      attempted_ = acknowledged_;
    } else if (*found == describe(attempted_)) {
      acknowledged_ = attempted_;
    } else {
      ADD_FAILURE() << "found\n" << *found << "expected\n" << describe(acknowledged_) << "or\n" << describe(attempted_);
      return false;
    }
    return true;
  }

  void work(DurableLog& log) {
    while (!disk_.crashed()) {
      attempted_ = acknowledged_;
      Commits commits;
      if (pick(4) == 0) {
        change_alone(commits);
      } else {
        for (std::uint32_t i = 0; i <= pick(4); ++i) add_change(commits);
      }
      if (!commits.empty()) commit(log, commits);
      if (disk_.crashed()) return;
      if (pick(8) == 0) retain(log);
      if (pick(3) == 0) rewritings_ += clean_all(log) ? 1 : 0;
    }
  }

  void commit(DurableLog& log, const Commits& commits) {
    WritePlan plan = log.prepare(commits, at(++clock_));
    log.write(plan);
    log.finish(plan);
    if (!plan.written) {
      EXPECT_TRUE(disk_.crashed());
      return;
    }
    check_outcomes(commits);
    acknowledged_ = attempted_;
    if (pick(10) != 0) return;
    if (const auto found = describe(disk_, log)) EXPECT_EQ(*found, describe(acknowledged_));
  }

  void check_outcomes(const Commits& commits) {
    for (std::size_t i = 0; i < commits.size(); ++i) {
      const Result<Appended>& outcome = *commits[i]->outcome;
      ASSERT_TRUE(outcome) << outcome.error().to_string();
      if (!std::holds_alternative<AppendRequest>(commits[i]->change)) continue;
      EXPECT_EQ(outcome->base_offset, expected_[i].base_offset);
      EXPECT_EQ(outcome->duplicate, expected_[i].duplicate);
    }
  }

  std::string random_topic() {
    if (attempted_.topics.empty()) return {};
    return std::next(attempted_.topics.begin(), pick(static_cast<std::uint32_t>(attempted_.topics.size())))->first;
  }

  void change_alone(Commits& commits) {
    expected_.assign(1, {});
    const std::string name = random_topic();
    storage::Entry entry;
    if (name.empty() || pick(4) == 0) {
      const std::string fresh(1, static_cast<char>('a' + pick(4)));
      if (attempted_.topics.contains(fresh)) return;
      const auto partitions = static_cast<std::int32_t>(1 + pick(2));
      entry = create_entry(fresh, partitions);
      attempted_.topics[fresh] = {
          attempted_.next_topic_id++, "", std::vector<ModelPartition>(static_cast<std::size_t>(partitions)), {}};
    } else if (pick(5) == 0) {
      entry.mutable_delete_topic()->set_name(name);
      attempted_.topics.erase(name);
      for (auto& [group, offsets] : attempted_.groups)
        std::erase_if(offsets, [&](const auto& offset) { return offset.first.topic == name; });
    } else {
      change_topic(entry, name);
    }
    commits.push_back(commit_of(entry));
  }

  void change_topic(storage::Entry& entry, const std::string& name) {
    ModelTopic& topic = attempted_.topics.at(name);
    const auto count = static_cast<std::uint32_t>(topic.partitions.size());
    switch (pick(4)) {
      case 0:
        entry.mutable_set_partitions()->set_name(name);
        entry.mutable_set_partitions()->set_partitions(static_cast<std::int32_t>(count) + 1);
        topic.partitions.emplace_back();
        return;
      case 1:
        topic.retention_bytes = pick(2) == 0 ? "600" : "100";
        entry.mutable_set_configs()->set_name(name);
        (*entry.mutable_set_configs()->mutable_configs())["retention.bytes"] = topic.retention_bytes;
        return;
      default: {
        const std::uint32_t index = pick(count);
        ModelPartition& partition = topic.partitions[index];
        partition.log_start += pick(static_cast<std::uint32_t>(partition.next - partition.log_start + 1));
        auto& start = *entry.mutable_set_log_starts()->add_starts();
        start.set_topic_id(topic.id);
        start.set_partition(static_cast<std::int32_t>(index));
        start.set_offset(partition.log_start);
      }
    }
  }

  void add_change(Commits& commits) {
    const std::string name = random_topic();
    if (name.empty()) return;
    if (commits.empty()) expected_.clear();
    ModelTopic& topic = attempted_.topics.at(name);
    const std::uint32_t index = pick(static_cast<std::uint32_t>(topic.partitions.size()));
    const TopicPartition where{name, static_cast<std::int32_t>(index)};
    if (pick(5) == 0) {
      commits.push_back(commit_of(commit_entry(where)));
      expected_.emplace_back();
      return;
    }
    ModelPartition& partition = topic.partitions[index];
    if (pick(2) == 0) {
      append_idempotent(commits, topic, where, partition);
      return;
    }
    const auto records = static_cast<std::int32_t>(1 + pick(5));
    const std::string content(pick(200), static_cast<char>('A' + pick(26)));
    commits.push_back(commit_of(AppendRequest{where, make_batch(records, content)}));
    add_to(partition, records, content);
  }

  void add_to(ModelPartition& partition, std::int32_t records, const std::string& content) {
    expected_.push_back({.base_offset = partition.next});
    partition.batches.push_back({partition.next, records, content});
    partition.next += records;
  }

  void append_idempotent(Commits& commits, ModelTopic& topic, const TopicPartition& where, ModelPartition& partition) {
    const auto id = static_cast<ProducerId>(pick(3));
    ModelProducer& producer = topic.producers[{where.partition, id}];
    const std::size_t known = std::min<std::size_t>(5, producer.batches.size());
    if (known > 0 && pick(3) == 0) {
      const auto [sequence, offset] =
          producer.batches[producer.batches.size() - 1 - pick(static_cast<std::uint32_t>(known))];
      commits.push_back(commit_of(AppendRequest{where, producer_batch(id, sequence, 2)}));
      expected_.push_back({.base_offset = offset, .duplicate = true});
      ++duplicates_;
      return;
    }
    const Batch batch = producer_batch(id, producer.next_sequence, 2);
    producer.batches.emplace_back(producer.next_sequence, partition.next);
    producer.next_sequence += 2;
    add_to(partition, 2, content_of(batch.bytes));
    commits.push_back(commit_of(AppendRequest{where, batch}));
  }

  storage::Entry commit_entry(const TopicPartition& where) {
    storage::Entry entry;
    const std::string group(1, static_cast<char>('g' + pick(3)));
    auto& offset = *entry.mutable_commit_offsets()->add_offsets();
    entry.mutable_commit_offsets()->set_group(group);
    offset.set_topic(where.topic);
    offset.set_partition(where.partition);
    offset.set_offset(pick(1000));
    offset.set_metadata(std::string(pick(20), 'm'));
    attempted_.groups[group][where] = {offset.offset(), offset.metadata()};
    return entry;
  }

  // What retention takes away is its own affair; that it stays away, and nothing else does, is checked.
  void retain(DurableLog& log) {
    auto entry = log.retention(at(clock_));
    if (!entry) return;
    attempted_ = acknowledged_;
    for (const auto& start : entry->set_log_starts().starts())
      for (auto& [name, topic] : attempted_.topics)
        if (topic.id == start.topic_id())
          topic.partitions[static_cast<std::size_t>(start.partition())].log_start = start.offset();
    expected_.assign(1, {});
    commit(log, {commit_of(*entry)});
  }

  std::mt19937 random_;
  disk::MemoryDisk disk_;
  LogOptions options_;
  Model acknowledged_;
  Model attempted_;
  std::vector<Appended> expected_;
  std::int64_t clock_ = 1000;
  std::size_t rewritings_ = 0;
  std::size_t duplicates_ = 0;
  bool process_alone_ = false;
};

TEST(LogRecoveryModel, everything_acknowledged_is_there_after_every_crash_and_nothing_is_half_there) {
  std::size_t rewritings = 0;
  std::size_t duplicates = 0;
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    CrashingWorld world(seed);
    for (int life = 0; life < 15; ++life) ASSERT_TRUE(world.live()) << "life " << life;
    if (::testing::Test::HasFailure()) return;
    rewritings += world.rewritings();
    duplicates += world.duplicates();
  }
  EXPECT_GT(rewritings, 100u) << "segments are rewritten often enough for this test to say something";
  EXPECT_GT(duplicates, 1000u);
}

TEST(LogRecoveryModel, without_syncs_the_end_of_the_process_alone_loses_nothing) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    CrashingWorld world(seed, Durability::kPageCache);
    world.let_process_crash_alone();
    for (int life = 0; life < 15; ++life) ASSERT_TRUE(world.live()) << "life " << life;
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace skerry::platform::kafka::log
