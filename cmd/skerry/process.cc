// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "skerry/async/ready_wait.h"

extern char** environ;

namespace skerry::cmd {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error(errno, "pipe"));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& changes) {
  std::map<std::string, std::string, std::less<>> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) merged.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : changes) merged.insert_or_assign(name, value);
  std::vector<std::string> entries;
  for (const auto& [name, value] : merged) entries.push_back(fmt::format("{}={}", name, value));
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec only what is safe in a signal handler: the parent has other threads. Never returns.
[[noreturn]] void run_child(const char* program, char* const* arguments, char* const* environment, int output,
                            int failure, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above; then nobody would end this process.
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  // Its own process group: a Ctrl-C in the terminal reaches the supervisor alone, which stops everything in order.
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execve(program, arguments, environment);
  const int error = errno;
  [[maybe_unused]] const auto ignored = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

ProcessExit exit_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {info.si_status, 0};
  return {-1, info.si_status};
}

}  // namespace

std::filesystem::path this_program() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

std::string ProcessExit::to_string() const {
  if (signal != 0) {
    const char* description = ::sigdescr_np(signal);
    return fmt::format("was ended by signal {} ({})", signal, description != nullptr ? description : "no name");
  }
  return fmt::format("exited with code {}", code);
}

Result<std::unique_ptr<Process>> Process::start(const ProcessOptions& options) {
  Result<Pipe> output = make_pipe();
  if (!output) return fail(std::move(output));
  // Closed by a successful exec; a failed one writes errno into it.
  Result<Pipe> failure = make_pipe();
  if (!failure) return fail(std::move(failure));
  std::vector<std::string> arguments{options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = merged_environment(options.environment);
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(system_error(errno, "fork"));
  if (pid == 0) {
    run_child(options.program.c_str(), argument_pointers.data(), environment_pointers.data(), output->write_end.get(),
              failure->write_end.get(), parent);
  }
  failure->write_end.reset();
  int error = 0;
  ssize_t size = 0;
  do {
    size = ::read(failure->read_end.get(), &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  if (size == sizeof error) {
    ::waitpid(pid, nullptr, 0);
    return fail(system_error(error, "cannot run " + options.program));
  }
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int open_error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return fail(system_error(open_error, "pidfd_open"));
  }
  ::fcntl(output->read_end.get(), F_SETFL, O_NONBLOCK);
  return std::unique_ptr<Process>(new Process(pid, std::move(pidfd), std::move(output->read_end)));
}

Process::Process(pid_t pid, UniqueFd pidfd, UniqueFd output)
    : pid_(pid), pidfd_(std::move(pidfd)), output_(std::move(output)) {}

Process::~Process() {
  if (exit_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Task<ProcessExit> Process::wait() {
  if (exit_) co_return *exit_;
  internal::ScopedWatch watch(pidfd_.get());
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) != 0)
      co_return system_error(errno, "waitid");
    if (info.si_pid == pid_) {
      exit_ = exit_of(info);
      co_return *exit_;
    }
    co_await watch.readable();
  }
}

void Process::signal(int number) {
  if (!exit_) ::kill(pid_, number);
}

std::optional<std::string> Process::take_line(bool at_end) {
  const std::size_t end = buffer_.find('\n');
  if (end != std::string::npos) {
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }
  if (buffer_.empty() || (!at_end && buffer_.size() < kMaxLineBytes)) return std::nullopt;
  return std::exchange(buffer_, {});
}

Task<std::optional<std::string>> Process::read_line() {
  if (auto line = take_line(output_ended_)) co_return line;
  if (output_ended_) co_return std::nullopt;
  internal::ScopedWatch watch(output_.get());
  std::array<char, 16 * 1024> chunk;
  for (;;) {
    const ssize_t size = ::read(output_.get(), chunk.data(), chunk.size());
    if (size > 0) {
      buffer_.append(chunk.data(), static_cast<std::size_t>(size));
    } else if (size == 0) {
      output_ended_ = true;
    } else if (errno == EAGAIN) {
      co_await watch.readable();
      continue;
    } else if (errno != EINTR) {
      co_return system_error(errno, "read of a child's output");
    }
    if (auto line = take_line(output_ended_)) co_return line;
    if (output_ended_) co_return std::nullopt;
  }
}

}  // namespace skerry::cmd
