// SPDX-License-Identifier: Apache-2.0
//
// The task that serves a consumer: answers the library's assignments and revocations, hands on the answers to commits,
// and leaves the group.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "skerry/async/blocking.h"
#include "skerry/async/go.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/consumer_core.h"
#include "skerry/kafka/consumer_wire.h"
#include "skerry/kafka/errors.h"
#include "skerry/telemetry/log.h"

namespace skerry::kafka::internal {
namespace {

// A consumer that does not look at its queue for stall_limit leaves the group, so it looks this often in that time.
constexpr int kLooksPerStallLimit = 3;
// Less than a runtime waits for its tasks.
constexpr std::chrono::seconds kHastyCloseLimit{5};

// Answers the library. Also when the task is cancelled: it would wait for the answer for ever.
template <class F>
Task<> answer(F call) {
  return shielded(kEndLimit, blocking(std::move(call)));
}

}  // namespace

Task<> ConsumerCore::start(std::shared_ptr<ConsumerCore> self) {
  co_await check_options(self->options_);
  auto instance = co_await blocking([self]() -> Result<std::shared_ptr<Instance>> {
    auto made = Instance::make(Instance::Kind::kConsumer, settings_of(self->options_), consumer_events(),
                               self->doorbell_, self->watch_);
    if (!made) return made;
    Result<> subscribed = subscribe((*made)->get(), self->options_.topics);
    if (!subscribed) return fail(std::move(subscribed));
    return made;
  });
  {
    std::lock_guard lock(self->mutex_);
    self->instance_ = std::move(instance);
  }
  go_named("kafka consumer", serve, self);
}

Task<> ConsumerCore::serve(std::shared_ptr<ConsumerCore> self) {
  const auto ended = co_await skerry::internal::at_boundary(serve_until_closed(self));
  // The runtime stops. The library waits for answers all the same, and the group is glad to hear of it.
  if (ended.by_cancellation) {
    self->hurry();
    co_await shielded(kEndLimit, serve_until_closed(self));
  }
  co_await shielded(kEndLimit, end(self));
}

void ConsumerCore::hurry() {
  std::lock_guard lock(mutex_);
  closing_ = true;
  unconfirmed_ = true;
  close_deadline_ = Clock::now() + kHastyCloseLimit;
}

Task<> ConsumerCore::end(std::shared_ptr<ConsumerCore> self) {
  // The library would wait for the answer to a revocation, and for records that it goes on reading ahead.
  if (self->has_partitions()) co_await finish_revocation(self);
  std::shared_ptr<Instance> last;
  {
    std::lock_guard lock(self->mutex_);
    self->closing_ = true;
    self->ended_ = true;
    last = std::exchange(self->instance_, nullptr);
    self->commits_.fail_all(Error::unavailable("the consumer was closed before the broker had answered the commit"));
    // close_limit is over: there is no time for another try.
    if (self->goodbye_said_ && rd_kafka_consumer_closed(last->get()) == 0) last->skip_goodbye();
  }
  self->changed_.set();
  co_await drop(std::move(last)).result();
  self->closed_.set();
}

bool ConsumerCore::has_partitions() const {
  std::lock_guard lock(mutex_);
  return revocation_.has_value() || !partitions_.empty();
}

Task<> ConsumerCore::serve_until_closed(std::shared_ptr<ConsumerCore> self) {
  skerry::internal::ScopedWatch watch(self->doorbell_->fd());
  for (;;) {
    int taken = 0;
    while (EventPtr event = self->instance_->next_event()) {
      co_await take_event(self, std::move(event));
      if (++taken % kMaxEventsPerTurn == 0) co_await yield();
    }
    if (self->revocation_is_due()) {
      co_await finish_revocation(self);
    } else if (!self->advance_close()) {
      co_return;
    } else {
      // It may have rung for records, which the receivers look for themselves.
      self->wake_receivers();
      co_await self->doorbell_->wait(watch, self->time_to_next_look());
    }
  }
}

Task<> ConsumerCore::take_event(std::shared_ptr<ConsumerCore> self, EventPtr event) {
  switch (rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_REBALANCE: {
      auto partitions = to_partitions(rd_kafka_event_topic_partition_list(event.get()));
      if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        co_await take_assignment(self, std::move(partitions));
      } else {
        co_await take_revocation(self, std::move(partitions));
      }
      break;
    }
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
      self->take_commit_answer(event.get());
      break;
    case RD_KAFKA_EVENT_FETCH:
      self->take_stray_records(event.get());
      break;
    case RD_KAFKA_EVENT_ERROR:
      self->take_error(event.get());
      break;
    default:
      break;
  }
}

Task<> ConsumerCore::take_assignment(std::shared_ptr<ConsumerCore> self, std::vector<TopicPartition> partitions) {
  std::shared_ptr<Instance> instance;
  {
    std::lock_guard lock(self->mutex_);
    instance = self->instance_;
    // Before the library begins to read, or the first records would go to the queue of the consumer.
    if (!partitions.empty()) self->add_event(Assigned{partitions});
    self->partitions_.add(*instance, partitions);
    ++self->stats_.assignments;
  }
  Result<> assigned = co_await answer([instance, partitions] { return assign(instance->get(), partitions); }).result();
  if (!assigned) log::error("Kafka partitions could not be assigned", {{"error", assigned.error().to_string()}});
}

Task<> ConsumerCore::take_revocation(std::shared_ptr<ConsumerCore> self, std::vector<TopicPartition> partitions) {
  std::lock_guard lock(self->mutex_);
  const bool lost = rd_kafka_assignment_lost(self->instance_->get()) != 0;
  self->partitions_.stop(partitions);
  self->revocation_ = Revocation{++self->last_revocation_, Clock::now() + self->options_.revoke_limit};
  self->revocation_->confirmed = lost || partitions.empty();
  ++(lost ? self->stats_.lost_assignments : self->stats_.revocations);
  if (!partitions.empty()) self->add_event(Revoked{std::move(partitions), lost, self->last_revocation_});
  co_return;
}

bool ConsumerCore::revocation_is_due() {
  std::lock_guard lock(mutex_);
  if (!revocation_) return false;
  if (revocation_->confirmed || unconfirmed_) return true;
  if (Clock::now() < revocation_->deadline) return false;
  ++stats_.unconfirmed_revocations;
  log::warning("a revocation of Kafka partitions was not confirmed in time", {{"group", options_.group}});
  return true;
}

Task<> ConsumerCore::finish_revocation(std::shared_ptr<ConsumerCore> self) {
  std::shared_ptr<Instance> instance;
  {
    std::lock_guard lock(self->mutex_);
    self->revocation_.reset();
    instance = self->instance_;
    // From here on commits of these partitions are refused: their next owner may read the committed offsets any moment.
    self->partitions_.clear(*instance);
  }
  Result<> unassigned = co_await answer([instance] { return unassign(instance->get()); }).result();
  if (!unassigned) log::error("Kafka partitions could not be given back", {{"error", unassigned.error().to_string()}});
}

bool ConsumerCore::advance_close() {
  std::lock_guard lock(mutex_);
  if (!closing_) return true;
  if (!goodbye_said_) {
    goodbye_said_ = true;
    const ErrorPtr error(rd_kafka_consumer_close_queue(instance_->get(), instance_->queue()));
    if (error) return false;
  }
  return rd_kafka_consumer_closed(instance_->get()) == 0 && Clock::now() < close_deadline_;
}

std::chrono::nanoseconds ConsumerCore::time_to_next_look() const {
  std::lock_guard lock(mutex_);
  Clock::time_point next = Clock::now() + options_.stall_limit / kLooksPerStallLimit;
  if (revocation_) next = std::min(next, revocation_->deadline);
  if (closing_) next = std::min(next, close_deadline_);
  return next - Clock::now();
}

void ConsumerCore::wake_receivers() {
  std::lock_guard lock(mutex_);
  changed_.set();
}

void ConsumerCore::add_event(Incoming event) {
  events_.push_back(std::move(event));
  changed_.set();
}

void ConsumerCore::take_stray_records(rd_kafka_op_s* event) {
  std::lock_guard lock(mutex_);
  while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
    // Left over from before a revocation: the next owner reads it.
    if (!partitions_.contains({rd_kafka_topic_name(message->rkt), message->partition})) continue;
    add_event(to_record(*message));
  }
}

void ConsumerCore::take_error(rd_kafka_op_s* event) {
  Error error = to_error(rd_kafka_event_error(event), "Kafka consumer", rd_kafka_event_error_string(event));
  if (error.code() != Code::kPermissionDenied && error.code() != Code::kUnauthenticated) return;
  std::lock_guard lock(mutex_);
  refusal_ = std::move(error);
  changed_.set();
}

void ConsumerCore::take_commit_answer(rd_kafka_op_s* event) {
  std::optional<Error> error;
  CommitQueue::Errors errors;
  if (const auto code = rd_kafka_event_error(event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    error = to_error(code, "commit");
  }
  std::lock_guard lock(mutex_);
  const rd_kafka_topic_partition_list_t* list = rd_kafka_event_topic_partition_list(event);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = list->elems[i];
    TopicPartition partition{entry.topic, entry.partition};
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      errors.emplace(partition, to_error(entry.err, fmt::format("commit of {}", to_string(partition))));
    } else if (!error) {
      partitions_.note_committed({std::move(partition), entry.offset});
    }
  }
  ++(error || !errors.empty() ? stats_.failed_commits : stats_.commits);
  commits_.end(error, errors);
  if (instance_) send_commits();
}

}  // namespace skerry::kafka::internal
