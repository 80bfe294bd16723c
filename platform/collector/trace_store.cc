// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/trace_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <deque>
#include <mutex>
#include <set>

#include "platform/collector/segment.h"
#include "platform/collector/service_spans.h"
#include "skerry/telemetry/attribute.h"

namespace skerry::platform::collector {
namespace {

constexpr std::string_view kSuffix = ".spans";
/// A service's quota is spread over this many files, one of which goes at a time.
constexpr std::uint64_t kSegmentsPerQuota = 8;
constexpr std::uint64_t kMinSegmentBytes = 16 * 1024;
constexpr std::uint64_t kMaxSegmentBytes = 4 * 1024 * 1024;

// The number in a file's name, or nullopt for a file that is none of ours.
std::optional<std::uint64_t> number_of(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const char* end = name.data() + name.size() - kSuffix.size();
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace

// The spans of one request, by service. Deques, because items refer to payloads and spans by address.
struct TraceStore::Batch {
  std::deque<std::string> origin_payloads;
  std::deque<OtlpSpan> renamed;
  std::map<std::string, std::vector<Segment::Item>> items;
};

TraceStore::TraceStore(std::filesystem::path directory, TraceStoreOptions options, UniqueFd lock)
    : directory_(std::move(directory)), options_(options), lock_(std::move(lock)) {}

TraceStore::~TraceStore() = default;

Result<std::unique_ptr<TraceStore>> TraceStore::open(std::filesystem::path directory, TraceStoreOptions options) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(system_error(error.value(), "making " + directory.string()));
  const std::filesystem::path lock_path = directory / "LOCK";
  UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail(system_error(errno, "opening " + lock_path.string()));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Error::failed_precondition("{} is in use by another process", directory.string()));
  }
  std::unique_ptr<TraceStore> store(new TraceStore(std::move(directory), options, std::move(lock)));
  Result<> loaded = store->load();
  if (!loaded) return fail(std::move(loaded));
  return store;
}

Result<> TraceStore::load() {
  std::map<std::uint64_t, std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    if (const auto number = number_of(entry.path())) files.emplace(*number, entry.path());
  }
  if (error) return fail(system_error(error.value(), "reading " + directory_.string()));
  const std::unique_lock lock(mutex_);
  for (const auto& [number, path] : files) {
    next_number_ = number + 1;
    Result<std::unique_ptr<Segment>> segment = Segment::open(path, number);
    if (!segment) {
      if (segment.error().code() != Code::kDataLoss) return fail(std::move(segment));
      // The process ended before the header was written, or the disk lost it: there is nothing to find here.
      statistics_.torn_bytes += std::filesystem::file_size(path, error);
      std::filesystem::remove(path, error);
      continue;
    }
    statistics_.torn_bytes += (*segment)->torn_bytes();
    bytes_ += (*segment)->bytes();
    std::unique_ptr<ServiceSpans>& service = services_[(*segment)->service()];
    if (service == nullptr) service = std::make_unique<ServiceSpans>((*segment)->service());
    service->add(*std::move(segment));
  }
  // The quotas may be smaller than when the files were written.
  keep_quotas();
  forget_empty_services();
  return {};
}

TraceStore::Batch TraceStore::sort_spans(const OtlpTraceRequest& request, AppendOutcome& outcome) const {
  Batch batch;
  const auto reject = [&](std::size_t count, std::string_view why) {
    outcome.rejected += count;
    if (outcome.message.empty()) outcome.message = why;
  };
  for (const auto& resource_spans : request.resource_spans()) {
    const std::string service = service_of(resource_spans.resource());
    for (const auto& scope_spans : resource_spans.scope_spans()) {
      const std::string& origin =
          batch.origin_payloads.emplace_back(encode_origin(resource_spans.resource(), scope_spans.scope()));
      if (origin.size() > kMaxRecordBytes) {
        reject(static_cast<std::size_t>(scope_spans.spans_size()), "the resource is too large");
        continue;
      }
      for (const OtlpSpan& original : scope_spans.spans()) {
        const OtlpSpan* span = &original;
        if (original.name().size() > kMaxOperationBytes) {
          OtlpSpan& renamed = batch.renamed.emplace_back(original);
          renamed.set_name(telemetry::bounded_text(original.name(), kMaxOperationBytes));
          span = &renamed;
        }
        const std::optional<SpanKey> key = key_of(*span);
        if (!key) {
          reject(1, "a span's trace_id needs 16 bytes and its span_id 8, not all of them zero");
        } else if (span->ByteSizeLong() > kMaxRecordBytes / 2) {
          reject(1, "a span is too large");
        } else {
          batch.items[service].push_back({&origin, span, *key});
        }
      }
    }
  }
  return batch;
}

Result<AppendOutcome> TraceStore::append(const OtlpTraceRequest& request) {
  AppendOutcome outcome;
  const Batch batch = sort_spans(request, outcome);
  const std::unique_lock lock(mutex_);
  Result<> appended;
  for (const auto& [name, items] : batch.items) {
    ServiceSpans* service = service_for(name);
    if (service == nullptr) {
      outcome.rejected += items.size();
      if (outcome.message.empty()) outcome.message = "there are too many services";
      continue;
    }
    appended = append_to(*service, batch, name);
    if (!appended) break;
    outcome.accepted += items.size();
  }
  forget_empty_services();
  statistics_.accepted_spans += outcome.accepted;
  statistics_.rejected_spans += outcome.rejected;
  if (!appended) return fail(std::move(appended));
  return outcome;
}

// Null when there are too many services.
ServiceSpans* TraceStore::service_for(const std::string& name) {
  const auto found = services_.find(name);
  if (found != services_.end()) return found->second.get();
  if (services_.size() >= options_.max_services && !make_room_for_service()) return nullptr;
  return services_.emplace(name, std::make_unique<ServiceSpans>(name)).first->second.get();
}

bool TraceStore::make_room_for_service() {
  const auto silent_longest =
      std::ranges::min_element(services_, {}, [](const auto& service) { return service.second->last_written(); });
  if (silent_longest == services_.end()) return false;
  if (silent_longest->second->last_written() > std::chrono::system_clock::now() - options_.stale_after) return false;
  while (!silent_longest->second->empty()) forget_oldest(*silent_longest->second);
  services_.erase(silent_longest);
  return true;
}

// In portions, so that neither a file nor a quota is exceeded by more than one of them.
Result<> TraceStore::append_to(ServiceSpans& service, const Batch& batch, const std::string& name) {
  const std::uint64_t segment_bytes =
      std::clamp(options_.service_quota_bytes / kSegmentsPerQuota, kMinSegmentBytes, kMaxSegmentBytes);
  const std::vector<Segment::Item>& items = batch.items.at(name);
  for (std::size_t from = 0; from < items.size();) {
    std::vector<Segment::Item> portion;
    std::uint64_t portion_bytes = 0;
    while (from < items.size() && portion_bytes < segment_bytes / 4) {
      portion_bytes += items[from].span->ByteSizeLong() + kRecordHeaderBytes;
      portion.push_back(items[from++]);
    }
    if (service.empty() || service.segments().back()->bytes() + portion_bytes > segment_bytes) {
      const std::uint64_t number = next_number_++;
      Result<std::unique_ptr<Segment>> segment =
          Segment::create(directory_ / fmt::format("{:016}{}", number, kSuffix), number, name);
      if (!segment) return fail(std::move(segment));
      bytes_ += (*segment)->bytes();
      service.add(*std::move(segment));
    }
    const std::uint64_t before = service.bytes();
    Result<> appended = service.append(portion);
    bytes_ += service.bytes() - before;
    if (!appended) return appended;
    keep_quotas();
  }
  return {};
}

void TraceStore::forget_oldest(ServiceSpans& service) {
  bytes_ -= service.segments().front()->bytes();
  statistics_.forgotten_spans += service.forget_oldest();
}

void TraceStore::forget_empty_services() {
  std::erase_if(services_, [](const auto& service) { return service.second->empty(); });
}

// A service's own quota leaves it the file that is appended to. The total may take even that, when it is smaller than
// one file for each service.
void TraceStore::keep_quotas() {
  for (const auto& [name, service] : services_) {
    while (service->bytes() > options_.service_quota_bytes && service->segments().size() > 1) forget_oldest(*service);
  }
  while (bytes_ > options_.total_quota_bytes) {
    const auto largest =
        std::ranges::max_element(services_, {}, [](const auto& service) { return service.second->bytes(); });
    if (largest == services_.end() || largest->second->empty()) return;
    forget_oldest(*largest->second);
  }
}

std::optional<StoredTrace> TraceStore::find(const telemetry::TraceId& id) const {
  const std::shared_lock lock(mutex_);
  return find_locked(id);
}

std::optional<StoredTrace> TraceStore::find_locked(const telemetry::TraceId& id) const {
  StoredTrace trace{.id = id, .spans = {}};
  // A client that got no answer sends its spans again: the same id and kind from the same service is the same span.
  std::set<std::tuple<std::string, int, std::string>> seen;
  for (const auto& [name, service] : services_) {
    for (const auto& segment : service->segments()) {
      segment->index().for_each_of_trace(id, [&](const SpanIndex::Entry& entry) {
        if (trace.spans.size() >= kMaxSpansPerTrace) {
          trace.truncated = true;
          return;
        }
        std::optional<StoredSpan> stored = segment->read(entry);
        if (!stored || stored->span.trace_id() != id.bytes()) return;
        if (!seen.emplace(stored->span.span_id(), stored->span.kind(), name).second) return;
        trace.spans.push_back(*std::move(stored));
      });
    }
  }
  if (trace.spans.empty()) return std::nullopt;
  // Of spans that started at once the one without a parent comes first.
  std::ranges::sort(trace.spans, {}, [](const StoredSpan& stored) {
    return std::tuple(stored.span.start_time_unix_nano(), !stored.span.parent_span_id().empty(),
                      std::string_view(stored.span.span_id()));
  });
  return trace;
}

std::vector<StoredTrace> TraceStore::search(const TraceQuery& query) const {
  std::vector<StoredTrace> traces;
  const std::shared_lock lock(mutex_);
  const auto service = services_.find(query.service);
  if (service == services_.end()) return traces;
  std::set<std::uint64_t> chosen;
  std::size_t inspected = 0;
  std::vector<ServiceSpans::Match> matches = service->second->matches(query);
  while (!matches.empty() && traces.size() < query.limit && inspected++ < kMaxSpansInspected) {
    std::pop_heap(matches.begin(), matches.end());
    const ServiceSpans::Match match = matches.back();
    matches.pop_back();
    if (chosen.contains(match.entry->trace)) continue;
    const std::optional<SpanKey> key = match.segment->read_key(*match.entry);
    if (!key) continue;
    if (!query.tags.empty()) {
      const std::optional<StoredSpan> span = match.segment->read(*match.entry);
      if (!span || !has_tags(*span, query.tags)) continue;
    }
    chosen.insert(match.entry->trace);
    if (std::optional<StoredTrace> trace = find_locked(key->trace_id)) traces.push_back(*std::move(trace));
  }
  return traces;
}

std::vector<std::string> TraceStore::services() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, service] : services_) names.push_back(name);
  return names;
}

std::vector<Operation> TraceStore::operations(std::string_view service) const {
  const std::shared_lock lock(mutex_);
  const auto found = services_.find(service);
  return found == services_.end() ? std::vector<Operation>() : found->second->operations();
}

TraceStoreStatistics TraceStore::statistics() const {
  const std::shared_lock lock(mutex_);
  TraceStoreStatistics statistics = statistics_;
  statistics.services = services_.size();
  statistics.stored_bytes = bytes_;
  for (const auto& [name, service] : services_) statistics.stored_spans += service->spans();
  return statistics;
}

}  // namespace skerry::platform::collector
