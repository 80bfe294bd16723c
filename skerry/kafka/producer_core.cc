// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/producer_core.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "skerry/async/blocking.h"
#include "skerry/async/go.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/errors.h"
#include "skerry/kafka/producer_wire.h"

namespace skerry::kafka::internal {
namespace {

constexpr std::chrono::hours kCloseShield{1};
constexpr std::chrono::milliseconds kLookUpLimit{1'000};

/// Sets the event whatever happens to its task.
class SetAtEnd {
 public:
  explicit SetAtEnd(std::shared_ptr<Event> event) : event_(std::move(event)) {}
  ~SetAtEnd() { event_->set(); }
  SetAtEnd(const SetAtEnd&) = delete;
  SetAtEnd& operator=(const SetAtEnd&) = delete;

 private:
  const std::shared_ptr<Event> event_;
};

}  // namespace

ProducerCore::Room::~Room() {
  if (records_ > 0) core_.records_.release(records_);
  if (bytes_ > 0) core_.bytes_.release(bytes_);
}

Task<> ProducerCore::Room::take(std::size_t bytes) {
  bool waited = false;
  if (!core_.records_.try_acquire()) {
    waited = true;
    co_await core_.records_.acquire();
  }
  records_ = 1;
  if (!core_.bytes_.try_acquire(bytes)) {
    waited = true;
    co_await core_.bytes_.acquire(bytes);
  }
  bytes_ = bytes;
  if (waited) {
    std::lock_guard lock(core_.mutex_);
    ++core_.stats_.waited;
  }
}

std::size_t ProducerCore::Room::keep() {
  records_ = 0;
  return std::exchange(bytes_, 0);
}

void ProducerCore::Room::take_back(std::size_t bytes) {
  records_ = 1;
  bytes_ = bytes;
}

ProducerCore::ProducerCore(ProducerOptions options)
    : options_(std::move(options)), records_(options_.max_queued_records), bytes_(options_.max_queued_bytes) {}

Task<> ProducerCore::start(std::shared_ptr<ProducerCore> self) {
  co_await check_options(self->options_);
  self->instance_ = co_await open(self);
  self->usable_.set();
  go_named("kafka producer", serve, self);
}

Task<std::shared_ptr<Instance>> ProducerCore::open(std::shared_ptr<ProducerCore> self) {
  co_return co_await blocking([self] {
    return Instance::make(Instance::Kind::kProducer, settings_of(self->options_), RD_KAFKA_EVENT_DR, self->doorbell_,
                          self->watch_);
  });
}

Result<> ProducerCore::check(const Record& record) const {
  if (record.topic.empty()) return fail(Error::invalid_argument("a record needs a topic"));
  if (record.partition.value_or(0) < 0) {
    return fail(Error::invalid_argument("partition {} of {} cannot be: leave it absent to let the key decide",
                                        *record.partition, record.topic));
  }
  if (record.size_bytes() > options_.max_record_bytes) {
    return fail(
        Error::resource_exhausted("a record to {} has {} bytes, the limit is {}: make it smaller, or raise "
                                  "max_record_bytes and the broker's limit",
                                  record.topic, record.size_bytes(), options_.max_record_bytes));
  }
  return {};
}

Task<Delivery> ProducerCore::send(std::shared_ptr<ProducerCore> self, Record record) {
  co_await self->check(record);
  Room room(*self);
  // A record without bytes takes room too.
  co_await room.take(std::max<std::size_t>(record.size_bytes(), 1));
  auto pending = std::make_shared<Pending<Delivery>>();
  for (;;) {
    const HandOver handed_over = co_await self->hand_over(record, room, pending);
    if (handed_over == HandOver::kAccepted) break;
    co_await self->usable_.wait();
  }
  co_return co_await Pending<Delivery>::answer(std::move(pending));
}

Task<> ProducerCore::prepare(std::shared_ptr<ProducerCore> self, std::string topic) {
  std::shared_ptr<Event> prepared;
  bool is_first = false;
  {
    std::lock_guard lock(self->mutex_);
    std::shared_ptr<Event>& entry = self->prepared_[topic];
    is_first = entry == nullptr;
    if (is_first) entry = std::make_shared<Event>();
    prepared = entry;
  }
  if (!is_first) {
    co_await prepared->wait();
    co_return;
  }
  const SetAtEnd at_end(std::move(prepared));
  co_await blocking([self, topic = std::move(topic)] {
    const std::shared_lock lock(self->instance_mutex_);
    if (self->instance_ != nullptr) look_up(self->instance_->get(), topic, kLookUpLimit);
  });
}

Result<ProducerCore::HandOver> ProducerCore::hand_over(Record& record, Room& room,
                                                       const std::shared_ptr<Pending<Delivery>>& pending) {
  std::shared_lock instance_lock(instance_mutex_);
  std::list<InFlight>::iterator entry;
  {
    std::lock_guard lock(mutex_);
    if (closing_) return fail(Error::failed_precondition("the producer is closed: make another one"));
    entry = in_flight_.insert(in_flight_.end(), {next_ticket_++, 0, std::move(record.value), pending});
    entry->self = entry;
    entry->bytes = room.keep();
  }
  const ErrorPtr error = produce(instance_->get(), record, entry->value, &*entry);
  // The report may be there already: from here on an accepted entry is not touched.
  if (!error) return HandOver::kAccepted;
  // The refusal carries the code of what went wrong before, not that of a fatal error.
  const bool broken = instance_->fatal_error().has_value();
  record.value = std::move(entry->value);
  {
    std::lock_guard lock(mutex_);
    room.take_back(entry->bytes);
    in_flight_.erase(entry);
  }
  if (!broken) return fail(to_error(error, fmt::format("record to {}", record.topic)).with_detail("stored", "no"));
  usable_.reset();
  doorbell_->ring();
  return HandOver::kInstanceBroken;
}

void ProducerCore::finish(std::list<InFlight>::iterator in_flight, Result<Delivery> result) {
  std::shared_ptr<Pending<Delivery>> pending;
  std::size_t bytes = 0;
  {
    std::lock_guard lock(mutex_);
    ++(result ? stats_.delivered : stats_.failed);
    pending = std::move(in_flight->pending);
    bytes = in_flight->bytes;
    in_flight_.erase(in_flight);
    const std::uint64_t oldest = in_flight_.empty() ? next_ticket_ : in_flight_.front().ticket;
    flushes_.remove_if([&](const Flush& flush) {
      if (flush.below_ticket > oldest) return false;
      flush.done->set();
      return true;
    });
  }
  records_.release();
  bytes_.release(bytes);
  pending->complete(std::move(result));
}

Task<> ProducerCore::flush(std::shared_ptr<ProducerCore> self) {
  auto done = std::make_shared<Event>();
  {
    std::lock_guard lock(self->mutex_);
    if (self->in_flight_.empty()) co_return;
    self->flushes_.push_back({self->next_ticket_, done});
  }
  co_await done->wait();
}

void ProducerCore::begin_close() {
  {
    std::lock_guard lock(mutex_);
    if (!closing_) close_deadline_ = std::chrono::steady_clock::now() + options_.close_limit;
    closing_ = true;
  }
  doorbell_->ring();
}

Task<> ProducerCore::close(std::shared_ptr<ProducerCore> self) {
  self->begin_close();
  co_await shielded(kCloseShield,
                    [](std::shared_ptr<ProducerCore> core) -> Task<> { co_await core->closed_.wait(); }(self));
}

ProducerStats ProducerCore::stats() const {
  std::lock_guard lock(mutex_);
  ProducerStats stats = stats_;
  stats.queued_records = in_flight_.size();
  stats.queued_bytes = options_.max_queued_bytes - bytes_.available();
  return stats;
}

std::optional<std::chrono::nanoseconds> ProducerCore::time_left() const {
  std::lock_guard lock(mutex_);
  if (!closing_) return std::chrono::nanoseconds::max();
  const auto left = close_deadline_ - std::chrono::steady_clock::now();
  if (in_flight_.empty() || left <= left.zero()) return std::nullopt;
  return left;
}

}  // namespace skerry::kafka::internal
