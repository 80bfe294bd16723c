// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/http_channel.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/base/ids.h"
#include "skerry/grpc/client_stream.h"
#include "skerry/grpc/http_call.h"
#include "skerry/grpc/timeout.h"
#include "skerry/http/http_error.h"
#include "skerry/telemetry/ambient.h"

namespace skerry::grpc {
namespace {

constexpr std::string_view kUserAgent = "grpc-skerry/0.1";

/// How long a call that waits for a server waits between two looks.
constexpr std::chrono::milliseconds kReadyRetryFirst{20};
constexpr std::chrono::milliseconds kReadyRetryMax{1000};

std::shared_ptr<http::Client> make_http_client(ChannelOptions& options) {
  http::ClientOptions client_options;
  client_options.protocol = http::Protocol::kHttp2;
  client_options.resolver = std::move(options.resolver);
  client_options.balancer = std::move(options.balancer);
  client_options.keepalive_interval = options.keepalive_interval;
  client_options.backoff = options.connect_backoff;
  return std::make_shared<http::Client>(std::move(client_options));
}

/// Sends the requests as they come. The failure of a write is not reported: the exchange fails with the reason.
Task<> send_requests(RequestSource& source, http::Exchange& exchange, Compression compression) {
  while (true) {
    std::optional<std::string> frame = co_await source.next_frame();
    if (!frame) break;
    const Result<> written = co_await exchange.write(encode_frame(std::move(*frame), compression)).result();
    if (!written) co_return;
  }
  (void)co_await exchange.finish().result();
}

/// The response's body while the request is still being written.
class ExchangeReader final : public http::BodyReader {
 public:
  explicit ExchangeReader(http::Exchange& exchange) : exchange_(exchange) {}
  Task<std::optional<std::string>> read() override {
    std::optional<std::string> chunk = co_await exchange_.read();
    if (!chunk) trailers_ = exchange_.trailers();
    co_return std::move(chunk);
  }
  http::Headers& trailers() override { return trailers_; }

 private:
  http::Exchange& exchange_;
  http::Headers trailers_;
};

Task<> read_exchange(ClientCall& call, http::Exchange& exchange, std::size_t message_bytes_max) {
  const http::ResponseHead head = co_await exchange.head();
  http::Body body(std::make_unique<ExchangeReader>(exchange));
  co_await read_response(call, &head, body, message_bytes_max);
}

/// The error without a note that the call may be repeated: requests of its stream have been taken.
Error not_repeatable(const Error& error) {
  return http::is_retry_safe(error) ? Error(error.code(), error.message()) : error;
}

/// A call that the server ended because its time was over may say so in other words.
Error local_view(Error error) {
  const auto left = time_left();
  if (error.code() == Code::kCancelled && left && left->count() <= 0) {
    return Error::deadline_exceeded("deadline exceeded");
  }
  return error;
}

void write_span(http::Headers& headers, const telemetry::SpanContext& span) {
  if (span.valid()) {
    char buffer[telemetry::kTraceparentBytes];
    headers.add_validated("traceparent", telemetry::write_traceparent(span, buffer));
    if (!span.state.empty()) (void)headers.add("tracestate", span.state.header());
  }
  const telemetry::Baggage& baggage = telemetry::current_baggage();
  if (!baggage.empty()) (void)headers.add("baggage", baggage.header());
}

}  // namespace

HttpChannel::HttpChannel(std::string target, ChannelOptions options)
    : Channel(std::move(options.interceptors)),
      target_(std::move(target)),
      receive_message_bytes_max_(options.receive_message_bytes_max),
      client_(make_http_client(options)) {}

http::RequestHead HttpChannel::request_head(const ClientCall& call, const telemetry::SpanContext& span) const {
  http::RequestHead head{
      .method = "POST", .target = std::string(call.method.path), .authority = target_, .scheme = "http"};
  if (const auto left = time_left()) head.headers.add_validated("grpc-timeout", format_timeout(*left));
  head.headers.add_validated("te", "trailers");
  head.headers.add_validated("content-type", kGrpcContentType);
  head.headers.add_validated("user-agent", kUserAgent);
  head.headers.add_validated("grpc-accept-encoding", kAcceptEncoding);
  if (call.options.compression != Compression::kIdentity) {
    head.headers.add_validated("grpc-encoding", compression_name(call.options.compression));
  }
  write_span(head.headers, span);
  write_metadata(head.headers, call.options.metadata);
  return head;
}

Task<> HttpChannel::transmit(ClientCall& call) {
  co_await check_metadata(call.options.metadata);
  const auto left = time_left();
  if (left && left->count() <= 0) co_await Error::deadline_exceeded("deadline exceeded");
  CallRecord record(metrics_.of(call.method), {.kind = telemetry::SpanKind::kClient});
  Task<> task = call.options.wait_for_ready ? attempt_until_ready(call, record.span()) : attempt(call, record.span());
  Result<> outcome = co_await std::move(task).result();
  if (!outcome) outcome = fail(local_view(std::move(outcome).error()));
  record.finish(outcome);
  co_await std::move(outcome);
}

Task<> HttpChannel::attempt(ClientCall& call, const telemetry::SpanContext& span) {
  http::RequestHead head = request_head(call, span);
  if (call.requests != nullptr) return call_with_stream(call, std::move(head));
  return call_with_request(call, std::move(head));
}

Task<> HttpChannel::attempt_until_ready(ClientCall& call, telemetry::SpanContext span) {
  std::chrono::milliseconds wait = kReadyRetryFirst;
  while (true) {
    const Result<> outcome = co_await attempt(call, span).result();
    // Only what no server has seen: the end of a call that was under way is its end.
    if (outcome || !http::is_retry_safe(outcome.error())) co_await outcome;
    if (outcome) co_return;
    co_await sleep(wait / 2 + std::chrono::milliseconds(random_below(static_cast<std::uint64_t>(wait.count()))));
    wait = std::min(wait * 2, kReadyRetryMax);
  }
}

Task<> HttpChannel::call_with_request(ClientCall& call, http::RequestHead head) {
  std::string frame;
  co_await append_message_frame(frame, *call.arguments.request);
  http::Request request(std::move(head), encode_frame(std::move(frame), call.options.compression));
  http::Response response = co_await client_->send(std::move(request));
  co_await read_response(call, &response, response.body, receive_message_bytes_max_);
}

Task<> HttpChannel::call_with_stream(ClientCall& call, http::RequestHead head) {
  http::Exchange exchange = co_await client_->open(std::move(head));
  std::optional<Result<>> outcome;
  // The requests go out while the responses come in. When the response is complete the requests have no reader any
  // more, whatever is left of them; when the requests fail, the call is given up.
  Result<> both =
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&]() -> Task<> { co_await send_requests(*call.requests, exchange, call.options.compression); });
        outcome = co_await read_exchange(call, exchange, receive_message_bytes_max_).result();
        scope.cancel();
      }).result();
  if (!outcome) {
    exchange.cancel();
    outcome = std::move(both);
  }
  if (!*outcome) co_await not_repeatable(outcome->error());
}

std::shared_ptr<Channel> Channel::create(std::string target) { return create(std::move(target), {}); }

std::shared_ptr<Channel> Channel::create(std::string target, ChannelOptions options) {
  return std::make_shared<HttpChannel>(std::move(target), std::move(options));
}

}  // namespace skerry::grpc
