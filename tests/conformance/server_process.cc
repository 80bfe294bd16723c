// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string_view>

#include "skerry/base/unique_fd.h"

namespace skerry::conformance {
namespace {

// "ready: registry http://127.0.0.1:2379, admin http://127.0.0.1:40000"
constexpr std::string_view kReady = "ready: ";
constexpr std::string_view kScheme = "http://";

// Runs in the child: becomes the server, or ends.
[[noreturn]] void become_server(const std::string& server, const std::string& data_directory, int output) {
  // The server does not outlive a test that crashes.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execl(SKERRY_PROGRAM, SKERRY_PROGRAM, server.c_str(), "--data", data_directory.c_str(), "--listen", "127.0.0.1:0",
        nullptr);
  _exit(127);
}

// The next line, without its end; what is there at the end of the output.
std::string read_line(int output) {
  std::string line;
  char next = 0;
  while (read(output, &next, 1) == 1 && next != '\n') line += next;
  return line;
}

}  // namespace

ServerProcess::ServerProcess(const std::string& server, const std::string& data_directory) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const UniqueFd output(ends[0]);
  {
    const UniqueFd input(ends[1]);
    pid_ = fork();
    if (pid_ == 0) become_server(server, data_directory, input.get());
  }
  if (pid_ < 0) throw std::runtime_error("fork failed");
  const std::string line = read_line(output.get());
  if (!line.starts_with(kReady)) {
    stop();
    throw std::runtime_error("the server does not start: " + line);
  }
  endpoint_ = line.substr(line.find(' ', kReady.size()) + 1);
  endpoint_.resize(endpoint_.find(','));
  if (endpoint_.starts_with(kScheme)) endpoint_.erase(0, kScheme.size());
}

ServerProcess::~ServerProcess() {
  if (ended_) return;
  kill();
  waitpid(pid_, nullptr, 0);
}

void ServerProcess::kill() { ::kill(pid_, SIGKILL); }

int ServerProcess::stop() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  ended_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace skerry::conformance
