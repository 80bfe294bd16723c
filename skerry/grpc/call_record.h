// SPDX-License-Identifier: Apache-2.0
//
// What is recorded of a call on either side: a span by OpenTelemetry's conventions for RPC, and the counters that the
// field has for gRPC: grpc_server_started_total, grpc_server_handled_total (by code) and grpc_server_handling_seconds,
// and the same with grpc_client. Internal to this folder.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/grpc/method.h"
#include "skerry/telemetry/metrics.h"
#include "skerry/telemetry/span.h"

namespace skerry::grpc {

enum class CallSide : std::uint8_t { kServer, kClient };

/// The metrics of one method on one side. Belongs to the running task's Telemetry, which is found at each call; the
/// telemetries that it is used with must outlive it. Any thread.
class MethodMetrics {
 public:
  MethodMetrics(Method method, CallSide side) : method_(method), side_(side) {}

  struct Handles {
    telemetry::Metrics* owner = nullptr;
    telemetry::Counter started;
    telemetry::Histogram handling;
    /// Most calls are OK: that series is kept, the others are looked up when they are needed.
    telemetry::Counter handled_ok;
    telemetry::CounterFamily handled;
  };
  /// Those of the running task's Telemetry.
  const Handles& current();
  const Method& method() const { return method_; }
  CallSide side() const { return side_; }

 private:
  const Handles& make(telemetry::Metrics& metrics);

  const Method method_;
  const CallSide side_;
  std::atomic<const Handles*> last_{nullptr};
  std::mutex mutex_;
  std::vector<std::unique_ptr<const Handles>> all_;
};

/// The metrics of the methods that a client calls, made as they are called. Any thread.
class ClientMetrics {
 public:
  MethodMetrics& of(const Method& method);

 private:
  std::shared_mutex mutex_;
  std::unordered_map<std::string_view, std::unique_ptr<MethodMetrics>> methods_;
};

/// Lives in the frame of the task that makes or serves a call, and makes its span current there. A call that is not
/// finished when this goes was cancelled.
class CallRecord {
 public:
  CallRecord(MethodMetrics& metrics, telemetry::SpanOptions options);
  ~CallRecord();
  CallRecord(const CallRecord&) = delete;
  CallRecord& operator=(const CallRecord&) = delete;

  const telemetry::SpanContext& span() const { return span_.context(); }
  void finish(const Result<>& outcome);
  /// Before finish: the call ends in INTERNAL because of this.
  void record_panic(const std::exception_ptr& panic);

 private:
  void finish_with(const Error* error);

  const MethodMetrics& metrics_;
  const MethodMetrics::Handles& handles_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  telemetry::Span span_;
  bool finished_ = false;
};

}  // namespace skerry::grpc
