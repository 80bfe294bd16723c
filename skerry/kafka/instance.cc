// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/instance.h"

#include <librdkafka/rdkafka.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "skerry/async/blocking.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/errors.h"
#include "skerry/telemetry/log.h"

namespace skerry::kafka::internal {
namespace {

constexpr const char* kInterceptorName = "skerry";
constexpr std::chrono::hours kDropLimit{1};
// The library's main thread waits for its next timer in whole milliseconds, rounded down, and spins for the rest.
constexpr std::chrono::nanoseconds kMainThreadSlack = std::chrono::milliseconds(1);

// On a thread of the library: notes the state and nothing else.
rd_kafka_resp_err_t on_broker_state(rd_kafka_t*, std::int32_t, const char*, const char* name, int port,
                                    const char* state, void* watch) {
  const bool up = std::string_view(state) == "UP" || std::string_view(state) == "UPDATE";
  static_cast<ConnectionWatch*>(watch)->broker_changed(fmt::format("{}:{}", name, port), up);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// On the thread of the library that starts. Woken later by up to the slack, the main thread finds its timer due; what
// the other threads wait for (linger) is not delayed.
rd_kafka_resp_err_t on_thread_start(rd_kafka_t*, rd_kafka_thread_type_t type, const char*, void*) {
  if (type == RD_KAFKA_THREAD_MAIN) ::prctl(PR_SET_TIMERSLACK, kMainThreadSlack.count(), 0, 0, 0);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t*, void* watch, char*, std::size_t) {
  rd_kafka_interceptor_add_on_thread_start(client, kInterceptorName, on_thread_start, nullptr);
  return rd_kafka_interceptor_add_on_broker_state_change(client, kInterceptorName, on_broker_state, watch);
}

struct ConfDelete {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

void write_log(const rd_kafka_t* client, rd_kafka_event_t* event) {
  const char* facility = nullptr;
  const char* text = nullptr;
  int syslog_level = 0;
  if (rd_kafka_event_log(event, &facility, &text, &syslog_level) != 0) return;
  constexpr std::array kLevels{telemetry::LogLevel::kError,   telemetry::LogLevel::kError,
                               telemetry::LogLevel::kError,   telemetry::LogLevel::kWarning,
                               telemetry::LogLevel::kWarning, telemetry::LogLevel::kInfo,
                               telemetry::LogLevel::kInfo,    telemetry::LogLevel::kDebug};
  log::write(kLevels[static_cast<std::size_t>(std::clamp(syslog_level, 0, 7))], "kafka client",
             {{"client", rd_kafka_name(client)}, {"about", facility}, {"text", text}});
}

}  // namespace

void ConnectionWatch::broker_changed(std::string broker, bool up) {
  std::lock_guard lock(mutex_);
  up_[std::move(broker)] = up;
}

void ConnectionWatch::note(Error error) {
  std::lock_guard lock(mutex_);
  last_error_ = std::move(error);
}

ConnectionState ConnectionWatch::state() const {
  std::lock_guard lock(mutex_);
  return {std::ranges::any_of(up_, [](const auto& broker) { return broker.second; }), last_error_};
}

Instance::Instance(std::shared_ptr<Doorbell> doorbell, std::shared_ptr<ConnectionWatch> watch)
    : doorbell_(std::move(doorbell)), watch_(std::move(watch)) {}

Result<std::shared_ptr<Instance>> Instance::make(Kind kind, Settings settings, int events,
                                                 std::shared_ptr<Doorbell> doorbell,
                                                 std::shared_ptr<ConnectionWatch> watch) {
  auto merged = settings.merged();
  if (!merged) return fail(std::move(merged));
  std::shared_ptr<Instance> instance(new Instance(std::move(doorbell), std::move(watch)));
  Result<> opened = instance->open(kind, *merged, events);
  if (!opened) return fail(std::move(opened));
  return instance;
}

Result<> Instance::open(Kind kind, const std::map<std::string, std::string>& settings, int events) {
  std::array<char, 512> reason{};
  std::unique_ptr<rd_kafka_conf_t, ConfDelete> conf(rd_kafka_conf_new());
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
      return fail(Error::invalid_argument("Kafka client property {} = {}: {}", name, value, reason.data()));
    }
  }
  rd_kafka_conf_set_events(conf.get(), events | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  rd_kafka_conf_interceptor_add_on_new(conf.get(), kInterceptorName, on_new, watch_.get());
  client_ = rd_kafka_new(kind == Kind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(), reason.data(),
                         reason.size());
  if (client_ == nullptr) return fail(Error::invalid_argument("Kafka client: {}", reason.data()));
  [[maybe_unused]] auto* owned_by_client = conf.release();

  queue_.reset(rd_kafka_queue_new(client_));
  ring_for(queue_.get());
  // The queue of a member of a group takes in the main one.
  const bool is_member = rd_kafka_poll_set_consumer(client_) == RD_KAFKA_RESP_ERR_NO_ERROR;
  const QueuePtr main(is_member ? rd_kafka_queue_get_consumer(client_) : rd_kafka_queue_get_main(client_));
  rd_kafka_queue_forward(main.get(), queue_.get());
  rd_kafka_set_log_queue(client_, queue_.get());
  return {};
}

Instance::~Instance() {
  // What is left in the queue refers to partitions, which refer to the queue, and may be a question of the group: the
  // library would wait for ever.
  while (queue_) {
    const EventPtr event(rd_kafka_queue_poll(queue_.get(), 0));
    if (!event) break;
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) rd_kafka_assign(client_, nullptr);
  }
  queue_.reset();
  if (client_ != nullptr) rd_kafka_destroy_flags(client_, skip_goodbye_ ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0);
}

void Instance::ring_for(rd_kafka_queue_s* queue) const {
  rd_kafka_queue_io_event_enable(queue, doorbell_->fd(), &Doorbell::kPayload, sizeof Doorbell::kPayload);
}

EventPtr Instance::next_event() {
  for (;;) {
    EventPtr event(rd_kafka_queue_poll(queue_.get(), 0));
    if (!event) return event;
    const int type = rd_kafka_event_type(event.get());
    if (type == RD_KAFKA_EVENT_LOG) {
      write_log(client_, event.get());
      continue;
    }
    if (type == RD_KAFKA_EVENT_ERROR) {
      watch_->note(
          to_error(rd_kafka_event_error(event.get()), "Kafka client", rd_kafka_event_error_string(event.get())));
    }
    return event;
  }
}

std::optional<Error> Instance::fatal_error() const {
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client_, reason.data(), reason.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return to_error(RD_KAFKA_RESP_ERR__FATAL, "Kafka client", reason.data());
}

Task<> drop(std::shared_ptr<Instance> instance) {
  co_await shielded(kDropLimit, blocking([instance = std::move(instance)]() mutable { instance.reset(); }));
}

}  // namespace skerry::kafka::internal
