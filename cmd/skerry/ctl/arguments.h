// SPDX-License-Identifier: Apache-2.0
//
// The command line of `skerry ctl`:
//
//   skerry ctl dlq list [TOPIC [GROUP]]        skerry ctl saga list [--state STATE] [--saga NAME]
//   skerry ctl dlq show TOPIC GROUP ID...      skerry ctl saga show ID...
//   skerry ctl dlq redrive TOPIC GROUP ID...   skerry ctl saga retry ID...
//   skerry ctl dlq discard TOPIC GROUP ID...   skerry ctl saga compensate ID... [--reason TEXT]
//
// What changes something takes --all in place of the ids, and nothing without one or the other.
#pragma once

#include <CLI/App.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cmd/skerry/ctl/targets.h"

#include "skerry/events/dead_letters.h"

namespace skerry::cmd {

/// What `list` shows unless --limit says otherwise, and at most.
inline constexpr std::size_t kDefaultListed = 100;
inline constexpr std::size_t kMaxListed = 1'000;

enum class DeadLetterAction : std::uint8_t { kList, kShow, kRedrive, kDiscard };

struct DeadLetterArguments : CtlOptions {
  DeadLetterAction action = DeadLetterAction::kList;
  std::string topic;
  std::string group;
  /// "PARTITION:OFFSET", as parse_letter_id reads them.
  std::vector<std::string> ids;
  bool all = false;
  std::size_t limit = kDefaultListed;
};

enum class SagaAction : std::uint8_t { kList, kShow, kRetry, kCompensate };

struct SagaArguments : CtlOptions {
  SagaAction action = SagaAction::kList;
  /// Empty: all services that have sagas.
  std::string service;
  /// Of those that are listed, or that --all means.
  std::string saga;
  std::string state;
  std::vector<std::string> ids;
  bool all = false;
  std::string reason;
  std::size_t limit = kDefaultListed;
};

/// The subcommands of `skerry ctl`, and what was asked for with them. Neither copyable nor movable: the parser keeps
/// references to it.
class CtlArguments {
 public:
  CtlArguments() = default;
  CtlArguments(const CtlArguments&) = delete;
  CtlArguments& operator=(const CtlArguments&) = delete;

  /// Adds `ctl` to the program's parser, which this object outlives.
  void add_to(CLI::App& app);

  /// Which one was asked for, with the environment where an option is missing; both empty where `ctl` was not. (The
  /// parser's own way would take the variable for every subcommand that shares the option, and after it.)
  std::optional<DeadLetterArguments> dead_letters() const;
  std::optional<SagaArguments> sagas() const;

 private:
  void add_dead_letters(CLI::App& ctl);
  void add_sagas(CLI::App& ctl);

  DeadLetterArguments dead_letters_;
  SagaArguments sagas_;
  CLI::App* dead_letter_command_ = nullptr;
  CLI::App* saga_command_ = nullptr;
};

/// "0:17" is the dead letter at offset 17 of partition 0. INVALID_ARGUMENT for another form.
Result<events::DeadLetterSelection::One> parse_letter_id(std::string_view text);
std::string letter_id(std::int32_t partition, std::int64_t offset);

/// What to say of a word that stands where a subcommand is expected and is none; nullopt if there is no such word.
/// `argv` begins with the program's name, and `app` is its parser.
std::optional<std::string> misspelt_command(const CLI::App& app, int argc, const char* const* argv);

}  // namespace skerry::cmd
