// SPDX-License-Identifier: Apache-2.0
//
// DevSession: one run of `skerry dev`, from the empty terminal to the last process.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cmd/skerry/dev_command.h"
#include "cmd/skerry/platform.h"
#include "cmd/skerry/project_file.h"
#include "cmd/skerry/supervised_instance.h"
#include "cmd/skerry/terminal.h"

#include "skerry/async/scope.h"
#include "skerry/async/sync.h"
#include "skerry/http/client.h"

namespace skerry::cmd {

/// Belongs to the worker that it was made on.
class DevSession {
 public:
  DevSession(DevOptions options, ProjectFile project, std::shared_ptr<Terminal> terminal);
  DevSession(const DevSession&) = delete;
  DevSession& operator=(const DevSession&) = delete;

  /// Starts everything, says so, and stays until request_stop() or a failure; then stops everything in order. Fails
  /// with what made it stop.
  Task<> run();
  void request_stop() { stop_.set(); }

 private:
  Task<> start(Scope& scope);
  /// Keeps the task going until it ends by itself; its failure stops everything.
  void run_beside(Scope& scope, std::function<Task<>()> task);
  Result<> plan_instances();
  ProcessOptions program_of(const ServiceEntry& service, const std::string& program) const;
  Task<bool> wait_until_ready();
  Task<> wait_for(SupervisedInstance& instance);
  Task<bool> is_ready(SupervisedInstance& instance);
  Task<> show_progress();
  Result<> announce();
  Task<> stop_everything();

  const DevOptions options_;
  const ProjectFile project_;
  const std::shared_ptr<Terminal> terminal_;
  std::filesystem::path data_;
  std::unique_ptr<Platform> platform_;
  std::vector<std::unique_ptr<SupervisedInstance>> instances_;
  /// The label of the instance that the start waits for.
  std::string waiting_for_;
  http::Client client_;
  Event stop_;
  std::optional<Error> failure_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace skerry::cmd
