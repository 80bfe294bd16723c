// SPDX-License-Identifier: Apache-2.0
//
// Channel: the way to the servers of a service, behind every generated client. Two kinds: over HTTP/2 (client.h) and
// within the process (local.h).
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/grpc/call.h"
#include "skerry/grpc/definition.h"
#include "skerry/grpc/method.h"

namespace skerry::grpc {

/// Where a channel over the network takes the requests of a client stream from.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// The next request as an uncompressed frame; nullopt at the end of the stream.
  virtual Task<std::optional<std::string>> next_frame() = 0;
};

/// Where a channel over the network puts the responses of a server stream.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Takes one message; waits while the receiver is slow. `bytes` must stay until the task has ended.
  virtual Task<> push(std::string_view bytes) = 0;
};

/// One call on its way out. Interceptors may change its options.
struct ClientCall {
  Method method;
  CallOptions options = {};
  /// The typed arguments, for a channel within the process; `request` and `response` for every channel.
  MethodArguments arguments = {};
  /// The streams without their types, for a channel over the network; null where the method has none.
  RequestSource* requests = nullptr;
  ResponseSink* responses = nullptr;
};

class ClientInterceptor;
class Channel;
struct ChannelOptions;

/// The rest of a call's way out. `co_await next()` goes it, once.
class ClientNext {
 public:
  ClientNext(std::span<const std::shared_ptr<ClientInterceptor>> rest, ClientCall& call, Channel& channel)
      : rest_(rest), call_(&call), channel_(&channel) {}
  Task<> operator()();

 private:
  std::span<const std::shared_ptr<ClientInterceptor>> rest_;
  ClientCall* call_;
  Channel* channel_;
};

/// Runs around every call of a channel, in the order given.
class ClientInterceptor {
 public:
  virtual ~ClientInterceptor() = default;
  virtual Task<> intercept(ClientCall& call, ClientNext next) = 0;
};

using ClientInterceptors = std::vector<std::shared_ptr<ClientInterceptor>>;

/// May be used by tasks of all workers at once.
class Channel {
 public:
  explicit Channel(ClientInterceptors interceptors = {}) : interceptors_(std::move(interceptors)) {}
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// A channel over HTTP/2 to "host:port". Makes no connection yet. Options and what they mean are in client.h.
  static std::shared_ptr<Channel> create(std::string target);
  static std::shared_ptr<Channel> create(std::string target, ChannelOptions options);

  /// Makes the call, inside the interceptors, with the options of the surrounding with_options. For generated code:
  /// `call` must stay until the task has ended, which it does with the call's failure.
  Task<> call(ClientCall& call);

 private:
  friend class ClientNext;
  /// The call itself.
  virtual Task<> transmit(ClientCall& call) = 0;

  ClientInterceptors interceptors_;
};

}  // namespace skerry::grpc
