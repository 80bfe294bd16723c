// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/text_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "skerry/base/check.h"
#include "skerry/telemetry/utf8.h"

namespace skerry::cmd {
namespace {

constexpr std::string_view kEllipsis = "...";
constexpr std::size_t kColumnGap = 2;

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

// Of valid UTF-8: all bytes but those that continue a character.
std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

std::string cut(std::string text) {
  if (character_count(text) <= kMaxCellCharacters) return text;
  std::size_t end = 0;
  for (std::size_t kept = 0; kept < kMaxCellCharacters - kEllipsis.size(); ++kept) {
    end += telemetry::utf8_sequence_bytes(std::string_view(text).substr(end));
  }
  return text.substr(0, end).append(kEllipsis);
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  telemetry::append_valid_utf8(line, text);
  std::ranges::replace_if(line, is_control, '?');
  return line;
}

TextTable::TextTable(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }

void TextTable::add(std::vector<std::string> cells) {
  SKERRY_CHECK(cells.size() == rows_.front().size(), "a row has a cell for each column");
  for (std::string& cell : cells) cell = cut(one_line(cell));
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], character_count(row[at]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t at = 0; at < row.size(); ++at) {
      line += row[at];
      line.append(widths[at] - character_count(row[at]) + kColumnGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string escaped_bytes(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, kMaxEscapedBytes)) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\n') {
      text += "\\n";
    } else if (byte == '\t') {
      text += "\\t";
    } else if (byte == '\\') {
      text += "\\\\";
    } else if (is_control(code) || code >= 0x80) {
      text += fmt::format("\\x{:02x}", code);
    } else {
      text += byte;
    }
  }
  if (bytes.size() > kMaxEscapedBytes) text += fmt::format("... and {} bytes more", bytes.size() - kMaxEscapedBytes);
  return text;
}

bool is_plain_text(std::string_view bytes) {
  std::string valid;
  telemetry::append_valid_utf8(valid, bytes);
  return valid == bytes && std::ranges::none_of(bytes, [](unsigned char byte) {
           return is_control(byte) && byte != '\n' && byte != '\t' && byte != '\r';
         });
}

}  // namespace skerry::cmd
