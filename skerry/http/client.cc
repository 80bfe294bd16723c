// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/client.h"

#include <mutex>
#include <utility>
#include <vector>

#include "skerry/async/go.h"
#include "skerry/base/defer.h"
#include "skerry/http/client_pool.h"
#include "skerry/http/http_error.h"
#include "skerry/http/server_telemetry.h"
#include "skerry/http/trace.h"
#include "skerry/http/uri.h"
#include "skerry/telemetry/span.h"

namespace skerry::http {

using internal::ClientExchange;
using internal::ClientPool;

namespace internal {

class ClientImpl {
 public:
  explicit ClientImpl(ClientOptions options)
      : config_(std::make_shared<ClientConfig>(make_config(std::move(options)))) {}

  /// The pool of the running task's worker.
  std::shared_ptr<ClientPool> pool() {
    std::call_once(made_, [this] { pools_.resize(Runtime::current().worker_count()); });
    std::shared_ptr<ClientPool>& pool = pools_[Worker::current()->index()];
    if (!pool) pool = std::make_shared<ClientPool>(config_);
    return pool;
  }

  void close() {
    if (Worker::current() == nullptr) return;
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      if (!pools_[i]) continue;
      go_on(
          Runtime::current().worker(i), "http client close",
          [](std::shared_ptr<ClientPool> closing) -> Task<> {
            closing->close();
            co_return;
          },
          std::move(pools_[i]));
    }
  }

  const ClientOptions& options() const { return config_->options; }

 private:
  static ClientConfig make_config(ClientOptions options) {
    if (!options.resolver) options.resolver = std::make_shared<AuthorityResolver>();
    if (!options.balancer) options.balancer = std::make_shared<PowerOfTwoBalancer>();
    if (options.max_attempts == 0) options.max_attempts = 1;
    ClientSettings settings{.http1 = options.http1,
                            .http2 = options.http2,
                            .connect_timeout = options.connect_timeout,
                            .idle_timeout = options.idle_timeout,
                            .keepalive_interval = options.keepalive_interval,
                            .keepalive_timeout = options.keepalive_timeout,
                            .write_buffer_bytes = options.write_buffer_bytes};
    return {std::move(options), settings};
  }

  const std::shared_ptr<const ClientConfig> config_;
  std::once_flag made_;
  /// One for each worker, made and used there.
  std::vector<std::shared_ptr<ClientPool>> pools_;
};

}  // namespace internal

namespace {

Error abandoned() { return Error::cancelled("the request was given up"); }

/// Reads the response of an exchange that it owns.
class ExchangeReader final : public BodyReader {
 public:
  explicit ExchangeReader(std::shared_ptr<ClientExchange> exchange) : exchange_(std::move(exchange)) {}
  ~ExchangeReader() override { exchange_->abandon(abandoned()); }
  Task<std::optional<std::string>> read() override { return exchange_->read(); }
  Headers& trailers() override { return exchange_->inbound().trailers(); }

 private:
  std::shared_ptr<ClientExchange> exchange_;
};

/// Gives an exchange up that never came to a response.
class ExchangeGuard {
 public:
  ExchangeGuard() = default;
  ~ExchangeGuard() {
    if (exchange_) exchange_->abandon(abandoned());
  }
  ExchangeGuard(const ExchangeGuard&) = delete;
  ExchangeGuard& operator=(const ExchangeGuard&) = delete;
  void hold(std::shared_ptr<ClientExchange> exchange) { exchange_ = std::move(exchange); }
  const std::shared_ptr<ClientExchange>& get() const { return exchange_; }
  std::shared_ptr<ClientExchange> release() { return std::move(exchange_); }

 private:
  std::shared_ptr<ClientExchange> exchange_;
};

bool is_idempotent(std::string_view method) {
  // RFC 9110 section 9.2.2.
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE" ||
         method == "TRACE";
}

Body body_of(std::shared_ptr<ClientExchange> exchange, const Headers& headers) {
  if (exchange->is_complete()) {
    return Body(exchange->inbound().take_buffered(), std::move(exchange->inbound().trailers()));
  }
  std::optional<std::uint64_t> size;
  if (const std::optional<std::string_view> length = headers.get("content-length")) {
    // The connection has checked it where it frames the body.
    std::uint64_t parsed = 0;
    for (const char digit : length->substr(0, kMaxContentLengthDigits)) {
      parsed = parsed * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    size = parsed;
  }
  return Body(std::make_unique<ExchangeReader>(std::move(exchange)), size);
}

/// Sends a body that streams, while the response may come already. It ends with the exchange.
Task<> send_stream(std::shared_ptr<ClientExchange> exchange, Body body) {
  exchange->sender = skerry::internal::Fiber::current();
  const Defer gone([&] { exchange->sender = nullptr; });
  while (!exchange->is_over()) {
    Result<std::optional<std::string>> chunk = co_await body.read().result();
    if (!chunk) {
      exchange->abandon(std::move(chunk).error());
      co_return;
    }
    if (!*chunk) {
      exchange->end(body.take_trailers());
      co_return;
    }
    const Result<> written = co_await exchange->write(std::move(**chunk)).result();
    if (!written) co_return;
  }
}

struct Sender {
  std::shared_ptr<ClientPool> pool;
  std::optional<net::HostPort> endpoint;

  Task<std::shared_ptr<ClientExchange>> start(const RequestHead* head, bool end) const {
    if (endpoint) return pool->start_at(Endpoint{.address = *endpoint}, head, end);
    return pool->start(head, end);
  }
};

/// Sends the request once and waits for the head of its response. `*exchange` has the exchange as soon as there is one.
Task<ResponseHead> try_request(Sender sender, const Request* request, Body* stream, ExchangeGuard* exchange) {
  const bool empty = stream == nullptr && request->body.bytes().empty();
  exchange->hold(co_await sender.start(request, empty));
  if (stream != nullptr) {
    go_named("request body", send_stream, exchange->get(), std::move(*stream));
  } else if (!empty) {
    exchange->get()->send_whole(request->body.bytes(), request->body.trailers());
  }
  co_return co_await exchange->get()->head();
}

/// The span of a request by OpenTelemetry's conventions for HTTP clients, current while the request is under way.
class ClientSpan {
 public:
  explicit ClientSpan(const Request& request) {
    // A gRPC call has its span already, which knows its name and its code.
    if (request.headers.get("content-type").value_or("").starts_with("application/grpc")) return;
    span_.emplace(telemetry::current(), telemetry::SpanName::outliving(internal::method_label(request.method)),
                  telemetry::SpanOptions{.kind = telemetry::SpanKind::kClient});
    if (!span_->recording()) return;
    span_->set("server.address", request.authority);
    span_->set("url.path", request.path());
  }
  void finish(const Result<ResponseHead>& head) {
    if (!span_) return;
    const int status = head ? head->status : 0;
    if (!head) {
      span_->fail(head.error());
    } else if (status >= kMinFailedStatus) {
      span_->fail(std::to_string(status), reason_phrase(status));
    }
    if (!span_->recording()) return;
    span_->set("http.request.method", span_->name());
    if (head) span_->set("http.response.status_code", status);
  }

 private:
  /// To a client an answer of 4xx is a failure too.
  static constexpr int kMinFailedStatus = 400;
  std::optional<telemetry::Span> span_;
};

Task<Response> send_request(Sender sender, std::size_t max_attempts, Request request) {
  ClientSpan span(request);
  internal::inject_trace(request.headers);
  // A stream can be read once, so such a request is sent once.
  std::optional<Body> stream;
  if (!request.body.is_complete()) stream.emplace(std::move(request.body));
  const std::optional<std::uint64_t> size = stream ? stream->size() : request.body.size();
  request.headers.remove("content-length");
  if (size && *size > 0) request.headers.add_validated("content-length", std::to_string(*size));
  for (std::size_t attempt = 1;; ++attempt) {
    ExchangeGuard exchange;
    Result<ResponseHead> head = co_await try_request(sender, &request, stream ? &*stream : nullptr, &exchange).result();
    if (!head && exchange.get() && !stream && attempt < max_attempts) {
      const bool stale = exchange.get()->stale && is_idempotent(request.method);
      if (stale || is_retry_safe(head.error())) continue;
    }
    span.finish(head);
    if (!head) co_return std::move(head).error();
    Response response(std::move(*head));
    response.body = body_of(exchange.release(), response.headers);
    co_return std::move(response);
  }
}

}  // namespace

Exchange::Exchange(std::shared_ptr<ClientExchange> exchange) : exchange_(std::move(exchange)) {}
Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&& other) noexcept {
  if (this == &other) return *this;
  if (exchange_) exchange_->abandon(abandoned());
  exchange_ = std::move(other.exchange_);
  return *this;
}
Exchange::~Exchange() {
  if (exchange_) exchange_->abandon(abandoned());
}

Task<> Exchange::write(std::string chunk) { return exchange_->write(std::move(chunk)); }
Task<> Exchange::finish(Headers trailers) {
  exchange_->end(std::move(trailers));
  co_return;
}
Task<ResponseHead> Exchange::head() { return exchange_->head(); }
Task<std::optional<std::string>> Exchange::read() { return exchange_->read(); }
const Headers& Exchange::trailers() const { return exchange_->inbound().trailers(); }
void Exchange::cancel() { exchange_->abandon(abandoned()); }
Body Exchange::into_body() && { return body_of(std::move(exchange_), {}); }

Client::Client(ClientOptions options) : impl_(std::make_shared<internal::ClientImpl>(std::move(options))) {}

Client::~Client() { impl_->close(); }

Task<Response> Client::send(Request request) {
  return send_request({impl_->pool(), std::nullopt}, impl_->options().max_attempts, std::move(request));
}

Task<Response> Client::send(Request request, net::HostPort endpoint) {
  return send_request({impl_->pool(), std::move(endpoint)}, impl_->options().max_attempts, std::move(request));
}

Task<Response> Client::get(std::string uri) {
  Uri parsed = co_await Uri::parse(uri);
  RequestHead head{.target = parsed.target(), .authority = parsed.authority(), .scheme = parsed.scheme};
  co_return co_await send(Request(std::move(head)));
}

namespace {

Task<Exchange> open_exchange(Sender sender, RequestHead head, bool end) {
  std::shared_ptr<ClientExchange> exchange = co_await sender.start(&head, end);
  co_return Exchange(std::move(exchange));
}

}  // namespace

Task<Exchange> Client::open(RequestHead head, bool end) {
  return open_exchange({impl_->pool(), std::nullopt}, std::move(head), end);
}

Task<Exchange> Client::open(RequestHead head, bool end, net::HostPort endpoint) {
  return open_exchange({impl_->pool(), std::move(endpoint)}, std::move(head), end);
}

}  // namespace skerry::http
