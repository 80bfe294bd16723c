// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/producer_wire.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "skerry/kafka/errors.h"

namespace skerry::kafka::internal {
namespace {

const char* compression_name(Compression compression) {
  constexpr std::array kNames{"none", "gzip", "snappy", "lz4", "zstd"};
  return kNames[static_cast<std::size_t>(compression)];
}

rd_kafka_headers_t* to_headers(const std::vector<Header>& headers) {
  if (headers.empty()) return nullptr;
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const Header& header : headers) {
    rd_kafka_header_add(list, header.name.data(), static_cast<ssize_t>(header.name.size()), header.value.data(),
                        static_cast<ssize_t>(header.value.size()));
  }
  return list;
}

}  // namespace

Settings settings_of(const ProducerOptions& options) {
  Settings settings(options.connection);
  settings.fix("acks", options.acks == Acks::kAll ? "all" : "1");
  settings.fix("enable.idempotence", options.idempotent ? "true" : "false");
  // Without sequence numbers only one request at a time keeps the order when one is repeated.
  settings.fix("max.in.flight.requests.per.connection", options.idempotent ? 5 : 1);
  settings.fix("linger.ms", options.linger);
  settings.fix("compression.type", compression_name(options.compression));
  settings.fix("message.timeout.ms", options.delivery_timeout);
  // The library counts a record until its report is thrown away, a little longer than Room does.
  settings.fix("queue.buffering.max.messages", static_cast<std::int64_t>(options.max_queued_records * 2 + 1'000));
  settings.fix("queue.buffering.max.kbytes", static_cast<std::int64_t>(options.max_queued_bytes / 512 + 1'024));
  settings.fix("message.max.bytes", static_cast<std::int64_t>(options.max_record_bytes + 4'096));
  settings.set("partitioner", "murmur2_random");
  return settings;
}

Result<> check_options(const ProducerOptions& options) {
  using Limit = std::numeric_limits<std::int32_t>;
  const std::array checks{
      check_range("linger in ms", options.linger.count(), 0, 900'000),
      check_range("delivery_timeout in ms", options.delivery_timeout.count(),
                  std::max<std::int64_t>(options.linger.count() + 1, 10), Limit::max()),
      check_range("max_queued_records", static_cast<std::int64_t>(options.max_queued_records), 1, 4'000'000),
      check_range("max_queued_bytes", static_cast<std::int64_t>(options.max_queued_bytes), 1'024,
                  std::int64_t{1} << 40),
      check_range("max_record_bytes", static_cast<std::int64_t>(options.max_record_bytes), 1,
                  std::min<std::int64_t>(static_cast<std::int64_t>(options.max_queued_bytes), 1'000'000'000 - 4'096))};
  for (const Result<>& check : checks) {
    if (!check) return check;
  }
  if (options.idempotent && options.acks != Acks::kAll) {
    return fail(Error::invalid_argument("an idempotent producer needs acks of all in-sync replicas (Acks::kAll)"));
  }
  return {};
}

void look_up(rd_kafka_s* client, const std::string& topic, std::chrono::milliseconds limit) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  // A name that cannot be: the record itself will say so.
  if (handle == nullptr) return;
  const struct rd_kafka_metadata* metadata = nullptr;
  constexpr int kOfThisTopicAlone = 0;
  const auto error = rd_kafka_metadata(client, kOfThisTopicAlone, handle, &metadata, static_cast<int>(limit.count()));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
}

ErrorPtr produce(rd_kafka_s* client, const Record& record, std::optional<std::string>& value, void* opaque) {
  std::array<rd_kafka_vu_t, 7> arguments{};
  std::size_t count = 0;
  auto next = [&](rd_kafka_vtype_t type) -> auto& {
    arguments[count].vtype = type;
    return arguments[count++].u;
  };
  next(RD_KAFKA_VTYPE_TOPIC).cstr = record.topic.c_str();
  next(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition.value_or(RD_KAFKA_PARTITION_UA);
  next(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
  next(RD_KAFKA_VTYPE_TIMESTAMP).i64 = record.timestamp.time_since_epoch().count();
  if (value) next(RD_KAFKA_VTYPE_VALUE).mem = {value->data(), value->size()};
  if (record.key) next(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(record.key->data()), record.key->size()};
  rd_kafka_headers_t* headers = to_headers(record.headers);
  if (headers != nullptr) next(RD_KAFKA_VTYPE_HEADERS).headers = headers;
  ErrorPtr error(rd_kafka_produceva(client, arguments.data(), count));
  if (error && headers != nullptr) rd_kafka_headers_destroy(headers);
  return error;
}

Result<Delivery> to_delivery(const rd_kafka_message_s& message, const std::optional<Error>& fatal) {
  TopicPartition partition{rd_kafka_topic_name(message.rkt), message.partition};
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return Delivery{std::move(partition), message.offset};
  const bool thrown_away =
      message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  Error error = thrown_away && fatal ? *fatal : to_error(message.err, fmt::format("record to {}", partition.topic));
  const bool surely_not_stored = rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  return fail(std::move(error).with_detail("stored", surely_not_stored ? "no" : "unknown"));
}

}  // namespace skerry::kafka::internal
