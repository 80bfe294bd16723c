// SPDX-License-Identifier: Apache-2.0
//
// Transport: how an export request reaches a collector. The exporter batches, retries and counts; a transport sends one
// request and says what became of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "skerry/async/task.h"
#include "skerry/otlp/convert.h"

namespace skerry::otlp {

/// The collector has the request; a part of it may have been refused for good (OTLP's partial success).
struct SendOutcome {
  std::int64_t rejected = 0;
  std::string message;
};

/// Used by one task for each kind of request at a time. The requests are shared so that they can be sent again.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Task<SendOutcome> send_traces(std::shared_ptr<const TraceRequest> request) = 0;
  virtual Task<SendOutcome> send_metrics(std::shared_ptr<const MetricsRequest> request) = 0;
  virtual Task<SendOutcome> send_logs(std::shared_ptr<const LogsRequest> request) = 0;
};

/// The name of an error's detail with the seconds to wait before sending again, where the collector said so.
inline constexpr std::string_view kRetryAfter = "retry_after";

/// True for failures after which the same request may be sent again: those of the table in OTLP's specification,
/// section "Failures". RESOURCE_EXHAUSTED is one only where the collector said when to come back.
bool is_retryable(const Error& error);

/// What kRetryAfter says, at most an hour; nullopt where it says nothing.
std::optional<std::chrono::seconds> retry_after(const Error& error);

}  // namespace skerry::otlp
