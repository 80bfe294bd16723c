// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/client_exchange.h"
#include "skerry/http/client_settings.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/http1_parser.h"
#include "skerry/http/http1_serializer.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {
namespace {

/// Bytes of a body that are kept while nobody reads it; more make the server wait.
constexpr std::size_t kMaxBufferedBodyBytes = 128 * 1024;

/// One request after the other.
class Http1Client final : public ClientProtocol {
 public:
  Http1Client(Connection& connection, ClientConnectionEvents& events, const ClientSettings& settings)
      : connection_(connection), events_(events), settings_(settings), parser_(settings.http1) {
    set_idle_deadline();
  }

  void on_bytes(std::string_view bytes) override;
  bool on_peer_closed() override;
  bool wants_bytes() const override;
  void on_written() override {
    if (exchange_) exchange_->notify_room();
  }
  void on_deadline(TimePoint now) override;
  void drain() override;
  void on_closed() override;

  std::size_t free_slots() const override { return exchange_ || closing_ || connection_.is_closing() ? 0 : 1; }
  Result<> start(std::shared_ptr<ClientExchange> exchange, const RequestHead& head, bool end) override;
  void push_chunk(ClientExchange& exchange, std::string chunk) override;
  bool has_room(const ClientExchange&) const override {
    return connection_.unwritten_bytes() <= settings_.write_buffer_bytes;
  }
  void end_request(ClientExchange& exchange, Headers trailers) override;
  void consumed(ClientExchange& exchange, std::size_t bytes) override;
  void cancel(ClientExchange& exchange) override;

 private:
  /// False when nothing more is to be read.
  bool take_step(const Http1Step& step);
  void read_held();
  void finish_response();
  void fail(const Error& error);
  void set_idle_deadline() { connection_.set_deadline(std::chrono::steady_clock::now() + settings_.idle_timeout); }

  Connection& connection_;
  ClientConnectionEvents& events_;
  const ClientSettings& settings_;
  ResponseParser parser_;
  std::string held_;
  std::shared_ptr<ClientExchange> exchange_;
  Http1Body body_;
  std::string announced_trailers_;
  bool request_ended_ = true;
  bool keep_alive_ = true;
  /// Nothing of the response has come yet, and the connection served another request before: the server may have closed
  /// it without having seen this one.
  bool reused_ = false;
  bool response_begun_ = false;
  bool closing_ = false;
};

Result<> Http1Client::start(std::shared_ptr<ClientExchange> exchange, const RequestHead& head, bool end) {
  body_ = {};
  announced_trailers_ = head.headers.get("trailer").value_or("");
  const std::optional<std::string_view> length = head.headers.get("content-length");
  if (length) {
    const Result<std::uint64_t> parsed = parse_content_length(*length);
    if (!parsed) return skerry::fail(Error::invalid_argument("invalid Content-Length"));
    body_ = {Http1Body::Kind::kLength, *parsed};
    if (end && *parsed != 0) return skerry::fail(Error::invalid_argument("Content-Length without a body"));
  } else if (!end) {
    body_ = {Http1Body::Kind::kChunked};
  } else if (head.method == "POST" || head.method == "PUT" || head.method == "PATCH") {
    body_ = {Http1Body::Kind::kLength, 0};
  }
  if (Result<> written = write_request_head(connection_.output(), head, {.body = body_}); !written) return written;
  parser_.expect_response_to(head.method);
  request_ended_ = end;
  response_begun_ = false;
  exchange->attach(this);
  exchange_ = std::move(exchange);
  connection_.set_deadline(Connection::kNever);
  connection_.schedule_flush();
  return {};
}

void Http1Client::push_chunk(ClientExchange& exchange, std::string chunk) {
  if (&exchange != exchange_.get() || request_ended_) return;
  if (body_.kind == Http1Body::Kind::kChunked) {
    write_chunk(connection_.output(), chunk);
  } else if (chunk.size() > body_.length) {
    return fail(Error::invalid_argument("the body is longer than its Content-Length"));
  } else {
    body_.length -= chunk.size();
    connection_.output().append(chunk);
  }
  connection_.schedule_flush();
}

void Http1Client::end_request(ClientExchange& exchange, Headers trailers) {
  if (&exchange != exchange_.get() || request_ended_) return;
  request_ended_ = true;
  if (body_.kind == Http1Body::Kind::kChunked) {
    write_last_chunk(connection_.output(), trailers, announced_trailers_);
  } else if (body_.length > 0) {
    return fail(Error::invalid_argument("the body is shorter than its Content-Length"));
  }
  connection_.schedule_flush();
}

bool Http1Client::wants_bytes() const {
  return !exchange_ || (held_.empty() && exchange_->inbound().buffered_bytes() < kMaxBufferedBodyBytes);
}

void Http1Client::on_bytes(std::string_view bytes) {
  held_.append(bytes);
  read_held();
}

void Http1Client::read_held() {
  std::size_t consumed = 0;
  while (!connection_.is_closing()) {
    if (!exchange_) {
      // Bytes that answer nothing: whatever they are, the next response would be misread.
      if (consumed < held_.size()) connection_.close_now();
      break;
    }
    if (exchange_->inbound().buffered_bytes() >= kMaxBufferedBodyBytes) break;
    response_begun_ = response_begun_ || consumed < held_.size();
    const Result<Http1Step> step = parser_.next(std::string_view(held_).substr(consumed));
    if (!step) {
      fail(Error::unavailable("the server's response is malformed").caused_by(step.error()));
      break;
    }
    consumed += step->consumed;
    if (!take_step(*step)) break;
  }
  held_.erase(0, std::min(consumed, held_.size()));
}

bool Http1Client::take_step(const Http1Step& step) {
  switch (step.event) {
    case Http1Event::kNeedMore:
      return false;
    case Http1Event::kHead:
      keep_alive_ = parser_.keep_alive();
      exchange_->on_head(parser_.take_head());
      return true;
    case Http1Event::kData:
      exchange_->inbound().push(step.data);
      return true;
    case Http1Event::kEnd:
      finish_response();
      return true;
  }
  return false;
}

void Http1Client::finish_response() {
  const std::shared_ptr<ClientExchange> exchange = std::exchange(exchange_, nullptr);
  exchange->complete(std::move(parser_.trailers()));
  reused_ = true;
  // A response that came before the request was sent leaves a connection on which the next one would wait behind it.
  const bool sent = request_ended_ && connection_.unwritten_bytes() == 0;
  if (!keep_alive_ || !sent || closing_) {
    closing_ = true;
    connection_.close_after_flush();
  } else {
    set_idle_deadline();
  }
  events_.on_slots_changed();
}

void Http1Client::fail(const Error& error) {
  closing_ = true;
  if (exchange_) std::exchange(exchange_, nullptr)->fail(error);
  connection_.close_now();
}

bool Http1Client::on_peer_closed() {
  closing_ = true;
  if (!exchange_) return true;
  const Result<bool> finished = parser_.finish();
  if (finished && *finished) {
    finish_response();
  } else if (!response_begun_ && reused_) {
    exchange_->stale = true;
    fail(Error::unavailable("the server closed the idle connection"));
  } else {
    fail(Error::unavailable("the server closed the connection before the response was complete"));
  }
  return true;
}

void Http1Client::consumed(ClientExchange& exchange, std::size_t) {
  if (&exchange != exchange_.get()) return;
  read_held();
  connection_.resume_reading();
}

void Http1Client::cancel(ClientExchange& exchange) {
  if (&exchange != exchange_.get()) return;
  exchange_.reset();
  closing_ = true;
  // In HTTP/1.1 the end of the connection is the only way to say it (RFC 9112 section 9.5).
  connection_.close_now();
}

void Http1Client::on_deadline(TimePoint) {
  if (exchange_) return;
  drain();
}

void Http1Client::drain() {
  closing_ = true;
  if (!exchange_) connection_.close_after_flush();
}

void Http1Client::on_closed() {
  closing_ = true;
  if (!exchange_) return;
  if (!response_begun_ && reused_) exchange_->stale = true;
  std::exchange(exchange_, nullptr)->fail(Error::unavailable("the connection broke before the response was complete"));
}

}  // namespace

std::unique_ptr<ClientProtocol> make_http1_client(Connection& connection, ClientConnectionEvents& events,
                                                  const ClientSettings& settings) {
  return std::make_unique<Http1Client>(connection, events, settings);
}

}  // namespace skerry::http::internal
