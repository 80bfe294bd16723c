// SPDX-License-Identifier: Apache-2.0
//
// TraceStore: the spans of many services on disk, with an index in memory that is rebuilt at the start. It never grows
// past its quotas: each service has its own, so that a noisy one forgets its own old traces and never another's; where
// the services together exceed the total, the one that takes most forgets first. What was appended survives the end of
// the process (a file that was torn by it is cut back to its last whole span).
//
//   Result<std::unique_ptr<TraceStore>> store = TraceStore::open(directory, {});
//   store->append(request);                                   // an OTLP export request
//   std::optional<StoredTrace> trace = store->find(id);
//
// All members may be called on any thread; they read and write files, so a task calls them in blocking().
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "platform/collector/stored_span.h"
#include "platform/collector/trace_query.h"
#include "skerry/base/result.h"
#include "skerry/base/unique_fd.h"

namespace opentelemetry::proto::collector::trace::v1 {
class ExportTraceServiceRequest;
}

namespace skerry::platform::collector {

class ServiceSpans;
using OtlpTraceRequest = opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

inline constexpr std::size_t kMaxSpansPerTrace = 20'000;
/// Spans whose tags one search may compare, or that one dependency graph may take in.
inline constexpr std::size_t kMaxSpansInspected = 200'000;

struct TraceStoreOptions {
  std::uint64_t service_quota_bytes = 32 * 1024 * 1024;
  std::uint64_t total_quota_bytes = 128 * 1024 * 1024;
  /// A new service past this number takes the place of the one that was silent longest, if that was silent for
  /// `stale_after`; else its spans are refused.
  std::size_t max_services = 256;
  std::chrono::seconds stale_after = std::chrono::hours(1);
};

/// What became of one export request.
struct AppendOutcome {
  std::size_t accepted = 0;
  /// Spans that no retry would make acceptable: broken ids, too large, too many services.
  std::size_t rejected = 0;
  /// Why, for the first rejected one.
  std::string message;
};

/// Counters since the start, and sizes.
struct TraceStoreStatistics {
  std::uint64_t accepted_spans = 0;
  std::uint64_t rejected_spans = 0;
  std::uint64_t forgotten_spans = 0;
  std::uint64_t torn_bytes = 0;
  std::uint64_t stored_spans = 0;
  std::uint64_t stored_bytes = 0;
  std::size_t services = 0;
};

class TraceStore {
 public:
  /// Opens the store in `directory`, which is made where it does not exist. FAILED_PRECONDITION when another process
  /// has it open.
  static Result<std::unique_ptr<TraceStore>> open(std::filesystem::path directory, TraceStoreOptions options);
  ~TraceStore();
  TraceStore(const TraceStore&) = delete;
  TraceStore& operator=(const TraceStore&) = delete;

  /// Stores the spans of an export request. Fails only where the disk does; a part may have been stored by then.
  Result<AppendOutcome> append(const OtlpTraceRequest& request);

  std::optional<StoredTrace> find(const telemetry::TraceId& id) const;
  /// The traces with a span that the query matches, latest first.
  std::vector<StoredTrace> search(const TraceQuery& query) const;
  /// Sorted.
  std::vector<std::string> services() const;
  /// Sorted, without duplicates. Empty for an unknown service.
  std::vector<Operation> operations(std::string_view service) const;
  /// Who called whom how often, among the spans that started in [from, to) (nanoseconds since 1970).
  std::vector<ServiceCall> service_calls(std::uint64_t from, std::uint64_t to) const;
  TraceStoreStatistics statistics() const;

 private:
  TraceStore(std::filesystem::path directory, TraceStoreOptions options, UniqueFd lock);
  struct Batch;
  Result<> load();
  Batch sort_spans(const OtlpTraceRequest& request, AppendOutcome& outcome) const;
  ServiceSpans* service_for(const std::string& name);
  bool make_room_for_service();
  Result<> append_to(ServiceSpans& service, const Batch& batch, const std::string& name);
  void keep_quotas();
  void forget_oldest(ServiceSpans& service);
  void forget_empty_services();
  std::optional<StoredTrace> find_locked(const telemetry::TraceId& id) const;

  const std::filesystem::path directory_;
  const TraceStoreOptions options_;
  const UniqueFd lock_;
  mutable std::shared_mutex mutex_;
  // The rest is guarded by mutex_.
  std::map<std::string, std::unique_ptr<ServiceSpans>, std::less<>> services_;
  std::uint64_t next_number_ = 1;
  std::uint64_t bytes_ = 0;
  TraceStoreStatistics statistics_;
};

}  // namespace skerry::platform::collector
