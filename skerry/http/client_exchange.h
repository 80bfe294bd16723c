// SPDX-License-Identifier: Apache-2.0
//
// ClientExchange: one request and its response between the tasks that make the request and the connection that carries
// it. It outlives the connection when somebody still holds it. Internal to http/.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "skerry/http/connection.h"
#include "skerry/http/head.h"
#include "skerry/http/inbound.h"

namespace skerry::http::internal {

class ClientExchange;

/// The client's side of a protocol: what an exchange asks of its connection.
class ClientProtocol : public ConnectionProtocol {
 public:
  /// How many requests the connection takes now, beside those that it has.
  virtual std::size_t free_slots() const = 0;
  /// Sends a request. Precondition: free_slots() > 0. InvalidArgument for a head that cannot be sent.
  virtual Result<> start(std::shared_ptr<ClientExchange> exchange, const RequestHead& head, bool end) = 0;

  virtual void push_chunk(ClientExchange& exchange, std::string chunk) = 0;
  virtual bool has_room(const ClientExchange& exchange) const = 0;
  virtual void end_request(ClientExchange& exchange, Headers trailers) = 0;
  virtual void consumed(ClientExchange& exchange, std::size_t bytes) = 0;
  /// The request is given up.
  virtual void cancel(ClientExchange& exchange) = 0;
};

/// What a connection tells its pool.
class ClientConnectionEvents {
 public:
  /// There are more free slots than before, or fewer: the pool looks again.
  virtual void on_slots_changed() = 0;
  /// The peer has shown that it speaks the protocol.
  virtual void on_alive() = 0;

 protected:
  ~ClientConnectionEvents() = default;
};

/// Whoever wants to know how exchanges end: the endpoint that they go to.
class ExchangeObserver {
 public:
  virtual ~ExchangeObserver() = default;
  /// The response's head came, or the exchange failed before it. Called once.
  virtual void on_outcome(const Error* error, int status, std::chrono::nanoseconds latency) = 0;
  /// The exchange is over. Called once, last.
  virtual void on_over() = 0;
};

class ClientExchange final : public InboundSource, public std::enable_shared_from_this<ClientExchange> {
 public:
  explicit ClientExchange(std::shared_ptr<ExchangeObserver> observer)
      : inbound_(this), observer_(std::move(observer)), began_at_(std::chrono::steady_clock::now()) {}

  // The connection's side.

  void attach(ClientProtocol* protocol) { protocol_ = protocol; }
  /// For the protocol.
  void* context = nullptr;
  void on_head(ResponseHead head);
  Inbound& inbound() { return inbound_; }
  bool has_head() const { return head_seen_; }
  /// There may be room to write again.
  void notify_room() { room_.notify(); }
  /// The response is complete. What the writer still writes is dropped.
  void complete(Headers trailers);
  /// The exchange failed; nothing more comes.
  void fail(Error error);
  /// The request was never begun.
  void withdraw() { end_observation(); }
  bool is_over() const { return protocol_ == nullptr; }

  // The side of the tasks.

  Task<> write(std::string chunk);
  void end(Headers trailers);
  /// Sends a body that is all here. Does not wait: the memory is taken in any case, and the response may have to be
  /// read before the server reads on.
  void send_whole(std::string bytes, Headers trailers);
  Task<ResponseHead> head();
  Task<std::optional<std::string>> read() { return inbound_.read(); }
  /// Gives the request up if it is still under way.
  void abandon(const Error& error);
  /// Set when the connection, used before, was closed before anything of the response came: the server may well not
  /// have seen the request.
  bool stale = false;
  /// The task that sends a streamed body: it is cancelled when nobody wants the rest. Null when it has ended.
  skerry::internal::Fiber* sender = nullptr;
  /// Whether the whole response is here: read_all can be spared.
  bool is_complete() const { return completed_; }

  void on_consumed(std::size_t bytes) override;
  void on_wanted() override {}
  void on_abandoned() override {}

 private:
  void report(const Error* error, int status);
  void end_observation();
  void stop_sender();

  ClientProtocol* protocol_ = nullptr;
  Inbound inbound_;
  std::shared_ptr<ExchangeObserver> observer_;
  std::chrono::steady_clock::time_point began_at_;
  bool reported_ = false;
  std::optional<ResponseHead> head_;
  std::optional<Error> error_;
  bool head_seen_ = false;
  bool ended_ = false;
  bool completed_ = false;
  Signal head_arrived_;
  Signal room_;
};

std::unique_ptr<ClientProtocol> make_http1_client(Connection& connection, ClientConnectionEvents& events,
                                                  const struct ClientSettings& settings);
std::unique_ptr<ClientProtocol> make_http2_client(Connection& connection, ClientConnectionEvents& events,
                                                  const struct ClientSettings& settings);

}  // namespace skerry::http::internal
