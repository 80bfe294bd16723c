// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/server_connection.h"

#include <ctime>

#include "skerry/async/panic.h"
#include "skerry/http/http1_serializer.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {
namespace {

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A client that has connected is about to send, and would take the end of a fresh connection for a failure.
constexpr std::chrono::milliseconds kFirstRequestGrace{1'000};

class SniffingProtocol final : public ConnectionProtocol {
 public:
  SniffingProtocol(Connection& connection, ServerWorker& worker) : connection_(connection), worker_(worker) {
    connection_.set_deadline(std::chrono::steady_clock::now() + worker.options->header_timeout);
  }

  void on_bytes(std::string_view bytes) override {
    seen_.append(bytes);
    const bool may_be_http2 = kHttp2Preface.starts_with(std::string_view(seen_).substr(0, kHttp2Preface.size()));
    if (may_be_http2 && seen_.size() < kHttp2Preface.size()) return;
    // Keeps this object alive until the call is over.
    connection_.set_protocol(may_be_http2 ? make_http2_server(connection_, worker_)
                                          : make_http1_server(connection_, worker_));
    connection_.protocol().on_bytes(seen_);
    if (worker_.draining) connection_.protocol().drain();
  }
  bool on_peer_closed() override { return true; }
  void on_deadline(TimePoint) override { connection_.close_after_flush(); }
  void drain() override { connection_.set_deadline(std::chrono::steady_clock::now() + kFirstRequestGrace); }
  void on_closed() override {}

 private:
  Connection& connection_;
  ServerWorker& worker_;
  std::string seen_;
};

}  // namespace

std::unique_ptr<ConnectionProtocol> make_sniffing_protocol(Connection& connection, ServerWorker& worker) {
  return std::make_unique<SniffingProtocol>(connection, worker);
}

std::shared_ptr<const ConnectionInfo> connection_info(net::Stream& stream) {
  auto info = std::make_shared<ConnectionInfo>();
  info->peer = stream.peer_address().to_string();
  info->local = stream.local_address().to_string();
  return info;
}

std::string_view current_date() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    made_at = now;
    text = http_date(now);
  }
  return text;
}

bool ServerSink::begin() {
  if (exchange_ == nullptr) return false;
  Response* response = std::exchange(unsent_, nullptr);
  return response == nullptr || exchange_->begin_stream(*response);
}

Task<> ServerSink::write(std::string chunk) {
  const auto gone = [] { return Error::unavailable("the client has gone, or the response is over"); };
  if (exchange_ == nullptr) co_await gone();
  if (chunk.empty()) co_return;
  if (!begin()) co_await gone();
  exchange_->push_chunk(std::move(chunk));
  while (exchange_ != nullptr && !exchange_->has_room()) co_await room_.wait("response body");
  if (exchange_ == nullptr) co_await gone();
}

namespace {

Task<> send_body(Response* response, BodyWriter writer) {
  if (response->producer) {
    co_await response->producer(std::move(writer));
    co_return;
  }
  while (true) {
    std::optional<std::string> chunk = co_await response->body.read();
    if (!chunk) break;
    co_await writer.write(std::move(*chunk));
  }
  writer.set_trailers(response->body.take_trailers());
}

Task<> stream_response(ServerWorker* worker, ServerExchange* exchange, RequestRecord* record, Response response) {
  auto sink = std::make_shared<ServerSink>(exchange, &response);
  exchange->sink = sink;
  if (!response.defer_head && !sink->begin()) co_return;
  bool complete = false;
  try {
    Result<> sent = co_await send_body(&response, BodyWriter(sink)).result();
    complete = sent.has_value();
  } catch (...) {
    worker->panics.add();
    record->record_panic(std::current_exception());
  }
  if (!complete) {
    record->set_aborted();
    exchange->abort_stream();
    co_return;
  }
  if (!sink->begin()) co_return;
  Headers trailers = std::move(response.trailers);
  const Headers late = sink->take_trailers();
  for (const auto [name, value] : late) trailers.add_validated(name, value);
  exchange->finish_stream(std::move(trailers));
}

}  // namespace

Task<> serve_request(ServerWorker* worker, ServerExchange* exchange, Request* request) {
  RequestRecord record(*worker->telemetry, *request);
  Response response;
  try {
    Result<Response> handled = co_await (*worker->handler)(std::move(*request)).result();
    response = handled ? std::move(*handled) : error_response(handled.error());
  } catch (...) {
    worker->panics.add();
    record.record_panic(std::current_exception());
    response = error_response(Error::internal("the server failed to handle the request"));
  }
  record.set_response(response);
  if (response.producer || !response.body.is_complete()) {
    co_await stream_response(worker, exchange, &record, std::move(response));
  } else {
    exchange->respond(response);
  }
}

}  // namespace skerry::http::internal
