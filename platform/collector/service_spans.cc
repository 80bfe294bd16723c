// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/service_spans.h"

#include <algorithm>
#include <set>

namespace skerry::platform::collector {
namespace {

using opentelemetry::proto::trace::v1::Status;

bool has_attribute(const google::protobuf::RepeatedPtrField<OtlpAttribute>& attributes, std::string_view key,
                   std::string_view value) {
  return std::ranges::any_of(attributes, [&](const OtlpAttribute& attribute) {
    return attribute.key() == key && value_text(attribute.value()) == value;
  });
}

bool has_tag(const StoredSpan& stored, std::string_view key, std::string_view value) {
  const OtlpSpan& span = stored.span;
  const auto code = span.status().code();
  if (key == "error" && value == "true" && code == Status::STATUS_CODE_ERROR) return true;
  if (key == "span.kind" && !value.empty() && value == span_kind_name(span.kind())) return true;
  if (key == "otel.status_code") {
    return (value == "ERROR" && code == Status::STATUS_CODE_ERROR) || (value == "OK" && code == Status::STATUS_CODE_OK);
  }
  return has_attribute(span.attributes(), key, value) ||
         has_attribute(stored.origin->resource.attributes(), key, value);
}

}  // namespace

bool has_tags(const StoredSpan& span, const std::vector<std::pair<std::string, std::string>>& tags) {
  return std::ranges::all_of(tags, [&](const auto& tag) { return has_tag(span, tag.first, tag.second); });
}

std::uint64_t ServiceSpans::spans() const {
  std::uint64_t count = 0;
  for (const auto& segment : segments_) count += segment->index().entries().size();
  return count;
}

std::chrono::system_clock::time_point ServiceSpans::last_written() const {
  return segments_.empty() ? std::chrono::system_clock::time_point() : segments_.back()->last_written();
}

void ServiceSpans::add(std::unique_ptr<Segment> segment) {
  bytes_ += segment->bytes();
  segments_.push_back(std::move(segment));
}

Result<> ServiceSpans::append(const std::vector<Segment::Item>& items) {
  Segment& segment = *segments_.back();
  const std::uint64_t before = segment.bytes();
  Result<> appended = segment.append(items);
  bytes_ += segment.bytes() - before;
  return appended;
}

std::uint64_t ServiceSpans::forget_oldest() {
  const std::unique_ptr<Segment> oldest = std::move(segments_.front());
  segments_.pop_front();
  bytes_ -= oldest->bytes();
  std::error_code ignored;
  std::filesystem::remove(oldest->path(), ignored);
  return oldest->index().entries().size();
}

std::vector<ServiceSpans::Match> ServiceSpans::matches(const TraceQuery& query) const {
  std::vector<Match> found;
  for (const auto& segment : segments_) {
    std::optional<std::uint32_t> operation;
    if (!query.operation.empty()) {
      operation = segment->index().find_operation(query.operation);
      if (!operation) continue;
    }
    for (const SpanIndex::Entry& entry : segment->index().entries()) {
      if (operation && entry.operation != *operation) continue;
      if (entry.start < query.start_from || entry.start > query.start_to) continue;
      if (entry.duration < query.min_duration || entry.duration > query.max_duration) continue;
      found.push_back({segment.get(), &entry, entry.start});
    }
  }
  std::make_heap(found.begin(), found.end());
  return found;
}

std::vector<Operation> ServiceSpans::operations() const {
  std::set<Operation> found;
  for (const auto& segment : segments_) {
    // A name and a kind are looked at once for each file, not once for each span.
    std::set<std::pair<std::uint32_t, std::uint8_t>> seen;
    for (const SpanIndex::Entry& entry : segment->index().entries()) {
      const std::uint8_t kind = entry.flags & SpanKey::kKindMask;
      if (!seen.emplace(entry.operation, kind).second) continue;
      found.insert({segment->index().operation(entry), std::string(span_kind_name(kind))});
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace skerry::platform::collector
