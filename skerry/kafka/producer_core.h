// SPDX-License-Identifier: Apache-2.0
//
// ProducerCore: what a Producer shares with the task that serves it. Sends hand records to the library from any worker;
// the serving task alone looks at the delivery reports, and replaces the library's client after a fatal error. Internal
// to kafka/.
//
// Invariants:
//  1. A record is in `in_flight_`, by ascending ticket, from before the library has it until its outcome is known; its
//     value stays there meanwhile, because the library refers to it.
//  2. The room that a record takes is given back when it leaves `in_flight_`.
//  3. The library's own queue is larger than what max_queued_... lets in, so it is never full.
//  4. `usable_` is reset only while the broken instance is still the current one.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "skerry/async/sync.h"
#include "skerry/kafka/instance.h"
#include "skerry/kafka/pending.h"
#include "skerry/kafka/producer.h"

namespace skerry::kafka::internal {

class ProducerCore {
 public:
  explicit ProducerCore(ProducerOptions options);

  /// Opens the first instance and starts the serving task on this worker.
  static Task<> start(std::shared_ptr<ProducerCore> self);
  static Task<Delivery> send(std::shared_ptr<ProducerCore> self, Record record);
  static Task<> prepare(std::shared_ptr<ProducerCore> self, std::string topic);
  static Task<> flush(std::shared_ptr<ProducerCore> self);
  static Task<> close(std::shared_ptr<ProducerCore> self);
  /// close() without waiting. Any thread.
  void begin_close();

  ConnectionState connection() const { return watch_->state(); }
  ProducerStats stats() const;
  /// Makes the library believe in a fatal error of the idempotent producer. For tests.
  void break_instance();

 private:
  struct InFlight {
    std::uint64_t ticket = 0;
    std::size_t bytes = 0;
    std::optional<std::string> value;
    std::shared_ptr<Pending<Delivery>> pending;
    std::list<InFlight>::iterator self = {};
  };
  struct Flush {
    std::uint64_t below_ticket;
    std::shared_ptr<Event> done;
  };
  /// The room that a record has taken, until it is in flight.
  class Room {
   public:
    explicit Room(ProducerCore& core) : core_(core) {}
    ~Room();
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    Task<> take(std::size_t bytes);
    /// From here on finish() gives it back; or, if it comes to nothing, this again.
    std::size_t keep();
    void take_back(std::size_t bytes);

   private:
    ProducerCore& core_;
    std::size_t records_ = 0;
    std::size_t bytes_ = 0;
  };
  enum class HandOver : std::uint8_t { kAccepted, kInstanceBroken };

  static Task<> serve(std::shared_ptr<ProducerCore> self);
  static Task<> serve_until_closed(std::shared_ptr<ProducerCore> self);
  static Task<> replace_instance(std::shared_ptr<ProducerCore> self, Error reason);
  static Task<std::shared_ptr<Instance>> open(std::shared_ptr<ProducerCore> self);
  Result<> check(const Record& record) const;
  Result<HandOver> hand_over(Record& record, Room& room, const std::shared_ptr<Pending<Delivery>>& pending);
  /// Takes up to a batch of events from the library. True if there may be more.
  bool take_events(Instance& instance);
  void take_reports(const Instance& instance, rd_kafka_op_s* event);
  void finish(std::list<InFlight>::iterator in_flight, Result<Delivery> result);
  /// Fails what was handed over before this ticket and has no outcome. Precondition: the library has given it up.
  void fail_below(std::uint64_t ticket, const Error& error);
  /// How long to wait for events at most; nullopt when it is time to end.
  std::optional<std::chrono::nanoseconds> time_left() const;

  const ProducerOptions options_;
  const std::shared_ptr<Doorbell> doorbell_ = std::make_shared<Doorbell>();
  const std::shared_ptr<ConnectionWatch> watch_ = std::make_shared<ConnectionWatch>();

  Semaphore records_;
  Semaphore bytes_;

  // Held shared while a record is handed over and while a topic is looked up, alone while the instance changes.
  std::shared_mutex instance_mutex_;
  std::shared_ptr<Instance> instance_;
  // Set while the instance takes records.
  Event usable_;

  mutable std::mutex mutex_;
  std::list<InFlight> in_flight_;
  std::uint64_t next_ticket_ = 0;
  std::list<Flush> flushes_;
  // Set when the topic was looked up.
  std::map<std::string, std::shared_ptr<Event>> prepared_;
  bool closing_ = false;
  std::chrono::steady_clock::time_point close_deadline_{};
  ProducerStats stats_;
  Event closed_;
};

}  // namespace skerry::kafka::internal
