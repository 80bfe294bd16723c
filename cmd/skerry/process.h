// SPDX-License-Identifier: Apache-2.0
//
// Process: a direct child of this process, with its output in a pipe. Waiting for its end and for its output suspends
// the task only. The child dies with its parent, even when the parent is killed.
//
//   std::unique_ptr<Process> child = co_await Process::start({.program = "/bin/echo", .arguments = {"hello"}});
//   while (std::optional<std::string> line = co_await child->read_line()) ...
//   ProcessExit exit = co_await child->wait();
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/base/unique_fd.h"

namespace skerry::cmd {

/// The path of the program that runs; empty when the system does not tell.
std::filesystem::path this_program();

struct ProcessOptions {
  /// A path; it is not looked up in PATH.
  std::string program;
  /// Without the program itself.
  std::vector<std::string> arguments;
  /// Added to, or replacing what is in, this process's environment.
  std::map<std::string, std::string> environment;
};

struct ProcessExit {
  /// The exit code, or -1 when a signal ended the process.
  int code = 0;
  /// The signal that ended the process, or 0.
  int signal = 0;
  bool clean() const { return code == 0 && signal == 0; }
  /// "exited with code 3", "was ended by signal 9 (Killed)".
  std::string to_string() const;
};

class Process {
 public:
  /// A line of output that is longer than this is given in pieces.
  static constexpr std::size_t kMaxLineBytes = 64 * 1024;

  /// Starts the program with standard output and standard error in one pipe and standard input from /dev/null.
  /// NOT_FOUND or PERMISSION_DENIED when it cannot be run. The object belongs to the calling worker.
  static Result<std::unique_ptr<Process>> start(const ProcessOptions& options);
  /// Precondition: the process has ended and was waited for, or is abandoned: it is killed then.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  /// Waits for the end of the process. Any number of times, by one task at a time.
  Task<ProcessExit> wait();
  /// The next line of output without its end of line; nullopt when all writers have closed the pipe.
  Task<std::optional<std::string>> read_line();
  /// Sends the signal if the process has not been waited for.
  void signal(int number);

 private:
  Process(pid_t pid, UniqueFd pidfd, UniqueFd output);
  std::optional<std::string> take_line(bool at_end);

  const pid_t pid_;
  UniqueFd pidfd_;
  UniqueFd output_;
  std::string buffer_;
  bool output_ended_ = false;
  std::optional<ProcessExit> exit_;
};

}  // namespace skerry::cmd
