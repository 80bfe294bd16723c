// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/read_range.h"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <utility>

#include "skerry/kafka/errors.h"
#include "skerry/kafka/instance.h"

namespace skerry::kafka::internal {
namespace {

Settings settings_of(const AdminOptions& options) {
  Settings settings(options.connection);
  settings.fix("enable.auto.commit", "false");
  settings.fix("enable.partition.eof", "true");
  settings.fix("auto.offset.reset", "error");
  settings.set("fetch.wait.max.ms", "100");
  return settings;
}

/// Reads one partition for as long as it lives.
class Reading {
 public:
  static Result<std::unique_ptr<Reading>> start(const Instance& instance, const TopicPartition& partition,
                                                std::int64_t from) {
    std::unique_ptr<Reading> reading(new Reading(instance, partition));
    if (rd_kafka_consume_start_queue(reading->topic_.get(), partition.partition, from, reading->queue_.get()) != 0) {
      return fail(to_error(rd_kafka_last_error(), fmt::format("read {}", to_string(partition))));
    }
    reading->started_ = true;
    return reading;
  }
  ~Reading() {
    if (started_) rd_kafka_consume_stop(topic_.get(), partition_);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// Waits for the next event; null when none came in time.
  EventPtr next(std::chrono::milliseconds limit) const {
    return EventPtr(rd_kafka_queue_poll(queue_.get(), static_cast<int>(limit.count())));
  }

 private:
  struct TopicDelete {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };
  Reading(const Instance& instance, const TopicPartition& partition)
      : topic_(rd_kafka_topic_new(instance.get(), partition.topic.c_str(), nullptr)),
        queue_(rd_kafka_queue_new(instance.get())),
        partition_(partition.partition) {}

  std::unique_ptr<rd_kafka_topic_t, TopicDelete> topic_;
  QueuePtr queue_;
  std::int32_t partition_;
  bool started_ = false;
};

}  // namespace

Result<std::vector<Record>> read_range(const AdminOptions& options, const TopicPartition& partition, std::int64_t from,
                                       std::int64_t to, const ReadLimits& limits) {
  auto instance = Instance::make(Instance::Kind::kConsumer, settings_of(options), RD_KAFKA_EVENT_FETCH,
                                 std::make_shared<Doorbell>(), std::make_shared<ConnectionWatch>());
  if (!instance) return fail(std::move(instance));
  auto reading = Reading::start(**instance, partition, from);
  if (!reading) return fail(std::move(reading));

  const std::string what = fmt::format("read {} from offset {}", to_string(partition), from);
  std::vector<Record> records;
  std::size_t bytes = 0;
  for (;;) {
    const EventPtr event = (*reading)->next(options.timeout);
    if (!event) return fail(to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, what));
    const auto code = rd_kafka_event_error(event.get());
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) return records;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(to_error(code, what, rd_kafka_event_error_string(event.get())));
    const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get());
    if (message == nullptr) continue;
    if (message->offset >= to) return records;
    Record record = to_record(*message);
    bytes += record.size_bytes();
    if (!records.empty() && (records.size() >= limits.max_records || bytes > limits.max_bytes)) return records;
    records.push_back(std::move(record));
    if (records.back().offset + 1 >= to) return records;
  }
}

}  // namespace skerry::kafka::internal
