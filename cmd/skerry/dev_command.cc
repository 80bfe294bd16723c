// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/dev_command.h"

#include <csignal>
#include <cstring>

#include "cmd/skerry/dev_session.h"

#include "skerry/async/runtime.h"
#include "skerry/async/signals.h"

namespace skerry::cmd {

int run_dev(const DevOptions& options) {
  SignalSet signals({SIGINT, SIGTERM});
  std::signal(SIGPIPE, SIG_IGN);
  auto terminal = std::make_shared<Terminal>();
  Result<ProjectFile> project = read_project_file(options.project_file);
  if (!project) {
    fmt::print(stderr, "skerry dev: {}\n", project.error().message());
    return 2;
  }
  Runtime runtime;
  Result<> outcome = runtime.run([&]() -> Task<> {
    DevSession session(options, *std::move(project), terminal);
    Result<> ended;
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] {
        return stop_by_signal(signals, [&](int signal) {
          terminal->say(fmt::format("stopping ({}); once more ends it at once", ::sigdescr_np(signal)));
          session.request_stop();
        });
      });
      ended = co_await session.run().result();
      scope.cancel();
    }).result();
    co_await std::move(ended);
  });
  if (outcome) {
    terminal->say("stopped");
    return 0;
  }
  terminal.reset();  // writes what is queued
  fmt::print(stderr, "skerry dev: {}\n", outcome.error().message());
  return 1;
}

}  // namespace skerry::cmd
