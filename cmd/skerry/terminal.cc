// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/terminal.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace skerry::cmd {
namespace {

namespace json = boost::json;

std::string_view text_of(const json::object& line, std::string_view key) {
  const json::value* value = line.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

// "2026-01-02T03:04:05.678901Z" is shown as "03:04:05.678".
std::string_view clock_of(std::string_view time) {
  constexpr std::size_t kDateBytes = 11;
  constexpr std::size_t kClockBytes = 12;
  return time.size() < kDateBytes + kClockBytes ? time : time.substr(kDateBytes, kClockBytes);
}

std::string printable(std::string_view text) {
  std::string shown(text);
  std::ranges::replace_if(shown, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, '?');
  return shown;
}

std::string field_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

std::string readable_line(std::string_view line) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(json::string_view(line.data(), line.size()), failed);
  const json::object* entry = failed ? nullptr : parsed.if_object();
  if (entry == nullptr || text_of(*entry, "message").empty()) return printable(line);
  std::string level(text_of(*entry, "level"));
  std::ranges::transform(level, level.begin(), [](unsigned char letter) { return std::toupper(letter); });
  std::string shown = fmt::format("{} {:<7} {}", clock_of(text_of(*entry, "time")), level, text_of(*entry, "message"));
  if (const json::value* fields = entry->if_contains("fields"); fields != nullptr && fields->is_object()) {
    for (const json::key_value_pair& field : fields->get_object()) {
      shown += fmt::format("  {}={}", std::string_view(field.key()), field_text(field.value()));
    }
  }
  if (const std::string_view trace = text_of(*entry, "trace_id"); !trace.empty())
    shown += fmt::format("  trace={}", trace);
  return printable(shown);
}

void Terminal::show(std::string_view label, std::string_view line) {
  sink_->write(fmt::format("{:<{}} {}", label, kLabelWidth, readable_line(line)));
}

namespace {

class LabelledSink final : public telemetry::LogSink {
 public:
  LabelledSink(std::shared_ptr<Terminal> terminal, std::string label)
      : terminal_(std::move(terminal)), label_(std::move(label)) {}
  void write(std::string_view line) override { terminal_->show(label_, line); }

 private:
  const std::shared_ptr<Terminal> terminal_;
  const std::string label_;
};

}  // namespace

std::unique_ptr<telemetry::LogSink> terminal_sink(std::shared_ptr<Terminal> terminal, std::string label) {
  return std::make_unique<LabelledSink>(std::move(terminal), std::move(label));
}

}  // namespace skerry::cmd
