// SPDX-License-Identifier: Apache-2.0
//
// RecordBatch: a view of one record batch of format 2, the unit in which producers send, the log stores and consumers
// fetch. The one thing to know: it is stored as it came. The broker writes only the base offset and the leader epoch
// into it, which the checksum does not cover, so nothing is decompressed or computed again.
//
//   RecordBatch batch = co_await RecordBatch::parse(bytes);      // the first batch of the bytes
//   co_await batch.validate();                                   // from a producer: checksum, counts
//   assign(bytes, 4711, 0);                                      // offset of its first record, leader epoch
//
// https://kafka.apache.org/documentation/#recordbatch
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::platform::kafka::protocol {

/// Up to the records: base offset i64, length of what follows i32, leader epoch i32, magic i8, CRC-32C u32 of what
/// follows, attributes i16, last offset delta i32, base timestamp i64, max timestamp i64, producer id i64, producer
/// epoch i16, base sequence i32, number of records i32. Big endian.
inline constexpr std::size_t kRecordBatchHeaderBytes = 61;
/// The part that the length does not count.
inline constexpr std::size_t kRecordBatchLengthEnd = 12;

inline constexpr std::int64_t kNoProducerId = -1;
inline constexpr std::int16_t kNoProducerEpoch = -1;
inline constexpr std::int32_t kNoSequence = -1;
inline constexpr std::int64_t kNoTimestamp = -1;

enum class Compression : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
enum class TimestampType : std::uint8_t { kCreateTime = 0, kLogAppendTime = 1 };

/// Sequence numbers of an idempotent producer count to 2^31 - 1 and go on from 0.
std::int32_t advance_sequence(std::int32_t sequence, std::int32_t count);

class RecordBatch {
 public:
  /// The batch at the front of the bytes, which outlive the view. Errors: CORRUPT_MESSAGE when the bytes end before it
  /// does or its length cannot be, UNSUPPORTED_FOR_MESSAGE_FORMAT for formats 0 and 1.
  static Result<RecordBatch> parse(std::string_view bytes);

  /// Whether a producer may have written this: checksum (CORRUPT_MESSAGE), the number of records against the offsets
  /// they take (INVALID_RECORD), a codec that exists (UNSUPPORTED_COMPRESSION_TYPE), no control batch (INVALID_RECORD).
  /// The records themselves are looked at where they are not compressed: they must fill the batch exactly.
  Result<> validate() const;

  /// All of it, and its size.
  std::string_view bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

  std::int64_t base_offset() const;
  std::int64_t last_offset() const { return base_offset() + last_offset_delta(); }
  std::int32_t leader_epoch() const;
  std::uint32_t checksum() const;
  std::int16_t attributes() const;
  std::int32_t last_offset_delta() const;
  /// Milliseconds since 1970.
  std::int64_t base_timestamp() const;
  std::int64_t max_timestamp() const;
  std::int64_t producer_id() const;
  std::int16_t producer_epoch() const;
  std::int32_t base_sequence() const;
  /// The sequence number of the last record. Precondition: base_sequence() is one.
  std::int32_t last_sequence() const { return advance_sequence(base_sequence(), last_offset_delta()); }
  std::int32_t record_count() const;
  /// The records, compressed as the attributes say.
  std::string_view records() const { return bytes_.substr(kRecordBatchHeaderBytes); }

  /// The number in the attributes; above kZstd there is no such codec.
  std::uint8_t compression_number() const { return static_cast<std::uint8_t>(attributes() & 0x07); }
  Compression compression() const { return static_cast<Compression>(compression_number()); }
  TimestampType timestamp_type() const { return static_cast<TimestampType>(attributes() >> 3 & 1); }
  bool is_transactional() const { return (attributes() & 0x10) != 0; }
  bool is_control() const { return (attributes() & 0x20) != 0; }
  bool is_idempotent() const { return producer_id() != kNoProducerId; }

 private:
  explicit RecordBatch(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

/// Writes the place in the log into the batch that begins at `offset_in_bytes`. The checksum stays right.
/// Precondition: a whole batch is there.
void assign(std::string& bytes, std::int64_t base_offset, std::int32_t leader_epoch, std::size_t offset_in_bytes = 0);

}  // namespace skerry::platform::kafka::protocol
