// SPDX-License-Identifier: Apache-2.0
//
// take_part: makes a program a participant of orders' sagas.
//
//   auto events = std::make_shared<ServiceEvents>(app.name());
//   auto participant = take_part(app, store, events, {.commands = "commands", .answers = "answers"});
//   handle_payment_commands(*participant, config);
#pragma once

#include <memory>
#include <utility>

#include "examples/shop/participant.h"

#include "skerry/service/service.h"

namespace shop {

/// The participant of the service's name. The events are opened on the service's broker and the store's database, and
/// run with the service. To be called after on_start was given what opens the store.
template <class Store>
std::shared_ptr<Participant> take_part(skerry::Service& app, std::shared_ptr<Store> store,
                                       std::shared_ptr<ServiceEvents> events, ParticipantTopics topics) {
  auto participant =
      std::make_shared<Participant>(events, ParticipantOptions{.service = app.name(), .topics = std::move(topics)});
  app.on_start([&app, store, events = std::move(events)] { return events->open(store->database(), app.kafka()); });
  app.on_start([participant, store = std::move(store)] { return participant->open(store->database()); });
  app.background("events", [participant] { return participant->run(); });
  return participant;
}

}  // namespace shop
