// SPDX-License-Identifier: Apache-2.0
//
// Body: what follows a head, the same for requests and responses, sent and received: bytes that are all here, or a
// stream of chunks. The one thing to know: reading a stream is what makes the peer send more. A received body that
// nobody reads stops its sender after a window's worth of bytes, and costs no more memory than that.
//
//   while (std::optional<std::string> chunk = co_await request.body.read()) use(*chunk);
//   std::string whole = co_await request.body.read_all(1 << 20);       // 413 for more
//   return Response{.body = Body("hello")};
//
// A small message whose body came together with its head is all here: reading it suspends nothing and allocates
// nothing. A body that streams belongs to the worker of its connection and is read there, by one task at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skerry/async/task.h"
#include "skerry/http/headers.h"

namespace skerry::http {

struct ResponseHead;

/// Where the chunks of a streamed body come from: a connection, or whatever a caller wants to send. Implement it to
/// send a body that is not all here.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// The next chunk, never empty; nullopt at the end and ever after. Fails when the body cannot be completed.
  virtual Task<std::optional<std::string>> read() = 0;
  /// The trailers, complete once `read` gave nullopt. May be moved from.
  virtual Headers& trailers() = 0;
  /// See Body::lift_limits.
  virtual void lift_limits() {}
};

class Body {
 public:
  Body() = default;
  /// A body that is all here.
  Body(std::string bytes) : bytes_(std::move(bytes)) {}
  Body(const char* bytes) : bytes_(bytes) {}
  Body(std::string bytes, Headers trailers);
  /// A stream; `size` in bytes where it is known before.
  explicit Body(std::unique_ptr<BodyReader> reader, std::optional<std::uint64_t> size = std::nullopt)
      : reader_(std::move(reader)), size_(size) {}

  /// Whether all of it is here and `bytes` has it. A stream never becomes complete.
  bool is_complete() const { return reader_ == nullptr; }
  /// Precondition: is_complete().
  const std::string& bytes() const { return bytes_; }
  /// Moves the bytes out. Precondition: is_complete().
  std::string take_bytes() { return std::move(bytes_); }
  /// The size in bytes where it is known.
  std::optional<std::uint64_t> size() const;

  /// The next chunk, never empty; nullopt at the end and ever after. Fails with the connection: UNAVAILABLE when the
  /// peer is gone, a malformed or oversized body with the status that answers it. Cancelled, no chunk is lost.
  Task<std::optional<std::string>> read();
  /// Everything that is left. RESOURCE_EXHAUSTED, answered with 413, for more than `max_bytes`; else fails as `read`.
  Task<std::string> read_all(std::size_t max_bytes);
  /// From here on the body may be of any size and come at any pace: for a stream of messages, each of which the reader
  /// bounds, that lasts as long as both sides like. Flow control still holds its sender back. HTTP/2 alone.
  void lift_limits() {
    if (reader_) reader_->lift_limits();
  }
  /// The trailers, complete once `read` gave nullopt (at once when the body is complete). Valid while the body lives.
  const Headers& trailers() const;
  /// Moves the trailers out.
  Headers take_trailers();

 private:
  std::string bytes_;
  std::unique_ptr<BodyReader> reader_;
  std::optional<std::uint64_t> size_;
  std::unique_ptr<Headers> trailers_;
};

namespace internal {

/// The connection's side of a body that is written chunk by chunk.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Task<> write(std::string chunk) = 0;
  virtual void set_trailers(Headers trailers) = 0;
  virtual ResponseHead* head() = 0;
};

}  // namespace internal

/// What a response's producer writes with. A handle: copies write to the same body. For one task at a time, on the
/// worker of the connection.
class BodyWriter {
 public:
  explicit BodyWriter(std::shared_ptr<internal::BodySink> sink) : sink_(std::move(sink)) {}

  /// Sends a chunk; empty ones are skipped. Waits while the peer is slow (flow control, full socket), not until the
  /// peer has the bytes. UNAVAILABLE when the peer is gone or the body is over.
  Task<> write(std::string chunk) { return sink_->write(std::move(chunk)); }
  /// What follows the body. The last call before the producer ends counts. Over HTTP/1.1 only fields are sent that the
  /// response's Trailer field announced, since no receiver takes others.
  void set_trailers(Headers trailers) { sink_->set_trailers(std::move(trailers)); }
  /// The response's head while it has not been sent, to be changed by the producer; null from then on. It is sent
  /// before the producer starts unless Response::defer_head says otherwise.
  ResponseHead* head() { return sink_->head(); }

 private:
  std::shared_ptr<internal::BodySink> sink_;
};

}  // namespace skerry::http
