// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/dead_letter.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "skerry/telemetry/attribute.h"

namespace skerry::events {
namespace {

constexpr std::string_view kDeathHeaders[] = {
    "dlq_reason",    "dlq_error", "dlq_attempts", "dlq_topic",    "dlq_partition", "dlq_offset",
    "dlq_timestamp", "dlq_group", "dlq_died_at",  "dlq_key_held", "dlq_redrive",
};
constexpr std::array<std::pair<DeadReason, std::string_view>, 5> kReasons = {{
    {DeadReason::kNotAnEvent, "not-an-event"},
    {DeadReason::kUnknownType, "unknown-type"},
    {DeadReason::kFailed, "failed"},
    {DeadReason::kPermanent, "permanent"},
    {DeadReason::kHeld, "held"},
}};
constexpr std::string_view kRedriveActions[] = {"handle", "discard"};

template <class N>
std::optional<N> parse_number(std::string_view text) {
  N number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

/// Reads the `dlq_` headers of a record; what is missing or damaged is remembered.
class DeathHeaders {
 public:
  explicit DeathHeaders(const kafka::Record& record) : record_(record) {}

  std::string text(std::string_view name) {
    const std::string* value = record_.header(name);
    if (value == nullptr) broken_ = name;
    return value == nullptr ? std::string() : *value;
  }
  template <class N>
  N number(std::string_view name) {
    const std::string* value = record_.header(name);
    const auto number = value == nullptr ? std::nullopt : parse_number<N>(*value);
    if (!number) broken_ = name;
    return number.value_or(0);
  }
  Time time(std::string_view name) {
    const std::string* value = record_.header(name);
    const auto time = value == nullptr ? std::nullopt : parse_time(*value);
    if (!time) broken_ = name;
    return time.value_or(Time());
  }
  RecordPosition position() {
    return {.topic = text("dlq_topic"),
            .partition = number<std::int32_t>("dlq_partition"),
            .offset = number<std::int64_t>("dlq_offset")};
  }
  Result<> check() const {
    if (broken_.empty()) return {};
    return fail(Error::invalid_argument("{} is no dead letter: the header {} is missing or damaged",
                                        position_of(record_).to_string(), broken_));
  }

 private:
  const kafka::Record& record_;
  std::string_view broken_;
};

void add(kafka::Record& record, std::string_view name, std::string value) {
  record.headers.push_back({.name = std::string(name), .value = std::move(value)});
}

void add_position(kafka::Record& record, const RecordPosition& position) {
  add(record, "dlq_topic", position.topic);
  add(record, "dlq_partition", std::to_string(position.partition));
  add(record, "dlq_offset", std::to_string(position.offset));
}

void drop_death_headers(kafka::Record& record) {
  std::erase_if(record.headers, [](const kafka::Header& header) {
    return std::ranges::find(kDeathHeaders, header.name) != std::end(kDeathHeaders);
  });
}

kafka::Record sent_back(const DeadLetter& letter, Redrive::Action action) {
  kafka::Record record = letter.record;
  drop_death_headers(record);
  record.topic = letter.death.position.topic;
  record.partition = letter.death.position.partition;
  record.timestamp = {};  // of the old time, retention would take it away before anybody reads it
  add(record, "dlq_redrive", std::string(kRedriveActions[static_cast<std::size_t>(action)]));
  add(record, "dlq_group", letter.death.group);
  add_position(record, letter.death.position);
  return record;
}

}  // namespace

std::string RecordPosition::to_string() const { return fmt::format("{}[{}]@{}", topic, partition, offset); }

RecordPosition position_of(const kafka::Record& record) {
  return {.topic = record.topic, .partition = record.partition.value_or(0), .offset = record.offset};
}

std::string_view dead_reason_name(DeadReason reason) {
  return std::ranges::find(kReasons, reason, &std::pair<DeadReason, std::string_view>::first)->second;
}

std::optional<DeadReason> parse_dead_reason(std::string_view name) {
  const auto found = std::ranges::find(kReasons, name, &std::pair<DeadReason, std::string_view>::second);
  if (found == kReasons.end()) return std::nullopt;
  return found->first;
}

std::string dead_letter_topic(std::string_view topic, std::string_view group) {
  return fmt::format("{}.{}.dlq", topic, group);
}

kafka::Record bury(kafka::Record record, const DeathCertificate& death) {
  drop_death_headers(record);
  record.topic = dead_letter_topic(death.position.topic, death.group);
  record.partition.reset();
  record.offset = -1;
  record.timestamp = {};
  add(record, "dlq_reason", std::string(dead_reason_name(death.reason)));
  add(record, "dlq_error", telemetry::bounded_text(death.error, kMaxDeathErrorBytes));
  add(record, "dlq_attempts", std::to_string(death.attempts));
  add_position(record, death.position);
  add(record, "dlq_timestamp", format_time(death.timestamp));
  add(record, "dlq_group", death.group);
  add(record, "dlq_died_at", format_time(death.died_at));
  if (death.key_held) add(record, "dlq_key_held", "true");
  return record;
}

Result<DeadLetter> exhume(kafka::Record record) {
  DeathHeaders headers(record);
  const std::string reason = headers.text("dlq_reason");
  DeadLetter letter{.partition = record.partition.value_or(0), .offset = record.offset, .death = {}, .record = {}};
  letter.death.reason = parse_dead_reason(reason).value_or(DeadReason::kFailed);
  letter.death.error = telemetry::bounded_text(headers.text("dlq_error"), kMaxDeathErrorBytes);
  letter.death.attempts = headers.number<std::uint32_t>("dlq_attempts");
  letter.death.position = headers.position();
  letter.death.timestamp = std::chrono::floor<std::chrono::milliseconds>(headers.time("dlq_timestamp"));
  letter.death.group = headers.text("dlq_group");
  letter.death.died_at = headers.time("dlq_died_at");
  letter.death.key_held = record.header("dlq_key_held") != nullptr;
  if (Result<> checked = headers.check(); !checked) return fail(std::move(checked));
  drop_death_headers(record);
  record.topic = letter.death.position.topic;
  record.partition = letter.death.position.partition;
  record.offset = letter.death.position.offset;
  record.timestamp = letter.death.timestamp;
  letter.record = std::move(record);
  return letter;
}

kafka::Record redriven(const DeadLetter& letter) { return sent_back(letter, Redrive::Action::kHandle); }

kafka::Record discarded(const DeadLetter& letter) {
  kafka::Record record = sent_back(letter, Redrive::Action::kDiscard);
  record.value = "";
  return record;
}

Result<std::optional<Redrive>> redrive_of(const kafka::Record& record) {
  const std::string* action = record.header("dlq_redrive");
  if (action == nullptr) return std::nullopt;
  const auto known = std::ranges::find(kRedriveActions, *action);
  DeathHeaders headers(record);
  Redrive redrive{.action = {}, .group = headers.text("dlq_group"), .died = headers.position()};
  if (Result<> checked = headers.check(); !checked) return fail(std::move(checked));
  if (known == std::end(kRedriveActions)) {
    return fail(Error::invalid_argument("dlq_redrive is neither \"handle\" nor \"discard\""));
  }
  redrive.action = static_cast<Redrive::Action>(known - std::begin(kRedriveActions));
  return redrive;
}

kafka::Record resolution(const DeadLetter& letter, std::string_view how) {
  kafka::Record record;
  record.topic = dead_letter_topic(letter.death.position.topic, letter.death.group);
  record.partition = letter.partition;
  record.key = letter.record.key;
  record.value = "";
  add(record, "dlq_resolved", std::to_string(letter.offset));
  add(record, "dlq_resolution", std::string(how));
  return record;
}

std::optional<std::int64_t> resolved_offset(const kafka::Record& record) {
  const std::string* offset = record.header("dlq_resolved");
  return offset == nullptr ? std::nullopt : parse_number<std::int64_t>(*offset);
}

}  // namespace skerry::events
