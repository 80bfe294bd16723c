// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http1_framing.h"
#include "skerry/http/http1_parser.h"
#include "skerry/http/http1_serializer.h"
#include "skerry/http/http_error.h"
#include "skerry/http/inbound.h"
#include "skerry/http/server_connection.h"

namespace skerry::http::internal {
namespace {

/// Bytes of a body that are kept while the handler does not read; more make the client wait.
constexpr std::size_t kMaxBufferedBodyBytes = 64 * 1024;
/// Bytes of a request that nobody wants which are read all the same, so that the connection can be kept.
constexpr std::uint64_t kMaxDiscardedBytes = 256 * 1024;
/// How long a request may go on after the client has closed its direction: it may have gone, or only said that it has
/// nothing to add.
constexpr std::chrono::milliseconds kHalfCloseGrace{100};

/// Requests one after the other (RFC 9112 section 9.3.2: pipelined ones are answered in order).
class Http1Server final : public ConnectionProtocol, public ServerExchange, public InboundSource {
 public:
  Http1Server(Connection& connection, ServerWorker& worker)
      : connection_(connection), worker_(worker), options_(*worker.options), parser_(limits_of(options_)) {}

  void on_bytes(std::string_view bytes) override;
  bool on_peer_closed() override;
  bool wants_bytes() const override { return held_.size() < Connection::kReadBytes; }
  void on_written() override;
  void on_deadline(TimePoint now) override;
  void drain() override;
  void on_closed() override;

  void respond(Response& response) override;
  bool begin_stream(Response& response) override;
  void push_chunk(std::string chunk) override;
  bool has_room() const override { return connection_.unwritten_bytes() <= options_.write_buffer_bytes; }
  void finish_stream(Headers trailers) override;
  void abort_stream() override { connection_.close_now(); }

  void on_consumed(std::size_t bytes) override;
  void on_wanted() override;
  void on_abandoned() override;

 private:
  enum class Phase : std::uint8_t {
    kIdle,        ///< Waiting for a head, or in the middle of one.
    kCollecting,  ///< A head was read; its body is still in this input.
    kServing,     ///< The handler has the request.
  };

  static Http1Limits limits_of(const ServerOptions& options) {
    Http1Limits limits = options.http1;
    limits.max_body_bytes = options.max_body_bytes;
    return limits;
  }

  void start_head_clock();
  std::size_t read_messages(std::string_view input);
  /// False when nothing more is to be read for now.
  bool take_step(const Http1Step& step);
  bool may_read() const;
  void take_data(std::string_view data);
  void read_held();
  void serve(bool complete);
  void refuse(const Error& error);
  Http1ResponseOptions response_options(const Response& response);
  void write_head(Response& response, const Http1ResponseOptions& options);
  void finish_response();
  void end_sink();
  TimePoint in(std::chrono::milliseconds duration) const { return std::chrono::steady_clock::now() + duration; }

  Connection& connection_;
  ServerWorker& worker_;
  const ServerOptions& options_;
  RequestParser parser_;
  /// Input that could not be read yet.
  std::string held_;
  bool reading_ = false;
  Phase phase_ = Phase::kIdle;
  /// What was read of a request. The next head goes here when the handler has taken this one.
  Request request_;
  std::string body_;
  std::shared_ptr<Inbound> inbound_;
  std::shared_ptr<const ConnectionInfo> info_;
  std::uint64_t request_count_ = 0;
  std::uint64_t answered_count_ = 0;
  /// Of the body of the last message: what has come, and what of it nobody wanted.
  std::uint64_t received_ = 0;
  std::uint64_t discarded_ = 0;
  /// The last message, whether it was answered or not, was read to its end; true before the first one.
  bool message_ended_ = true;
  /// A part of a head has come.
  bool head_begun_ = false;
  bool is_head_request_ = false;
  bool to_http10_ = false;
  bool keep_alive_ = true;
  bool continue_expected_ = false;
  bool chunked_ = false;
  bool draining_ = false;
  bool half_closed_ = false;
  std::string announced_trailers_;
};

void Http1Server::on_bytes(std::string_view bytes) {
  if (held_.empty()) {
    const std::size_t read = read_messages(bytes);
    if (read < bytes.size()) held_.assign(bytes.substr(read));
  } else {
    held_.append(bytes);
    held_.erase(0, read_messages(held_));
  }
  start_head_clock();
}

void Http1Server::start_head_clock() {
  if (phase_ != Phase::kIdle || connection_.is_closing()) return;
  const bool within_head = !held_.empty() || !parser_.between_messages();
  // The first byte of a head starts its clock; further ones do not put it off.
  if (within_head && !head_begun_) connection_.set_deadline(in(options_.header_timeout));
  head_begun_ = within_head;
}

bool Http1Server::may_read() const {
  if (connection_.is_closing()) return false;
  if (phase_ != Phase::kServing) return true;
  // The next request waits until this one is answered, and a body until it is read.
  if (message_ended_) return false;
  return !inbound_ || inbound_->buffered_bytes() < kMaxBufferedBodyBytes;
}

std::size_t Http1Server::read_messages(std::string_view input) {
  std::size_t consumed = 0;
  reading_ = true;
  while (may_read()) {
    const Result<Http1Step> step = parser_.next(input.substr(consumed));
    if (!step) {
      refuse(step.error());
      break;
    }
    consumed += step->consumed;
    if (!take_step(*step)) break;
  }
  reading_ = false;
  return consumed;
}

bool Http1Server::take_step(const Http1Step& step) {
  switch (step.event) {
    case Http1Event::kNeedMore:
      if (phase_ == Phase::kCollecting) serve(false);
      return false;
    case Http1Event::kHead:
      static_cast<RequestHead&>(request_) = parser_.take_head();
      body_.clear();
      message_ended_ = false;
      discarded_ = 0;
      received_ = 0;
      phase_ = Phase::kCollecting;
      break;
    case Http1Event::kData:
      take_data(step.data);
      break;
    case Http1Event::kEnd:
      message_ended_ = true;
      if (phase_ == Phase::kCollecting) {
        serve(true);
      } else if (inbound_) {
        inbound_->end(std::move(parser_.trailers()));
        inbound_.reset();
      }
      break;
  }
  return true;
}

void Http1Server::take_data(std::string_view data) {
  received_ += data.size();
  if (phase_ == Phase::kCollecting) {
    body_.append(data);
  } else if (inbound_) {
    inbound_->push(data);
    connection_.set_deadline(Connection::kNever);
  } else {
    discarded_ += data.size();
    if (discarded_ > kMaxDiscardedBytes) {
      keep_alive_ = false;
      if (phase_ == Phase::kIdle) connection_.close_after_flush();
    }
  }
}

void Http1Server::serve(bool complete) {
  phase_ = Phase::kServing;
  head_begun_ = false;
  ++request_count_;
  worker_.requests.add();
  connection_.set_deadline(Connection::kNever);
  is_head_request_ = request_.method == "HEAD";
  to_http10_ = request_.version == Version::kHttp10;
  const bool last = options_.max_requests_per_connection > 0 && request_count_ >= options_.max_requests_per_connection;
  keep_alive_ = parser_.keep_alive() && !last;
  continue_expected_ = !complete && body_.empty() && parser_.expects_continue();
  if (complete) {
    request_.body =
        parser_.trailers().empty() ? Body(std::move(body_)) : Body(std::move(body_), std::move(parser_.trailers()));
  } else {
    inbound_ = std::make_shared<Inbound>(this);
    inbound_->push(body_);
    request_.body = Body(std::make_unique<InboundReader>(inbound_), parser_.content_length());
  }
  if (!info_) info_ = connection_info(connection_.stream());
  request_.connection = info_;
  connection_.spawn(
      "http request",
      [this, number = request_count_](skerry::internal::SpawnEnd<void>) {
        // Cancelled in the middle: there is no way to go on.
        if (answered_count_ < number) connection_.close_now();
      },
      &serve_request, &worker_, static_cast<ServerExchange*>(this), &request_);
}

void Http1Server::refuse(const Error& error) {
  worker_.refused_requests.add();
  keep_alive_ = false;
  if (phase_ == Phase::kServing) {
    // The handler has the request and learns from its body what is wrong with it.
    if (inbound_) inbound_->fail(error);
    inbound_.reset();
    message_ended_ = true;
    return;
  }
  phase_ = Phase::kServing;
  is_head_request_ = false;
  to_http10_ = false;
  message_ended_ = true;
  Response refusal = refusal_response(*worker_.telemetry, error);
  respond(refusal);
}

Http1ResponseOptions Http1Server::response_options(const Response& response) {
  // What is announced and will not be read to its end closes the connection, and the client must know beforehand.
  const bool unread = !message_ended_ && parser_.content_length().value_or(0) > received_ + kMaxDiscardedBytes;
  keep_alive_ = keep_alive_ && !draining_ && !half_closed_ && !continue_expected_ && !unread;
  Http1ResponseOptions options{.keep_alive = keep_alive_, .to_http10 = to_http10_, .date = current_date()};
  const bool no_body = response.status == 204 || response.status == 304;
  if (no_body) return options;
  const std::optional<std::uint64_t> size = response.producer ? std::nullopt : response.body.size();
  const bool with_trailers = !response.trailers.empty() && response.headers.contains("trailer") && !to_http10_;
  if (size && !with_trailers) {
    options.body = {Http1Body::Kind::kLength, *size};
  } else if (to_http10_) {
    options.body = {Http1Body::Kind::kUntilClose};
    options.keep_alive = keep_alive_ = false;
  } else {
    options.body = {Http1Body::Kind::kChunked};
  }
  return options;
}

void Http1Server::write_head(Response& response, const Http1ResponseOptions& options) {
  chunked_ = options.body.kind == Http1Body::Kind::kChunked;
  if (chunked_) announced_trailers_ = response.headers.get("trailer").value_or("");
  const Result<> written = write_response_head(connection_.output(), response, options);
  if (written) return;
  // A status that is none is a fault of the handler.
  response = error_response(written.error());
  response.status = 500;
  Http1ResponseOptions changed = options;
  changed.body = {Http1Body::Kind::kLength, response.body.bytes().size()};
  chunked_ = false;
  (void)write_response_head(connection_.output(), response, changed);
}

void Http1Server::respond(Response& response) {
  const Http1ResponseOptions options = response_options(response);
  write_head(response, options);
  const bool no_body = options.body.kind == Http1Body::Kind::kNone && !response.body.bytes().empty();
  if (!is_head_request_ && !no_body) {
    if (chunked_) {
      write_chunk(connection_.output(), response.body.bytes());
      write_last_chunk(connection_.output(), response.trailers, announced_trailers_);
    } else {
      connection_.output().append(response.body.bytes());
    }
  }
  finish_response();
}

bool Http1Server::begin_stream(Response& response) {
  const Http1ResponseOptions options = response_options(response);
  write_head(response, options);
  connection_.schedule_flush();
  if (!is_head_request_ && options.body.kind != Http1Body::Kind::kNone) return true;
  finish_response();
  return false;
}

void Http1Server::push_chunk(std::string chunk) {
  if (chunked_) {
    write_chunk(connection_.output(), chunk);
  } else {
    connection_.output().append(chunk);
  }
  connection_.schedule_flush();
}

void Http1Server::finish_stream(Headers trailers) {
  if (chunked_) write_last_chunk(connection_.output(), trailers, announced_trailers_);
  finish_response();
}

void Http1Server::end_sink() {
  if (sink) std::exchange(sink, nullptr)->detach();
}

void Http1Server::finish_response() {
  end_sink();
  if (inbound_) std::exchange(inbound_, nullptr)->detach(Error::failed_precondition("the request is over"));
  phase_ = Phase::kIdle;
  answered_count_ = request_count_;
  if (!keep_alive_ || draining_) return connection_.close_after_flush();
  connection_.schedule_flush();
  connection_.set_deadline(in(options_.idle_timeout));
  if (reading_) return;
  read_held();
  start_head_clock();
}

void Http1Server::read_held() {
  if (held_.empty() && message_ended_) return;
  held_.erase(0, read_messages(held_));
  connection_.resume_reading();
}

void Http1Server::on_consumed(std::size_t) {
  if (reading_) return;
  read_held();
}

void Http1Server::on_abandoned() {
  inbound_.reset();
  if (!reading_) read_held();
}

void Http1Server::on_wanted() {
  if (std::exchange(continue_expected_, false)) {
    write_continue(connection_.output());
    connection_.schedule_flush();
  }
  connection_.set_deadline(in(options_.body_timeout));
}

void Http1Server::on_written() {
  if (sink) sink->notify_room();
}

bool Http1Server::on_peer_closed() {
  if (phase_ != Phase::kServing) return true;
  half_closed_ = true;
  if (inbound_) inbound_->fail(Error::unavailable("the client closed the connection within the request"));
  connection_.set_deadline(in(kHalfCloseGrace));
  return false;
}

void Http1Server::on_deadline(TimePoint) {
  if (half_closed_) return connection_.close_now();
  if (phase_ == Phase::kServing) {
    if (inbound_) refuse(http_error(408, "the body of the request did not come in time"));
    return;
  }
  if (head_begun_ && message_ended_) return refuse(http_error(408, "the head of the request did not come in time"));
  connection_.close_after_flush();
}

void Http1Server::drain() {
  draining_ = true;
  if (phase_ == Phase::kIdle && !head_begun_ && message_ended_) connection_.close_after_flush();
}

void Http1Server::on_closed() {
  end_sink();
  if (inbound_) std::exchange(inbound_, nullptr)->detach(Error::unavailable("the client has gone"));
}

}  // namespace

std::unique_ptr<ConnectionProtocol> make_http1_server(Connection& connection, ServerWorker& worker) {
  return std::make_unique<Http1Server>(connection, worker);
}

}  // namespace skerry::http::internal
