// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/entry.h"

#include <limits>

#include "platform/kafka/log/stored_fields.h"
#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr char kBatchKind = 1;
constexpr char kMessageKind = 2;
constexpr std::size_t kLeaderEpochPosition = 12;

// A head that cannot be one of ours would break what is computed from it.
bool plausible(const BatchHead& head) {
  return head.partition.partition >= 0 && head.base_offset >= 0 && head.last_offset_delta >= 0 &&
         head.base_offset <= std::numeric_limits<Offset>::max() - head.last_offset_delta - 1 &&
         (head.producer_id < 0 || (head.producer_epoch >= 0 && head.base_sequence >= 0));
}

}  // namespace

std::string encode_batch_head(const BatchHead& head) {
  std::string out;
  out.reserve(kBatchHeadBytes);
  out.push_back(kBatchKind);
  append_integer(out, head.partition.topic);
  append_integer(out, static_cast<std::uint32_t>(head.partition.partition));
  append_signed(out, head.base_offset);
  append_integer(out, static_cast<std::uint32_t>(head.last_offset_delta));
  append_time(out, head.max_timestamp);
  append_time(out, head.appended_at);
  append_signed(out, head.producer_id);
  append_integer(out, static_cast<std::uint16_t>(head.producer_epoch));
  append_integer(out, static_cast<std::uint32_t>(head.base_sequence));
  return out;
}

std::string encode_entry(const storage::Entry& entry) {
  std::string out(1, kMessageKind);
  SKERRY_CHECK(entry.AppendToString(&out), "a message that is made here can be encoded");
  return out;
}

Result<std::variant<BatchEntry, storage::Entry>> decode_entry(std::string_view bytes) {
  if (bytes.starts_with(kMessageKind)) {
    storage::Entry entry;
    bytes.remove_prefix(1);
    if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        entry.change_case() == storage::Entry::CHANGE_NOT_SET)
      return fail(Error::data_loss("an entry is not understood: it was written by a newer version"));
    return entry;
  }
  if (!bytes.starts_with(kBatchKind) || bytes.size() < kBatchHeadBytes + kRecordBatchHeadBytes)
    return fail(Error::data_loss("an entry is not understood: it was written by a newer version"));
  bytes.remove_prefix(1);
  BatchEntry entry;
  BatchHead& head = entry.head;
  head.partition.topic = take_integer<std::uint64_t>(bytes);
  head.partition.partition = static_cast<std::int32_t>(take_integer<std::uint32_t>(bytes));
  head.base_offset = take_signed(bytes);
  head.last_offset_delta = static_cast<std::int32_t>(take_integer<std::uint32_t>(bytes));
  head.max_timestamp = take_time(bytes);
  head.appended_at = take_time(bytes);
  head.producer_id = take_signed(bytes);
  head.producer_epoch = static_cast<std::int16_t>(take_integer<std::uint16_t>(bytes));
  head.base_sequence = static_cast<std::int32_t>(take_integer<std::uint32_t>(bytes));
  if (!plausible(head)) return fail(Error::data_loss("the head of a batch makes no sense"));
  entry.batch = bytes;
  return entry;
}

void place_batch(std::string& batch, Offset base_offset) {
  SKERRY_CHECK(batch.size() >= kRecordBatchHeadBytes, "a batch has a whole head");
  // Kafka's integers are big endian.
  for (int i = 0; i < 8; ++i)
    batch[static_cast<std::size_t>(i)] = static_cast<char>(static_cast<std::uint64_t>(base_offset) >> (56 - 8 * i));
  for (std::size_t i = 0; i < 4; ++i)
    batch[kLeaderEpochPosition + i] = static_cast<char>(static_cast<std::uint32_t>(kLeaderEpoch) >> (24 - 8 * i));
}

Offset placed_at(std::string_view batch) {
  SKERRY_CHECK(batch.size() >= kRecordBatchHeadBytes, "a batch has a whole head");
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < 8; ++i) offset = offset << 8 | static_cast<unsigned char>(batch[i]);
  return static_cast<Offset>(offset);
}

}  // namespace skerry::platform::kafka::log
