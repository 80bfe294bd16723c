// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "skerry/http/http1_framing.h"
#include "skerry/http/http2_session.h"
#include "skerry/http/http_error.h"
#include "skerry/http/inbound.h"
#include "skerry/http/server_connection.h"

namespace skerry::http::internal {
namespace {

/// Output made in one go; more is made when that was written.
constexpr std::size_t kMaxOutputBytes = 256 * 1024;
/// How often streams are looked at that may have stalled.
constexpr std::chrono::milliseconds kTickInterval{1000};
/// The same while no stream waits for its client.
constexpr std::chrono::milliseconds kIdleTickInterval{10'000};
/// Handlers that still run although their streams were reset, as a multiple of the streams that may be open. Streams
/// beyond it are refused, so that resetting does not buy more work than the limit of streams allows.
constexpr std::size_t kMaxHandlersPerStream = 2;

class Http2Server;

/// One stream, from its head to the end of the task that serves it.
class Http2Exchange final : public ServerExchange, public InboundSource {
 public:
  Http2Exchange(Http2Server& server, Http2Stream& stream) : server_(&server), stream_(&stream) {}

  void respond(Response& response) override;
  bool begin_stream(Response& response) override;
  void push_chunk(std::string chunk) override;
  bool has_room() const override;
  void finish_stream(Headers trailers) override;
  void abort_stream() override;

  void on_consumed(std::size_t bytes) override;
  void on_wanted() override;
  void on_limits_lifted() override { limited_ = false; }
  void on_abandoned() override;

  /// Fills the request; its body is complete when the stream has ended by now.
  void take_request(std::shared_ptr<const ConnectionInfo> info);
  /// The stream is gone, or the response complete.
  void close();
  void end_sink() {
    if (sink) std::exchange(sink, nullptr)->detach();
  }

  Http2Server* server_;
  /// Null once the stream is closed.
  Http2Stream* stream_;
  /// Keeps this object while the stream is open.
  std::shared_ptr<Http2Exchange> self_;
  /// Until the handler takes it.
  Request request_;
  std::shared_ptr<Inbound> inbound_;
  /// What came before the handler was started.
  std::string early_body_;
  std::uint64_t body_bytes_ = 0;
  skerry::internal::Fiber* fiber_ = nullptr;
  bool started_ = false;
  bool too_large_ = false;
  /// Size and pace of the body are the server's to bound, and not the reader's.
  bool limited_ = true;
  bool is_head_request_ = false;
  ConnectionProtocol::TimePoint wanted_since_ = Connection::kNever;
};

class Http2Server final : public ConnectionProtocol, public Http2Events {
 public:
  Http2Server(Connection& connection, ServerWorker& worker)
      : connection_(connection),
        worker_(worker),
        options_(*worker.options),
        session_(Http2Session::Side::kServer, options_.http2, *this) {
    connection_.set_deadline(in(options_.idle_timeout));
  }
  ~Http2Server() override = default;

  void on_bytes(std::string_view bytes) override;
  bool on_peer_closed() override { return true; }
  bool produce(std::string& output) override { return session_.produce(output, kMaxOutputBytes); }
  void on_written() override;
  void on_deadline(TimePoint now) override;
  void drain() override;
  void on_closed() override;

  void on_head(Http2Stream& stream) override;
  void on_data(Http2Stream& stream, std::string_view data) override;
  void on_end(Http2Stream& stream) override;
  void on_drained(Http2Stream& stream) override;
  void on_stream_closed(Http2Stream& stream, Http2Error code) override;
  void on_goaway(std::int32_t, Http2Error) override {}
  void on_settings() override {}
  void on_ping_acknowledged() override { finish_drain(); }

 private:
  friend class Http2Exchange;

  TimePoint in(std::chrono::milliseconds duration) const { return std::chrono::steady_clock::now() + duration; }
  static Http2Exchange* exchange_of(Http2Stream& stream) { return static_cast<Http2Exchange*>(stream.context); }
  void serve(std::shared_ptr<Http2Exchange> exchange);
  void refuse(Http2Stream& stream, const Error& error);
  Error too_large() const { return http_error(413, "the body is larger than {} bytes", options_.max_body_bytes); }
  /// Fails bodies that did not come in time. True while one is waited for.
  bool check_body_clocks(TimePoint now);
  void finish_drain();

  Connection& connection_;
  ServerWorker& worker_;
  const ServerOptions& options_;
  Http2Session session_;
  std::shared_ptr<const ConnectionInfo> info_;
  /// Streams whose heads came with this input. They are served when all of it was read: most requests are complete
  /// then.
  std::vector<std::shared_ptr<Http2Exchange>> arrived_;
  std::uint64_t request_count_ = 0;
  std::size_t running_handlers_ = 0;
  bool draining_ = false;
  bool drained_ = false;
};

void add_date(Response& response) {
  // gRPC has no use for it, and would see it as metadata.
  if (response.headers.get("content-type").value_or("").starts_with("application/grpc")) return;
  if (!response.headers.contains("date")) response.headers.add_validated("date", current_date());
}

void Http2Exchange::take_request(std::shared_ptr<const ConnectionInfo> info) {
  const std::optional<std::string_view> length = stream_->headers().get("content-length");
  std::optional<std::uint64_t> size;
  if (length) size = parse_content_length(*length).value_or(0);
  static_cast<RequestHead&>(request_) = stream_->take_request();
  is_head_request_ = request_.method == "HEAD";
  request_.connection = std::move(info);
  server_->session_.consume(*stream_, early_body_.size());
  if (stream_->remote_ended()) {
    request_.body = stream_->trailers().empty() ? Body(std::move(early_body_))
                                                : Body(std::move(early_body_), std::move(stream_->trailers()));
    return;
  }
  inbound_ = std::make_shared<Inbound>(this);
  inbound_->push(early_body_);
  early_body_.clear();
  request_.body = Body(std::make_unique<InboundReader>(inbound_), size);
}

void Http2Exchange::close() {
  end_sink();
  if (inbound_)
    std::exchange(inbound_, nullptr)->detach(Error::unavailable("the client has gone, or reset the request"));
}

void Http2Exchange::respond(Response& response) {
  if (stream_ == nullptr) return;
  std::optional<std::uint64_t> length;
  const bool may_have_body = response.status != 204 && response.status != 304;
  // A response with trailers is gRPC's, where no length is sent.
  if (may_have_body && response.trailers.empty()) length = response.body.bytes().size();
  std::string body = may_have_body && !is_head_request_ ? response.body.take_bytes() : std::string();
  add_date(response);
  const Result<> sent =
      server_->session_.respond(*stream_, response, std::move(body), std::move(response.trailers), length);
  if (!sent) server_->refuse(*stream_, http_error(500, "{}", sent.error().message()));
  server_->connection_.schedule_flush();
}

bool Http2Exchange::begin_stream(Response& response) {
  if (stream_ == nullptr) return false;
  add_date(response);
  const bool has_body = !is_head_request_ && response.status != 204 && response.status != 304;
  Result<> begun;
  if (has_body) {
    begun = server_->session_.begin_response(*stream_, response);
  } else {
    begun = server_->session_.respond(*stream_, response, {}, {}, std::nullopt);
  }
  if (!begun) server_->refuse(*stream_, http_error(500, "{}", begun.error().message()));
  server_->connection_.schedule_flush();
  return begun && has_body;
}

void Http2Exchange::push_chunk(std::string chunk) {
  if (stream_ == nullptr) return;
  server_->session_.write(*stream_, std::move(chunk));
  server_->connection_.schedule_flush();
}

bool Http2Exchange::has_room() const {
  return stream_ == nullptr || stream_->queued_bytes() <= server_->options_.write_buffer_bytes;
}

void Http2Exchange::finish_stream(Headers trailers) {
  end_sink();
  if (stream_ == nullptr) return;
  server_->session_.end(*stream_, std::move(trailers));
  server_->connection_.schedule_flush();
}

void Http2Exchange::abort_stream() {
  end_sink();
  if (stream_ == nullptr) return;
  server_->session_.reset(*stream_, Http2Error::kInternalError);
  server_->connection_.schedule_flush();
}

void Http2Exchange::on_consumed(std::size_t bytes) {
  wanted_since_ = Connection::kNever;
  if (stream_ == nullptr) return;
  server_->session_.consume(*stream_, bytes);
  server_->connection_.schedule_flush();
}

void Http2Exchange::on_wanted() {
  wanted_since_ = std::chrono::steady_clock::now();
  if (stream_ == nullptr || !stream_->expects_continue()) return;
  server_->session_.send_continue(*stream_);
  server_->connection_.schedule_flush();
}

void Http2Exchange::on_abandoned() {
  // What comes from now on is consumed unread.
  const std::size_t unread = inbound_->buffered_bytes();
  inbound_.reset();
  on_consumed(unread);
}

void Http2Server::on_bytes(std::string_view bytes) {
  const TimePoint now = std::chrono::steady_clock::now();
  const bool was_idle = session_.open_streams() == 0;
  const Result<> received = session_.receive(bytes, now);
  std::vector<std::shared_ptr<Http2Exchange>> arrived = std::exchange(arrived_, {});
  for (std::shared_ptr<Http2Exchange>& exchange : arrived) {
    if (exchange->stream_ == nullptr) continue;
    if (exchange->too_large_) {
      refuse(*exchange->stream_, too_large());
    } else {
      serve(std::move(exchange));
    }
  }
  arrived.clear();
  if (arrived_.empty()) arrived_ = std::move(arrived);
  if (!received || session_.finished()) return connection_.close_after_flush();
  if (was_idle && session_.open_streams() > 0) connection_.set_deadline(now + kTickInterval);
  connection_.schedule_flush();
}

void Http2Server::on_head(Http2Stream& stream) {
  if (stream.refusal()) return refuse(stream, *stream.refusal());
  const std::optional<std::string_view> length = stream.headers().get("content-length");
  if (length && parse_content_length(*length).value_or(0) > options_.max_body_bytes) {
    return refuse(stream, too_large());
  }
  const std::size_t max_handlers = options_.http2.max_concurrent_streams * kMaxHandlersPerStream;
  if (running_handlers_ + arrived_.size() >= max_handlers) return session_.reset(stream, Http2Error::kRefusedStream);
  auto exchange = skerry::internal::make_recycled<Http2Exchange>(*this, stream);
  exchange->self_ = exchange;
  stream.context = exchange.get();
  arrived_.push_back(std::move(exchange));
}

void Http2Server::refuse(Http2Stream& stream, const Error& error) {
  worker_.refused_requests.add();
  Response response = refusal_response(*worker_.telemetry, error);
  const std::size_t size = response.body.bytes().size();
  (void)session_.respond(stream, response, response.body.take_bytes(), {}, size);
}

void Http2Server::serve(std::shared_ptr<Http2Exchange> exchange) {
  worker_.requests.add();
  ++running_handlers_;
  if (++request_count_ == options_.max_requests_per_connection) drain();
  if (!info_) info_ = connection_info(connection_.stream());
  exchange->take_request(info_);
  Http2Exchange* raw = exchange.get();
  raw->started_ = true;
  raw->fiber_ = connection_.spawn(
      "http request",
      [this, exchange = std::move(exchange)](const skerry::internal::SpawnEnd<void>&) {
        --running_handlers_;
        exchange->fiber_ = nullptr;
        exchange->close();
      },
      &serve_request, &worker_, static_cast<ServerExchange*>(raw), &raw->request_);
}

void Http2Server::on_data(Http2Stream& stream, std::string_view data) {
  if (stream.context == nullptr) return session_.consume(stream, data.size());
  Http2Exchange& exchange = *exchange_of(stream);
  exchange.body_bytes_ += data.size();
  if (exchange.limited_ && exchange.body_bytes_ > options_.max_body_bytes) {
    exchange.too_large_ = true;
    if (exchange.inbound_) exchange.inbound_->fail(too_large());
    return session_.consume(stream, data.size());
  }
  exchange.wanted_since_ = Connection::kNever;
  if (exchange.inbound_) {
    exchange.inbound_->push(data);
  } else if (!exchange.started_) {
    exchange.early_body_.append(data);
  } else {
    session_.consume(stream, data.size());
  }
}

void Http2Server::on_end(Http2Stream& stream) {
  if (stream.context == nullptr) return;
  Http2Exchange& exchange = *exchange_of(stream);
  if (exchange.inbound_) exchange.inbound_->end(std::move(stream.trailers()));
}

void Http2Server::on_drained(Http2Stream& stream) {
  if (stream.context == nullptr) return;
  if (const Http2Exchange* exchange = exchange_of(stream); exchange->sink) exchange->sink->notify_room();
}

void Http2Server::on_stream_closed(Http2Stream& stream, Http2Error) {
  if (stream.context == nullptr) return;
  const std::shared_ptr<Http2Exchange> held = std::move(exchange_of(stream)->self_);
  stream.context = nullptr;
  Http2Exchange& exchange = *held;
  exchange.stream_ = nullptr;
  exchange.close();
  // A response that is complete ends its task by itself; of any other nobody wants the rest.
  if (exchange.fiber_ != nullptr && !stream.local_ended()) {
    exchange.fiber_->root_cancel().cancel(skerry::internal::CancelState::kCancelled);
  }
}

void Http2Server::finish_drain() {
  if (!draining_ || drained_) return;
  drained_ = true;
  session_.finish_shutdown();
}

void Http2Server::on_written() {
  if (session_.finished()) return connection_.close_after_flush();
  if (session_.open_streams() == 0) {
    connection_.set_deadline(in(draining_ ? Connection::kLingerTime : options_.idle_timeout));
  }
}

bool Http2Server::check_body_clocks(TimePoint now) {
  bool any_waits = false;
  session_.for_each_stream([&](Http2Stream& stream) {
    if (stream.context == nullptr) return;
    Http2Exchange& exchange = *exchange_of(stream);
    if (exchange.wanted_since_ == Connection::kNever || !exchange.inbound_ || !exchange.limited_) return;
    any_waits = true;
    if (now - exchange.wanted_since_ <= options_.body_timeout) return;
    exchange.inbound_->fail(http_error(408, "the body of the request did not come in time"));
  });
  return any_waits;
}

void Http2Server::on_deadline(TimePoint now) {
  if (session_.open_streams() == 0) {
    session_.terminate(Http2Error::kNoError);
    return connection_.close_after_flush();
  }
  // A client that does not answer the PING is told of the end all the same.
  finish_drain();
  const bool streams_wait = session_.tick(now);
  const bool bodies_wait = check_body_clocks(now);
  connection_.set_deadline(now + (streams_wait || bodies_wait ? kTickInterval : kIdleTickInterval));
  connection_.schedule_flush();
}

void Http2Server::drain() {
  if (std::exchange(draining_, true)) return;
  session_.begin_shutdown();
  connection_.set_deadline(in(Connection::kLingerTime));
  connection_.schedule_flush();
}

void Http2Server::on_closed() {
  session_.for_each_stream([this](Http2Stream& stream) { on_stream_closed(stream, Http2Error::kCancel); });
}

}  // namespace

std::unique_ptr<ConnectionProtocol> make_http2_server(Connection& connection, ServerWorker& worker) {
  return std::make_unique<Http2Server>(connection, worker);
}

}  // namespace skerry::http::internal
