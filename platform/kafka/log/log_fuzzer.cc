// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an entry of the log, and as an index file: decoding stays inside them, and what is accepted is encoded
// to the same again.
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/kafka/log/entry.h"
#include "platform/kafka/log/segment_index.h"
#include "skerry/base/check.h"

namespace {

using namespace skerry::platform::kafka::log;

void try_entry(std::string_view bytes) {
  const auto entry = decode_entry(bytes);
  if (!entry) return;
  const auto* batch = std::get_if<BatchEntry>(&*entry);
  if (batch == nullptr) return;
  SKERRY_CHECK(encode_batch_head(batch->head) + std::string(batch->batch) == bytes, "an entry has one encoding");
  std::string placed(batch->batch);
  place_batch(placed, batch->head.base_offset);
  SKERRY_CHECK(placed_at(placed) == batch->head.base_offset, "a batch says where it is");
}

void try_index(std::string_view bytes) {
  // The first eight bytes are the length that the segment is said to have.
  std::uint64_t segment_bytes = 0;
  if (bytes.size() < 8) return;
  for (std::size_t i = 0; i < 8; ++i) segment_bytes = segment_bytes << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(8);
  const auto wanted = index_table_bytes(bytes.substr(0, kIndexHeaderBytes), segment_bytes);
  if (!wanted || *wanted > bytes.size()) return;
  const auto runs = decode_index_table(bytes.substr(0, *wanted));
  if (!runs) return;
  for (const RunSummary& run : *runs) {
    if (run.entries_position > bytes.size()) continue;
    const auto batches = decode_run(run, bytes.substr(run.entries_position).substr(0, run.batches * kIndexEntryBytes));
    SKERRY_CHECK(!batches || batches->size() == run.batches, "a run has the batches that it claims");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_entry(bytes);
  try_index(bytes);
  return 0;
}
