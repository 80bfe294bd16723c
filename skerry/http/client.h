// SPDX-License-Identifier: Apache-2.0
//
// Client: sends requests over pooled connections, HTTP/1.1 or HTTP/2, to the endpoints that a resolver knows. The one
// thing to know: an error says whether the request may have been processed. is_retry_safe(error)
// (skerry/http/http_error.h) is true when it was never sent or the server said that it did not look at it (a GOAWAY, a
// refused stream); `send` repeats such a request by itself, within `max_attempts`.
//
//   http::Client client;
//   http::Response response = co_await with_timeout(200ms, client.get("http://127.0.0.1:8080/users/u1"));
//   std::string body = co_await response.body.read_all(1 << 20);
//
// One client serves the whole process: it keeps its own connections on each worker that uses it, so requests never
// cross workers. Deadline and cancellation are the calling task's: a request whose task ends is cancelled at the server
// too (RST_STREAM, or the end of the connection).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "skerry/http/http1_limits.h"
#include "skerry/http/http2_options.h"
#include "skerry/http/message.h"
#include "skerry/http/resolver.h"

namespace skerry::http {

enum class Protocol : std::uint8_t {
  kHttp1,  ///< HTTP/1.1, one request at a time on a connection.
  kHttp2,  ///< HTTP/2 with prior knowledge (RFC 9113 section 3.3): what gRPC servers speak.
};

struct BackoffOptions {
  /// After the first failure to connect; each further one waits `factor` times as long, up to `max`.
  std::chrono::milliseconds initial{100};
  double factor = 1.6;
  std::chrono::milliseconds max{10'000};
  /// The share by which each wait is shortened or prolonged at random, so that clients do not come back in step.
  double jitter = 0.2;
};

struct ClientOptions {
  Protocol protocol = Protocol::kHttp1;
  /// Null: AuthorityResolver.
  std::shared_ptr<Resolver> resolver = nullptr;
  /// Null: PowerOfTwoBalancer.
  std::shared_ptr<Balancer> balancer = nullptr;
  /// Connections to one endpoint from one worker. Further HTTP/2 ones are opened only when the streams of those that
  /// there are are used up. When no more are allowed, requests wait.
  std::size_t max_connections_per_endpoint = 64;
  /// Requests of one worker that wait for a connection to one endpoint; one more fails with RESOURCE_EXHAUSTED.
  std::size_t max_waiting_requests = 10'000;
  /// To connect, and over HTTP/2 once more until the server's SETTINGS have come.
  std::chrono::milliseconds connect_timeout{5'000};
  /// A connection without requests is closed after this time; shorter than most servers' own limit, so that a request
  /// rarely meets a connection that the server is just closing.
  std::chrono::milliseconds idle_timeout{50'000};
  /// HTTP/2: a connection with requests on it that was silent for so long is asked for a sign of life (PING), and given
  /// up after `keepalive_timeout`. 0: never.
  std::chrono::milliseconds keepalive_interval{0};
  std::chrono::milliseconds keepalive_timeout{20'000};
  /// The longest time in which a server takes none of what is sent to it.
  std::chrono::milliseconds write_timeout{30'000};
  BackoffOptions backoff = {};
  /// How often `send` tries a request that is safe to repeat.
  std::size_t max_attempts = 3;
  /// Responses may be of any size: whoever reads them bounds them, and holds the server back by reading slowly.
  Http1Limits http1 = {.max_body_bytes = std::numeric_limits<std::uint64_t>::max()};
  Http2Options http2 = {};
  /// What waits to be sent of one request before its writer has to wait, in bytes.
  std::size_t write_buffer_bytes = 64 * 1024;
};

namespace internal {
class ClientExchange;
class ClientImpl;
}  // namespace internal

/// The most authorities that one client keeps endpoints of, and the most endpoints, on one worker.
inline constexpr std::size_t kMaxClientTargets = 10'000;

/// One request and its response, both ways at once. Movable. Belongs to the worker that opened it; one task may write
/// while another reads. Destroying it before both messages are complete cancels the request.
class [[nodiscard]] Exchange {
 public:
  explicit Exchange(std::shared_ptr<internal::ClientExchange> exchange);
  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;
  ~Exchange();

  /// Sends a part of the request's body. Waits while the server is slow (flow control, full socket), not until it has
  /// the bytes. Fails when the exchange has failed; when the response came before the body was wanted, the rest is
  /// dropped without a failure.
  Task<> write(std::string chunk);
  /// Ends the request. Over HTTP/1.1 only those trailers are sent that the request's Trailer field announced.
  Task<> finish(Headers trailers = {});
  /// Waits for the response's head. May be called once. Fails with UNAVAILABLE when the connection fails before it.
  Task<ResponseHead> head();
  /// The next chunk of the response's body, never empty; nullopt at its end. To be called after `head`.
  Task<std::optional<std::string>> read();
  /// The response's trailers, complete once `read` gave nullopt.
  const Headers& trailers() const;
  /// Gives the request up; what waits on it fails with CANCELLED.
  void cancel();

  /// The rest of the response as a body. The exchange lives on in it. Precondition: `head` was called.
  Body into_body() &&;

 private:
  std::shared_ptr<internal::ClientExchange> exchange_;
};

class Client {
 public:
  explicit Client(ClientOptions options = {});
  /// Closes the connections when no request uses them any more. To be destroyed in a task or after the runtime.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends a request and waits for the head of the response; its body streams unless it came along. The request's
  /// `authority` says where to (see Resolver); it must be set. INVALID_ARGUMENT for a request that cannot be sent,
  /// UNAVAILABLE when no endpoint can be reached or the connection fails. Any status of the response is a success.
  Task<Response> send(Request request);
  /// The same to this endpoint, whatever the authority says: for callers that choose by themselves.
  Task<Response> send(Request request, net::HostPort endpoint);
  /// `send` of a GET for an absolute URI.
  Task<Response> get(std::string uri);

  /// Begins a request whose body is written while the response is read. Tries endpoints until one takes the request,
  /// within `max_attempts`; a failure from then on is the exchange's. `end` says that there is no body to be written.
  Task<Exchange> open(RequestHead head, bool end = false);
  /// The same to this endpoint.
  Task<Exchange> open(RequestHead head, bool end, net::HostPort endpoint);

 private:
  std::shared_ptr<internal::ClientImpl> impl_;
};

}  // namespace skerry::http
