// SPDX-License-Identifier: Apache-2.0
//
// DeadLetter: a record that a group gave up on, as it stands in the topic `{topic}.{group}.dlq`: key, value and headers
// as they were, and headers that begin with `dlq_` and say why, after how many attempts and where it came from. Pure:
// no I/O; skerry/events/dead_letters.h finds them and sends them back.
//
//   dlq_reason, dlq_error, dlq_attempts     dlq_topic, dlq_partition, dlq_offset, dlq_timestamp     of the original
//   dlq_group, dlq_died_at                  dlq_key_held                                            the key waits for
//   it
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/events/cloud_event.h"
#include "skerry/kafka/record.h"

namespace skerry::events {

/// Where a record is in Kafka.
struct RecordPosition {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;

  /// "orders[3]@1042".
  std::string to_string() const;
  friend auto operator<=>(const RecordPosition&, const RecordPosition&) = default;
};

RecordPosition position_of(const kafka::Record& record);

/// Why an event was given up.
enum class DeadReason : std::uint8_t {
  kNotAnEvent,   ///< The record is no CloudEvent, or its data no message of its type.
  kUnknownType,  ///< No handler of the group takes it.
  kFailed,       ///< Every attempt failed.
  kPermanent,    ///< The handler failed with an error that no repetition heals.
  kHeld,         ///< An earlier event of its key is dead (AfterDeadLetter::kHoldKey).
};

/// "not-an-event", "unknown-type", "failed", "permanent", "held".
std::string_view dead_reason_name(DeadReason reason);
std::optional<DeadReason> parse_dead_reason(std::string_view name);

/// "{topic}.{group}.dlq".
std::string dead_letter_topic(std::string_view topic, std::string_view group);

/// How a dead letter came to be.
struct DeathCertificate {
  DeadReason reason = DeadReason::kFailed;
  /// The last attempt's error, as text.
  std::string error;
  std::uint32_t attempts = 0;
  RecordPosition position;
  /// The original record's.
  kafka::Timestamp timestamp;
  std::string group;
  /// When it was given up.
  Time died_at;
  /// The later events of its key become dead letters until it is redriven or discarded.
  bool key_held = false;

  friend bool operator==(const DeathCertificate&, const DeathCertificate&) = default;
};

struct DeadLetter {
  /// Where it is in the dead letter topic: what show, redrive and discard name it by.
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  DeathCertificate death;
  /// The record as it was.
  kafka::Record record;
};

/// Bytes that are kept of an error's text.
inline constexpr std::size_t kMaxDeathErrorBytes = 4096;

/// The record of a dead letter, to send to dead_letter_topic().
kafka::Record bury(kafka::Record record, const DeathCertificate& death);
/// The reverse. INVALID_ARGUMENT for a record that is no dead letter.
Result<DeadLetter> exhume(kafka::Record record);

/// What a redriven record and its likes tell the subscribers.
struct Redrive {
  enum class Action : std::uint8_t {
    kHandle,   ///< Handle it once more.
    kDiscard,  ///< It was discarded: nothing waits for it any more.
  };
  Action action = Action::kHandle;
  /// Other groups pass the record over.
  std::string group;
  /// Where the event that died stood; of one that died several times, at the last time.
  RecordPosition died;

  friend bool operator==(const Redrive&, const Redrive&) = default;
};

/// The letter's record as it goes back to its original topic and partition.
kafka::Record redriven(const DeadLetter& letter);
/// What tells the subscribers that hold the letter's key that it was discarded.
kafka::Record discarded(const DeadLetter& letter);
/// nullopt for an ordinary record. INVALID_ARGUMENT for one whose `dlq_redrive` headers are damaged.
Result<std::optional<Redrive>> redrive_of(const kafka::Record& record);

/// The record that says, in the dead letter topic, that the one at `offset` of its partition is settled.
kafka::Record resolution(const DeadLetter& letter, std::string_view how);
/// The offset that a resolution settles; nullopt for a record that is none.
std::optional<std::int64_t> resolved_offset(const kafka::Record& record);

}  // namespace skerry::events
