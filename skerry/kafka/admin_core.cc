// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/admin_core.h"

#include <librdkafka/rdkafka.h>

#include <utility>

#include "skerry/async/go.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/errors.h"

namespace skerry::kafka::internal {
namespace {

struct OptionsDelete {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};

Settings settings_of(const AdminOptions& options) {
  Settings settings(options.connection);
  // Looking at a topic must not make it.
  settings.fix("allow.auto.create.topics", "false");
  return settings;
}

}  // namespace

Task<> AdminCore::start(std::shared_ptr<AdminCore> self) {
  co_await check_range("timeout in ms", self->options_.timeout.count(), 1, 3'600'000);
  auto instance = co_await blocking([self] {
    return Instance::make(Instance::Kind::kProducer, settings_of(self->options_), 0, self->doorbell_, self->watch_);
  });
  {
    std::lock_guard lock(self->mutex_);
    self->instance_ = std::move(instance);
  }
  go_named("kafka admin", serve, self);
}

Task<> AdminCore::serve(std::shared_ptr<AdminCore> self) {
  co_await skerry::internal::at_boundary(serve_until_closed(self));
  co_await shielded(kEndLimit, end(self));
}

Task<> AdminCore::serve_until_closed(std::shared_ptr<AdminCore> self) {
  skerry::internal::ScopedWatch watch(self->doorbell_->fd());
  while (!self->is_closing()) {
    int taken = 0;
    while (EventPtr event = self->instance_->next_event()) {
      self->take_answer(std::move(event));
      if (++taken % kMaxEventsPerTurn == 0) co_await yield();
    }
    co_await self->doorbell_->wait(watch, std::chrono::nanoseconds::max());
  }
}

Task<> AdminCore::end(std::shared_ptr<AdminCore> self) {
  std::shared_ptr<Instance> last;
  {
    std::lock_guard lock(self->mutex_);
    self->closing_ = true;
    last = std::exchange(self->instance_, nullptr);
  }
  co_await drop(std::move(last)).result();
  for (const std::shared_ptr<Answer>& answer : std::exchange(self->open_, {})) {
    Answer::take_back(answer.get())->complete(fail(Error::unavailable("the admin client was closed")));
  }
  self->closed_.set();
}

void AdminCore::begin_close() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  doorbell_->ring();
}

Task<> AdminCore::close(std::shared_ptr<AdminCore> self) {
  self->begin_close();
  co_await shielded(kEndLimit, [](std::shared_ptr<AdminCore> core) -> Task<> { co_await core->closed_.wait(); }(self));
}

bool AdminCore::is_closing() const {
  std::lock_guard lock(mutex_);
  return closing_;
}

Result<std::shared_ptr<Instance>> AdminCore::instance() const {
  std::lock_guard lock(mutex_);
  if (closing_) return fail(Error::failed_precondition("the admin client is closed: make another one"));
  return instance_;
}

Task<EventPtr> AdminCore::ask(std::shared_ptr<AdminCore> self, int operation, std::string what, Ask ask) {
  auto answer = std::make_shared<Answer>();
  co_await self->begin(operation, ask, answer);
  EventPtr event = co_await Answer::answer(std::move(answer));
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    co_return to_error(code, what, rd_kafka_event_error_string(event.get()));
  }
  co_return event;
}

Result<> AdminCore::begin(int operation, const Ask& ask, const std::shared_ptr<Answer>& answer) {
  std::lock_guard lock(mutex_);
  if (closing_) return fail(Error::failed_precondition("the admin client is closed: make another one"));
  const std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDelete> options(
      rd_kafka_AdminOptions_new(instance_->get(), static_cast<rd_kafka_admin_op_t>(operation)));
  const int timeout_ms = static_cast<int>(options_.timeout.count());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, nullptr, 0);
  // Where the call knows of it: the broker answers once the change has come about. Refused by the others.
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms, nullptr, 0);
  rd_kafka_AdminOptions_set_opaque(options.get(), Answer::lend(answer));
  open_.insert(answer);
  ask({instance_->get(), options.get(), instance_->queue()});
  return {};
}

void AdminCore::take_answer(EventPtr event) {
  const int type = rd_kafka_event_type(event.get());
  if (type == RD_KAFKA_EVENT_ERROR || rd_kafka_event_opaque(event.get()) == nullptr) return;
  const std::shared_ptr<Answer> answer = Answer::take_back(rd_kafka_event_opaque(event.get()));
  {
    std::lock_guard lock(mutex_);
    open_.erase(answer);
  }
  answer->complete(std::move(event));
}

}  // namespace skerry::kafka::internal
