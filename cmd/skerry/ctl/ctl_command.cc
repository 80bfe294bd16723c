// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/ctl_command.h"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>

#include "cmd/skerry/ctl/dead_letter_command.h"
#include "cmd/skerry/ctl/saga_command.h"

#include "skerry/async/runtime.h"
#include "skerry/base/check.h"

namespace skerry::cmd {
namespace {

int finish(std::string_view command, const Result<>& outcome, const std::string& output) {
  std::fwrite(output.data(), 1, output.size(), stdout);
  std::fflush(stdout);
  if (outcome) return 0;
  fmt::print(stderr, "skerry ctl {}: {}\n", command, outcome.error().message());
  return outcome.error().code() == Code::kInvalidArgument ? 2 : 1;
}

}  // namespace

int run_ctl(const CtlArguments& arguments) {
  // Whoever reads the output may go before its end.
  std::signal(SIGPIPE, SIG_IGN);
  Runtime runtime({.workers = 1});
  std::string output;
  if (const auto dead_letters = arguments.dead_letters()) {
    const Result<> outcome = runtime.run([&] { return run_dead_letter_command(*dead_letters, output); });
    return finish("dlq", outcome, output);
  }
  const auto sagas = arguments.sagas();
  SKERRY_CHECK(sagas.has_value(), "ctl was asked for");
  const Result<> outcome = runtime.run([&] { return run_saga_command(*sagas, output); });
  return finish("saga", outcome, output);
}

}  // namespace skerry::cmd
