// SPDX-License-Identifier: Apache-2.0
//
// Forwarder: sends a request to a service and gives its response, with the deadline, the repetitions and the streaming
// that gateway.h promises. The one thing to know: the time of a route is for the service's answer to begin. It is
// counted from the end of the request's body, so that a slow client does not use it up, and it does not end a response
// that streams.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "platform/gateway/metrics.h"
#include "platform/gateway/route_table.h"
#include "skerry/async/task.h"
#include "skerry/http/client.h"
#include "skerry/http/message.h"

namespace skerry::platform::gateway {

inline constexpr std::chrono::milliseconds kDefaultDeadline{15'000};
inline constexpr std::chrono::milliseconds kDefaultConnectTimeout{2'000};
inline constexpr std::chrono::milliseconds kDefaultResponseSilence{300'000};
/// An upstream connection with requests on it that was silent for so long is asked whether it is alive. Servers of gRPC
/// end connections that ask more often than every five minutes (gRFC A8).
inline constexpr std::chrono::milliseconds kUpstreamKeepalive{330'000};
inline constexpr std::size_t kDefaultMaxAttempts = 3;

struct ForwarderLimits {
  /// How long a service may take to answer where its route does not say. A gRPC call has what its client gave it
  /// (grpc-timeout) or what its route says, else no limit: it may be a stream that is silent for hours.
  std::chrono::milliseconds deadline = kDefaultDeadline;
  /// How often one request is sent.
  std::size_t max_attempts = kDefaultMaxAttempts;
  std::chrono::milliseconds connect_timeout = kDefaultConnectTimeout;
  /// The longest silence within a response's body, after which it is cut off; not for gRPC.
  std::chrono::milliseconds max_response_silence = kDefaultResponseSilence;
  /// Connections to one instance from one worker.
  std::size_t max_connections_per_endpoint = 64;
};

/// A request on its way, decided on but not sent.
struct Forwarding {
  /// As the service is sent it.
  http::RequestHead head;
  http::Body body;
  bool is_grpc = false;
  const Route* route = nullptr;
  /// Keeps the route, and whatever else must outlive the response's body.
  std::shared_ptr<const void> keep;
};

class Forwarder {
 public:
  Forwarder(ForwarderLimits limits, std::shared_ptr<http::Resolver> resolver, std::shared_ptr<http::Balancer> balancer,
            const GatewayMetrics& metrics);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// The service's response as it came; its body streams unless it was complete with its head. Fails with what is to be
  /// answered instead; the client's own fault (its body is too large, too slow or malformed) keeps its status.
  Task<http::Response> forward(Forwarding forwarding);

 private:
  struct Passage;
  using Time = std::optional<std::chrono::nanoseconds>;

  Time time_for(const Forwarding& forwarding) const;
  Task<http::Response> send(Forwarding* forwarding, Time time);
  Task<http::ResponseHead> attempt(Forwarding* forwarding, Passage* passage);
  Task<http::ResponseHead> exchange_heads(Forwarding* forwarding, Passage* passage);
  http::Response respond(Forwarding* forwarding, http::ResponseHead head, Passage* passage) const;
  http::Client& client_for(const Route& route) { return route.protocol == http::Protocol::kHttp1 ? http1_ : http2_; }

  const ForwarderLimits limits_;
  const GatewayMetrics& metrics_;
  http::Client http1_;
  http::Client http2_;
};

}  // namespace skerry::platform::gateway
