// SPDX-License-Identifier: Apache-2.0
//
// The records inside a batch: RecordReader walks those of a batch that is not compressed, write_batch makes a batch.
// The broker itself only passes batches on; these are for validation, for tools, and for tests.
//
//   RecordReader reader(batch);
//   while (std::optional<RecordView> record = reader.next()) use(record->offset, record->key, record->value);
//   co_await reader.finish();
//
// https://kafka.apache.org/documentation/#record
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/kafka/protocol/record_batch.h"
#include "platform/kafka/protocol/wire.h"

namespace skerry::platform::kafka::protocol {

/// A record as it lies in its batch, whose bytes outlive it. Headers are read on demand.
struct RecordView {
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  /// The encoded headers, their number first.
  std::string_view encoded_headers;
};

/// A header's name and value.
using RecordHeader = std::pair<std::string, std::optional<std::string>>;

/// The headers of a record that RecordReader gave.
std::vector<RecordHeader> headers_of(const RecordView& record);

class RecordReader {
 public:
  /// Precondition: the batch is not compressed; its bytes outlive the reader.
  explicit RecordReader(const RecordBatch& batch);
  /// Of any batch, with its records as they are after decompress(); they outlive the reader.
  RecordReader(const RecordBatch& batch, std::string_view records);

  /// The next record; nullopt at the end and after a malformed one.
  std::optional<RecordView> next();
  /// INVALID_RECORD when a record was malformed or the records do not fill the batch exactly.
  Result<> finish() const;

 private:
  std::optional<RecordView> read(std::string_view encoded);

  Reader reader_;
  const std::int64_t base_offset_;
  const std::int64_t base_timestamp_;
  const std::int32_t count_;
  std::int32_t index_ = 0;
  bool malformed_ = false;
};

/// A record to be written.
struct NewRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<RecordHeader> headers = {};
  /// Milliseconds since 1970.
  std::int64_t timestamp = 0;
  friend bool operator==(const NewRecord&, const NewRecord&) = default;
};

struct BatchFields {
  std::int64_t base_offset = 0;
  std::int16_t attributes = 0;
  std::int64_t producer_id = kNoProducerId;
  std::int16_t producer_epoch = kNoProducerEpoch;
  std::int32_t base_sequence = kNoSequence;
};

/// A batch of these records, not compressed, with its checksum.
std::string write_batch(std::span<const NewRecord> records, const BatchFields& fields = {});

/// Copies of all records of a batch. Errors: those of RecordReader, UNSUPPORTED_COMPRESSION_TYPE for a compressed one.
Result<std::vector<NewRecord>> read_records(const RecordBatch& batch);

}  // namespace skerry::platform::kafka::protocol
