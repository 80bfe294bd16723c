// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/bus.h"

#include <utility>

#include "skerry/base/check.h"
#include "skerry/events/bus_state.h"

namespace skerry::events {

Bus::Bus(std::unique_ptr<internal::BusState> state) : state_(std::move(state)) {}
Bus::~Bus() = default;

Task<std::unique_ptr<Bus>> Bus::create(BusOptions options) {
  auto state = std::make_unique<internal::BusState>(std::move(options));
  co_await state->connect();
  co_return std::unique_ptr<Bus>(new Bus(std::move(state)));
}

const std::string& Bus::source() const { return state_->options().source; }

Outbox& Bus::outbox() {
  SKERRY_CHECK(state_->outbox() != nullptr, "a bus with an outbox has BusOptions::database");
  return *state_->outbox();
}

DeadLetters& Bus::dead_letters() { return state_->dead_letters(); }

Task<> Bus::run() { return state_->run(); }

Task<> Bus::send(Result<OutgoingEvent> event) { co_await state_->send(co_await std::move(event)); }

void Bus::add(std::string topic, std::string group, internal::ErasedHandler handler, SubscribeOptions options) {
  state_->add(std::move(topic), std::move(group), std::move(handler), std::move(options));
}

}  // namespace skerry::events
