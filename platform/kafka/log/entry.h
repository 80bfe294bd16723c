// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one entry of the log: a batch of records behind a head that says all the log needs to know of it, so
// that rebuilding an index parses no records; or a storage::Entry message. Pure; decoding accepts any bytes.
//
//   std::string head = encode_batch_head(batch_head);          // the batch's bytes follow
//   auto entry = decode_entry(bytes);
//   if (auto* batch = std::get_if<BatchEntry>(&*entry)) ...
//
// First byte 1: the head, integers little endian, then the RecordBatch. First byte 2: the message.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "platform/kafka/log/storage.pb.h"
#include "platform/kafka/log/types.h"
#include "skerry/base/result.h"

namespace skerry::platform::kafka::log {

inline constexpr std::size_t kBatchHeadBytes = 55;

struct BatchHead {
  PartitionKey partition;
  Offset base_offset = 0;
  std::int32_t last_offset_delta = 0;
  Timestamp max_timestamp{};
  Timestamp appended_at{};
  ProducerId producer_id = kNoProducerId;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  friend bool operator==(const BatchHead&, const BatchHead&) = default;

  Offset last_offset() const { return base_offset + last_offset_delta; }
};

struct BatchEntry {
  BatchHead head;
  std::string_view batch;
};

std::string encode_batch_head(const BatchHead& head);
std::string encode_entry(const storage::Entry& entry);

/// The batch is a view into `bytes`. Fails with DataLoss for what is not an entry.
Result<std::variant<BatchEntry, storage::Entry>> decode_entry(std::string_view bytes);

/// Writes base offset and leader epoch where a RecordBatch has them; neither is covered by its checksum. Source:
/// "Record Batch" of the Kafka documentation. Precondition: at least kRecordBatchHeadBytes bytes.
void place_batch(std::string& batch, Offset base_offset);
/// The base offset that a batch says it has. The same precondition.
Offset placed_at(std::string_view batch);
inline constexpr std::size_t kRecordBatchHeadBytes = 61;

}  // namespace skerry::platform::kafka::log
