// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/call_record.h"

#include <fmt/format.h>

#include <array>

#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::grpc {
namespace {

// The codes as the field's metrics write them.
constexpr std::array<std::string_view, 17> kCodeLabels{
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

// The codes that are the server's fault and not the caller's (OpenTelemetry, RPC conventions for gRPC).
bool is_server_fault(Code code) {
  switch (code) {
    case Code::kUnknown:
    case Code::kDeadlineExceeded:
    case Code::kUnimplemented:
    case Code::kInternal:
    case Code::kUnavailable:
    case Code::kDataLoss:
      return true;
    default:
      return false;
  }
}

telemetry::SpanName span_name(const Method& method) {
  // Without the first slash: "shop.v1.UserService/GetUser".
  return telemetry::SpanName::outliving(method.path.substr(1));
}

}  // namespace

const MethodMetrics::Handles& MethodMetrics::current() {
  telemetry::Metrics& metrics = telemetry::current().metrics();
  const Handles* last = last_.load(std::memory_order_acquire);
  return last != nullptr && last->owner == &metrics ? *last : make(metrics);
}

const MethodMetrics::Handles& MethodMetrics::make(telemetry::Metrics& metrics) {
  std::lock_guard lock(mutex_);
  for (const auto& handles : all_) {
    if (handles->owner != &metrics) continue;
    last_.store(handles.get(), std::memory_order_release);
    return *handles;
  }
  const std::string prefix = side_ == CallSide::kServer ? "grpc_server" : "grpc_client";
  const std::string_view type = method_kind_name(method_.kind);
  auto made = std::make_unique<Handles>();
  made->owner = &metrics;
  made->started =
      metrics.counters(prefix + "_started_total", "Calls that began", {"grpc_type", "grpc_service", "grpc_method"})
          .with({type, method_.service(), method_.name()});
  made->handling = metrics
                       .histograms(prefix + "_handling_seconds", "Time from a call's begin to its end",
                                   {"grpc_type", "grpc_service", "grpc_method"})
                       .with({type, method_.service(), method_.name()});
  made->handled = metrics.counters(prefix + "_handled_total", "Calls that ended, by code",
                                   {"grpc_type", "grpc_service", "grpc_method", "grpc_code"});
  made->handled_ok = made->handled.with({type, method_.service(), method_.name(), kCodeLabels[0]});
  last_.store(made.get(), std::memory_order_release);
  return *all_.emplace_back(std::move(made));
}

MethodMetrics& ClientMetrics::of(const Method& method) {
  {
    std::shared_lock lock(mutex_);
    const auto found = methods_.find(method.path);
    if (found != methods_.end()) return *found->second;
  }
  std::lock_guard lock(mutex_);
  auto& metrics = methods_[method.path];
  if (!metrics) metrics = std::make_unique<MethodMetrics>(method, CallSide::kClient);
  return *metrics;
}

CallRecord::CallRecord(MethodMetrics& metrics, telemetry::SpanOptions options)
    : metrics_(metrics),
      handles_(metrics.current()),
      span_(telemetry::current(), span_name(metrics.method()), std::move(options)) {
  telemetry::Counter started = handles_.started;
  started.increment();
}

CallRecord::~CallRecord() {
  if (finished_) return;
  const Error cancelled = Error::cancelled("the call was cancelled");
  finish_with(&cancelled);
}

void CallRecord::finish(const Result<>& outcome) { finish_with(outcome ? nullptr : &outcome.error()); }

void CallRecord::record_panic(const std::exception_ptr& panic) {
  telemetry::internal::record_caught_panic(span_, panic, metrics_.method().path);
}

void CallRecord::finish_with(const Error* error) {
  finished_ = true;
  const std::size_t code = error != nullptr ? static_cast<std::size_t>(error->code()) : 0;
  const Method& method = metrics_.method();
  telemetry::Counter handled = handles_.handled_ok;
  if (error != nullptr) {
    handled =
        handles_.handled.with({method_kind_name(method.kind), method.service(), method.name(), kCodeLabels[code]});
  }
  handled.increment();
  telemetry::Histogram handling = handles_.handling;
  handling.observe(std::chrono::steady_clock::now() - start_);
  const bool failed = error != nullptr && (metrics_.side() == CallSide::kClient || is_server_fault(error->code()));
  if (failed) span_.fail(*error);
  // After the status: a span that records only because it failed takes attributes from there on.
  if (!span_.recording()) return;
  span_.set("rpc.system", "grpc");
  span_.set("rpc.service", method.service());
  span_.set("rpc.method", method.name());
  span_.set("rpc.grpc.status_code", static_cast<std::int64_t>(code));
}

}  // namespace skerry::grpc
