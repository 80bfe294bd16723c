// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/records.h"

#include <algorithm>

#include "platform/kafka/protocol/errors.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {
namespace {

constexpr std::size_t kHeaderUpToChecksum = 21;
constexpr std::int32_t kNull = -1;

std::optional<std::string_view> read_nullable(Reader& reader) {
  const std::int32_t length = reader.varint();
  if (length == kNull) return std::nullopt;
  return reader.bytes(length);
}

void write_nullable(Writer& writer, const std::optional<std::string>& value) {
  writer.varint(value ? static_cast<std::int32_t>(value->size()) : kNull);
  if (value) writer.bytes(*value);
}

std::optional<std::string> copy_of(std::optional<std::string_view> value) {
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

// Calls visit(name, value) for each header.
template <class Visit>
void read_headers(Reader& reader, Visit visit) {
  const std::int32_t count = reader.varint();
  if (count < 0) reader.fail("a record has a negative number of headers");
  for (std::int32_t i = 0; i < count && !reader.failed(); ++i) {
    const std::string_view name = reader.bytes(reader.varint());
    const auto value = read_nullable(reader);
    if (!reader.failed()) visit(name, value);
  }
}

void write_record(Writer& out, const NewRecord& record, std::int64_t timestamp_delta, std::int32_t offset_delta) {
  std::string body;
  Writer writer(body);
  writer.integer(std::int8_t{0});
  writer.varlong(timestamp_delta);
  writer.varint(offset_delta);
  write_nullable(writer, record.key);
  write_nullable(writer, record.value);
  writer.varint(static_cast<std::int32_t>(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    writer.varint(static_cast<std::int32_t>(name.size()));
    writer.bytes(name);
    write_nullable(writer, value);
  }
  out.varint(static_cast<std::int32_t>(body.size()));
  out.bytes(body);
}

}  // namespace

RecordReader::RecordReader(const RecordBatch& batch) : RecordReader(batch, batch.records()) {
  SKERRY_CHECK(batch.compression() == Compression::kNone, "the records are not compressed");
}

RecordReader::RecordReader(const RecordBatch& batch, std::string_view records)
    : reader_(records),
      base_offset_(batch.base_offset()),
      base_timestamp_(batch.base_timestamp()),
      count_(batch.record_count()) {}

std::optional<RecordView> RecordReader::next() {
  if (malformed_ || index_ >= count_) return std::nullopt;
  const std::string_view encoded = reader_.bytes(reader_.varint());
  std::optional<RecordView> record = reader_.failed() ? std::nullopt : read(encoded);
  malformed_ = !record;
  ++index_;
  return record;
}

std::optional<RecordView> RecordReader::read(std::string_view encoded) {
  Reader reader(encoded);
  RecordView record;
  reader.integer<std::int8_t>();
  record.timestamp = static_cast<std::int64_t>(static_cast<std::uint64_t>(base_timestamp_) +
                                               static_cast<std::uint64_t>(reader.varlong()));
  // Offsets of what producers write have no gaps.
  if (reader.varint() != index_) return std::nullopt;
  record.offset =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(base_offset_) + static_cast<std::uint64_t>(index_));
  record.key = read_nullable(reader);
  record.value = read_nullable(reader);
  record.encoded_headers = reader.rest();
  read_headers(reader, [](std::string_view, std::optional<std::string_view>) {});
  return reader.finish() ? std::optional(record) : std::nullopt;
}

Result<> RecordReader::finish() const {
  if (malformed_ || index_ < count_ || reader_.remaining() != 0)
    return fail(kafka_error(ErrorCode::kInvalidRecord, "record {} of a batch of {} is malformed", index_, count_));
  return {};
}

std::vector<RecordHeader> headers_of(const RecordView& record) {
  std::vector<RecordHeader> headers;
  Reader reader(record.encoded_headers);
  read_headers(reader, [&](std::string_view name, std::optional<std::string_view> value) {
    headers.emplace_back(name, copy_of(value));
  });
  return headers;
}

std::string write_batch(std::span<const NewRecord> records, const BatchFields& fields) {
  SKERRY_CHECK(!records.empty(), "a batch has records");
  const std::int64_t base_timestamp = records.front().timestamp;
  std::string covered;
  Writer writer(covered);
  writer.integer(fields.attributes);
  writer.integer(static_cast<std::int32_t>(records.size() - 1));
  writer.integer(base_timestamp);
  writer.integer(std::ranges::max(records, {}, &NewRecord::timestamp).timestamp);
  writer.integer(fields.producer_id);
  writer.integer(fields.producer_epoch);
  writer.integer(fields.base_sequence);
  writer.integer(static_cast<std::int32_t>(records.size()));
  std::int32_t index = 0;
  for (const NewRecord& record : records) write_record(writer, record, record.timestamp - base_timestamp, index++);

  std::string batch;
  Writer head(batch);
  head.integer(fields.base_offset);
  head.integer(static_cast<std::int32_t>(kHeaderUpToChecksum - kRecordBatchLengthEnd + covered.size()));
  head.integer(std::int32_t{-1});
  head.integer(std::int8_t{2});
  head.integer(static_cast<std::int32_t>(crc32c(covered)));
  head.bytes(covered);
  return batch;
}

Result<std::vector<NewRecord>> read_records(const RecordBatch& batch) {
  if (batch.compression() != Compression::kNone)
    return fail(kafka_error(ErrorCode::kUnsupportedCompressionType, "the batch is compressed"));
  std::vector<NewRecord> records;
  RecordReader reader(batch);
  while (const std::optional<RecordView> view = reader.next())
    records.push_back({copy_of(view->key), copy_of(view->value), headers_of(*view), view->timestamp});
  if (Result<> complete = reader.finish(); !complete) return fail(std::move(complete));
  return records;
}

}  // namespace skerry::platform::kafka::protocol
