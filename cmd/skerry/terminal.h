// SPDX-License-Identifier: Apache-2.0
//
// Terminal: the one output of `skerry dev`: what it does itself, and the joined output of the services. A service's
// JSON log lines are written so that people can read them; every other line stays as it is.
//
//   12:00:01.042 order-1      INFO  order stored  order_id=o1 total_cents=990  trace=4bf92f3577b34da6a3ce929d0e0e4736
//   12:00:01.043 order-1      not a log line
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "skerry/telemetry/log.h"

namespace skerry::cmd {

/// The width of the column of names.
inline constexpr std::size_t kLabelWidth = 12;

/// The line without its label: a JSON log line as people read it, anything else unchanged (control characters, which
/// could change the terminal, as '?').
std::string readable_line(std::string_view line);

/// Any thread. Lines are written by a thread of their own, so that a stalled terminal stalls nothing.
class Terminal {
 public:
  Terminal() : sink_(telemetry::make_stream_sink(telemetry::LogTarget::kStdout)) {}

  /// What `skerry dev` says itself.
  void say(std::string_view line) { sink_->write(line); }
  /// A line of a service's output.
  void show(std::string_view label, std::string_view line);

 private:
  std::unique_ptr<telemetry::LogSink> sink_;
};

/// The log of a part of this process, shown as that of a service.
std::unique_ptr<telemetry::LogSink> terminal_sink(std::shared_ptr<Terminal> terminal, std::string label);

}  // namespace skerry::cmd
