// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "skerry/base/unique_fd.h"

namespace skerry::conformance {
namespace {

// Runs in the child: becomes the program, or ends.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::string& log_path) {
  // The process does not outlive a test that crashes.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

void ChildProcess::start(const std::vector<std::string>& command, const std::string& log_path) {
  ASSERT_EQ(pid_, 0) << "already running";
  // Nothing is allocated between fork and exec: another thread may hold the allocator's lock.
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  ASSERT_GE(pid_, 0);
  if (pid_ == 0) become(arguments, log_path);
}

bool ChildProcess::ends_within(int milliseconds) {
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  pollfd end{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (poll(&end, 1, milliseconds) <= 0) return false;
  wait_for_end();
  return true;
}

void ChildProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait_for_end();
}

void ChildProcess::ask_to_stop() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void ChildProcess::wait_for_end() {
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace skerry::conformance
