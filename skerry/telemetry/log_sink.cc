// SPDX-License-Identifier: Apache-2.0
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "skerry/telemetry/log.h"

namespace skerry::telemetry {
namespace {

// The lines are complete when they come here: spdlog gives the queue, the thread and the writing. The pool belongs to
// the sink and not to spdlog's registry, so that two sinks share nothing.
class StreamSink final : public LogSink {
 public:
  explicit StreamSink(const spdlog::sink_ptr& stream)
      : pool_(std::make_shared<spdlog::details::thread_pool>(kMaxQueuedLogLines, 1)),
        logger_(std::make_shared<spdlog::async_logger>("lines", stream, pool_,
                                                       spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::trace);
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  }

  void write(std::string_view line) override {
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }
  std::uint64_t dropped() const override { return pool_->overrun_counter(); }

 private:
  const std::shared_ptr<spdlog::details::thread_pool> pool_;
  const std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

std::unique_ptr<LogSink> make_stream_sink(LogTarget target) {
  switch (target) {
    case LogTarget::kStderr:
      return std::make_unique<StreamSink>(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    case LogTarget::kStdout:
      return std::make_unique<StreamSink>(std::make_shared<spdlog::sinks::stdout_sink_mt>());
    case LogTarget::kNone:
      break;
  }
  return nullptr;
}

}  // namespace skerry::telemetry
