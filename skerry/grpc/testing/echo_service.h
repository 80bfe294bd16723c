// SPDX-License-Identifier: Apache-2.0
//
// The implementation of the test service of echo.proto. It sends the metadata "x-echo" back as a header and
// "x-echo-trailer-bin" as a trailer, and counts what runs, so that tests can see a call end on the other side.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "echo.skerry.h"

namespace skerry::testing {

class EchoImplementation final : public EchoService {
 public:
  Task<EchoResponse> Echo(EchoRequest request) override;
  Task<> Expand(EchoRequest request, grpc::Sender<EchoResponse> responses) override;
  Task<EchoResponse> Collect(grpc::Receiver<EchoRequest> requests) override;
  Task<> Chat(grpc::Receiver<EchoRequest> requests, grpc::Sender<EchoResponse> responses) override;

  /// Calls that began, and calls that run now.
  int started() const { return started_.load(); }
  int running() const { return running_.load(); }
  /// The time that the last call had when it began; negative without a deadline.
  std::chrono::nanoseconds last_time_left() const { return std::chrono::nanoseconds(last_time_left_.load()); }
  /// The baggage header of the last call.
  std::string last_baggage() const;

 private:
  class Count;
  std::atomic<int> started_{0};
  std::atomic<int> running_{0};
  std::atomic<std::int64_t> last_time_left_{-1};
  mutable std::mutex mutex_;
  std::string last_baggage_;
};

}  // namespace skerry::testing
