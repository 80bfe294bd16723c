// SPDX-License-Identifier: Apache-2.0
//
// What is said about an event when it is published, and how a protobuf message becomes one. Services say it to
// Outbox::publish and Bus::publish:
//
//   co_await outbox.publish(tx, order_accepted, order_id, {.topic = "shop.orders", .sequence = version});
//
// What is left out is filled in: a new id, the time, the running span, and while an event is handled the correlation
// and causation ids that make the new event its effect.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "skerry/events/cloud_event.h"

namespace skerry::events {

/// A generated protobuf message.
template <class T>
concept EventMessage = std::default_initializable<T> && requires(T message, std::string bytes) {
  { message.SerializeToString(&bytes) } -> std::same_as<bool>;
  { message.ParseFromString(bytes) } -> std::same_as<bool>;
  { message.GetTypeName() } -> std::convertible_to<std::string>;
};

/// Bytes of key, headers and value together: what Kafka takes by default (message.max.bytes, 1 MB), less what the
/// batch around it needs. A larger event is refused where it is published.
inline constexpr std::size_t kMaxEventBytes = 1'000'000 - 16 * 1024;

struct PublishOptions {
  /// Where it goes; empty: the message's full name, such as "shop.OrderAccepted".
  std::string topic = {};
  /// Empty: a new one. Give one where the same fact may be published again, so that it counts once.
  std::string id = {};
  /// The aggregate's id; empty: the key.
  std::string subject = {};
  /// The version that the event made of the aggregate, from 1 and without gaps for each subject: what subscribers with
  /// Ordering::kBySequence go by.
  std::optional<std::int64_t> sequence = {};
  /// Now, unless given.
  std::optional<Time> time = {};
  /// Empty: those of the event that is being handled; without one, correlation_id is the event's own id.
  std::string correlation_id = {};
  std::string causation_id = {};
};

/// An event with its way: what the outbox stores and the producer sends.
struct OutgoingEvent {
  std::string topic;
  /// Events of one key stay in order. Also Kafka's record key.
  std::string key;
  CloudEvent event;

  friend bool operator==(const OutgoingEvent&, const OutgoingEvent&) = default;
};

namespace internal {
/// Fills in what the options leave out. INVALID_ARGUMENT as check() has it, and for a topic that Kafka does not take;
/// RESOURCE_EXHAUSTED past kMaxEventBytes, with the size.
Result<OutgoingEvent> outgoing(std::string type, std::string data, std::string source, std::string key,
                               PublishOptions options);
/// The record that carries the event. Precondition: the event was checked.
kafka::Record to_record(OutgoingEvent outgoing);
}  // namespace internal

/// The message as an event of `source`. Errors: as internal::outgoing.
template <EventMessage M>
Result<OutgoingEvent> make_event(const M& message, std::string source, std::string key, PublishOptions options = {}) {
  std::string data;
  if (!message.SerializeToString(&data)) {
    return fail(Error::invalid_argument("the {} lacks a required field", message.GetTypeName()));
  }
  return internal::outgoing(message.GetTypeName(), std::move(data), std::move(source), std::move(key),
                            std::move(options));
}

}  // namespace skerry::events
