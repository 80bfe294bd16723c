// SPDX-License-Identifier: Apache-2.0
#include "bench/support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "skerry/base/unique_fd.h"

namespace skerry::bench {
namespace {

struct Child {
  pid_t pid = -1;
  UniqueFd output;
};

[[noreturn]] void become(const std::vector<std::string>& command, int processor) {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(processor, &processors);
  sched_setaffinity(0, sizeof(processors), &processors);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  perror(arguments[0]);
  _exit(127);
}

Child start(const std::vector<std::string>& command, int processor) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("no process");
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    become(command, processor);
  }
  close(ends[1]);
  return {pid, UniqueFd(ends[0])};
}

std::string read_all(const UniqueFd& fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t size = read(fd.get(), buffer.data(), buffer.size());
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

constexpr std::chrono::seconds kStartLimit{10};
constexpr int kRetryMilliseconds = 10;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool answers(std::uint16_t port) {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

std::string read_line(const UniqueFd& fd) {
  std::string line;
  for (char c = 0; read(fd.get(), &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

Server::Server(std::vector<std::string> command, int processor) {
  Child child = start(command, processor);
  pid_ = child.pid;
  constexpr std::string_view kGreeting = "listening on ";
  for (std::string line = read_line(child.output); !line.empty(); line = read_line(child.output)) {
    if (line.starts_with(kGreeting)) port_ = static_cast<std::uint16_t>(std::stoi(line.substr(kGreeting.size())));
    if (port_ != 0) return;
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  throw std::runtime_error(command.front() + " does not listen");
}

Server::Server(std::vector<std::string> command, int processor, std::uint16_t port) : port_(port) {
  pid_ = start(command, processor).pid;
  const auto give_up = std::chrono::steady_clock::now() + kStartLimit;
  while (!answers(port)) {
    if (waitpid(pid_, nullptr, WNOHANG) == 0 && std::chrono::steady_clock::now() < give_up) {
      poll(nullptr, 0, kRetryMilliseconds);
      continue;
    }
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    throw std::runtime_error(command.front() + " does not listen");
  }
}

Server::~Server() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

double Server::processor_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // Fields are counted behind the program's name, which stands in parentheses; user and system time are 14 and 15.
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string run(const std::vector<std::string>& command, int processor) {
  Child child = start(command, processor);
  std::string output = read_all(child.output);
  int status = 0;
  waitpid(child.pid, &status, 0);
  if (status != 0) throw std::runtime_error(command.front() + " failed:\n" + output);
  return output;
}

std::uint16_t free_port() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port is free");
  }
  return ntohs(address.sin_port);
}

std::string program_folder() { return std::filesystem::read_symlink("/proc/self/exe").parent_path().string(); }

}  // namespace skerry::bench
