// SPDX-License-Identifier: Apache-2.0
//
// Text for people at a terminal: a table whose columns are as wide as what is in them, times, and bytes of which nobody
// knows what they are. Pure.
//
//   TextTable table({"TOPIC", "GROUP", "LETTERS"});
//   table.add({"shop.orders", "payment", "3"});
//   fmt::print("{}", table.text());
//
//   TOPIC        GROUP    LETTERS
//   shop.orders  payment  3
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::cmd {

/// The characters of a cell; a longer text is cut and ends with "...".
inline constexpr std::size_t kMaxCellCharacters = 100;
/// The bytes that escaped_bytes shows.
inline constexpr std::size_t kMaxEscapedBytes = 4'096;

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> heads);

  /// Precondition: as many cells as heads. Control characters, which could change the terminal, are shown as '?', bytes
  /// that are no UTF-8 as U+FFFD.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.size() == 1; }
  /// A line for the heads and one for each row, columns two blanks apart.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the heads first
};

/// The text as one line that can do nothing to a terminal, as the cells of a table are.
std::string one_line(std::string_view text);

/// "2026-01-02T03:04:05.678Z".
std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time);

/// Printable ASCII as it is, the rest as \n, \t, \\ or \xNN; the first kMaxEscapedBytes, and then how many are left.
std::string escaped_bytes(std::string_view bytes);

/// True for UTF-8 without control characters but tab and line breaks: what can be shown, and put in JSON, as it is.
bool is_plain_text(std::string_view bytes);

}  // namespace skerry::cmd
