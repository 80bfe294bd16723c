// SPDX-License-Identifier: Apache-2.0
//
// Instance: one client object of librdkafka with the queue on which everything that it reports arrives, and the
// doorbell that it rings. Logs and errors are dealt with here; the rest is for the owner. Making and destroying one
// blocks: do both on the blocking pool. Internal to kafka/.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "skerry/base/result.h"
#include "skerry/kafka/doorbell.h"
#include "skerry/kafka/library.h"
#include "skerry/kafka/settings.h"

namespace skerry::kafka::internal {

/// Events that are taken from a queue before the worker's other tasks have their turn.
inline constexpr int kMaxEventsPerTurn = 64;
/// How long the end of a client may take when its task is cancelled.
inline constexpr std::chrono::hours kEndLimit{1};

/// Whether a client has a working connection, told by the library's threads.
class ConnectionWatch {
 public:
  void broker_changed(std::string broker, bool up);
  void note(Error error);
  ConnectionState state() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, bool> up_;
  std::optional<Error> last_error_;
};

class Instance {
 public:
  enum class Kind : std::uint8_t { kProducer, kConsumer };

  /// Blocks. `events` is a set of RD_KAFKA_EVENT_...; errors and logs are always among them. The watch lives on when an
  /// instance is replaced.
  static Result<std::shared_ptr<Instance>> make(Kind kind, Settings settings, int events,
                                                std::shared_ptr<Doorbell> doorbell,
                                                std::shared_ptr<ConnectionWatch> watch);
  /// Blocks until the library's threads have ended.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  rd_kafka_s* get() const { return client_; }
  rd_kafka_queue_s* queue() const { return queue_.get(); }
  /// Rings the doorbell whenever something arrives on this queue after it was found empty.
  void ring_for(rd_kafka_queue_s* queue) const;

  /// The next event that is no log, or null. An error was noted as the connection's already. Never blocks.
  EventPtr next_event();
  /// The error that makes this instance useless, if there is one.
  std::optional<Error> fatal_error() const;
  /// The destructor then does not say goodbye to the group.
  void skip_goodbye() { skip_goodbye_ = true; }

 private:
  Instance(std::shared_ptr<Doorbell> doorbell, std::shared_ptr<ConnectionWatch> watch);
  Result<> open(Kind kind, const std::map<std::string, std::string>& settings, int events);

  const std::shared_ptr<Doorbell> doorbell_;
  const std::shared_ptr<ConnectionWatch> watch_;
  rd_kafka_s* client_ = nullptr;
  QueuePtr queue_;
  bool skip_goodbye_ = false;
};

/// Drops a reference to an instance on the blocking pool, where its end may take its time.
Task<> drop(std::shared_ptr<Instance> instance);

}  // namespace skerry::kafka::internal
