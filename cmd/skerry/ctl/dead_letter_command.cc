// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/dead_letter_command.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "cmd/skerry/ctl/dead_letter_text.h"

#include "skerry/base/json.h"
#include "skerry/kafka/admin.h"
#include "skerry/kafka/producer.h"

namespace skerry::cmd {
namespace {

using events::DeadLetter;
using events::DeadLetterQueue;
using events::DeadLetters;
using One = events::DeadLetterSelection::One;
namespace json = boost::json;

// How long a broker that does not answer is waited for: a person sits before it.
constexpr std::chrono::seconds kBrokerLimit{5};

template <class T>
json::array json_list(const std::vector<T>& items, json::value (*to_json)(const T&)) {
  json::array list;
  for (const T& item : items) list.push_back(to_json(item));
  return list;
}

std::string line_of(const json::value& value) { return json_text(value) + '\n'; }

/// One command with its connections.
class DeadLetterCommand {
 public:
  DeadLetterCommand(DeadLetterArguments arguments, DeadLetters& letters, std::string& output)
      : arguments_(std::move(arguments)), letters_(letters), output_(output) {}

  Task<> run() {
    if (arguments_.action == DeadLetterAction::kShow) return show();
    if (arguments_.action != DeadLetterAction::kList) return settle();
    return arguments_.group.empty() ? list_queues() : list_letters();
  }

 private:
  Task<> list_queues() {
    std::vector<DeadLetterQueue> queues = co_await letters_.queues();
    if (!arguments_.topic.empty()) {
      std::erase_if(queues, [&](const DeadLetterQueue& queue) { return queue.topic != arguments_.topic; });
    }
    if (arguments_.json) {
      output_ += line_of(json::object{{"queues", json_list(queues, queue_json)}});
    } else {
      output_ += queues_text(queues);
    }
  }

  Task<> list_letters() {
    auto letters = co_await letters_.list(arguments_.topic, arguments_.group, arguments_.limit + 1);
    const bool more = letters.size() > arguments_.limit;
    if (more) letters.resize(arguments_.limit);
    if (arguments_.json) {
      output_ += line_of(json::object{{"letters", json_list(letters, letter_json)}, {"more", more}});
      co_return;
    }
    output_ += letters_text(letters);
    if (more) output_ += fmt::format("and more: these are the first {} (--limit)\n", arguments_.limit);
  }

  Task<> show() {
    std::vector<DeadLetter> letters;
    for (const One& one : co_await ids()) {
      letters.push_back(co_await letters_.show(arguments_.topic, arguments_.group, one.partition, one.offset));
    }
    if (arguments_.json) {
      output_ += line_of(json::object{{"letters", json_list(letters, letter_json)}});
      co_return;
    }
    for (const DeadLetter& letter : letters) {
      if (&letter != &letters.front()) output_ += '\n';
      output_ += letter_text(letter);
    }
  }

  Task<> settle() {
    Result<> ended = co_await settle_selected().result();
    const bool redriven = arguments_.action == DeadLetterAction::kRedrive;
    const std::string_view verb = redriven ? "redriven" : "discarded";
    if (arguments_.json) {
      output_ += line_of(json::object{{verb, settled_}});
    } else {
      output_ += fmt::format("{} {} dead letter{} of {} for {}\n", verb, settled_, settled_ == 1 ? "" : "s",
                             arguments_.topic, arguments_.group);
    }
    co_await std::move(ended);
  }

  Task<> settle_selected() {
    if (arguments_.all) {
      settled_ = co_await settle_some({});
      co_return;
    }
    for (const One& one : co_await ids()) settled_ += co_await settle_some({.one = one});
  }

  Task<std::size_t> settle_some(events::DeadLetterSelection selection) {
    if (arguments_.action == DeadLetterAction::kRedrive) {
      return letters_.redrive(arguments_.topic, arguments_.group, selection);
    }
    return letters_.discard(arguments_.topic, arguments_.group, selection);
  }

  // In the order in which they died, whatever the order of the words, and each once.
  Result<std::vector<One>> ids() const {
    std::vector<One> ones;
    for (const std::string& text : arguments_.ids) {
      auto one = parse_letter_id(text);
      if (!one) return fail(std::move(one));
      ones.push_back(*one);
    }
    const auto place = [](const One& one) { return std::tuple(one.partition, one.offset); };
    std::ranges::sort(ones, {}, place);
    const auto repeated = std::ranges::unique(ones, {}, place);
    ones.erase(repeated.begin(), repeated.end());
    return ones;
  }

  const DeadLetterArguments arguments_;
  DeadLetters& letters_;
  std::string& output_;
  std::size_t settled_ = 0;
};

// A misspelt name would look like an empty queue, so a topic that does not exist is an error. One without dead letters
// is none, unless one of them is asked for.
Task<> check_topic(kafka::Admin& admin, DeadLetterArguments arguments) {
  const std::string queue = events::dead_letter_topic(arguments.topic, arguments.group);
  for (const std::string& topic : {queue, arguments.topic}) {
    if (topic == arguments.topic && !arguments.ids.empty()) break;
    auto found = co_await admin.topic(topic).result();
    if (found) co_return;
    if (found.error().code() != Code::kNotFound) co_await std::move(found);
  }
  co_await Error::not_found("the broker has no topic {}; `skerry ctl dlq list` shows all dead letters",
                            arguments.ids.empty() ? arguments.topic : queue);
}

Task<> run_at(DeadLetterArguments arguments, std::string broker, std::string& output) {
  const kafka::ConnectionOptions connection{.brokers = broker, .client_id = "skerry-ctl"};
  auto admin = co_await kafka::Admin::create({.connection = connection, .timeout = kBrokerLimit});
  auto producer = co_await kafka::Producer::create({.connection = connection, .delivery_timeout = kBrokerLimit});
  if (!arguments.group.empty()) co_await check_topic(*admin, arguments);
  DeadLetters letters(*producer, *admin);
  DeadLetterCommand command(std::move(arguments), letters, output);
  co_await command.run();
}

}  // namespace

Task<> run_dead_letter_command(DeadLetterArguments arguments, std::string& output) {
  const std::string broker = co_await broker_of(arguments);
  Result<> ended = co_await run_at(std::move(arguments), broker, output).result();
  if (ended) co_return;
  const Code code = ended.error().code();
  const bool unreachable = code == Code::kUnavailable || code == Code::kDeadlineExceeded;
  if (unreachable) ended = fail(std::move(ended).error().annotate("broker " + broker));
  co_await std::move(ended);
}

}  // namespace skerry::cmd
