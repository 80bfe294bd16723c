// SPDX-License-Identifier: Apache-2.0
//
// GroupHandler: takes one delivery of a group to its end, or to the point where it is to be tried again: decodes it,
// finds the handler of its type, runs an attempt under a span, and writes the dead letter where it is given up. It
// keeps nothing in memory between deliveries, so it may run on every worker. Internal to events/.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "skerry/events/event_metrics.h"
#include "skerry/events/handling.h"
#include "skerry/events/retry.h"
#include "skerry/telemetry/span.h"

namespace skerry::events::internal {

struct GroupParts {
  std::string group;
  std::map<std::string, TopicSubscription> topics;
  /// Null without a database; outlives the handler.
  GroupStore* store = nullptr;
  /// Sends the record of a dead letter and ends when Kafka has acknowledged it.
  std::function<Task<>(kafka::Record)> bury;
  /// Outlives the handler.
  EventMetrics* metrics = nullptr;
  Random random;
};

/// How a delivery ended for now.
struct Outcome {
  Delivery delivery;
  /// Absent: it is done. Else it is to be tried again after this.
  std::optional<std::chrono::milliseconds> pause;
  /// The parked event that is due now.
  std::optional<kafka::Record> released;
};

class GroupHandler {
 public:
  explicit GroupHandler(GroupParts parts) : parts_(std::move(parts)) {}
  GroupHandler(const GroupHandler&) = delete;
  GroupHandler& operator=(const GroupHandler&) = delete;

  const GroupParts& parts() const { return parts_; }
  /// Never fails; a panic of the handler is a failed attempt. Cancelled, the delivery is not done.
  Task<Outcome> handle(Delivery delivery);

 private:
  /// A failed attempt.
  struct Failure {
    Error error;
    bool of_handler = true;
    bool at_once = false;  // no further attempt
    DeadReason reason = DeadReason::kFailed;
  };
  struct Step {
    std::optional<std::chrono::milliseconds> pause;
    std::optional<kafka::Record> released;
  };

  // The delivery is in the frame of handle(), and changed in place.
  Task<Step> process(Delivery& delivery);
  Task<Step> process_event(Delivery& delivery, CloudEvent event, std::optional<Redrive> redrive);
  Task<Step> process_discard(Delivery& delivery, Redrive redrive);
  Task<ErasedHandler> handler_for(Delivery& delivery, std::string type, bool redriven);
  Task<std::optional<Step>> attempt(Delivery& delivery, Handling& handling);
  Task<std::optional<Failure>> run_handler(Handling& handling, telemetry::Span& span);
  Failure classified(Failure failure, const SubscribeOptions& options) const;
  Task<std::optional<std::chrono::milliseconds>> after_failure(Delivery& delivery, Failure failure);
  const SubscribeOptions& options_for(const Delivery& delivery) const;
  Task<> write_dead_letter(Delivery& delivery, Handling* handling);
  Step obstacle(Delivery& delivery, const Error& error);
  Step done(const Delivery& delivery, Fate fate, std::optional<kafka::Record> released = std::nullopt);

  const GroupParts parts_;
};

}  // namespace skerry::events::internal
