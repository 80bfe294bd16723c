// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/record_storage.h"

#include "skerry/events/stored_record.pb.h"

namespace skerry::events::internal {

std::string store_record(const kafka::Record& record) {
  storage::StoredRecord stored;
  stored.set_topic(record.topic);
  if (record.partition) stored.set_partition(*record.partition);
  stored.set_offset(record.offset);
  if (record.key) stored.set_key(*record.key);
  if (record.value) stored.set_value(*record.value);
  for (const kafka::Header& header : record.headers) {
    storage::StoredHeader& added = *stored.add_headers();
    added.set_name(header.name);
    added.set_value(header.value);
  }
  stored.set_timestamp_ms(record.timestamp.time_since_epoch().count());
  return stored.SerializeAsString();
}

Result<kafka::Record> load_record(std::string_view bytes) {
  storage::StoredRecord stored;
  if (!stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Error::data_loss("a stored record of {} bytes is damaged", bytes.size()));
  }
  kafka::Record record;
  record.topic = stored.topic();
  if (stored.has_partition()) record.partition = stored.partition();
  record.offset = stored.offset();
  if (stored.has_key()) record.key = stored.key();
  if (stored.has_value()) record.value = stored.value();
  for (const storage::StoredHeader& header : stored.headers()) {
    record.headers.push_back({.name = header.name(), .value = header.value()});
  }
  record.timestamp = kafka::Timestamp(std::chrono::milliseconds(stored.timestamp_ms()));
  return record;
}

}  // namespace skerry::events::internal
