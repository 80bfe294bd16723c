// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/dead_letter_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>

#include "cmd/skerry/ctl/arguments.h"
#include "cmd/skerry/ctl/text_table.h"

#include "skerry/base/encoding.h"

namespace skerry::cmd {
namespace {

using events::DeadLetter;
namespace json = boost::json;

std::string letter_time(events::Time time) { return time_text(std::chrono::floor<std::chrono::milliseconds>(time)); }

std::string header_text(const DeadLetter& letter, std::string_view name) {
  const std::string* value = letter.record.header(name);
  return value == nullptr ? std::string() : *value;
}

json::value text_or_null(const std::optional<std::string>& bytes) {
  if (!bytes || !is_plain_text(*bytes)) return nullptr;
  return json::string(*bytes);
}

json::value base64_or_null(const std::optional<std::string>& bytes) {
  if (!bytes) return nullptr;
  return json::string(base64_encode(*bytes));
}

std::string line(std::string_view name, std::string_view value) { return fmt::format("{:<10}{}\n", name, value); }

}  // namespace

json::value queue_json(const events::DeadLetterQueue& queue) {
  return json::object{{"topic", queue.topic}, {"group", queue.group}, {"letters", queue.letters}};
}

json::value letter_json(const DeadLetter& letter) {
  const events::DeathCertificate& death = letter.death;
  json::object headers;
  for (const kafka::Header& header : letter.record.headers) headers[header.name] = one_line(header.value);
  return json::object{
      {"id", letter_id(letter.partition, letter.offset)},
      {"reason", events::dead_reason_name(death.reason)},
      {"error", one_line(death.error)},
      {"attempts", death.attempts},
      {"group", death.group},
      {"died_at", letter_time(death.died_at)},
      {"key_held", death.key_held},
      {"topic", death.position.topic},
      {"partition", death.position.partition},
      {"offset", death.position.offset},
      {"timestamp", time_text(death.timestamp)},
      {"key", text_or_null(letter.record.key)},
      {"key_base64", base64_or_null(letter.record.key)},
      {"headers", std::move(headers)},
      {"value", text_or_null(letter.record.value)},
      {"value_base64", base64_or_null(letter.record.value)},
  };
}

std::string queues_text(const std::vector<events::DeadLetterQueue>& queues) {
  if (queues.empty()) return "no dead letters\n";
  TextTable table({"TOPIC", "GROUP", "LETTERS"});
  for (const auto& queue : queues) table.add({queue.topic, queue.group, std::to_string(queue.letters)});
  return table.text();
}

std::string letters_text(const std::vector<DeadLetter>& letters) {
  if (letters.empty()) return "no dead letters\n";
  TextTable table({"ID", "DIED", "REASON", "ATTEMPTS", "ORIGINAL", "TYPE", "KEY", "ERROR"});
  for (const DeadLetter& letter : letters) {
    table.add({letter_id(letter.partition, letter.offset), letter_time(letter.death.died_at),
               std::string(events::dead_reason_name(letter.death.reason)), std::to_string(letter.death.attempts),
               letter.death.position.to_string(), header_text(letter, "ce_type"),
               escaped_bytes(letter.record.key.value_or("")), letter.death.error});
  }
  return table.text();
}

std::string letter_text(const DeadLetter& letter) {
  const events::DeathCertificate& death = letter.death;
  std::string text = line("id", letter_id(letter.partition, letter.offset));
  text += line("group", one_line(death.group));
  text += line("reason", events::dead_reason_name(death.reason));
  text += line("error", one_line(death.error));
  text += line("attempts", std::to_string(death.attempts));
  text += line("died", letter_time(death.died_at));
  text += line("original", one_line(death.position.to_string()) + ", " + time_text(death.timestamp));
  text += line("key", letter.record.key ? escaped_bytes(*letter.record.key) : "none");
  if (death.key_held)
    text += line("holds", "its key: later events of it become dead letters too until this is settled");
  text += "headers\n";
  for (const kafka::Header& header : letter.record.headers) {
    text += fmt::format("  {} = {}\n", one_line(header.name), one_line(header.value));
  }
  if (!letter.record.value) return text + line("value", "none");
  text += line("value", fmt::format("{} bytes", letter.record.value->size()));
  text += fmt::format("  {}\n", escaped_bytes(*letter.record.value));
  return text;
}

}  // namespace skerry::cmd
