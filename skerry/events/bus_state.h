// SPDX-License-Identifier: Apache-2.0
//
// BusState: what is behind Bus: the clients, the stores and what was subscribed. Internal to events/.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/async/sync.h"
#include "skerry/events/bus.h"
#include "skerry/events/group_handler.h"
#include "skerry/kafka/admin.h"
#include "skerry/kafka/producer.h"

namespace skerry::events::internal {

class BusState {
 public:
  explicit BusState(BusOptions options);
  BusState(const BusState&) = delete;
  BusState& operator=(const BusState&) = delete;

  Task<> connect();
  void add(std::string topic, std::string group, ErasedHandler handler, SubscribeOptions options);
  Task<> send(OutgoingEvent event);
  Task<> run();

  const BusOptions& options() const { return options_; }
  Outbox* outbox() { return outbox_.get(); }
  DeadLetters& dead_letters() { return *dead_letters_; }

 private:
  using Topics = std::map<std::string, TopicSubscription>;

  void refuse(Error error);
  Task<> work(Scope& scope, Channel<bool> stop);
  Task<> serve_group(std::string group, Topics topics, Channel<bool> stop);
  Task<> relay();
  Task<> prune();
  Task<bool> prune_some(Inbox& inbox);
  Task<> send_record(kafka::Record record);
  Task<> bury(kafka::Record record);

  const BusOptions options_;
  EventMetrics metrics_;
  std::shared_ptr<kafka::Producer> producer_;
  std::shared_ptr<kafka::Admin> admin_;
  std::unique_ptr<Outbox> outbox_;  // null without a database
  std::unique_ptr<DeadLetters> dead_letters_;
  std::map<std::string, Topics> groups_;
  std::optional<Error> refusal_;
};

}  // namespace skerry::events::internal
