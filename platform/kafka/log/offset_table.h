// SPDX-License-Identifier: Apache-2.0
//
// OffsetTable: the offsets that consumer groups have committed, with when each group was last known to live. Pure.
//
//   offsets.commit("billing", {"orders", 0}, {.offset = 42, .committed_at = now});
//   for (const std::string& group : offsets.expired(now - retention)) ...
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/log/types.h"

namespace skerry::platform::kafka::log {

class OffsetTable {
 public:
  struct Group {
    std::map<TopicPartition, CommittedOffset> offsets;  // never empty
    Timestamp active_at{};                              // the last commit, or the last time it was seen with members
  };

  void commit(const std::string& group, const TopicPartition& partition, CommittedOffset offset);
  /// The group had members at the time. Does nothing for a group without offsets.
  void touch(const std::string& group, Timestamp time);
  /// A group whose last offset goes, goes too.
  void remove(const std::string& group, const TopicPartition& partition);
  void remove_group(const std::string& group);
  void remove_topic(const std::string& topic);

  /// Null when it has no offsets. Valid until the table changes.
  const Group* find(const std::string& group) const;
  const std::map<std::string, Group>& groups() const { return groups_; }
  /// Groups that were not active since.
  std::vector<std::string> idle_since(Timestamp time) const;

  /// Offsets of all groups, and their bytes with names and metadata.
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }
  static std::size_t bytes_of(const std::string& group, const TopicPartition& partition, std::size_t metadata_bytes);

 private:
  using Groups = std::map<std::string, Group>;
  void forget(const std::string& group, const TopicPartition& partition, const CommittedOffset& offset);

  Groups groups_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace skerry::platform::kafka::log
