// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a record batch, with its checksum set right so that the rest is looked at: reading must stay inside
// them, what is compressed must not come out larger than it may, and a batch that is valid and not compressed must come
// back the same after its records were written again.
#include <cstdint>
#include <string>

#include "platform/kafka/protocol/compression.h"
#include "platform/kafka/protocol/records.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace {

constexpr std::size_t kMaxExpandedBytes = std::size_t{1} << 20;

void look_inside(const skerry::platform::kafka::protocol::RecordBatch& batch) {
  using namespace skerry::platform::kafka::protocol;
  const auto records = decompress(batch.compression(), batch.records(), kMaxExpandedBytes);
  if (!records) return;
  SKERRY_CHECK(records->size() <= kMaxExpandedBytes, "the limit holds");
  RecordReader reader(batch, *records);
  while (reader.next()) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::platform::kafka::protocol;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = RecordBatch::parse(bytes);
  if (!parsed) return 0;
  SKERRY_CHECK(parsed->size() >= kRecordBatchHeaderBytes && parsed->size() <= size, "the batch is within the bytes");
  (void)parsed->validate();
  std::string checksum;
  Writer(checksum).integer(static_cast<std::int32_t>(skerry::crc32c(parsed->bytes().substr(21))));
  bytes.replace(17, checksum.size(), checksum);
  const RecordBatch batch = *RecordBatch::parse(bytes);
  look_inside(batch);
  if (!batch.validate() || batch.compression() != Compression::kNone) return 0;
  const auto records = read_records(batch);
  SKERRY_CHECK(records && records->size() == static_cast<std::size_t>(batch.record_count()), "all records are there");
  const std::string written = write_batch(*records);
  const auto again = read_records(*RecordBatch::parse(written));
  SKERRY_CHECK(again && *again == *records, "records come back the same");
  return 0;
}
