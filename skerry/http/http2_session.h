// SPDX-License-Identifier: Apache-2.0
//
// Http2Session: one side of an HTTP/2 connection (RFC 9113) without I/O: bytes in, events out; messages in, bytes out.
// Framing and HPACK are nghttp2's; the guards against hostile peers are here (http2_options.h). The one thing to know:
// nothing is sent by itself. Everything that a turn causes waits until `produce` puts it into one buffer, and windows
// open only as the consumer says that it has consumed.
//
//   Http2Session session(Http2Session::Side::kServer, options, events);
//   Result<> read = session.receive(bytes, now);      // calls events.on_head, on_data, on_end, on_stream_closed ...
//   session.respond(stream, head, body, trailers);
//   session.produce(output, kMaxBytes);               // even after an error: it says goodbye to the peer
//   if (session.finished()) ...close...
//
// Internal to http/.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "skerry/async/recycled.h"
#include "skerry/http/head.h"
#include "skerry/http/http2_options.h"
#include "skerry/http/token_bucket.h"

struct nghttp2_session;

namespace skerry::http {

/// The error codes of RFC 9113 section 7 that are used by name.
enum class Http2Error : std::uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kInternalError = 2,
  kFlowControlError = 3,
  kStreamClosed = 5,
  kFrameSizeError = 6,
  kRefusedStream = 7,
  kCancel = 8,
  kEnhanceYourCalm = 11,
};

/// One request and its response. Owned by the session, from `Http2Events::on_head` (or `request`) until the end of
/// `on_stream_closed`.
class Http2Stream {
 public:
  static void* operator new(std::size_t size) { return skerry::internal::allocate_frame(size); }
  static void operator delete(void* stream, std::size_t size) noexcept { skerry::internal::free_frame(stream, size); }

  std::int32_t id() const { return id_; }
  /// For the owner of the session.
  void* context = nullptr;

  /// The received head. Valid once, from on_head on; `take_request` on the server's side, `take_response` on the
  /// client's.
  RequestHead take_request();
  ResponseHead take_response();
  std::string_view method() const { return head_.method; }
  /// The received headers, until the head is taken.
  const Headers& headers() const { return head_.headers; }
  /// Why the request must not be handled, with the status to answer it with (431, 400, 501).
  const std::optional<Error>& refusal() const { return refusal_; }
  bool expects_continue() const { return expects_continue_; }
  /// The received trailers, complete at on_end. The owner may move them out.
  Headers& trailers() { return trailers_; }
  /// Whether the peer has sent everything.
  bool remote_ended() const { return remote_ended_; }
  /// Whether the whole message of this side was handed over.
  bool local_ended() const { return local_ended_; }
  /// Bytes that were handed over and not yet produced.
  std::size_t queued_bytes() const { return queue_.size() - queue_start_; }

 private:
  friend class Http2Session;
  friend struct Http2Callbacks;

  std::int32_t id_ = 0;
  RequestHead head_;
  int status_ = 0;
  Headers trailers_;
  std::optional<Error> refusal_;
  bool expects_continue_ = false;
  bool head_done_ = false;
  bool remote_ended_ = false;
  /// Fields of the block that is being read, and their bytes.
  std::size_t block_fields_ = 0;
  std::size_t block_bytes_ = 0;
  /// What this stream's fields are counted with in the connection's budget.
  std::size_t charged_bytes_ = 0;
  /// Received and not yet consumed.
  std::size_t unconsumed_ = 0;

  std::string queue_;
  std::size_t queue_start_ = 0;
  bool response_submitted_ = false;
  bool local_ended_ = false;
  bool deferred_ = false;
  Headers outgoing_trailers_;
  /// When `tick` first saw that the stream waits for the peer; no time at all while it does not.
  std::chrono::steady_clock::time_point stalled_since_{};
};

/// What the session tells its owner, from within `receive`, `produce` and `tick`. The owner may hand messages over and
/// reset streams in a call, but must not call those three.
class Http2Events {
 public:
  /// A complete head: of a request on the server's side, of a final response on the client's.
  virtual void on_head(Http2Stream& stream) = 0;
  /// A part of the body. `consume` opens the window again.
  virtual void on_data(Http2Stream& stream, std::string_view data) = 0;
  /// The peer's message is complete, with its trailers.
  virtual void on_end(Http2Stream& stream) = 0;
  /// All queued bytes of the stream were produced.
  virtual void on_drained(Http2Stream& stream) = 0;
  /// The stream is gone after this call. `code` is kNoError where both messages are complete.
  virtual void on_stream_closed(Http2Stream& stream, Http2Error code) = 0;
  /// The peer opens and answers no more streams; those above `last_stream` were not processed, and are closed with
  /// kRefusedStream.
  virtual void on_goaway(std::int32_t last_stream, Http2Error code) = 0;
  /// The first SETTINGS frame of the peer, or a later one: `max_outgoing_streams` may have changed.
  virtual void on_settings() = 0;
  /// The peer has acknowledged a `ping`.
  virtual void on_ping_acknowledged() = 0;

 protected:
  ~Http2Events() = default;
};

class Http2Session {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Side : std::uint8_t { kServer, kClient };

  /// `events` must outlive the session. The preface and SETTINGS of this side are the first thing that `produce` gives.
  Http2Session(Side side, const Http2Options& options, Http2Events& events);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  /// Takes in bytes of the peer. An error means that the connection is over: `produce` gives the goodbye, then close.
  Result<> receive(std::string_view bytes, TimePoint now);
  /// Appends what is to be sent to `output`, until there is no more or more than `max_bytes` were appended. Data is
  /// taken only as far as the peer's windows allow. True while there may be more.
  bool produce(std::string& output, std::size_t max_bytes);
  /// To be called now and then (a second is often enough): resets streams that wait for the peer for too long, with
  /// something to send or with a head that does not end. True while a stream waits.
  bool tick(TimePoint now);
  /// Whether there is nothing more to read or to send.
  bool finished() const;

  // Server.

  /// Answers a request with a complete response; `content_length` is sent where given. InvalidArgument for a status
  /// that is none.
  Result<> respond(Http2Stream& stream, const ResponseHead& head, std::string body, Headers trailers,
                   std::optional<std::uint64_t> content_length);
  /// Begins a response; `write` and `end` follow.
  Result<> begin_response(Http2Stream& stream, const ResponseHead& head);
  /// Sends an interim "100".
  void send_continue(Http2Stream& stream);

  // Client.

  /// Sends the head of a request; `write` and `end` follow unless `end` is set. InvalidArgument for a head that cannot
  /// be sent, Unavailable (safe to retry) when the connection takes no more streams.
  Result<Http2Stream*> request(const RequestHead& head, bool end);
  /// How many streams may be opened now: what the peer allows, less what is open. 0 after a GOAWAY.
  std::size_t available_streams() const;

  // Both.

  /// Queues a part of the message's body.
  void write(Http2Stream& stream, std::string data);
  /// Ends the message.
  void end(Http2Stream& stream, Headers trailers = {});
  /// Gives the stream up. `on_stream_closed` follows when the frame is produced.
  void reset(Http2Stream& stream, Http2Error code);
  /// The consumer is done with that many bytes of the stream's body.
  void consume(Http2Stream& stream, std::size_t bytes);
  /// Sends a PING; `on_ping_acknowledged` follows.
  void ping();
  /// Says that no more streams are welcome, without an end to those that are on their way (a GOAWAY with the highest
  /// id, RFC 9113 section 6.8), and sends a PING. When that is acknowledged, every stream that the peer opened before
  /// it heard of the end has arrived: call `finish_shutdown`.
  void begin_shutdown();
  /// Sends the GOAWAY with the last stream's real id. Streams that are open go on.
  void finish_shutdown();
  /// Ends the connection with an error.
  void terminate(Http2Error code);

  std::size_t open_streams() const { return streams_.size(); }
  /// Calls `visit` with each open stream. It must not open or close streams.
  template <class F>
  void for_each_stream(F visit) {
    for (const auto& [id, stream] : streams_) visit(*stream);
  }
  bool goaway_received() const { return goaway_received_; }
  /// Bytes kept for the open streams: received fields and what waits to be sent.
  std::size_t used_bytes() const { return used_bytes_; }
  /// For reports: how many frames were faults of the peer.
  std::uint64_t glitches() const { return glitch_count_; }

 private:
  friend struct Http2Callbacks;

  Http2Stream& add_stream(std::int32_t id);
  void close_stream(std::int32_t id, Http2Error code);
  void charge(Http2Stream& stream, std::size_t bytes);
  void count_glitch();
  void count_reset(const Http2Stream& stream);
  void fail_with(Http2Error code, std::string_view reason);
  Result<> submit_response(Http2Stream& stream, const ResponseHead& head, bool end,
                           std::optional<std::uint64_t> content_length);
  void resume(Http2Stream& stream);

  const Side side_;
  const Http2Options options_;
  Http2Events& events_;
  nghttp2_session* session_ = nullptr;
  using Streams =
      std::unordered_map<std::int32_t, std::unique_ptr<Http2Stream>, std::hash<std::int32_t>, std::equal_to<>,
                         skerry::internal::FrameAllocator<std::pair<const std::int32_t, std::unique_ptr<Http2Stream>>>>;
  Streams streams_;
  /// Where `produce` collects, and the size from which on it begins no further frame.
  std::string* output_ = nullptr;
  std::size_t output_limit_ = 0;
  TimePoint now_{};
  internal::TokenBucket reset_bucket_;
  internal::TokenBucket glitch_bucket_;
  std::uint64_t glitch_count_ = 0;
  std::size_t continuations_ = 0;
  std::uint64_t request_count_ = 0;
  std::uint64_t early_reset_count_ = 0;
  std::size_t used_bytes_ = 0;
  bool goaway_received_ = false;
  std::optional<Error> failure_;
};

}  // namespace skerry::http
