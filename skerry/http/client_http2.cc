// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/client_exchange.h"
#include "skerry/http/client_settings.h"
#include "skerry/http/http2_session.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {
namespace {

/// Output made in one go; more is made when that was written.
constexpr std::size_t kMaxOutputBytes = 256 * 1024;
/// How often streams are looked at that may have stalled.
constexpr std::chrono::milliseconds kTickInterval{5000};

using HeldExchange = std::shared_ptr<ClientExchange>;

/// The failure that a reset of the stream means for the request (RFC 9113 section 7 and gRPC's table for it).
Error reset_error(Http2Error code) {
  const auto detail = [code](Error error) {
    return std::move(error).with_detail(std::string(kHttp2ErrorDetail),
                                        std::to_string(static_cast<std::uint32_t>(code)));
  };
  switch (code) {
    case Http2Error::kRefusedStream:
      return detail(mark_retry_safe(Error::unavailable("the server did not process the request")));
    case Http2Error::kCancel:
      return detail(Error::cancelled("the server cancelled the request"));
    case Http2Error::kEnhanceYourCalm:
      return detail(Error::resource_exhausted("the server refused the request: too much of it"));
    default:
      return detail(Error::internal("the server reset the request with HTTP/2 error {}", static_cast<unsigned>(code)));
  }
}

class Http2Client final : public ClientProtocol, public Http2Events {
 public:
  Http2Client(Connection& connection, ClientConnectionEvents& events, const ClientSettings& settings)
      : connection_(connection),
        events_(events),
        settings_(settings),
        session_(Http2Session::Side::kClient, settings.http2, *this) {
    connection_.set_deadline(now() + settings_.connect_timeout);
    connection_.schedule_flush();
  }

  void on_bytes(std::string_view bytes) override;
  bool on_peer_closed() override { return true; }
  bool produce(std::string& output) override { return session_.produce(output, kMaxOutputBytes); }
  void on_deadline(TimePoint at) override;
  void drain() override;
  void on_closed() override;

  std::size_t free_slots() const override {
    // Before the server has said how many streams it takes, more than that could be sent, and be refused.
    return !greeted_ || draining_ || connection_.is_closing() ? 0 : session_.available_streams();
  }
  Result<> start(HeldExchange exchange, const RequestHead& head, bool end) override;
  void push_chunk(ClientExchange& exchange, std::string chunk) override;
  bool has_room(const ClientExchange& exchange) const override;
  void end_request(ClientExchange& exchange, Headers trailers) override;
  void consumed(ClientExchange& exchange, std::size_t bytes) override;
  void cancel(ClientExchange& exchange) override;

  void on_head(Http2Stream& stream) override;
  void on_data(Http2Stream& stream, std::string_view data) override;
  void on_end(Http2Stream& stream) override;
  void on_drained(Http2Stream& stream) override;
  void on_stream_closed(Http2Stream& stream, Http2Error code) override;
  void on_goaway(std::int32_t last_stream, Http2Error code) override;
  void on_settings() override;
  void on_ping_acknowledged() override { ping_sent_ = Connection::kNever; }

 private:
  static TimePoint now() { return std::chrono::steady_clock::now(); }
  static Http2Stream* stream_of(const ClientExchange& exchange) { return static_cast<Http2Stream*>(exchange.context); }
  static HeldExchange* exchange_of(Http2Stream& stream) { return static_cast<HeldExchange*>(stream.context); }
  /// Parts the stream and its exchange.
  static HeldExchange detach(Http2Stream& stream);
  void close_if_done();
  void check_keepalive(TimePoint at);

  Connection& connection_;
  ClientConnectionEvents& events_;
  const ClientSettings& settings_;
  Http2Session session_;
  TimePoint last_received_ = now();
  TimePoint ping_sent_ = Connection::kNever;
  bool draining_ = false;
  /// The server's first SETTINGS have come.
  bool greeted_ = false;
};

HeldExchange Http2Client::detach(Http2Stream& stream) {
  const std::unique_ptr<HeldExchange> held(exchange_of(stream));
  stream.context = nullptr;
  if (!held) return nullptr;
  (*held)->context = nullptr;
  return std::move(*held);
}

Result<> Http2Client::start(HeldExchange exchange, const RequestHead& head, bool end) {
  const Result<Http2Stream*> stream = session_.request(head, end);
  if (!stream) return skerry::fail(Error(stream.error()));
  exchange->attach(this);
  exchange->context = *stream;
  (*stream)->context = std::make_unique<HeldExchange>(std::move(exchange)).release();
  if (session_.open_streams() == 1) {
    const bool keepalive = settings_.keepalive_interval.count() > 0;
    connection_.set_deadline(now() + (keepalive ? settings_.keepalive_interval : kTickInterval));
  }
  connection_.schedule_flush();
  return {};
}

void Http2Client::push_chunk(ClientExchange& exchange, std::string chunk) {
  if (Http2Stream* stream = stream_of(exchange)) session_.write(*stream, std::move(chunk));
  connection_.schedule_flush();
}

bool Http2Client::has_room(const ClientExchange& exchange) const {
  const Http2Stream* stream = stream_of(exchange);
  return stream == nullptr || stream->queued_bytes() <= settings_.write_buffer_bytes;
}

void Http2Client::end_request(ClientExchange& exchange, Headers trailers) {
  if (Http2Stream* stream = stream_of(exchange)) session_.end(*stream, std::move(trailers));
  connection_.schedule_flush();
}

void Http2Client::consumed(ClientExchange& exchange, std::size_t bytes) {
  if (Http2Stream* stream = stream_of(exchange)) session_.consume(*stream, bytes);
  connection_.schedule_flush();
}

void Http2Client::cancel(ClientExchange& exchange) {
  Http2Stream* stream = stream_of(exchange);
  if (stream == nullptr) return;
  detach(*stream);
  session_.reset(*stream, Http2Error::kCancel);
  connection_.schedule_flush();
}

void Http2Client::on_bytes(std::string_view bytes) {
  last_received_ = now();
  const Result<> received = session_.receive(bytes, last_received_);
  if (!received) return connection_.close_after_flush();
  close_if_done();
  connection_.schedule_flush();
}

void Http2Client::on_head(Http2Stream& stream) {
  events_.on_alive();
  if (HeldExchange* exchange = exchange_of(stream)) (*exchange)->on_head(stream.take_response());
}

void Http2Client::on_data(Http2Stream& stream, std::string_view data) {
  if (HeldExchange* exchange = exchange_of(stream)) {
    (*exchange)->inbound().push(data);
  } else {
    session_.consume(stream, data.size());
  }
}

void Http2Client::on_end(Http2Stream& stream) {
  const HeldExchange exchange = detach(stream);
  if (!exchange) return;
  exchange->complete(std::move(stream.trailers()));
  // A response that is complete before its request makes the rest of that useless.
  if (!stream.local_ended()) session_.reset(stream, Http2Error::kCancel);
}

void Http2Client::on_drained(Http2Stream& stream) {
  if (HeldExchange* exchange = exchange_of(stream)) (*exchange)->notify_room();
}

void Http2Client::on_stream_closed(Http2Stream& stream, Http2Error code) {
  if (const HeldExchange exchange = detach(stream)) exchange->fail(reset_error(code));
  if (session_.open_streams() == 0) connection_.set_deadline(now() + settings_.idle_timeout);
  events_.on_slots_changed();
}

void Http2Client::on_goaway(std::int32_t, Http2Error) {
  // nghttp2 closes the streams above the last one; the others go on.
  draining_ = true;
  events_.on_slots_changed();
}

void Http2Client::on_settings() {
  if (!std::exchange(greeted_, true)) connection_.set_deadline(now() + settings_.idle_timeout);
  events_.on_alive();
  events_.on_slots_changed();
}

void Http2Client::close_if_done() {
  if (session_.finished()) return connection_.close_after_flush();
  if (!draining_ || session_.open_streams() > 0) return;
  session_.terminate(Http2Error::kNoError);
  connection_.close_after_flush();
}

void Http2Client::check_keepalive(TimePoint at) {
  if (settings_.keepalive_interval.count() == 0) return;
  if (ping_sent_ != Connection::kNever) {
    if (last_received_ > ping_sent_) {
      ping_sent_ = Connection::kNever;
    } else if (at - ping_sent_ >= settings_.keepalive_timeout) {
      return connection_.close_now();
    }
  } else if (at - last_received_ >= settings_.keepalive_interval) {
    ping_sent_ = at;
    session_.ping();
  }
}

void Http2Client::on_deadline(TimePoint at) {
  if (!greeted_) return connection_.close_now();
  if (session_.open_streams() == 0) return drain();
  session_.tick(at);
  check_keepalive(at);
  TimePoint next = at + kTickInterval;
  if (settings_.keepalive_interval.count() > 0) {
    next = ping_sent_ != Connection::kNever ? ping_sent_ + settings_.keepalive_timeout
                                            : std::max(at, last_received_) + settings_.keepalive_interval;
  }
  connection_.set_deadline(next);
  connection_.schedule_flush();
}

void Http2Client::drain() {
  draining_ = true;
  close_if_done();
}

void Http2Client::on_closed() {
  draining_ = true;
  std::vector<HeldExchange> left;
  session_.for_each_stream([&](Http2Stream& stream) {
    if (HeldExchange exchange = detach(stream)) left.push_back(std::move(exchange));
  });
  for (const HeldExchange& exchange : left) {
    exchange->fail(Error::unavailable("the connection broke before the response was complete"));
  }
}

}  // namespace

std::unique_ptr<ClientProtocol> make_http2_client(Connection& connection, ClientConnectionEvents& events,
                                                  const ClientSettings& settings) {
  return std::make_unique<Http2Client>(connection, events, settings);
}

}  // namespace skerry::http::internal
