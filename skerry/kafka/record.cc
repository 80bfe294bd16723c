// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/record.h"

#include <algorithm>

namespace skerry::kafka {

std::string to_string(const TopicPartition& partition) {
  return fmt::format("{}[{}]", partition.topic, partition.partition);
}

const std::string* Record::header(std::string_view name) const {
  const auto found = std::find_if(headers.rbegin(), headers.rend(), [&](const Header& h) { return h.name == name; });
  return found == headers.rend() ? nullptr : &found->value;
}

std::size_t Record::size_bytes() const {
  std::size_t bytes = (key ? key->size() : 0) + (value ? value->size() : 0);
  for (const Header& header : headers) bytes += header.name.size() + header.value.size();
  return bytes;
}

}  // namespace skerry::kafka
