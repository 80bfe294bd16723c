// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <mutex>

#include "platform/collector/service_spans.h"
#include "platform/collector/trace_store.h"

namespace skerry::platform::collector {
namespace {

// A span by the hash of its trace and its own id, with its service's place in the list of services.
struct CallNode {
  std::uint64_t id;
  std::uint32_t service;
};

// Ids are random, so their combination may be as simple as this.
std::uint64_t node_id(std::uint64_t trace, std::uint64_t span) { return trace * 0x9E3779B97F4A7C15U ^ span; }

}  // namespace

std::vector<ServiceCall> TraceStore::service_calls(std::uint64_t from, std::uint64_t to) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string_view> names;
  std::vector<CallNode> spans;
  std::vector<CallNode> children;  // by the id of the parent
  for (const auto& [name, service] : services_) {
    const auto number = static_cast<std::uint32_t>(names.size());
    names.push_back(name);
    for (const auto& segment : service->segments()) {
      for (const SpanIndex::Entry& entry : segment->index().entries()) {
        if (entry.start < from || entry.start >= to || spans.size() >= kMaxSpansInspected) continue;
        spans.push_back({node_id(entry.trace, entry.span), number});
        if (entry.parent != 0) children.push_back({node_id(entry.trace, entry.parent), number});
      }
    }
  }
  std::ranges::sort(spans, {}, &CallNode::id);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> counts;
  for (const CallNode& child : children) {
    const auto parent = std::ranges::lower_bound(spans, child.id, {}, &CallNode::id);
    if (parent == spans.end() || parent->id != child.id || parent->service == child.service) continue;
    ++counts[{parent->service, child.service}];
  }
  std::vector<ServiceCall> calls;
  for (const auto& [edge, count] : counts) {
    calls.push_back({std::string(names[edge.first]), std::string(names[edge.second]), count});
  }
  return calls;
}

}  // namespace skerry::platform::collector
