// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/supervised_instance.h"

#include <algorithm>
#include <csignal>

#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/base/defer.h"
#include "skerry/base/ids.h"

namespace skerry::cmd {
namespace {

Task<> wait_for(Event& event) { co_await event.wait(); }

}  // namespace

SupervisedInstance::SupervisedInstance(InstanceOptions options, std::shared_ptr<Terminal> terminal)
    : options_(std::move(options)), terminal_(std::move(terminal)) {}

Task<> SupervisedInstance::run() {
  const RestartPolicy& policy = options_.restart;
  std::chrono::milliseconds delay = policy.first;
  int failed_starts = 0;
  Defer announce([this] { ended_.set(); });
  while (!stopping_.is_set()) {
    const auto started = std::chrono::steady_clock::now();
    const ProcessExit exit = co_await run_once();
    if (stopping_.is_set()) co_return;
    if (!was_ready_ && ++failed_starts >= policy.max_failed_starts) co_await gave_up(exit);
    if (std::chrono::steady_clock::now() - started >= policy.healthy) delay = policy.first;
    terminal_->say(fmt::format("{:<{}} {}; starting it again in {} ms", options_.label, kLabelWidth, exit.to_string(),
                               delay.count()));
    co_await wait_before_restart(delay);
    delay = std::min(delay * 2, policy.longest);
  }
}

Task<ProcessExit> SupervisedInstance::run_once() {
  ProcessOptions program = options_.program;
  std::string id = fmt::format("{}-{}", options_.label, random_id().substr(0, 6));
  program.arguments.insert(program.arguments.end(), {"--instance", id});
  last_lines_.clear();
  process_ = co_await Process::start(program);
  id_.set(std::move(id));
  co_await show_output();
  co_return co_await process_->wait();
}

Task<> SupervisedInstance::show_output() {
  for (;;) {
    std::optional<std::string> line = co_await process_->read_line();
    if (!line) co_return;
    terminal_->show(options_.label, *line);
    last_lines_.push_back(std::move(*line));
    if (last_lines_.size() > kLastLines) last_lines_.pop_front();
  }
}

Task<> SupervisedInstance::wait_before_restart(std::chrono::milliseconds delay) {
  // Ends early when the instance is to stop.
  (void)co_await with_timeout(delay, wait_for(stopping_)).result();
}

Error SupervisedInstance::gave_up(const ProcessExit& exit) const {
  std::string lines;
  for (const std::string& line : last_lines_) lines += "\n    " + readable_line(line);
  return Error::failed_precondition("{} does not start: {} {} before it was ready, {} times. Its last lines:{}",
                                    options_.label, options_.program.program, exit.to_string(),
                                    options_.restart.max_failed_starts, lines.empty() ? " none" : lines);
}

Task<> SupervisedInstance::stop(std::chrono::nanoseconds limit) {
  stopping_.set();
  if (process_ == nullptr) co_return;
  process_->signal(SIGTERM);
  if (co_await with_timeout(limit, wait_for(ended_)).result()) co_return;
  terminal_->say(fmt::format("{:<{}} did not end in time and is killed", options_.label, kLabelWidth));
  process_->signal(SIGKILL);
  co_await ended_.wait();
}

}  // namespace skerry::cmd
