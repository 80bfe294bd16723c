// SPDX-License-Identifier: Apache-2.0
//
// Servers, and peers that put bytes on the wire by hand, over loopback sockets: for tests of the server and the client.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/async/timeout.h"
#include "skerry/http/client.h"
#include "skerry/http/http1_parser.h"
#include "skerry/http/http2_test_util.h"
#include "skerry/http/server.h"
#include "skerry/net/listener.h"
#include "skerry/net/stream.h"

namespace skerry::http::testing {

using namespace std::chrono_literals;

/// No test waits for longer than this; far more than one needs under a sanitizer.
inline constexpr std::chrono::seconds kTestLimit{30};

/// Lets other tasks run until the condition holds. It sleeps in between, so that the worker looks at its sockets.
template <class Condition>
Task<> wait_until(Condition condition) {
  while (!condition()) co_await sleep(1ms);
}

inline net::Address any_port() { return *net::Address::from_ip("127.0.0.1", 0); }

/// What a server is tested with.
struct Served {
  Server& server;
  net::Address address;

  std::string url(std::string_view target) const { return "http://" + address.to_string() + std::string(target); }
  Request request(std::string method, std::string target, Body body = {}) const {
    RequestHead head{.method = std::move(method), .target = std::move(target), .authority = address.to_string()};
    return Request(std::move(head), std::move(body));
  }
};

using ServedBody = std::function<Task<>(Served)>;

inline Task<> serve_during(Handler handler, ServerOptions options, ServedBody body) {
  Server server(std::move(handler), options);
  const net::Address address = co_await server.listen(any_port());
  Result<> outcome = co_await with_timeout(kTestLimit, body({server, address})).result();
  co_await server.stop(1s);
  co_await std::move(outcome);
}

/// Runs `body` beside a server; a failure of it, or its taking too long, is a failure of the test.
inline void run_served(Handler handler, ServedBody body, ServerOptions options = {}, unsigned workers = 1) {
  Runtime runtime({.workers = workers});
  const Result<> outcome = runtime.run([&] { return serve_during(std::move(handler), options, std::move(body)); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

/// Runs a test that needs no server.
inline void run_limited(std::function<Task<>()> body, unsigned workers = 1) {
  Runtime runtime({.workers = workers});
  const Result<> outcome = runtime.run([&] { return with_timeout(kTestLimit, body()); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

/// A message as it came over a raw connection.
template <class Head>
struct RawMessage {
  Head head;
  std::string body;
  Headers trailers;
  bool keep_alive = true;
  bool got_continue = false;
};

/// A connection on which a test writes what it likes.
class RawConnection {
 public:
  explicit RawConnection(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {}

  static Task<std::unique_ptr<RawConnection>> open(net::Address address) {
    std::unique_ptr<net::Stream> stream = co_await net::connect(address);
    co_return std::make_unique<RawConnection>(std::move(stream));
  }

  Task<> send(std::string bytes) { co_await net::write_all(*stream_, bytes); }
  void shutdown_write() { stream_->shutdown_write(); }
  net::Stream& stream() { return *stream_; }
  std::unique_ptr<net::Stream> release() { return std::move(stream_); }

  /// False at the end of the connection, however it came.
  Task<bool> receive_more() {
    std::array<char, 16 * 1024> buffer;
    const Result<std::size_t> size = co_await net::read_some(*stream_, buffer).result();
    if (!size || *size == 0) co_return false;
    received_.append(buffer.data(), *size);
    co_return true;
  }
  /// Everything up to the end of the connection.
  Task<std::string> receive_to_end() {
    while (true) {
      const bool more = co_await receive_more();
      if (!more) co_return std::exchange(received_, {});
    }
  }
  /// What comes up to and with this text.
  Task<std::string> receive_through(std::string text) {
    std::size_t found = received_.find(text);
    while (found == std::string::npos) {
      const bool more = co_await receive_more();
      if (!more) co_return Error::unavailable("the connection ended with \"{}\"", received_);
      found = received_.find(text);
    }
    std::string through = received_.substr(0, found + text.size());
    received_.erase(0, through.size());
    co_return std::move(through);
  }

  Task<RawMessage<ResponseHead>> response(std::string method = "GET") {
    ResponseParser parser;
    parser.expect_response_to(method);
    RawMessage<ResponseHead> message = co_await read_message<ResponseHead>(parser);
    message.got_continue = parser.got_continue();
    co_return std::move(message);
  }
  Task<RawMessage<RequestHead>> request() {
    RequestParser parser;
    co_return co_await read_message<RequestHead>(parser);
  }

 private:
  template <class Head, class Parser>
  Task<RawMessage<Head>> read_message(Parser& parser) {
    RawMessage<Head> message;
    while (true) {
      const Http1Step step = co_await parser.next(received_);
      if (step.event == Http1Event::kData) message.body.append(step.data);
      received_.erase(0, step.consumed);
      if (step.event == Http1Event::kHead) message.head = parser.take_head();
      if (step.event == Http1Event::kEnd) break;
      if (step.event != Http1Event::kNeedMore) continue;
      const bool more = co_await receive_more();
      if (!more) co_return Error::unavailable("the connection ended within a message: \"{}\"", received_);
    }
    message.keep_alive = parser.keep_alive();
    message.trailers = std::move(parser.trailers());
    co_return std::move(message);
  }

  std::unique_ptr<net::Stream> stream_;
  std::string received_;
};

/// Accepts connections for a test that plays the server.
class RawListener {
 public:
  static Task<std::unique_ptr<RawListener>> open(net::Address address) {
    net::ListenAddress bound = co_await net::bind_listen_address(address);
    std::unique_ptr<net::Listener> listener = co_await net::Listener::open(bound.address);
    co_return std::make_unique<RawListener>(std::move(listener));
  }
  explicit RawListener(std::unique_ptr<net::Listener> listener) : listener_(std::move(listener)) {}

  const net::Address& address() const { return listener_->address(); }
  Task<std::unique_ptr<RawConnection>> accept() {
    std::unique_ptr<net::Stream> stream = co_await listener_->accept();
    co_return std::make_unique<RawConnection>(std::move(stream));
  }

 private:
  std::unique_ptr<net::Listener> listener_;
};

/// One side of an HTTP/2 connection that a test steers itself.
class RawHttp2 {
 public:
  RawHttp2(std::unique_ptr<net::Stream> stream, Http2Session::Side side, const Http2Options& options = {})
      : events(side), session(side, options, events), connection_(std::move(stream)) {
    events.session = &session;
  }
  static Task<std::unique_ptr<RawHttp2>> open(net::Address address, Http2Options options = {}) {
    std::unique_ptr<net::Stream> stream = co_await net::connect(address);
    co_return std::make_unique<RawHttp2>(std::move(stream), Http2Session::Side::kClient, options);
  }

  Task<> flush() {
    std::string output;
    while (session.produce(output, kTestOutputBytes)) {
    }
    if (!output.empty()) co_await net::write_all(*connection_, output);
  }
  /// Carries bytes both ways until the condition holds.
  template <class Condition>
  Task<> until(Condition condition) {
    co_await flush();
    std::array<char, 16 * 1024> buffer;
    while (!condition()) {
      const std::size_t size = co_await net::read_some(*connection_, buffer);
      if (size == 0) co_await Error::unavailable("the connection ended");
      co_await session.receive({buffer.data(), size}, std::chrono::steady_clock::now());
      co_await flush();
    }
  }
  /// Until the peer closes the connection.
  Task<> until_closed() {
    (void)co_await until([] { return false; }).result();
  }
  /// A request without a body.
  Http2Stream& get(const std::string& target) {
    const Result<Http2Stream*> stream = session.request({.target = target, .authority = "h"}, true);
    SKERRY_CHECK(stream, stream.error().message().c_str());
    return **stream;
  }
  Http2Stream& post(const std::string& target) {
    const Result<Http2Stream*> stream = session.request({.method = "POST", .target = target, .authority = "h"}, false);
    SKERRY_CHECK(stream, stream.error().message().c_str());
    return **stream;
  }
  Http2Recorder::Seen& seen(std::int32_t id) { return events.streams[id]; }

  Http2Recorder events;
  Http2Session session;

 private:
  std::unique_ptr<net::Stream> connection_;
};

/// A body of any size that makes its bytes as they are asked for.
class PatternReader final : public BodyReader {
 public:
  PatternReader(std::size_t size, std::size_t chunk, std::size_t* given = nullptr)
      : left_(size), chunk_(chunk), given_(given) {}
  Task<std::optional<std::string>> read() override {
    const std::size_t size = std::min(left_, chunk_);
    left_ -= size;
    if (given_ != nullptr) *given_ += size;
    if (size == 0) co_return std::nullopt;
    co_return std::string(size, 'p');
  }
  Headers& trailers() override { return trailers_; }

 private:
  std::size_t left_;
  const std::size_t chunk_;
  std::size_t* given_;
  Headers trailers_;
};

}  // namespace skerry::http::testing
