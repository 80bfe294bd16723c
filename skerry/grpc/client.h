// SPDX-License-Identifier: Apache-2.0
//
// Calling services over the network. A channel leads to all servers of a target, keeps connections to them on each
// worker, and spreads the calls over those that live:
//
//   auto channel = grpc::Channel::create("127.0.0.1:9090");
//   std::shared_ptr<UserService> users = grpc::make_client<UserService>(channel);
//   UserResponse user = co_await with_timeout(200ms, users->GetUser(request));
//
// A call is repeated by the channel only where the server cannot have processed it (the connection was refused, or the
// server said so). Everything else fails with the call's status and is the caller's to repeat.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "skerry/grpc/channel.h"
#include "skerry/grpc/framing.h"
#include "skerry/grpc/service.h"
#include "skerry/http/client.h"
#include "skerry/http/resolver.h"

namespace skerry::grpc {

struct ChannelOptions {
  /// The largest response message, counted after decompression. A larger one fails the call with RESOURCE_EXHAUSTED.
  std::size_t receive_message_bytes_max = kReceiveMessageBytesMax;
  ClientInterceptors interceptors = {};
  /// Where the target's servers are; null: the target is "host:port", its host looked up in the DNS.
  std::shared_ptr<http::Resolver> resolver = nullptr;
  /// Which of them a call goes to; null: the less busy of two drawn at random.
  std::shared_ptr<http::Balancer> balancer = nullptr;
  /// A connection with calls on it that was silent for so long is asked for a sign of life; 0: never. Servers end
  /// connections that ask too often (gRFC A8): many allow one in five minutes.
  std::chrono::milliseconds keepalive_interval{0};
  /// Between attempts to connect to a server that cannot be reached. Calls meanwhile fail at once.
  http::BackoffOptions connect_backoff = {};
};

/// The generated client of a service over a channel.
template <Service S>
std::unique_ptr<S> make_client(std::shared_ptr<Channel> channel) {
  return ServiceTraits<S>::make_client(std::move(channel));
}

}  // namespace skerry::grpc
