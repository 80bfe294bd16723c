// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/forwarder.h"

#include <charconv>
#include <utility>

#include "platform/gateway/client_span.h"
#include "platform/gateway/request_pump.h"
#include "platform/gateway/upstream_body.h"
#include "skerry/async/timeout.h"
#include "skerry/grpc/timeout.h"
#include "skerry/http/http_error.h"

namespace skerry::platform::gateway {
namespace {

/// A longer time limit of a gRPC client is none.
constexpr std::chrono::hours kMaxGrpcTimeout{24 * 365};

http::ClientOptions client_options(const ForwarderLimits& limits, http::Protocol protocol,
                                   std::shared_ptr<http::Resolver> resolver, std::shared_ptr<http::Balancer> balancer) {
  http::ClientOptions options;
  options.protocol = protocol;
  options.resolver = std::move(resolver);
  options.balancer = std::move(balancer);
  options.max_connections_per_endpoint = limits.max_connections_per_endpoint;
  options.connect_timeout = limits.connect_timeout;
  options.keepalive_interval = kUpstreamKeepalive;
  options.max_attempts = limits.max_attempts;
  return options;
}

/// Methods that ask for nothing to be done (RFC 9110 section 9.2.1): such a request may be sent twice.
bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

std::optional<std::uint64_t> content_length(const http::Headers& headers) {
  const std::optional<std::string_view> text = headers.get("content-length");
  std::uint64_t length = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), length).ec != std::errc()) {
    return std::nullopt;
  }
  return length;
}

/// What the client is told. Addresses and the like stay in the cause, which is not shown.
Error failure_to_answer(Error error, const Forwarding& forwarding) {
  const std::string& service = forwarding.route->service;
  switch (error.code()) {
    case Code::kDeadlineExceeded:
      return Error::deadline_exceeded("{} did not answer in time", service).caused_by(std::move(error));
    case Code::kUnavailable:
    case Code::kNotFound:
      return Error::unavailable("{} is not available", service).caused_by(std::move(error));
    case Code::kInvalidArgument:
      return error;
    default:
      break;
  }
  // gRPC has a code for each way to reset a stream; HTTP has one status.
  if (forwarding.is_grpc) return Error(error.code(), service + " ended the call").caused_by(std::move(error));
  if (http::is_retry_safe(error)) {
    return Error::unavailable("{} takes no more requests", service).caused_by(std::move(error));
  }
  return http::http_error(502, "{} broke off its answer", service).caused_by(std::move(error));
}

Task<http::Exchange> open_in_time(http::Client* client, http::RequestHead head, bool end,
                                  std::optional<std::chrono::nanoseconds> time) {
  if (!time) return client->open(std::move(head), end);
  return with_timeout(*time, client->open(std::move(head), end));
}

}  // namespace

/// The request while its answer is waited for. Gives the exchange up when it goes before that was taken out.
struct Forwarder::Passage {
  Passage() = default;
  ~Passage() { drop(); }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  void drop() {
    if (pump) pump->stop();
    if (exchange) exchange->cancel();
  }
  /// Why the request failed, where that was found out on the client's side or by the clock.
  Error failure(Error otherwise) const {
    if (pump && pump->failure()) return *pump->failure();
    return otherwise;
  }

  std::shared_ptr<http::Exchange> exchange;
  /// For a body that streams.
  std::shared_ptr<RequestPump> pump;
  std::optional<std::chrono::nanoseconds> time_to_open;
  /// A body that is all here.
  std::string bytes;
  http::Headers trailers;
};

Forwarder::Forwarder(ForwarderLimits limits, std::shared_ptr<http::Resolver> resolver,
                     std::shared_ptr<http::Balancer> balancer, const GatewayMetrics& metrics)
    : limits_(limits),
      metrics_(metrics),
      http1_(client_options(limits, http::Protocol::kHttp1, resolver, balancer)),
      http2_(client_options(limits, http::Protocol::kHttp2, std::move(resolver), std::move(balancer))) {}

Forwarder::Time Forwarder::time_for(const Forwarding& forwarding) const {
  const Time configured = forwarding.route->deadline;
  if (!forwarding.is_grpc) return configured.value_or(limits_.deadline);
  const std::optional<std::string_view> field = forwarding.head.headers.get("grpc-timeout");
  const Time asked = field ? grpc::parse_timeout(*field) : std::nullopt;
  if (!asked || *asked > kMaxGrpcTimeout) return configured;
  return configured ? std::min(*configured, *asked) : *asked;
}

Task<http::Response> Forwarder::forward(Forwarding forwarding) {
  const auto start = std::chrono::steady_clock::now();
  const std::string& service = forwarding.route->service;
  const Time time = time_for(forwarding);
  Task<http::Response> sending = send(&forwarding, time);
  // With a body that streams, the pump watches the clock.
  if (time && forwarding.body.is_complete()) sending = with_timeout(*time, std::move(sending));
  Result<http::Response> response = co_await std::move(sending).result();
  if (response) {
    metrics_.upstream_answered(service, std::chrono::steady_clock::now() - start);
    co_return std::move(*response);
  }
  metrics_.upstream_failed(service, code_name(response.error().code()));
  if (!response.error().detail(http::kStatusDetail).empty()) co_return std::move(response).error();
  co_return failure_to_answer(std::move(response).error(), forwarding);
}

Task<http::Response> Forwarder::send(Forwarding* forwarding, Time time) {
  Passage passage;
  http::Body& body = forwarding->body;
  if (body.is_complete()) {
    passage.bytes = body.take_bytes();
    passage.trailers = body.take_trailers();
    const std::size_t size = passage.bytes.size();
    if (size > 0) (void)forwarding->head.headers.set("content-length", std::to_string(size));
  } else {
    if (forwarding->is_grpc) body.lift_limits();
    passage.time_to_open = time;
    passage.pump = std::make_shared<RequestPump>(std::move(body), time);
  }
  for (std::size_t attempts = 1;; ++attempts) {
    Result<http::ResponseHead> head = co_await attempt(forwarding, &passage).result();
    if (head) co_return respond(forwarding, std::move(*head), &passage);
    const bool client_failed = passage.pump && passage.pump->failure();
    const bool begun = passage.pump && passage.pump->begun();
    const bool harmless = http::is_retry_safe(head.error()) ||
                          (head.error().code() == Code::kUnavailable && is_safe(forwarding->head.method));
    // Without an exchange the client has tried other instances already.
    if (!passage.exchange || client_failed || begun || !harmless || attempts >= limits_.max_attempts) {
      co_return passage.failure(std::move(head).error());
    }
    metrics_.retried(forwarding->route->service);
  }
}

Task<http::ResponseHead> Forwarder::attempt(Forwarding* forwarding, Passage* passage) {
  ClientSpan span(forwarding->head);
  Result<http::ResponseHead> head = co_await exchange_heads(forwarding, passage).result();
  span.finish(forwarding->head, *forwarding->route, head);
  co_return co_await std::move(head);
}

Task<http::ResponseHead> Forwarder::exchange_heads(Forwarding* forwarding, Passage* passage) {
  passage->exchange = nullptr;
  if (passage->pump) passage->pump->forget_exchange();
  const bool empty = !passage->pump && passage->bytes.empty() && passage->trailers.empty();
  http::Exchange opened =
      co_await open_in_time(&client_for(*forwarding->route), forwarding->head, empty, passage->time_to_open);
  passage->exchange = std::make_shared<http::Exchange>(std::move(opened));
  const std::shared_ptr<http::Exchange> exchange = passage->exchange;
  if (passage->pump) {
    passage->pump->send_to(exchange);
  } else if (!empty) {
    if (!passage->bytes.empty()) co_await exchange->write(passage->bytes);
    co_await exchange->finish(passage->trailers);
  }
  http::ResponseHead head = co_await exchange->head();
  if (passage->pump) passage->pump->answered();
  co_return std::move(head);
}

http::Response Forwarder::respond(Forwarding* forwarding, http::ResponseHead head, Passage* passage) const {
  http::Response response(std::move(head));
  const std::optional<std::uint64_t> size = content_length(response.headers);
  UpstreamBody::Parts parts{.pump = std::move(passage->pump), .keep = forwarding->keep};
  if (!forwarding->is_grpc) parts.max_silence = limits_.max_response_silence;
  if (parts.pump) {
    parts.exchange = std::move(passage->exchange);
  } else {
    parts.rest = std::move(*std::exchange(passage->exchange, nullptr)).into_body();
  }
  if (forwarding->head.method == "HEAD") {
    response.body = http::Body(std::make_unique<NoBody>(), size);
  } else if (parts.rest && parts.rest->is_complete()) {
    response.trailers = parts.rest->take_trailers();
    response.body = http::Body(parts.rest->take_bytes());
  } else {
    response.body = http::Body(std::make_unique<UpstreamBody>(std::move(parts)), size);
  }
  return response;
}

}  // namespace skerry::platform::gateway
