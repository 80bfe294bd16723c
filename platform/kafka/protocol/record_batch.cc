// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/record_batch.h"

#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/protocol/records.h"
#include "platform/kafka/protocol/wire.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::protocol {
namespace {

// Where the fields of the header begin.
constexpr std::size_t kBaseOffsetAt = 0;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kLeaderEpochAt = 12;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kChecksumAt = 17;
constexpr std::size_t kAttributesAt = 21;
constexpr std::size_t kLastOffsetDeltaAt = 23;
constexpr std::size_t kBaseTimestampAt = 27;
constexpr std::size_t kMaxTimestampAt = 35;
constexpr std::size_t kProducerIdAt = 43;
constexpr std::size_t kProducerEpochAt = 51;
constexpr std::size_t kBaseSequenceAt = 53;
constexpr std::size_t kRecordCountAt = 57;

constexpr std::int8_t kMagic = 2;

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  return Reader(bytes.substr(at, sizeof(T))).integer<T>();
}

template <class T>
void put_number(std::string& bytes, std::size_t at, T value) {
  std::string number;
  Writer(number).integer(value);
  bytes.replace(at, sizeof(T), number);
}

Result<> check_records(const RecordBatch& batch) {
  RecordReader reader(batch);
  while (reader.next()) {
  }
  return reader.finish();
}

}  // namespace

std::int32_t advance_sequence(std::int32_t sequence, std::int32_t count) {
  const auto sum = static_cast<std::uint32_t>(sequence) + static_cast<std::uint32_t>(count);
  return static_cast<std::int32_t>(sum & 0x7fffffffU);
}

Result<RecordBatch> RecordBatch::parse(std::string_view bytes) {
  if (bytes.size() <= kMagicAt) return fail(kafka_error(ErrorCode::kCorruptMessage, "the record batch is cut off"));
  // In the formats before this one the byte is at the same place.
  const auto magic = number_at<std::int8_t>(bytes, kMagicAt);
  if (magic != kMagic) {
    return fail(kafka_error(ErrorCode::kUnsupportedForMessageFormat,
                            "record format {} is not supported: use a client of Kafka 0.11 or later", magic));
  }
  const auto length = number_at<std::int32_t>(bytes, kLengthAt);
  if (length < static_cast<std::int32_t>(kRecordBatchHeaderBytes - kRecordBatchLengthEnd))
    return fail(kafka_error(ErrorCode::kCorruptMessage, "a record batch has the length {}", length));
  const std::size_t size = kRecordBatchLengthEnd + static_cast<std::size_t>(length);
  if (bytes.size() < size) return fail(kafka_error(ErrorCode::kCorruptMessage, "the record batch is cut off"));
  return RecordBatch(bytes.substr(0, size));
}

Result<> RecordBatch::validate() const {
  if (checksum() != crc32c(bytes_.substr(kAttributesAt)))
    return fail(kafka_error(ErrorCode::kCorruptMessage, "the checksum of a record batch is wrong"));
  if (record_count() < 1 || last_offset_delta() != record_count() - 1) {
    return fail(kafka_error(ErrorCode::kInvalidRecord, "a record batch of {} records takes offsets up to {}",
                            record_count(), last_offset_delta()));
  }
  if (is_control()) return fail(kafka_error(ErrorCode::kInvalidRecord, "a producer may not write control batches"));
  if (is_idempotent() && (producer_id() < 0 || producer_epoch() < 0 || base_sequence() < 0))
    return fail(kafka_error(ErrorCode::kInvalidRecord, "an idempotent batch needs a producer epoch and a sequence"));
  if (compression_number() > static_cast<std::uint8_t>(Compression::kZstd))
    return fail(kafka_error(ErrorCode::kUnsupportedCompressionType, "there is no codec {}", compression_number()));
  return compression() == Compression::kNone ? check_records(*this) : Result<>();
}

std::int64_t RecordBatch::base_offset() const { return number_at<std::int64_t>(bytes_, kBaseOffsetAt); }
std::int32_t RecordBatch::leader_epoch() const { return number_at<std::int32_t>(bytes_, kLeaderEpochAt); }
std::uint32_t RecordBatch::checksum() const {
  return static_cast<std::uint32_t>(number_at<std::int32_t>(bytes_, kChecksumAt));
}
std::int16_t RecordBatch::attributes() const { return number_at<std::int16_t>(bytes_, kAttributesAt); }
std::int32_t RecordBatch::last_offset_delta() const { return number_at<std::int32_t>(bytes_, kLastOffsetDeltaAt); }
std::int64_t RecordBatch::base_timestamp() const { return number_at<std::int64_t>(bytes_, kBaseTimestampAt); }
std::int64_t RecordBatch::max_timestamp() const { return number_at<std::int64_t>(bytes_, kMaxTimestampAt); }
std::int64_t RecordBatch::producer_id() const { return number_at<std::int64_t>(bytes_, kProducerIdAt); }
std::int16_t RecordBatch::producer_epoch() const { return number_at<std::int16_t>(bytes_, kProducerEpochAt); }
std::int32_t RecordBatch::base_sequence() const { return number_at<std::int32_t>(bytes_, kBaseSequenceAt); }
std::int32_t RecordBatch::record_count() const { return number_at<std::int32_t>(bytes_, kRecordCountAt); }

void assign(std::string& bytes, std::int64_t base_offset, std::int32_t leader_epoch, std::size_t offset_in_bytes) {
  SKERRY_CHECK(bytes.size() >= offset_in_bytes + kRecordBatchHeaderBytes, "a whole batch is there");
  put_number(bytes, offset_in_bytes + kBaseOffsetAt, base_offset);
  put_number(bytes, offset_in_bytes + kLeaderEpochAt, leader_epoch);
}

}  // namespace skerry::platform::kafka::protocol
