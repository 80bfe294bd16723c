// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "skerry/async/runtime.h"
#include "skerry/async/timeout.h"

namespace skerry::cmd {
namespace {

using namespace std::chrono_literals;

template <class F>
auto run_process_test(F f) {
  Runtime runtime({.workers = 1});
  return runtime.run(std::move(f));
}

ProcessOptions shell(std::string script) { return {.program = "/bin/sh", .arguments = {"-c", std::move(script)}}; }

Task<std::vector<std::string>> all_lines(Process& process) {
  std::vector<std::string> lines;
  for (;;) {
    std::optional<std::string> line = co_await process.read_line();
    if (!line) co_return lines;
    lines.push_back(std::move(*line));
  }
}

TEST(Process, gives_the_lines_of_both_outputs_and_the_exit_code) {
  Result<std::vector<std::string>> lines = run_process_test([]() -> Task<std::vector<std::string>> {
    std::unique_ptr<Process> process = co_await Process::start(shell("echo one; echo two >&2; printf last; exit 3"));
    std::vector<std::string> output = co_await all_lines(*process);
    ProcessExit exit = co_await process->wait();
    output.push_back(exit.to_string());
    co_return output;
  });
  ASSERT_TRUE(lines) << lines.error().to_string();
  EXPECT_EQ(*lines, (std::vector<std::string>{"one", "two", "last", "exited with code 3"}));
}

TEST(Process, adds_to_the_environment) {
  Result<std::vector<std::string>> lines = run_process_test([]() -> Task<std::vector<std::string>> {
    ProcessOptions options = shell("echo $SKERRY_TEST_VALUE");
    options.environment["SKERRY_TEST_VALUE"] = "from the parent";
    std::unique_ptr<Process> process = co_await Process::start(options);
    co_return co_await all_lines(*process);
  });
  EXPECT_EQ(*lines, std::vector<std::string>{"from the parent"});
}

TEST(Process, tells_which_signal_ended_it) {
  Result<ProcessExit> exit = run_process_test([]() -> Task<ProcessExit> {
    std::unique_ptr<Process> process = co_await Process::start(shell("exec cat /dev/zero > /dev/null"));
    process->signal(SIGTERM);
    co_return co_await process->wait();
  });
  EXPECT_EQ(exit->signal, SIGTERM);
  EXPECT_FALSE(exit->clean());
}

TEST(Process, a_program_that_is_not_there_is_an_error_that_names_it) {
  Result<> result = run_process_test(
      []() -> Task<> { std::unique_ptr<Process> process = co_await Process::start({.program = "/no/such/program"}); });
  EXPECT_EQ(result.error().code(), Code::kNotFound);
  EXPECT_NE(result.error().message().find("/no/such/program"), std::string::npos);
}

TEST(Process, a_wait_can_time_out_and_be_begun_again) {
  Result<bool> clean = run_process_test([]() -> Task<bool> {
    std::unique_ptr<Process> process =
        co_await Process::start(shell("trap 'exit 0' TERM; echo ready; while :; do :; done"));
    co_await process->read_line();
    Result<ProcessExit> early = co_await with_timeout(2ms, process->wait()).result();
    if (early) co_return false;
    process->signal(SIGTERM);
    ProcessExit exit = co_await process->wait();
    co_return exit.clean();
  });
  EXPECT_TRUE(*clean);
}

TEST(Process, an_endless_line_comes_in_pieces) {
  Result<std::size_t> longest = run_process_test([]() -> Task<std::size_t> {
    std::unique_ptr<Process> process = co_await Process::start(shell("head -c 1000000 /dev/zero | tr '\\0' x"));
    std::size_t total = 0;
    for (const std::string& line : co_await all_lines(*process)) {
      if (line.size() > 2 * Process::kMaxLineBytes) co_await Error::internal("a piece of {} bytes", line.size());
      total += line.size();
    }
    co_return total;
  });
  ASSERT_TRUE(longest) << longest.error().to_string();
  EXPECT_EQ(*longest, 1000000U);
}

}  // namespace
}  // namespace skerry::cmd
