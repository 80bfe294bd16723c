// SPDX-License-Identifier: Apache-2.0
//
// Consumer: reads topics as a member of a consumer group. It gives records and, in order with them, which partitions
// come and go. The one thing to know: nothing is committed by itself. A record is done when its offset was committed,
// and comes again (here or at another member) if it was not.
//
//   std::shared_ptr<kafka::Consumer> consumer =
//       co_await kafka::Consumer::create({.connection = {.brokers = url}, .group = "mailer", .topics = {"orders"}});
//   while (std::optional<kafka::Incoming> incoming = co_await consumer->receive()) {
//     if (auto* record = std::get_if<kafka::Record>(&*incoming)) {
//       co_await handle(*record);
//       co_await consumer->commit({{record->where(), record->offset + 1}});
//     } else if (auto* revoked = std::get_if<kafka::Revoked>(&*incoming)) {
//       consumer->confirm(*revoked);   // after the handlers of these partitions have finished and committed
//     }
//   }
//
// For each partition the order is: Assigned, its records by ascending offset, Revoked, perhaps Assigned again. After
// Revoked was given out no record of it follows until it is assigned again, and then from the committed offset.
//
// Rebalances. When the members or partitions of a group change, all partitions of all members are revoked and given out
// anew, which is what librdkafka 2.0 does reliably (its incremental rebalances lose assignments and may crash when a
// consumer is closed). A revocation waits for confirm(), for revoke_limit at most; meanwhile commits still count. All
// members of a group must use the same assignment. A member that was cut off for longer than session_timeout has lost
// its partitions: `Revoked::lost` is true, others have them already, nothing waits for confirm().
//
// Brokers that are down, at start or later, are tried again for ever, with growing pauses; receive() waits meanwhile
// and connection() tells what is wrong. Nothing polls: an idle consumer uses no processor beyond its heartbeats.
//
// A record larger than a fetch is fetched alone. Threads and fork: as for Producer (skerry/kafka/producer.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/kafka/record.h"

namespace skerry::kafka {

/// Where a group starts to read a partition that it never committed, or whose committed offset is gone.
enum class OffsetReset : std::uint8_t { kEarliest, kLatest };

/// How the group's leader gives out partitions (partition.assignment.strategy).
enum class Assignment : std::uint8_t {
  /// Topic by topic; partitions with the same number of several topics come to the same member.
  kRange,
  /// Over all topics, in turn: more even where a group reads many topics.
  kRoundRobin,
};

struct ConsumerOptions {
  ConnectionOptions connection = {};
  std::string group;
  /// Topics by name. One that does not exist yet is waited for.
  std::vector<std::string> topics;
  OffsetReset offset_reset = OffsetReset::kEarliest;
  Assignment assignment = Assignment::kRange;
  /// After how long without a heartbeat the group gives the partitions to others. Brokers allow 6 s and more by
  /// default.
  std::chrono::milliseconds session_timeout{6'000};
  std::chrono::milliseconds heartbeat_interval{2'000};
  /// How long a revocation waits for confirm().
  std::chrono::milliseconds revoke_limit{10'000};
  /// After how long without life of the worker that serves this consumer (a handler that blocks it) the group gives the
  /// partitions to others (max.poll.interval.ms). Slow tasks do not count: only a worker that stands still.
  std::chrono::milliseconds stall_limit{300'000};
  /// How long a broker may hold a fetch for which it has no records.
  std::chrono::milliseconds fetch_wait{500};
  /// Bytes that are read ahead for each partition.
  std::size_t max_prefetch_bytes = std::size_t{4} << 20;
  /// How long close() may take, with the revocation of what is assigned.
  std::chrono::milliseconds close_limit{15'000};
};

/// These partitions are read from now on.
struct Assigned {
  std::vector<TopicPartition> partitions;
  friend bool operator==(const Assigned&, const Assigned&) = default;
};

/// These partitions are not read any more. Answer with Consumer::confirm.
struct Revoked {
  std::vector<TopicPartition> partitions;
  /// Others own them already: finish nothing, commit nothing. Needs no answer.
  bool lost = false;
  /// Which revocation this is, for confirm.
  std::uint64_t id = 0;
  friend bool operator==(const Revoked&, const Revoked&) = default;
};

using Incoming = std::variant<Record, Assigned, Revoked>;

/// How far the reading of one partition is.
struct PartitionLag {
  TopicPartition partition;
  /// The offset of the next record that receive() gives; -1 until the first.
  std::int64_t position = -1;
  /// What this consumer committed last; -1 if nothing.
  std::int64_t committed = -1;
  /// One past the last record of the partition, as of the last fetch; -1 if not known yet.
  std::int64_t end = -1;
  /// end - committed, or end - position where nothing was committed by this consumer; 0 as long as neither is known.
  std::int64_t lag = 0;
  /// Records that were read ahead and wait for receive(); one or two more, as the library counts its own notes too.
  std::size_t read_ahead = 0;
  bool paused = false;
};

/// Since the consumer was made.
struct ConsumerStats {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  /// Commits that the broker confirmed (several calls may share one), and that it refused.
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::uint64_t assignments = 0;
  std::uint64_t revocations = 0;
  /// Revocations that nobody confirmed within revoke_limit.
  std::uint64_t unconfirmed_revocations = 0;
  std::uint64_t lost_assignments = 0;
};

namespace internal {
class ConsumerCore;
}

/// May be used by tasks of all workers at once; several tasks may receive, each gets a part.
class Consumer {
 public:
  /// Makes a consumer and joins the group; the worker that runs this serves it from then on. Does not wait for a
  /// broker. Errors: INVALID_ARGUMENT for an option that makes no sense, named in the message.
  static Task<std::shared_ptr<Consumer>> create(ConsumerOptions options);
  /// Without close() before: leaves the group in the background, without waiting for confirmations.
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// The next record or partition event; nullopt when the consumer is closed and everything was given out. Partitions
  /// take turns; assignments and revocations come before records that are read ahead. Cancelled, it has taken nothing.
  /// Errors: PERMISSION_DENIED or UNAUTHENTICATED, when the brokers refuse this member; DATA_LOSS, when a record cannot
  /// be read (it names the position, and the next call goes on after it). Connections are not errors, see connection().
  Task<std::optional<Incoming>> receive();

  /// The user is done with the partitions of this revocation. At once; harmless when it is over already.
  void confirm(const Revoked& revoked);

  /// receive() gives no more records of these partitions until resume(). Takes effect at once, loses and repeats
  /// nothing: what is read ahead stays where it is. Ends with the revocation: a partition that is assigned again is not
  /// paused, and is read from the committed offset. Partitions that are not assigned are left alone.
  void pause(const std::vector<TopicPartition>& partitions);
  void resume(const std::vector<TopicPartition>& partitions);

  /// Commits the offsets (of the next records to read) and waits for the broker's answer. Calls that come while a
  /// commit is under way share the next one, which takes the last offset given for each partition.
  /// Errors: ABORTED, when a partition is not (or not any more) assigned to this consumer: its new owner goes on from
  /// the last commit; nothing of this call is committed then unless the answer came late. UNAVAILABLE and
  /// DEADLINE_EXCEEDED: the outcome is unknown, commit again. Cancelled, the outcome is unknown.
  Task<> commit(std::vector<PartitionOffset> offsets);

  /// What the group has committed, from the broker; -1 for a partition without. The partitions need not be assigned.
  Task<std::vector<PartitionOffset>> committed(std::vector<TopicPartition> partitions);

  /// The partitions that are assigned now, those under revocation included.
  std::vector<TopicPartition> assignment() const;
  /// Positions and lag of the assigned partitions, without asking anybody. `end` of a paused partition may be old.
  std::vector<PartitionLag> lag() const;

  /// Revokes what is assigned (receive() gives the event, confirm() is waited for), leaves the group, so that others
  /// take over at once, and frees the connections, within close_limit. Closing twice waits for the first. Not ended by
  /// the caller's cancellation.
  Task<> close();

  ConnectionState connection() const;
  ConsumerStats stats() const;

 private:
  explicit Consumer(std::shared_ptr<internal::ConsumerCore> core);
  std::shared_ptr<internal::ConsumerCore> core_;
};

}  // namespace skerry::kafka
