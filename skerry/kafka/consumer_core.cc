// SPDX-License-Identifier: Apache-2.0
//
// The side of the tasks that use a consumer.
#include "skerry/kafka/consumer_core.h"

#include <librdkafka/rdkafka.h>

#include <utility>

#include "skerry/async/blocking.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/async/worker.h"
#include "skerry/kafka/consumer_wire.h"
#include "skerry/kafka/errors.h"

namespace skerry::kafka::internal {
namespace {

constexpr std::chrono::hours kCloseShield{1};
constexpr std::chrono::seconds kCommittedLimit{10};

// What a receiver has to hear of; the rest is a matter of the connection and is tried again.
bool concerns_receiver(Code code) {
  return code == Code::kDataLoss || code == Code::kPermissionDenied || code == Code::kUnauthenticated;
}

Error closed_error() { return Error::failed_precondition("the consumer is closed: make another one"); }

}  // namespace

Task<std::optional<Incoming>> ConsumerCore::receive(std::shared_ptr<ConsumerCore> self) {
  // A backlog must not keep the other tasks of this worker waiting.
  if (!Worker::current()->spend_budget()) co_await yield();
  for (;;) {
    std::optional<Result<std::optional<Incoming>>> next;
    {
      std::lock_guard lock(self->mutex_);
      next = self->next_incoming();
      if (!next) self->changed_.reset();
    }
    if (next) co_return co_await std::move(*next);
    co_await self->changed_.wait();
  }
}

std::optional<Result<std::optional<Incoming>>> ConsumerCore::next_incoming() {
  if (!events_.empty()) {
    std::optional<Incoming> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }
  if (refusal_) return fail(*std::exchange(refusal_, std::nullopt));
  if (ended_) return std::optional<Incoming>();
  std::optional<Result<Record>> record = next_record();
  if (!record) return std::nullopt;
  if (!*record) return fail(std::move(*record));
  return std::optional<Incoming>(std::move(**record));
}

std::optional<Result<Record>> ConsumerCore::next_record() {
  while (std::optional<Result<Record>> record = partitions_.next()) {
    if (*record) {
      ++stats_.records;
      stats_.bytes += (*record)->size_bytes();
      return record;
    }
    if (concerns_receiver(record->error().code())) return record;
    watch_->note(record->error());
  }
  return std::nullopt;
}

void ConsumerCore::confirm(const Revoked& revoked) {
  {
    std::lock_guard lock(mutex_);
    if (!revocation_ || revocation_->id != revoked.id) return;
    revocation_->confirmed = true;
  }
  doorbell_->ring();
}

void ConsumerCore::set_paused(const std::vector<TopicPartition>& partitions, bool paused) {
  std::lock_guard lock(mutex_);
  partitions_.set_paused(partitions, paused);
  if (!paused) changed_.set();
}

Result<> ConsumerCore::check_commit(const std::vector<PartitionOffset>& offsets) const {
  if (ended_) return fail(closed_error());
  for (const PartitionOffset& offset : offsets) {
    if (offset.offset < 0) {
      return fail(Error::invalid_argument("offset {} of {} cannot be committed: it is the offset of the next record",
                                          offset.offset, to_string(offset.partition)));
    }
    if (!partitions_.contains(offset.partition)) {
      return fail(
          Error::aborted("{} is not assigned to this consumer (any more): its owner goes on from the last commit",
                         to_string(offset.partition)));
    }
  }
  return {};
}

Task<> ConsumerCore::commit(std::shared_ptr<ConsumerCore> self, std::vector<PartitionOffset> offsets) {
  if (offsets.empty()) co_return;
  auto call = std::make_shared<Pending<void>>();
  Result<> checked;
  {
    std::lock_guard lock(self->mutex_);
    checked = self->check_commit(offsets);
    if (checked) {
      self->commits_.add(offsets, call);
      self->send_commits();
    }
  }
  co_await std::move(checked);
  co_await Pending<void>::answer(std::move(call));
}

void ConsumerCore::send_commits() {
  const std::vector<PartitionOffset> request = commits_.begin();
  if (request.empty()) return;
  const rd_kafka_resp_err_t code =
      rd_kafka_commit_queue(instance_->get(), to_list(request).get(), instance_->queue(), nullptr, nullptr);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) commits_.end(to_error(code, "commit"), {});
}

Task<std::vector<PartitionOffset>> ConsumerCore::committed(std::shared_ptr<ConsumerCore> self,
                                                           std::vector<TopicPartition> partitions) {
  std::shared_ptr<Instance> instance;
  {
    std::lock_guard lock(self->mutex_);
    instance = self->instance_;
  }
  if (!instance) co_return closed_error();
  co_return co_await blocking([instance = std::move(instance), partitions = std::move(partitions)]() mutable {
    // Let go of here and not on the worker: this may be the last reference.
    const std::shared_ptr<Instance> used = std::move(instance);
    return internal::committed(used->get(), partitions, kCommittedLimit);
  });
}

void ConsumerCore::begin_close(Goodbye goodbye) {
  {
    std::lock_guard lock(mutex_);
    if (!closing_) close_deadline_ = Clock::now() + options_.close_limit;
    closing_ = true;
    if (goodbye == Goodbye::kUnconfirmed) unconfirmed_ = true;
  }
  doorbell_->ring();
}

Task<> ConsumerCore::close(std::shared_ptr<ConsumerCore> self) {
  self->begin_close(Goodbye::kConfirmed);
  co_await shielded(kCloseShield,
                    [](std::shared_ptr<ConsumerCore> core) -> Task<> { co_await core->closed_.wait(); }(self));
}

std::vector<TopicPartition> ConsumerCore::assignment() const {
  std::lock_guard lock(mutex_);
  return partitions_.names();
}

std::vector<PartitionLag> ConsumerCore::lag() const {
  std::lock_guard lock(mutex_);
  return instance_ ? partitions_.lag(*instance_) : std::vector<PartitionLag>();
}

ConsumerStats ConsumerCore::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace skerry::kafka::internal
