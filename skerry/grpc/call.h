// SPDX-License-Identifier: Apache-2.0
//
// What goes with a call beside its messages. A client wraps the call; a service's method asks for the call it serves:
//
//   co_await with_metadata({{"x-tenant", "blue"}}, users.GetUser(request));          // in the client
//   auto tenant = grpc::call().metadata().find("x-tenant");                          // in the service
//
// Deadline and cancellation need nothing from here: they belong to the running task and travel by themselves, so
// `co_await with_timeout(200ms, users.GetUser(request))` is a call with a deadline.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/async/context.h"
#include "skerry/async/task.h"
#include "skerry/grpc/compression.h"
#include "skerry/grpc/metadata.h"
#include "skerry/grpc/method.h"
#include "skerry/telemetry/span_context.h"

namespace skerry::grpc {

/// What the server sent beside its messages.
struct ResponseMetadata {
  Metadata headers;
  Metadata trailers;
};

/// How a call is made, beside its messages.
struct CallOptions {
  /// Sent to the server before the first message.
  Metadata metadata = {};
  /// While no server can be reached, wait for one until the deadline, where a call otherwise fails with UNAVAILABLE.
  bool wait_for_ready = false;
  /// How the requests are compressed.
  Compression compression = Compression::kIdentity;
  /// Filled when the call has ended, well or not, where it is set. Must outlive the call.
  ResponseMetadata* received = nullptr;
};

class ServerCall;

namespace internal {

/// What the metadata slot of a task's context holds: the call that the task serves, or the options for the calls that
/// it makes, above the slot that was there before.
class CallSlot {
 public:
  virtual ~CallSlot() = default;
  virtual ServerCall* server() const = 0;
  virtual const CallOptions* client() const = 0;
};

/// The running task's slot, or null.
const CallSlot* current_call_slot();

/// The running task's slots with another CallSlot.
std::shared_ptr<const skerry::internal::Slots> slots_with_call(std::shared_ptr<const CallSlot> slot);

/// The slots for a call with these options, which come on top of those in force.
std::shared_ptr<const skerry::internal::Slots> slots_with_options(CallOptions options);

}  // namespace internal

/// The call that a service's method serves. It lives as long as the method's task and the tasks that it started, but is
/// not for use by two of them at once. What it sends goes out while the call lasts.
class ServerCall : public internal::CallSlot {
 public:
  explicit ServerCall(Method method) : method_(method) {}
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  const Method& method() const { return method_; }
  /// What the client sent beside its messages.
  const Metadata& metadata() const;
  /// The client's address, "127.0.0.1:51234"; "local" for a call within the process.
  virtual std::string_view peer() const = 0;
  /// The caller is in this process.
  virtual bool is_local() const { return false; }
  /// The caller's span where it came over the network; invalid otherwise.
  virtual telemetry::SpanContext remote_span() const { return {}; }
  /// The caller's baggage header likewise; empty otherwise.
  virtual std::string_view remote_baggage() const { return {}; }

  /// Sent before the first message. FAILED_PRECONDITION after that, INVALID_ARGUMENT for what cannot be sent.
  Result<> add_header(std::string_view key, std::string value);
  /// Sent after the last message. INVALID_ARGUMENT for what cannot be sent.
  Result<> add_trailer(std::string_view key, std::string value);
  /// Compresses the responses from now on, if the client accepts that; else nothing changes.
  void compress_responses(Compression compression) { response_compression_ = compression; }

  // For the transports.
  const Metadata& headers() const { return headers_; }
  const Metadata& trailers() const { return trailers_; }
  Compression response_compression() const { return response_compression_; }
  void headers_are_sent() { headers_sent_ = true; }
  ServerCall* server() const final { return const_cast<ServerCall*>(this); }
  const CallOptions* client() const final { return nullptr; }

 protected:
  /// The client's metadata; called once, when it is asked for.
  virtual Metadata received_metadata() const = 0;

 private:
  Method method_;
  mutable std::optional<Metadata> metadata_;
  Metadata headers_;
  Metadata trailers_;
  Compression response_compression_ = Compression::kIdentity;
  bool headers_sent_ = false;
};

/// The call that the running task serves. Panics when it serves none: see find_call.
ServerCall& call();
/// The call that the running task serves, or null.
ServerCall* find_call();

/// Makes the calls of `task` with these options. They add to those of a surrounding with_options.
template <class T>
Task<T> with_options(CallOptions options, Task<T> task) {
  skerry::internal::SlotsGuard slots(internal::slots_with_options(std::move(options)));
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
  } else {
    co_return co_await std::move(task);
  }
}

/// Sends metadata with the calls of `task`.
template <class T>
Task<T> with_metadata(Metadata metadata, Task<T> task) {
  CallOptions options;
  options.metadata = std::move(metadata);
  return with_options(std::move(options), std::move(task));
}

}  // namespace skerry::grpc
