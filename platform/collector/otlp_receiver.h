// SPDX-License-Identifier: Apache-2.0
//
// OtlpReceiver: takes spans by OTLP over gRPC and over HTTP into the trace store. An answer of success means that the
// spans survive the end of this process. Only traces are taken: the other signals' services are not there, which their
// clients are told by UNIMPLEMENTED and 404.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "platform/collector/otlp_decode.h"
#include "platform/collector/trace_store.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/grpc/server.h"
#include "skerry/http/message.h"

namespace skerry::platform::collector {

/// Export requests that are read, decoded and stored at once. One more is told to come back later (503 with
/// Retry-After, UNAVAILABLE), so that exporters that are faster than the disk cost bounded memory: they queue on their
/// side.
inline constexpr std::size_t kMaxExportsInProgress = 32;

struct OtlpReceiverOptions {
  std::size_t max_exports_in_progress = kMaxExportsInProgress;
};

class OtlpReceiver {
 public:
  /// `store` must outlive the receiver and every request.
  explicit OtlpReceiver(TraceStore& store, OtlpReceiverOptions options = {});

  /// Answers gRPC and `POST /v1/traces`, whichever the request is, in protobuf or JSON, plain or gzipped.
  Task<http::Response> handle(http::Request request);

  /// Requests that were told to come back later. Any thread.
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  class Slot;
  class TraceReceiver;
  Task<http::Response> handle_http(http::Request request);
  Task<http::Response> receive(http::Request request, OtlpEncoding encoding);

  TraceStore& store_;
  Semaphore slots_;
  std::atomic<std::uint64_t> refused_{0};
  grpc::Server grpc_;
};

}  // namespace skerry::platform::collector
