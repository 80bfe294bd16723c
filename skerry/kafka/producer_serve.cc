// SPDX-License-Identifier: Apache-2.0
//
// The task that serves a producer: takes the delivery reports, and keeps an instance that works.
#include <librdkafka/rdkafka.h>

#include <functional>
#include <limits>
#include <utility>

#include "skerry/async/blocking.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/errors.h"
#include "skerry/kafka/producer_core.h"
#include "skerry/kafka/producer_wire.h"
#include "skerry/telemetry/log.h"

namespace skerry::kafka::internal {
namespace {

constexpr std::chrono::seconds kReopenPause{1};

// Takes a lock that is held while a topic is looked up. Where the blocking pool refuses the call, it is made here.
template <class F>
Task<> off_the_worker(F change) {
  const Result<> changed = co_await shielded(kEndLimit, blocking(std::ref(change))).result();
  if (!changed) change();
}

}  // namespace

Task<> ProducerCore::serve(std::shared_ptr<ProducerCore> self) {
  // Cleans up after every end of the loop, its cancellation too.
  co_await skerry::internal::at_boundary(serve_until_closed(self));
  std::shared_ptr<Instance> last;
  co_await off_the_worker([&] {
    std::scoped_lock lock(self->instance_mutex_, self->mutex_);
    self->closing_ = true;
    last = std::exchange(self->instance_, nullptr);
  });
  co_await drop(std::move(last)).result();
  self->fail_below(
      std::numeric_limits<std::uint64_t>::max(),
      with_retry(Error::unavailable("the producer was closed before the broker had confirmed the record"), false)
          .with_detail("stored", "unknown"));
  self->usable_.set();
  self->closed_.set();
}

Task<> ProducerCore::serve_until_closed(std::shared_ptr<ProducerCore> self) {
  skerry::internal::ScopedWatch watch(self->doorbell_->fd());
  for (;;) {
    while (self->take_events(*self->instance_)) co_await yield();
    const std::optional<std::chrono::nanoseconds> left = self->time_left();
    if (!left) co_return;
    if (std::optional<Error> error = self->instance_->fatal_error()) {
      co_await replace_instance(self, std::move(*error));
    } else {
      co_await self->doorbell_->wait(watch, *left);
    }
  }
}

Task<> ProducerCore::replace_instance(std::shared_ptr<ProducerCore> self, Error reason) {
  log::error("a Kafka producer takes a new identity after a fatal error", {{"error", reason.to_string()}});
  self->usable_.reset();
  Result<std::shared_ptr<Instance>> fresh = co_await open(self).result();
  while (!fresh) {
    co_await sleep(kReopenPause);
    fresh = co_await open(self).result();
  }
  std::shared_ptr<Instance> broken;
  std::uint64_t first_of_fresh = 0;
  co_await off_the_worker([&] {
    std::scoped_lock lock(self->instance_mutex_, self->mutex_);
    broken = std::exchange(self->instance_, std::move(*fresh));
    first_of_fresh = self->next_ticket_;
    ++self->stats_.recreated;
    self->prepared_.clear();
  });
  while (self->take_events(*broken)) co_await yield();
  // Only after its end does the library refer to no value any more.
  co_await drop(std::move(broken)).result();
  self->fail_below(first_of_fresh, std::move(reason).with_detail("stored", "unknown"));
  self->usable_.set();
}

bool ProducerCore::take_events(Instance& instance) {
  for (int taken = 0; taken < kMaxEventsPerTurn; ++taken) {
    const EventPtr event = instance.next_event();
    if (!event) return false;
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) take_reports(instance, event.get());
  }
  return true;
}

void ProducerCore::take_reports(const Instance& instance, rd_kafka_op_s* event) {
  const std::optional<Error> fatal = instance.fatal_error();
  while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
    finish(static_cast<InFlight*>(message->_private)->self, to_delivery(*message, fatal));
  }
}

void ProducerCore::fail_below(std::uint64_t ticket, const Error& error) {
  for (;;) {
    std::list<InFlight>::iterator oldest;
    {
      std::lock_guard lock(mutex_);
      if (in_flight_.empty() || in_flight_.front().ticket >= ticket) return;
      oldest = in_flight_.begin();
    }
    finish(oldest, fail(error));
  }
}

void ProducerCore::break_instance() {
  std::shared_lock lock(instance_mutex_);
  rd_kafka_test_fatal_error(instance_->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made by a test");
}

}  // namespace skerry::kafka::internal
