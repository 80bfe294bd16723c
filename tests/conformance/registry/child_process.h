// SPDX-License-Identifier: Apache-2.0
//
// A program that a test runs beside itself, and that ends with it. The one thing to know: it also ends with the thread
// that started it, so a task of a runtime starts only what may end with that runtime.
//
//   ChildProcess child;
//   child.start({"/usr/bin/etcd", "--data-dir", data}, directory + "/log");
//   child.kill();
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace skerry::conformance {

class ChildProcess {
 public:
  ChildProcess() = default;
  /// Kills the process where it runs.
  ~ChildProcess() { kill(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Starts the program; `command` begins with its path. Its output goes to the end of the log file. Fails the running
  /// test when it cannot. Precondition: not running.
  void start(const std::vector<std::string>& command, const std::string& log_path);
  /// SIGKILL, and waits until the process is gone.
  void kill();
  /// SIGTERM, without waiting.
  void ask_to_stop();
  /// Waits for the end; true when it came. Precondition: running.
  bool ends_within(int milliseconds);
  bool is_running() const { return pid_ > 0; }

 private:
  void wait_for_end();

  pid_t pid_ = 0;
};

}  // namespace skerry::conformance
