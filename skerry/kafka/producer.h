// SPDX-License-Identifier: Apache-2.0
//
// Producer: sends records to Kafka and tells when each is stored. One is enough for a process: it is shared by all
// workers and batches what they send. The one thing to know: a `send` that has ended well is stored by the broker as
// durably as `acks` says; by default, by all in-sync replicas, once, and per partition in the order of the sends.
//
//   std::shared_ptr<kafka::Producer> producer = co_await kafka::Producer::create({.connection = {.brokers = url}});
//   kafka::Delivery stored = co_await producer->send({.topic = "orders", .key = "o-17", .value = payload});
//   co_await producer->close();
//
// Order: records of one partition are stored in the order in which their sends were started on one worker. A record
// that fails does not stop the later ones; who needs "nothing after a gap" awaits each send before the next.
//
// Errors of send, what is behind them and what to do. The detail "retry" is "yes" where the same record may succeed
// later as it is; the detail "stored" is "no" where it is certain that it is not stored, else "unknown":
//   NOT_FOUND            the topic does not exist and the broker does not create it: create it (Admin::create_topic).
//   INVALID_ARGUMENT     the broker refuses the record as malformed, or the partition does not exist.
//   RESOURCE_EXHAUSTED   the record is larger than max_record_bytes, or than the broker or topic allows.
//   PERMISSION_DENIED, UNAUTHENTICATED   access rights or credentials.
//   DEADLINE_EXCEEDED    not stored within delivery_timeout (brokers down or overloaded). It may be stored after all if
//                        it was on its way; sending it again may then store it twice.
//   UNAVAILABLE          not enough in-sync replicas, or the producer was closed before the broker had answered.
//   ABORTED              the idempotent producer met an error that it cannot recover from; its identity is given up and
//                        a new one taken at once. The record may be stored. Order does not hold across this.
//   FAILED_PRECONDITION  the producer is closed.
//
// Cancellation: a cancelled send ends at once. Before there is room in the queue the record is not sent; after that it
// may or may not be stored.
//
// Threads and fork: librdkafka runs threads of its own. After fork() the child must not touch a Producer, not even
// destroy it; make clients after the fork. A child that calls exec or _exit is safe: all descriptors are close-on-exec.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "skerry/async/task.h"
#include "skerry/kafka/record.h"

namespace skerry::kafka {

enum class Compression : std::uint8_t { kNone, kGzip, kSnappy, kLz4, kZstd };

/// When a record counts as stored.
enum class Acks : std::uint8_t {
  /// By all in-sync replicas. Needed for `idempotent`.
  kAll,
  /// By the leader of the partition.
  kLeader,
};

struct ProducerOptions {
  ConnectionOptions connection = {};
  Acks acks = Acks::kAll;
  /// The broker drops the second copy of a record that was sent again after a lost answer, and keeps the order.
  bool idempotent = true;
  /// How long a record waits for others of its partition, so that they share a request: the least latency of a send
  /// while the load is low. 0 sends each at once.
  std::chrono::milliseconds linger{1};
  Compression compression = Compression::kNone;
  /// How long a record may take from the queue to the broker's answer, with all attempts.
  std::chrono::milliseconds delivery_timeout{30'000};
  /// Records and bytes that are queued or under way. A send beyond them waits, first come, first served.
  std::size_t max_queued_records = 10'000;
  std::size_t max_queued_bytes = std::size_t{64} << 20;
  /// The largest record, with key and headers. The broker has a limit of its own (message.max.bytes).
  std::size_t max_record_bytes = 1'000'000;
  /// How long the destructor's clean-up, or close(), waits for what is still under way.
  std::chrono::milliseconds close_limit{10'000};
};

/// Where a record was stored.
struct Delivery {
  TopicPartition partition;
  /// -1 if the broker did not tell, which happens when an earlier attempt had stored it already.
  std::int64_t offset = -1;
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// Since the producer was made, and now.
struct ProducerStats {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  /// Sends that had to wait for room.
  std::uint64_t waited = 0;
  /// How often a fatal error of the idempotent producer made it take a new identity.
  std::uint64_t recreated = 0;
  std::size_t queued_records = 0;
  std::size_t queued_bytes = 0;
};

namespace internal {
class ProducerCore;
}

/// May be used by tasks of all workers at once. Outlives the tasks that use it (they hold the shared pointer).
class Producer {
 public:
  /// Makes a producer; the worker that runs this serves it from then on. Does not wait for a broker: one that is down
  /// is tried again for ever. Errors: INVALID_ARGUMENT for an option that makes no sense, named in the message.
  static Task<std::shared_ptr<Producer>> create(ProducerOptions options);
  /// Without close() before: what is still under way is given close_limit in the background.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Sends the record and waits for the broker's answer. See the head of this file. The record is moved; its value is
  /// not copied on the way to the batch that goes over the network.
  Task<Delivery> send(Record record);

  /// Learns where the topic's partitions are, once for each topic; ends also when no broker says so within a second. A
  /// record to a topic that is not known waits until the library asks for it, which it does once a second.
  Task<> prepare(std::string topic);

  /// Waits until all records that are queued or under way now have been delivered or have failed. Sends that still wait
  /// for room are not waited for.
  Task<> flush();

  /// Refuses new sends (those that wait for room too), waits up to close_limit for what is under way, fails the rest,
  /// and frees the connections. Closing twice waits for the first. Not ended by the caller's cancellation.
  Task<> close();

  ConnectionState connection() const;
  ProducerStats stats() const;

 private:
  explicit Producer(std::shared_ptr<internal::ProducerCore> core);
  std::shared_ptr<internal::ProducerCore> core_;
};

}  // namespace skerry::kafka
