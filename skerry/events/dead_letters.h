// SPDX-License-Identifier: Apache-2.0
//
// Dead letters: what a group gave up on and what becomes of it, which people decide (skerry/events/dead_letter.h says
// what one looks like):
//
//   DeadLetters dead(producer, admin);
//   for (const DeadLetter& letter : co_await dead.list("shop.orders", "payment")) print(letter);
//   co_await dead.redrive("shop.orders", "payment", {});            // all of them, in their order
//
// A redriven record goes back to the end of its partition in the original topic, with the header `dlq_redrive` that
// names the group: subscribers of other groups pass it over. It is handled also when later versions of its aggregate
// were handled before, and with attempts that begin anew.
//
// Kafka deletes no single records, so what was decided is written behind the dead letters into the same topic: a record
// with the header `dlq_resolved`. So it works on every broker and with several people at once. Retention is the
// topic's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/events/dead_letter.h"

namespace skerry::kafka {
class Admin;
class Producer;
}  // namespace skerry::kafka

namespace skerry::events {

/// One dead letter topic.
struct DeadLetterQueue {
  std::string topic;
  std::string group;
  /// Neither redriven nor discarded.
  std::int64_t letters = 0;
};

/// Which dead letters: all that are unresolved, or one.
struct DeadLetterSelection {
  struct One {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  std::optional<One> one = {};
};

/// Dead letters that one list() gives.
inline constexpr std::size_t kMaxListedDeadLetters = 1'000;

/// The producer and the admin outlive it. Any worker.
class DeadLetters {
 public:
  DeadLetters(kafka::Producer& producer, kafka::Admin& admin) : producer_(producer), admin_(admin) {}
  DeadLetters(const DeadLetters&) = delete;
  DeadLetters& operator=(const DeadLetters&) = delete;

  /// The queues that exist.
  Task<std::vector<DeadLetterQueue>> queues();
  /// The unresolved dead letters of a topic and group, by partition and offset, the first `limit` of them. Empty where
  /// there never was one.
  Task<std::vector<DeadLetter>> list(std::string topic, std::string group, std::size_t limit = kMaxListedDeadLetters);
  /// One dead letter, resolved or not. NOT_FOUND without it.
  Task<DeadLetter> show(std::string topic, std::string group, std::int32_t partition, std::int64_t offset);

  /// Sends the selected ones back, those of one partition in their order, and gives how many they were. NOT_FOUND for
  /// one that is not there, FAILED_PRECONDITION for one that is resolved. When it ends early, what was sent back
  /// may be sent again by the next call: under the same id, which inboxes drop.
  Task<std::size_t> redrive(std::string topic, std::string group, DeadLetterSelection selection);
  /// Marks the selected ones as resolved and gives how many they were. Subscribers that hold the key are told through
  /// the original topic. Errors: as redrive.
  Task<std::size_t> discard(std::string topic, std::string group, DeadLetterSelection selection);

 private:
  Task<std::vector<DeadLetter>> selected(std::string topic, std::string group, DeadLetterSelection selection);

  kafka::Producer& producer_;
  kafka::Admin& admin_;
};

}  // namespace skerry::events
