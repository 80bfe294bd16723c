// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http2_session.h"

#include <charconv>
#include <limits>

#include "skerry/base/check.h"
#include "skerry/base/defer.h"
#include "skerry/http/characters.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/http2_callbacks.h"
#include "skerry/http/http2_memory.h"
#include "skerry/http/http_error.h"
#include "skerry/http/trace.h"
#include "skerry/http/uri.h"

namespace skerry::http {
namespace {

/// Fields that HTTP/2 does not carry or that the session writes itself.
bool is_left_out(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 2:
      return name == "te" && !internal::equals_ignoring_case(value, "trailers");
    case 4:
      return name == "host";
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 14:
      return name == "content-length" || name == "http2-settings";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

/// Fields whose values hardly occur twice: in the peer's table they would only drive out what does.
bool is_unique(std::string_view name) {
  switch (name.size()) {
    case 10:
      return name == kTraceIdField || name == "tracestate";
    case 11:
      return name == "traceparent";
    case 12:
      return name == "grpc-timeout";
    default:
      return false;
  }
}

std::string_view render(std::uint64_t number, std::array<char, 20>& digits) {
  const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return {digits.data(), end};
}

nghttp2_option* make_options(const Http2Options& options) {
  nghttp2_option* result = nullptr;
  nghttp2_option_new(&result);
  nghttp2_option_set_no_auto_window_update(result, 1);
  nghttp2_option_set_no_closed_streams(result, 1);
  nghttp2_option_set_max_settings(result, options.max_settings_entries);
  // nghttp2 counts a frame again for each piece that its header arrives in. We count frames; this is for the worst
  // case.
  nghttp2_option_set_max_continuations(result, (options.max_continuations + 1) * kFrameHeaderBytes);
  nghttp2_option_set_max_outbound_ack(result, options.max_queued_acknowledgements);
  nghttp2_option_set_max_send_header_block_length(result, options.max_header_list_bytes * 2);
  // Our own bucket decides; nghttp2's would close the connections of honest clients that cancel much.
  nghttp2_option_set_stream_reset_rate_limit(result, std::numeric_limits<std::uint32_t>::max(),
                                             std::numeric_limits<std::uint32_t>::max());
  return result;
}

bool is_final_status(int status) { return status >= 200 && status <= 599; }

}  // namespace

void Http2Fields::add(std::string_view name, std::string_view value) {
  const std::uint8_t flags =
      is_unique(name) ? std::uint8_t{NGHTTP2_NV_FLAG_NO_INDEX} : std::uint8_t{NGHTTP2_NV_FLAG_NONE};
  // nghttp2's interface takes pointers to mutable bytes and does not write to them.
  const nghttp2_nv field{reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                         reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                         flags};
  if (overflow_.empty() && size_ < kInlineFields) {
    inline_[size_++] = field;
    return;
  }
  if (overflow_.empty()) overflow_.assign(inline_.begin(), inline_.end());
  overflow_.push_back(field);
}

void Http2Fields::add_all(const Headers& headers) {
  for (const Headers::Field field : headers) {
    if (!is_left_out(field.name, field.value)) add(field.name, field.value);
  }
}

RequestHead Http2Stream::take_request() { return std::move(head_); }

ResponseHead Http2Stream::take_response() {
  return {.status = status_, .headers = std::move(head_.headers), .version = Version::kHttp2};
}

Http2Session::Http2Session(Side side, const Http2Options& options, Http2Events& events)
    : side_(side), options_(options), events_(events), reset_bucket_(options.resets), glitch_bucket_(options.glitches) {
  nghttp2_session_callbacks* callbacks = Http2Callbacks::make_table();
  nghttp2_option* session_options = make_options(options);
  nghttp2_mem* memory = http2_memory();
  const int made = side == Side::kServer
                       ? nghttp2_session_server_new3(&session_, callbacks, this, session_options, memory)
                       : nghttp2_session_client_new3(&session_, callbacks, this, session_options, memory);
  SKERRY_CHECK(made == 0, "out of memory");
  nghttp2_option_del(session_options);
  nghttp2_session_callbacks_del(callbacks);
  std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, side == Side::kServer ? options.max_concurrent_streams : 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(options.max_header_list_bytes)},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
  }};
  // A server must not send ENABLE_PUSH other than 0, and some clients do not even take that.
  const std::size_t count = side == Side::kServer ? settings.size() - 1 : settings.size();
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), count);
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(options.connection_window_bytes));
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

Result<> Http2Session::receive(std::string_view bytes, TimePoint now) {
  now_ = now;
  const ssize_t read =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (read < 0 && !failure_) {
    const auto code = read == NGHTTP2_ERR_FLOODED ? Http2Error::kEnhanceYourCalm : Http2Error::kProtocolError;
    fail_with(code, nghttp2_strerror(static_cast<int>(read)));
  }
  if (!failure_ && nghttp2_session_get_outbound_queue_size(session_) > options_.max_queued_frames) {
    fail_with(Http2Error::kEnhanceYourCalm, "the peer does not read what it asks for");
  }
  if (failure_) return fail(Error(*failure_));
  return {};
}

bool Http2Session::produce(std::string& output, std::size_t max_bytes) {
  output_ = &output;
  output_limit_ = output.size() + max_bytes;
  const Defer forget([this] { output_ = nullptr; });
  while (output.size() <= output_limit_) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) fail_with(Http2Error::kInternalError, nghttp2_strerror(static_cast<int>(size)));
    // Data frames went to the output by themselves before this returned.
    if (size <= 0) break;
    output.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return output.size() > output_limit_ && nghttp2_session_want_write(session_) != 0;
}

bool Http2Session::tick(TimePoint now) {
  now_ = now;
  bool any_waits = false;
  std::vector<Http2Stream*> stalled;
  for (const auto& [id, stream] : streams_) {
    const bool waits = stream->queued_bytes() > 0 || (side_ == Side::kServer && !stream->head_done_);
    if (!waits) {
      stream->stalled_since_ = {};
    } else if (stream->stalled_since_ == TimePoint()) {
      stream->stalled_since_ = now;
    } else if (now - stream->stalled_since_ > options_.stall_timeout) {
      stalled.push_back(stream.get());
    }
    any_waits = any_waits || waits;
  }
  for (Http2Stream* stream : stalled) {
    count_glitch();
    reset(*stream, Http2Error::kCancel);
  }
  return any_waits;
}

bool Http2Session::finished() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

Result<> Http2Session::submit_response(Http2Stream& stream, const ResponseHead& head, bool end,
                                       std::optional<std::uint64_t> content_length) {
  SKERRY_CHECK(!stream.response_submitted_, "a request is answered once");
  if (!is_final_status(head.status)) {
    return fail(Error::invalid_argument("a response cannot have the status {}", head.status));
  }
  std::array<char, 20> status_digits;
  std::array<char, 20> length_digits;
  Http2Fields fields;
  fields.add(":status", render(static_cast<std::uint64_t>(head.status), status_digits));
  if (content_length) fields.add("content-length", render(*content_length, length_digits));
  fields.add_all(head.headers);
  const nghttp2_data_provider provider = Http2Callbacks::provider_of(stream);
  const int submitted =
      nghttp2_submit_response(session_, stream.id_, fields.data(), fields.size(), end ? nullptr : &provider);
  if (submitted != 0) return fail(Error::internal("the response was refused: {}", nghttp2_strerror(submitted)));
  stream.response_submitted_ = true;
  return {};
}

Result<> Http2Session::respond(Http2Stream& stream, const ResponseHead& head, std::string body, Headers trailers,
                               std::optional<std::uint64_t> content_length) {
  const bool only_head = body.empty() && trailers.empty();
  if (Result<> submitted = submit_response(stream, head, only_head, content_length); !submitted) return submitted;
  used_bytes_ += body.size();
  stream.queue_ = std::move(body);
  stream.outgoing_trailers_ = std::move(trailers);
  stream.local_ended_ = true;
  return {};
}

Result<> Http2Session::begin_response(Http2Stream& stream, const ResponseHead& head) {
  return submit_response(stream, head, false, std::nullopt);
}

void Http2Session::send_continue(Http2Stream& stream) {
  stream.expects_continue_ = false;
  if (stream.response_submitted_) return;
  Http2Fields fields;
  fields.add(":status", "100");
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id_, nullptr, fields.data(), fields.size(), nullptr);
}

Result<Http2Stream*> Http2Session::request(const RequestHead& head, bool end) {
  const bool target_ok = head.target == "*" ? head.method == "OPTIONS" : head.target.starts_with('/');
  if (!internal::is_token(head.method) || !target_ok ||
      !internal::all_of_class(head.target, internal::kTargetCharacter) || !is_valid_authority(head.authority)) {
    return fail(Error::invalid_argument("invalid method, target or host of a request"));
  }
  if (available_streams() == 0) {
    return fail(mark_retry_safe(Error::unavailable("the connection takes no more requests")));
  }
  Http2Fields fields;
  fields.add(":method", head.method);
  fields.add(":scheme", head.scheme.empty() ? std::string_view("http") : head.scheme);
  fields.add(":authority", head.authority);
  fields.add(":path", head.target);
  const std::optional<std::string_view> length = head.headers.get("content-length");
  if (length && !end && internal::parse_content_length(*length)) fields.add("content-length", *length);
  fields.add_all(head.headers);
  auto stream = std::make_unique<Http2Stream>();
  const nghttp2_data_provider provider = Http2Callbacks::provider_of(*stream);
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), end ? nullptr : &provider, stream.get());
  if (id < 0) return fail(mark_retry_safe(Error::unavailable("the request was refused: {}", nghttp2_strerror(id))));
  stream->id_ = id;
  stream->head_.method = head.method;
  stream->local_ended_ = end;
  return streams_.emplace(id, std::move(stream)).first->second.get();
}

std::size_t Http2Session::available_streams() const {
  if (failure_ || goaway_received_ || nghttp2_session_check_request_allowed(session_) == 0) return 0;
  const std::size_t limit = nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return limit > streams_.size() ? limit - streams_.size() : 0;
}

void Http2Session::resume(Http2Stream& stream) {
  if (!std::exchange(stream.deferred_, false)) return;
  nghttp2_session_resume_data(session_, stream.id_);
}

void Http2Session::write(Http2Stream& stream, std::string data) {
  if (stream.local_ended_ || data.empty()) return;
  used_bytes_ += data.size();
  if (stream.queued_bytes() == 0) {
    stream.queue_ = std::move(data);
    stream.queue_start_ = 0;
  } else {
    stream.queue_.append(data);
  }
  resume(stream);
}

void Http2Session::end(Http2Stream& stream, Headers trailers) {
  if (stream.local_ended_) return;
  stream.local_ended_ = true;
  stream.outgoing_trailers_ = std::move(trailers);
  resume(stream);
}

void Http2Session::reset(Http2Stream& stream, Http2Error code) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, static_cast<std::uint32_t>(code));
}

void Http2Session::consume(Http2Stream& stream, std::size_t bytes) {
  bytes = std::min(bytes, stream.unconsumed_);
  if (bytes == 0) return;
  stream.unconsumed_ -= bytes;
  // A stream whose peer has ended needs no window any more.
  if (stream.remote_ended_) {
    nghttp2_session_consume_connection(session_, bytes);
  } else {
    nghttp2_session_consume(session_, stream.id_, bytes);
  }
}

void Http2Session::ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

void Http2Session::begin_shutdown() {
  nghttp2_submit_shutdown_notice(session_);
  ping();
}

void Http2Session::finish_shutdown() {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::terminate(Http2Error code) {
  nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(code));
}

Http2Stream& Http2Session::add_stream(std::int32_t id) {
  auto stream = std::make_unique<Http2Stream>();
  stream->id_ = id;
  return *streams_.emplace(id, std::move(stream)).first->second;
}

void Http2Session::charge(Http2Stream& stream, std::size_t bytes) {
  stream.charged_bytes_ += bytes;
  used_bytes_ += bytes;
}

void Http2Session::close_stream(std::int32_t id, Http2Error code) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  // Out of the map first: the owner may look at open_streams, or open another stream.
  const std::unique_ptr<Http2Stream> stream = std::move(found->second);
  streams_.erase(found);
  used_bytes_ -= stream->charged_bytes_ + stream->queued_bytes();
  if (stream->unconsumed_ > 0) nghttp2_session_consume_connection(session_, stream->unconsumed_);
  events_.on_stream_closed(*stream, code);
}

void Http2Session::fail_with(Http2Error code, std::string_view reason) {
  if (failure_) return;
  failure_ = Error::unavailable("the HTTP/2 connection failed: {}", reason);
  terminate(code);
}

void Http2Session::count_glitch() {
  ++glitch_count_;
  if (!glitch_bucket_.take(now_)) fail_with(Http2Error::kEnhanceYourCalm, "too many faults of the peer");
}

void Http2Session::count_reset(const Http2Stream& stream) {
  if (side_ != Side::kServer) return;
  if (!stream.response_submitted_) ++early_reset_count_;
  const double limit = options_.max_early_reset_ratio * static_cast<double>(request_count_);
  const bool too_early =
      request_count_ > options_.early_reset_minimum && static_cast<double>(early_reset_count_) > limit;
  if (!reset_bucket_.take(now_) || too_early) fail_with(Http2Error::kEnhanceYourCalm, "too many streams were reset");
}

}  // namespace skerry::http
