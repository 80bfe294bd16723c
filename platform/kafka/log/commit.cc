// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/commit.h"

namespace skerry::platform::kafka::log {

using storage::Entry;

bool is_committed_alone(const Commit& commit) {
  const auto* entry = std::get_if<Entry>(&commit.change);
  if (entry == nullptr) return false;
  switch (entry->change_case()) {
    case Entry::kCommitOffsets:
    case Entry::kReserveProducerIds:
    case Entry::kTouchGroups:
      return false;
    default:
      return true;
  }
}

std::size_t bytes_of(const Commit& commit) {
  if (const auto* append = std::get_if<AppendRequest>(&commit.change))
    return append->batch.bytes.size() + kBatchHeadBytes;
  return std::get<Entry>(commit.change).ByteSizeLong();
}

}  // namespace skerry::platform::kafka::log
