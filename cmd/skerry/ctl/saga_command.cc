// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/saga_command.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>

#include <cstdio>

#include "cmd/skerry/ctl/saga_text.h"
#include "cmd/skerry/ctl/text_table.h"

#include "skerry/async/timeout.h"
#include "skerry/base/json.h"

namespace skerry::cmd {
namespace {

namespace json = boost::json;

// How long a registry that does not answer is waited for: a person sits before it.
constexpr std::chrono::seconds kRegistryLimit{5};

/// A saga that is to be changed.
struct ChosenSaga {
  std::string service;
  std::string id;
};

Task<> list_sagas(SagaAdmin& admin, SagaArguments arguments, std::string& output) {
  auto sagas = co_await admin.list({.state = arguments.state, .saga = arguments.saga, .limit = arguments.limit + 1});
  const bool more = sagas.size() > arguments.limit;
  if (more) sagas.resize(arguments.limit);
  if (arguments.json) {
    output += json_text(json::object{{"sagas", to_json_value(sagas)}, {"more", more}}) + '\n';
    co_return;
  }
  output += sagas_text(sagas);
  if (more) output += fmt::format("and more: these are the newest {} (--limit)\n", arguments.limit);
}

Task<> show_sagas(SagaAdmin& admin, SagaArguments arguments, std::string& output) {
  std::vector<ShownSaga> sagas;
  for (const std::string& id : arguments.ids) sagas.push_back(co_await admin.show(id));
  if (arguments.json) {
    output += json_text(json::object{{"sagas", to_json_value(sagas)}}) + '\n';
    co_return;
  }
  for (const ShownSaga& saga : sagas) output += (&saga == &sagas.front() ? "" : "\n") + saga_text(saga);
}

Task<std::vector<ChosenSaga>> chosen_by_filter(SagaAdmin& admin, SagaArguments arguments) {
  const std::string state = arguments.state.empty() ? std::string(state_name(saga::State::kStuck)) : arguments.state;
  std::vector<ChosenSaga> chosen;
  for (ListedSaga& saga : co_await admin.list({.state = state, .saga = arguments.saga})) {
    chosen.push_back({.service = std::move(saga.service), .id = std::move(saga.id)});
  }
  co_return chosen;
}

Task<ChosenSaga> chosen_by_id(SagaAdmin& admin, std::string id) {
  ShownSaga shown = co_await admin.show(id);
  co_return ChosenSaga{.service = std::move(shown.service), .id = std::move(id)};
}

/// Retries or compensates one saga after the other.
class SagaChanges {
 public:
  SagaChanges(SagaAdmin& admin, SagaArguments arguments) : admin_(admin), arguments_(std::move(arguments)) {}

  Task<> run() {
    if (arguments_.all) {
      for (const ChosenSaga& saga : co_await chosen_by_filter(admin_, arguments_)) co_await change(saga);
      co_return;
    }
    for (const std::string& id : arguments_.ids) {
      auto saga = co_await chosen_by_id(admin_, id).result();
      if (saga) {
        co_await change(*saga);
      } else {
        note({.service = {}, .id = id}, fail(std::move(saga)));
      }
    }
  }

  std::string output() const {
    if (arguments_.json) return json_text(json::object{{"sagas", changed_}}) + '\n';
    return text_.empty() ? "no sagas\n" : text_;
  }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  Task<> change(ChosenSaga saga) {
    const bool retry = arguments_.action == SagaAction::kRetry;
    auto changing =
        retry ? admin_.retry(saga.service, saga.id) : admin_.compensate(saga.service, saga.id, arguments_.reason);
    note(saga, co_await std::move(changing).result());
  }

  void note(const ChosenSaga& saga, Result<std::string> state) {
    json::object told{{"id", saga.id}};
    if (!saga.service.empty()) told["service"] = saga.service;
    if (state) {
      told["state"] = *state;
      text_ += fmt::format("{} {}: {}\n", one_line(saga.service), one_line(saga.id), *state);
    } else {
      told["error"] = state.error().message();
      text_ += fmt::format("{}: {}\n", one_line(saga.id), one_line(state.error().message()));
      if (!failure_) failure_ = std::move(state).error();
    }
    changed_.push_back(std::move(told));
  }

  SagaAdmin& admin_;
  const SagaArguments arguments_;
  json::array changed_;
  std::string text_;
  std::optional<Error> failure_;
};

Task<> change_sagas(SagaAdmin& admin, SagaArguments arguments, std::string& output) {
  SagaChanges changes(admin, std::move(arguments));
  Result<> ended = co_await changes.run().result();
  output += changes.output();
  co_await std::move(ended);
  if (changes.failure()) co_await *changes.failure();
}

}  // namespace

Task<> run_saga_command(SagaAdmin& admin, SagaArguments arguments, std::string& output) {
  if (arguments.action == SagaAction::kList) return list_sagas(admin, std::move(arguments), output);
  if (arguments.action == SagaAction::kShow) return show_sagas(admin, std::move(arguments), output);
  return change_sagas(admin, std::move(arguments), output);
}

Task<> run_saga_command(SagaArguments arguments, std::string& output) {
  const std::shared_ptr<etcd::Client> registry = co_await registry_of(arguments);
  Result<std::vector<discovery::Instance>> instances =
      co_await with_timeout(kRegistryLimit, read_instances(registry)).result();
  if (!instances) instances = fail(std::move(instances).error().annotate("registry"));
  http::Client client;
  SagaAdmin admin(client, co_await std::move(instances));
  co_await admin.find_services(arguments.service);
  for (const std::string& warning : admin.warnings()) fmt::print(stderr, "skerry ctl saga: {}\n", warning);
  co_await run_saga_command(admin, std::move(arguments), output);
}

}  // namespace skerry::cmd
