// SPDX-License-Identifier: Apache-2.0
//
// SupervisedInstance: one instance of a service under `skerry dev`: started, its output shown, started again with
// backoff when it ends by itself. Every start has an instance id of its own, so that what the registry still holds of a
// killed process is never taken for its successor.
//
//   SupervisedInstance instance({.label = "order-1", .service = "order", .program = {...}}, terminal);
//   scope.go([&]() -> Task<> { co_await instance.run(); });
//   ...
//   co_await instance.stop(10s);
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "cmd/skerry/process.h"
#include "cmd/skerry/terminal.h"

#include "skerry/async/live.h"
#include "skerry/async/sync.h"

namespace skerry::cmd {

struct RestartPolicy {
  /// Before the first restart; each further one waits twice as long, up to `longest`.
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds longest{10'000};
  /// A process that lived so long begins with `first` again.
  std::chrono::milliseconds healthy{30'000};
  /// How often it may end before it was ready for the first time; then it is given up.
  int max_failed_starts = 3;
};

struct InstanceOptions {
  /// "order-1": for people.
  std::string label;
  std::string service;
  /// The instance's id is appended as `--instance ID`.
  ProcessOptions program;
  RestartPolicy restart = {};
};

/// Belongs to the worker that it was made on.
class SupervisedInstance {
 public:
  /// Lines of output that are repeated when a service does not start.
  static constexpr std::size_t kLastLines = 10;

  SupervisedInstance(InstanceOptions options, std::shared_ptr<Terminal> terminal);
  SupervisedInstance(const SupervisedInstance&) = delete;
  SupervisedInstance& operator=(const SupervisedInstance&) = delete;

  /// Keeps the process running until stop(). Fails when the program cannot be run, or ended too often before
  /// mark_ready(); the message has its last lines.
  Task<> run();
  /// Ends the process by SIGTERM, after `limit` by SIGKILL, and waits for its end. It is not started again.
  Task<> stop(std::chrono::nanoseconds limit);

  /// The id of the process that runs now, as it registers; empty before the first.
  const Live<std::string>& id() const { return id_; }
  /// It answered that it is ready.
  void mark_ready() { was_ready_ = true; }
  const InstanceOptions& options() const { return options_; }

 private:
  Task<ProcessExit> run_once();
  Task<> show_output();
  Task<> wait_before_restart(std::chrono::milliseconds delay);
  Error gave_up(const ProcessExit& exit) const;

  const InstanceOptions options_;
  const std::shared_ptr<Terminal> terminal_;
  const Live<std::string> id_{std::string()};
  std::unique_ptr<Process> process_;
  std::deque<std::string> last_lines_;
  bool was_ready_ = false;
  Event stopping_;
  Event ended_;
};

}  // namespace skerry::cmd
