// SPDX-License-Identifier: Apache-2.0
//
// Logs: one JSON object a line with time, level, service, trace and span of the running task, message and fields.
//
//   log::info("order stored", {{"order_id", id}, {"total_cents", total}});
//
//   {"time":"2026-01-02T03:04:05.678901Z","level":"info","service":"order","trace_id":"4bf9...","span_id":"00f0...",
//    "message":"order stored","fields":{"order_id":"o1","total_cents":990}}
//
// The message is a constant sentence, what varies is in the fields. A call formats the line and hands it to a thread
// that writes: a reader that stalls never stalls the service; lines that find the queue full push the oldest out and
// are counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/telemetry/attribute.h"
#include "skerry/telemetry/export_queue.h"
#include "skerry/telemetry/span_data.h"

namespace skerry::telemetry {

inline constexpr std::size_t kMaxQueuedLogLines = 4096;
inline constexpr std::size_t kMaxLogMessageBytes = 16 * 1024;
inline constexpr std::size_t kMaxLogFields = 64;

/// "info", "warning" ...
std::string_view log_level_name(LogLevel level);
/// The level with this name ("warn" is "warning"); nullopt for another word.
std::optional<LogLevel> parse_log_level(std::string_view name);

/// Where lines go. `write` is called on any thread, with a line without its line break, and must not block for long.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(std::string_view line) = 0;
  /// Lines lost because the writer was too slow.
  virtual std::uint64_t dropped() const { return 0; }
};

enum class LogTarget : std::uint8_t { kStderr, kStdout, kNone };

/// A sink that writes to a standard stream from a thread of its own. Its destructor writes what is queued.
std::unique_ptr<LogSink> make_stream_sink(LogTarget target);

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogTarget target = LogTarget::kStderr;
  /// Instead of `target`, where it is set.
  std::unique_ptr<LogSink> sink = {};
};

/// All members may be used on any thread.
class Logger {
 public:
  /// `records` receives the lines a second time while it is open; it must outlive the logger.
  Logger(LogOptions options, std::string service, ExportQueue<LogRecord>& records);

  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  /// Takes effect with the next line.
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  bool enabled(LogLevel level) const { return level >= this->level(); }

  /// Writes a line with the running task's trace and span. Fields past kMaxLogFields are left out; text past its limit
  /// is cut.
  void write(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {});

  std::uint64_t dropped_lines() const { return sink_ == nullptr ? 0 : sink_->dropped(); }

 private:
  std::atomic<LogLevel> level_;
  const std::string service_;
  const std::unique_ptr<LogSink> sink_;
  ExportQueue<LogRecord>& records_;
};

}  // namespace skerry::telemetry

/// One-line access to the running task's logger.
namespace skerry::log {

using Fields = std::initializer_list<telemetry::Field>;

void write(telemetry::LogLevel level, std::string_view message, Fields fields = {});

inline void debug(std::string_view message, Fields fields = {}) { write(telemetry::LogLevel::kDebug, message, fields); }
inline void info(std::string_view message, Fields fields = {}) { write(telemetry::LogLevel::kInfo, message, fields); }
inline void warning(std::string_view message, Fields fields = {}) {
  write(telemetry::LogLevel::kWarning, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) { write(telemetry::LogLevel::kError, message, fields); }

}  // namespace skerry::log
