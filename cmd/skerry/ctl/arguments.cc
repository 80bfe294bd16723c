// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/arguments.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "skerry/saga/progress.h"
#include "skerry/service/service_options.h"

namespace skerry::cmd {
namespace {

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && number >= 0;
}

void add_common_options(CLI::App& command, CtlOptions& options) {
  command.add_option("--data", options.data, "The directory of `skerry dev`, for its endpoints.json")
      ->capture_default_str();
  command.add_flag("--json", options.json, "Answer in JSON");
}

void add_limit(CLI::App& command, std::size_t& limit) {
  command.add_option("--limit", limit, "The most that are shown")
      ->check(CLI::Range(std::size_t{1}, kMaxListed))
      ->capture_default_str();
}

// Everything that changes something says to what: by ids or by --all.
void add_selection(CLI::App& command, std::vector<std::string>& ids, bool& all, const std::string& what) {
  CLI::Option_group* selection = command.add_option_group("selection", "One of these");
  selection->add_option("ID", ids, what);
  selection->add_flag("--all", all, "All of them");
  selection->require_option(1);
}

std::string check_letter_id(const std::string& text) {
  const auto id = parse_letter_id(text);
  return id ? std::string() : id.error().message();
}

std::string check_state(const std::string& text) {
  if (saga::parse_state(text)) return {};
  return "expected running, compensating, stuck, completed or cancelled, got " + text;
}

}  // namespace

void CtlArguments::add_to(CLI::App& app) {
  CLI::App* ctl = app.add_subcommand("ctl", "Look into a running system and change it");
  ctl->require_subcommand(1);
  add_dead_letters(*ctl);
  add_sagas(*ctl);
}

void CtlArguments::add_dead_letters(CLI::App& ctl) {
  DeadLetterArguments& options = dead_letters_;
  dead_letter_command_ = ctl.add_subcommand("dlq", "Dead letters: the events that a group gave up on");
  dead_letter_command_->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, DeadLetterAction action) {
    CLI::App* command = dead_letter_command_->add_subcommand(name, what);
    add_common_options(*command, options);
    command->add_option("--kafka", options.kafka,
                        "host:port of the event broker; that of SKERRY_KAFKA, else of endpoints.json unless given");
    command->preparse_callback([&options, action](std::size_t) { options.action = action; });
    auto* topic = command->add_option("TOPIC", options.topic, "Where the events were published");
    auto* group = command->add_option("GROUP", options.group, "The consumer group that gave them up");
    if (action == DeadLetterAction::kList) return command;
    topic->required();
    group->required();
    return command;
  };
  CLI::App* list = add("list", "The queues, or the letters of one", DeadLetterAction::kList);
  add_limit(*list, options.limit);
  CLI::App* show = add("show", "All of some letters: why, where from, headers and data", DeadLetterAction::kShow);
  show->add_option("ID", options.ids, "PARTITION:OFFSET, as `list` shows it")
      ->required()
      ->check(check_letter_id, "", "");
  for (CLI::App* command :
       {add("redrive", "Send letters back to their topic, for this group alone", DeadLetterAction::kRedrive),
        add("discard", "Settle letters without handling them", DeadLetterAction::kDiscard)}) {
    add_selection(*command, options.ids, options.all, "PARTITION:OFFSET, as `list` shows it");
    command->get_option("ID")->check(check_letter_id, "", "");
  }
}

void CtlArguments::add_sagas(CLI::App& ctl) {
  SagaArguments& options = sagas_;
  saga_command_ = ctl.add_subcommand("saga", "Sagas: what is under way, and what is stuck");
  saga_command_->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, SagaAction action) {
    CLI::App* command = saga_command_->add_subcommand(name, what);
    add_common_options(*command, options);
    command->add_option("--etcd", options.etcd,
                        "URL of the registry; that of SKERRY_ETCD, else of endpoints.json unless given");
    command->add_option("--service", options.service, "Of this service; of all that have sagas unless given");
    command->preparse_callback([&options, action](std::size_t) { options.action = action; });
    return command;
  };
  const auto add_filters = [&](CLI::App& command, const std::string& of) {
    command.add_option("--saga", options.saga, of + "of this definition");
    command.add_option("--state", options.state, of + "in this state")->check(check_state, "", "");
  };
  CLI::App* list = add("list", "The sagas, the newest first", SagaAction::kList);
  add_filters(*list, "Only those ");
  add_limit(*list, options.limit);
  CLI::App* show = add("show", "All of some sagas: data, steps, errors, the trace", SagaAction::kShow);
  show->add_option("ID", options.ids, "The saga's id")->required();
  CLI::App* retry = add("retry", "Try what waits or is stuck again, with all its attempts", SagaAction::kRetry);
  CLI::App* compensate = add("compensate", "Cancel sagas: what they did is compensated", SagaAction::kCompensate);
  compensate->add_option("--reason", options.reason, "Why, for whoever looks at them later");
  for (CLI::App* command : {retry, compensate}) {
    add_selection(*command, options.ids, options.all, "The saga's id");
    command->get_option("--all")->description("All that are stuck, or in the state of --state");
    add_filters(*command, "With --all: only those ");
  }
}

std::optional<DeadLetterArguments> CtlArguments::dead_letters() const {
  if (dead_letter_command_ == nullptr || !dead_letter_command_->parsed()) return std::nullopt;
  DeadLetterArguments arguments = dead_letters_;
  if (arguments.kafka.empty()) arguments.kafka = process_variable("SKERRY_KAFKA").value_or("");
  return arguments;
}

std::optional<SagaArguments> CtlArguments::sagas() const {
  if (saga_command_ == nullptr || !saga_command_->parsed()) return std::nullopt;
  SagaArguments arguments = sagas_;
  if (arguments.etcd.empty()) arguments.etcd = process_variable("SKERRY_ETCD").value_or("");
  return arguments;
}

Result<events::DeadLetterSelection::One> parse_letter_id(std::string_view text) {
  events::DeadLetterSelection::One one;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && read_number(text.substr(0, colon), one.partition) &&
      read_number(text.substr(colon + 1), one.offset)) {
    return one;
  }
  return fail(Error::invalid_argument("expected PARTITION:OFFSET, such as 0:17, got \"{}\"", text));
}

std::string letter_id(std::int32_t partition, std::int64_t offset) { return fmt::format("{}:{}", partition, offset); }

std::optional<std::string> misspelt_command(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* command = &app;
  std::string words = app.get_name();
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (command->get_require_subcommand_min() == 0 || word.starts_with('-')) return std::nullopt;
    const auto all = command->get_subcommands([](const CLI::App*) { return true; });
    const auto found = std::ranges::find(all, word, [](const CLI::App* candidate) { return candidate->get_name(); });
    if (found == all.end()) return fmt::format("{0}: there is no command '{1}'; see {0} --help", words, word);
    command = *found;
    words += ' ' + word;
  }
  return std::nullopt;
}

}  // namespace skerry::cmd
