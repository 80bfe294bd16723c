// SPDX-License-Identifier: Apache-2.0
//
// RequestParser and ResponseParser: HTTP/1.1 and 1.0 messages from bytes (RFC 9112), incrementally and without I/O. The
// one thing to know: a message has one reading or it is refused. Where implementations are known to read differently
// (bare LF, obs-fold, two lengths, a length beside a transfer coding, odd chunk extensions) the answer is an error with
// the status to send, and the connection is not read any further.
//
//   RequestParser parser(limits);
//   while (true) {
//     Result<Http1Step> step = parser.next(input);
//     if (!step) ...answer status_of(step.error()) and close...
//     input.remove_prefix(step->consumed);
//     switch (step->event) {
//       case Http1Event::kNeedMore: ...read more, append it to what is left of input...
//       case Http1Event::kHead:     ...parser.take_head()...
//       case Http1Event::kData:     ...step->data...
//       case Http1Event::kEnd:      ...parser.trailers(); the next call begins the next message...
//     }
//   }
//
// The parser keeps no reference to its input between two calls. A message costs one or two allocations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skerry/http/chunked_decoder.h"
#include "skerry/http/head.h"
#include "skerry/http/http1_limits.h"

namespace skerry::http {

enum class Http1Event : std::uint8_t {
  kNeedMore,  ///< Nothing more can be read from this input.
  kHead,      ///< The head is complete: `take_head`.
  kData,      ///< `data` is the next part of the body.
  kEnd,       ///< The message is complete, its trailers are in `trailers`.
};

struct Http1Step {
  Http1Event event = Http1Event::kNeedMore;
  /// How many bytes of the input are done with. The caller presents the rest again, followed by what has arrived.
  std::size_t consumed = 0;
  /// For kData: a view into the input.
  std::string_view data = {};
};

namespace internal {

/// What reading a request and reading a response have in common.
class Http1Parser {
 public:
  Http1Parser(const Http1Parser&) = delete;
  Http1Parser& operator=(const Http1Parser&) = delete;

  /// The next event. Errors carry the status to answer with (skerry/http/http_error.h) and are final: every later call
  /// answers the same error.
  Result<Http1Step> next(std::string_view input);

  /// Whether nothing of the current message was consumed yet: the place where a connection may end, unless the caller
  /// still holds bytes that were not consumed.
  bool between_messages() const { return state_ == State::kStart && head_bytes_ == 0; }

  // The following speak of the message whose head was read last.

  /// The body's length where it is known from the head; 0 for a message without a body.
  std::optional<std::uint64_t> content_length() const { return content_length_; }
  /// Whether the connection may carry another message after this one.
  bool keep_alive() const { return keep_alive_; }
  /// The trailers, complete at kEnd. The caller may move them out.
  Headers& trailers() { return decoder_.trailers(); }

 protected:
  enum class Body : std::uint8_t { kNone, kFixed, kChunked, kUntilClose };

  explicit Http1Parser(const Http1Limits& limits) : limits_(limits), decoder_(limits_) {}
  ~Http1Parser() = default;

  /// Reads the start line.
  virtual Result<> read_start_line(std::string_view line) = 0;
  /// The headers of the message being read.
  virtual Headers& headers() = 0;
  /// Checks the complete head and decides about its body. True for an interim response: the head is dropped and the
  /// next one read.
  virtual Result<bool> finish_head() = 0;
  /// Whether empty lines before the start line are skipped, and what a start line that is too long answers.
  virtual bool skips_empty_lines() const = 0;

  void set_body(Body body, std::uint64_t length);
  /// For the response parser: the end of the connection is the end of the message.
  bool reads_until_close() const { return state_ == State::kUntilClose; }
  void end_message() { state_ = State::kStart; }
  void set_keep_alive(bool keep_alive) { keep_alive_ = keep_alive; }

  const Http1Limits limits_;

 private:
  enum class State : std::uint8_t { kStart, kFields, kFixed, kChunked, kUntilClose, kEnd };

  Result<Http1Step> advance(std::string_view input);
  /// Reads lines until the head is complete (true) or the input is used up (false).
  Result<bool> read_head(std::string_view input, std::size_t& consumed);
  Result<> read_head_line(std::string_view line);
  Result<> check_head_size() const;
  void begin_message();
  Result<Http1Step> read_chunked(std::string_view input);

  State state_ = State::kStart;
  bool keep_alive_ = true;
  /// Bytes of the current head that were consumed.
  std::size_t head_bytes_ = 0;
  std::size_t scanned_ = 0;
  std::size_t empty_lines_ = 0;
  /// What is still to come of a body of known length, and what has come of one that ends with the connection.
  std::uint64_t body_bytes_ = 0;
  std::optional<std::uint64_t> content_length_ = 0;
  ChunkedDecoder decoder_;
  std::optional<Error> error_;
};

}  // namespace internal

/// Reads the requests of one connection, one after the other. Statuses of its errors: 400 malformed, 413 body too
/// large, 414 request line too long, 417 unknown expectation, 431 head too large, 501 CONNECT or an unknown transfer
/// coding, 505 another major version.
class RequestParser final : public internal::Http1Parser {
 public:
  explicit RequestParser(const Http1Limits& limits = {}) : Http1Parser(limits) {}

  /// Gives the head that kHead announced. Host is taken out of the headers into `authority`; an absolute target is
  /// taken apart into scheme, authority and path. Valid once for each kHead.
  RequestHead take_head() { return std::move(head_); }
  /// Whether the client waits for "100 Continue" before it sends the body (RFC 9110 section 10.1.1).
  bool expects_continue() const { return expects_continue_; }

 private:
  Result<> read_start_line(std::string_view line) override;
  Headers& headers() override { return head_.headers; }
  Result<bool> finish_head() override;
  bool skips_empty_lines() const override { return true; }
  Result<> read_target(std::string_view target);
  Result<> read_host();
  Result<> read_expectation();

  RequestHead head_;
  bool expects_continue_ = false;
};

/// Reads the responses of one connection. Interim responses (1xx but 101) are skipped. The errors mean that the peer
/// does not speak HTTP/1.1 as it is written; the connection cannot be used any more.
class ResponseParser final : public internal::Http1Parser {
 public:
  explicit ResponseParser(const Http1Limits& limits = {}) : Http1Parser(limits) {}

  /// Says which method the next response answers: a response to HEAD has no body whatever its fields say. To be called
  /// before the response's first byte is presented.
  void expect_response_to(std::string_view method);
  /// Gives the head that kHead announced. Valid once for each kHead.
  ResponseHead take_head() { return std::move(head_); }
  /// Whether an interim "100 Continue" has been read since `expect_response_to`.
  bool got_continue() const { return got_continue_; }
  /// Tells that the peer has closed the connection. True when that ended a body that lasts until then (kEnd follows
  /// from it); false between messages; DataLoss within a message.
  Result<bool> finish();

 private:
  Result<> read_start_line(std::string_view line) override;
  Headers& headers() override { return head_.headers; }
  Result<bool> finish_head() override;
  bool skips_empty_lines() const override { return false; }

  ResponseHead head_;
  bool answers_head_ = false;
  bool got_continue_ = false;
  std::size_t interim_responses_ = 0;
};

}  // namespace skerry::http
