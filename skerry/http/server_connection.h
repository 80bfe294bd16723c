// SPDX-License-Identifier: Apache-2.0
//
// The part of serving that does not depend on the protocol's version: a request goes to the handler in a task of its
// own, and whatever comes of it (a response, an error, a panic, a stream of chunks) goes to the exchange. Internal to
// http/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "skerry/async/sync.h"
#include "skerry/http/connection.h"
#include "skerry/http/message.h"
#include "skerry/http/server.h"
#include "skerry/http/server_telemetry.h"

namespace skerry::http::internal {

/// A number that one worker adds to and any thread reads.
class WorkerCounter {
 public:
  void add(std::int64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(amount),
                 std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What the connections of one server on one worker share.
struct alignas(64) ServerWorker {
  const Handler* handler = nullptr;
  const ServerOptions* options = nullptr;
  /// That of the task that listens. Made on the worker, before there are connections.
  std::optional<ServerTelemetry> telemetry;
  std::unordered_set<Connection*> connections;
  /// Set while there are no connections.
  Event empty;
  bool draining = false;
  WorkerCounter connection_count;
  WorkerCounter refused_connections;
  WorkerCounter open_connections;
  WorkerCounter requests;
  WorkerCounter panics;
  WorkerCounter refused_requests;
};

class ServerSink;

/// One request on a connection, as seen by the task that serves it. All calls come from that task.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;
  /// Answers with a response that is all here, and uses it up.
  virtual void respond(Response& response) = 0;
  /// Begins a response whose body follows by `push_chunk`. False when it has no body (HEAD): it is complete then.
  virtual bool begin_stream(Response& response) = 0;
  virtual void push_chunk(std::string chunk) = 0;
  /// Whether the writer need not wait.
  virtual bool has_room() const = 0;
  virtual void finish_stream(Headers trailers) = 0;
  /// Makes the client see that the body is not complete.
  virtual void abort_stream() = 0;

  /// The sink of the response that streams; to be told of room and of the end.
  std::shared_ptr<ServerSink> sink;
};

/// Where a producer writes to. It outlives the exchange when somebody keeps the BodyWriter.
class ServerSink final : public BodySink {
 public:
  /// `response` has the head, and must stay until the head is sent or the exchange is over.
  ServerSink(ServerExchange* exchange, Response* response) : exchange_(exchange), unsent_(response) {}
  Task<> write(std::string chunk) override;
  void set_trailers(Headers trailers) override { trailers_ = std::move(trailers); }
  ResponseHead* head() override { return unsent_; }
  /// Sends the head if it was not sent before. False when there is no body to follow, or nobody to take it.
  bool begin();
  Headers take_trailers() { return std::move(trailers_); }
  /// There may be room again.
  void notify_room() { room_.notify(); }
  /// The exchange is over.
  void detach() {
    exchange_ = nullptr;
    unsent_ = nullptr;
    room_.notify();
  }

 private:
  ServerExchange* exchange_;
  Response* unsent_;
  Headers trailers_;
  Signal room_;
};

/// Serves one request: handler, then response. Ends by its cancellation when the client has gone. The exchange and the
/// request must stay until the task has ended; the request is moved from.
Task<> serve_request(ServerWorker* worker, ServerExchange* exchange, Request* request);

/// The value of the Date field now; made once a second.
std::string_view current_date();

/// The protocol that finds out which one the client speaks (RFC 9113 section 3.4).
std::unique_ptr<ConnectionProtocol> make_sniffing_protocol(Connection& connection, ServerWorker& worker);
std::unique_ptr<ConnectionProtocol> make_http1_server(Connection& connection, ServerWorker& worker);
std::unique_ptr<ConnectionProtocol> make_http2_server(Connection& connection, ServerWorker& worker);

/// The addresses of a connection's two ends.
std::shared_ptr<const ConnectionInfo> connection_info(net::Stream& stream);

}  // namespace skerry::http::internal
