// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/saga_text.h"

#include <boost/json/value.hpp>
#include <fmt/core.h>

#include "cmd/skerry/ctl/text_table.h"

#include "skerry/base/json.h"

namespace skerry::cmd {
namespace {

std::string saga_time(std::int64_t milliseconds) {
  return time_text(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(milliseconds)));
}

std::string definition_text(const saga::SagaSummary& saga) {
  return fmt::format("{} v{}{}", saga.saga, saga.version, saga.known ? "" : " (unknown to its service)");
}

std::string saga_line(std::string_view name, std::string_view value) {
  return fmt::format("{:<10}{}\n", name, one_line(value));
}

}  // namespace

std::string sagas_text(const std::vector<ListedSaga>& sagas) {
  if (sagas.empty()) return "no sagas\n";
  TextTable table({"SERVICE", "SAGA", "ID", "STATE", "CREATED", "CHANGED", "REASON"});
  for (const ListedSaga& saga : sagas) {
    table.add({saga.service, definition_text(saga), saga.id, saga.state, saga_time(saga.created_ms),
               saga_time(saga.changed_ms), saga.reason});
  }
  return table.text();
}

std::string saga_text(const ShownSaga& saga) {
  std::string text = saga_line("id", saga.id);
  text += saga_line("service", saga.service);
  text += saga_line("saga", definition_text(saga));
  text += saga_line("state", saga.state);
  if (!saga.reason.empty()) text += saga_line("reason", saga.reason);
  text += saga_line("created", saga_time(saga.created_ms));
  text += saga_line("changed", saga_time(saga.changed_ms));
  if (saga.due_ms) text += saga_line("due", saga_time(*saga.due_ms));
  if (saga.owner) {
    const std::string until = saga.lease_until_ms ? ", until " + saga_time(*saga.lease_until_ms) : "";
    text += saga_line("owner", *saga.owner + until);
  }
  if (!saga.trace_id.empty()) text += saga_line("trace", saga.trace_id);
  text += saga_line("data", json_text(saga.data));
  TextTable steps({"STEP", "STATE", "ATTEMPTS", "DUE", "CHANGED", "ERROR"});
  for (const saga::StepProgress& step : saga.steps) {
    steps.add({step.name, std::string(saga::step_state_name(step.state)), std::to_string(step.attempts),
               step.due_ms ? saga_time(*step.due_ms) : "", step.changed_ms > 0 ? saga_time(step.changed_ms) : "",
               step.error});
  }
  return steps.empty() ? text : text + '\n' + steps.text();
}

}  // namespace skerry::cmd
