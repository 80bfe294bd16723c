// SPDX-License-Identifier: Apache-2.0
//
// ProducerTable: what makes producers idempotent. For each producer and partition it remembers the last five batches,
// so that one which is sent again is recognised, and one that comes out of order is refused (KIP-98; five, since a
// producer may have that many requests on their way). Pure.
//
//   switch (producers.check(key, batch).kind) { case kNew: ... case kDuplicate: ... }
//   producers.record(key, batch_head);                    // after it is durable
//
// Who is idle for longest is forgotten first, and may then go on with any sequence number. A producer that was never
// seen in a partition begins with 0: so when the first of several batches on their way fails, the others do too, and
// are sent again in order.
#pragma once

#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "platform/kafka/log/entry.h"
#include "platform/kafka/log/types.h"

namespace skerry::platform::kafka::log {

inline constexpr std::size_t kRememberedBatches = 5;

struct ProducerKey {
  ProducerId producer_id = kNoProducerId;
  PartitionKey partition;
  friend auto operator<=>(const ProducerKey&, const ProducerKey&) = default;
};

struct ProducerKeyHash {
  std::size_t operator()(const ProducerKey& key) const {
    return PartitionKeyHash()(key.partition) ^
           std::hash<std::uint64_t>()(static_cast<std::uint64_t>(key.producer_id) * 0x5851f42d4c957f2d);
  }
};

/// Sequence numbers of records, which go on with 0 after 2^31-1.
std::int32_t sequence_after(std::int32_t sequence, std::int32_t records);

/// What is remembered of one producer in one partition.
struct ProducerState {
  struct Remembered {
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;
    Offset base_offset = 0;
    friend bool operator==(const Remembered&, const Remembered&) = default;
  };
  std::int16_t epoch = 0;
  std::vector<Remembered> batches;  // oldest first, at least one, at most kRememberedBatches
  /// Records between the first batch of this epoch and the oldest that is remembered, counted up to 2^30.
  std::int32_t forgotten_records = 0;
  Timestamp used_at{};
  friend bool operator==(const ProducerState&, const ProducerState&) = default;

  void record(const BatchHead& head);
};

struct SequenceCheck {
  enum class Kind { kNew, kDuplicate, kForgottenDuplicate, kOutOfOrder, kOldEpoch };
  Kind kind = Kind::kNew;
  Offset base_offset = 0;              // of the one that it is a duplicate of
  std::int32_t expected_sequence = 0;  // when out of order
};

/// How a batch stands to what is remembered. Precondition: it has an epoch and a sequence.
SequenceCheck check_sequence(const ProducerState& state, const Batch& batch);

class ProducerTable {
 public:
  explicit ProducerTable(std::size_t max_producers) : max_producers_(max_producers) {}
  ProducerTable(const ProducerTable&) = delete;
  ProducerTable& operator=(const ProducerTable&) = delete;

  /// Null when nothing is remembered. Valid until the table changes.
  const ProducerState* find(const ProducerKey& key) const;
  /// Remembers the batch; when the table is full, who is idle for longest goes.
  void record(const ProducerKey& key, const BatchHead& head);
  /// When the producer that would go next was last heard of; nullopt while there is room.
  std::optional<Timestamp> next_to_go() const;
  /// Forgets who was not heard of since. Gives how many.
  std::size_t forget_idle_since(Timestamp time);
  void forget_topic(TopicId topic);
  std::size_t size() const { return producers_.size(); }
  /// No producer with a higher id was ever forgotten.
  ProducerId forgotten_up_to() const { return forgotten_up_to_; }

  /// Calls visit(key, state) for each, the longest idle first.
  template <class F>
  void for_each(F visit) const {
    for (const Entry& entry : order_) visit(entry.key, entry.state);
  }
  /// Adds one as the last heard of. Precondition: it is not there.
  void restore(const ProducerKey& key, ProducerState state);
  void restore_forgotten_up_to(ProducerId id) { forgotten_up_to_ = id; }

 private:
  struct Entry {
    ProducerKey key;
    ProducerState state;
  };
  void forget_longest_idle();

  const std::size_t max_producers_;
  std::list<Entry> order_;  // the longest idle first
  std::unordered_map<ProducerKey, std::list<Entry>::iterator, ProducerKeyHash> producers_;
  ProducerId forgotten_up_to_ = kNoProducerId;
};

}  // namespace skerry::platform::kafka::log
