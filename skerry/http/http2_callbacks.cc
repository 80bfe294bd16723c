// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http2_callbacks.h"

#include <algorithm>

#include "skerry/http/characters.h"
#include "skerry/http/http_error.h"
#include "skerry/http/uri.h"

namespace skerry::http {
namespace {

/// Sent bytes at the front of a stream's queue that are kept before the rest is moved down.
constexpr std::size_t kMaxSentPrefixBytes = 64 * 1024;

std::string_view view_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Resets that answer a fault of the peer, as against those that this side wants.
bool answers_a_fault(std::uint32_t code) {
  switch (static_cast<Http2Error>(code)) {
    case Http2Error::kProtocolError:
    case Http2Error::kFlowControlError:
    case Http2Error::kStreamClosed:
    case Http2Error::kFrameSizeError:
    case Http2Error::kRefusedStream:
    case Http2Error::kEnhanceYourCalm:
      return true;
    default:
      return false;
  }
}

/// RFC 9113 section 8.2.3: the crumbs of a cookie are one field again before anybody else sees them.
void join_cookies(Headers& headers) {
  const std::vector<std::string_view> crumbs = headers.get_all("cookie");
  if (crumbs.size() < 2) return;
  std::string joined;
  for (const std::string_view crumb : crumbs) joined.append(joined.empty() ? "" : "; ").append(crumb);
  // Crumbs were valid one by one, so this is.
  (void)headers.set("cookie", joined);
}

}  // namespace

nghttp2_session_callbacks* Http2Callbacks::make_table() {
  nghttp2_session_callbacks* table = nullptr;
  nghttp2_session_callbacks_new(&table);
  nghttp2_session_callbacks_set_on_begin_frame_callback(table, &on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(table, &on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(table, &on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(table, &on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(table, &on_frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, &on_data_chunk);
  nghttp2_session_callbacks_set_on_frame_send_callback(table, &on_frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(table, &on_frame_not_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(table, &on_stream_closed);
  nghttp2_session_callbacks_set_send_data_callback(table, &send_data);
  return table;
}

nghttp2_data_provider Http2Callbacks::provider_of(Http2Stream& stream) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = &read_data;
  return provider;
}

Http2Stream* Http2Callbacks::stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

int Http2Callbacks::on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user_data) {
  Http2Session& self = session_of(user_data);
  self.continuations_ = header->type == NGHTTP2_CONTINUATION ? self.continuations_ + 1 : 0;
  if (self.continuations_ <= self.options_.max_continuations) return 0;
  self.fail_with(Http2Error::kEnhanceYourCalm, "too many CONTINUATION frames");
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Callbacks::on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  Http2Session& self = session_of(user_data);
  Http2Stream* stream = stream_of(session, frame->hd.stream_id);
  if (stream == nullptr) {
    if (self.side_ != Http2Session::Side::kServer || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    stream = &self.add_stream(frame->hd.stream_id);
    ++self.request_count_;
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
  }
  stream->block_fields_ = 0;
  stream->block_bytes_ = 0;
  return 0;
}

int Http2Callbacks::on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                              std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                              void* user_data) {
  Http2Session& self = session_of(user_data);
  Http2Stream* stream = stream_of(session, frame->hd.stream_id);
  if (stream == nullptr || stream->refusal_) return 0;
  const std::size_t bytes = name_size + value_size + Headers::kFieldOverheadBytes;
  // Counted before anything is stored: a reference of one byte to the peer's table may stand for kilobytes.
  stream->block_fields_ += 1;
  stream->block_bytes_ += bytes;
  const bool too_large = stream->block_fields_ > self.options_.max_header_fields ||
                         stream->block_bytes_ > self.options_.max_header_list_bytes ||
                         name_size > Headers::kMaxNameBytes;
  if (too_large && self.side_ == Http2Session::Side::kServer && !stream->head_done_) {
    stream->refusal_ = http_error(431, "the head is larger than {} bytes or {} fields",
                                  self.options_.max_header_list_bytes, self.options_.max_header_fields);
    stream->head_.headers.clear();
    return 0;
  }
  if (too_large || self.used_bytes_ + bytes > self.options_.max_connection_bytes) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_ENHANCE_YOUR_CALM);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  self.charge(*stream, bytes);
  take_field(self, *stream, view_of(name, name_size), view_of(value, value_size));
  return 0;
}

int Http2Callbacks::on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                                      const std::uint8_t*, std::size_t, std::uint8_t, void* user_data) {
  // By default nghttp2 drops the field and goes on; a message has one reading or none.
  Http2Session& self = session_of(user_data);
  self.count_glitch();
  return self.failure_ ? NGHTTP2_ERR_CALLBACK_FAILURE : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

void Http2Callbacks::take_field(Http2Session& self, Http2Stream& stream, std::string_view name,
                                std::string_view value) {
  if (name.starts_with(':')) {
    if (name == ":status" && self.side_ == Http2Session::Side::kClient) {
      stream.status_ = 0;
      // nghttp2 has checked that these are three digits.
      for (const char digit : value) stream.status_ = stream.status_ * 10 + (digit - '0');
    } else {
      take_pseudo_field(stream, name, value);
    }
    return;
  }
  (stream.head_done_ ? stream.trailers_ : stream.head_.headers).add_validated(name, value);
}

void Http2Callbacks::take_pseudo_field(Http2Stream& stream, std::string_view name, std::string_view value) {
  if (name == ":method") {
    stream.head_.method = value;
  } else if (name == ":path") {
    stream.head_.target = value;
  } else if (name == ":scheme") {
    stream.head_.scheme = value;
  } else if (name == ":authority") {
    stream.head_.authority = value;
  }
}

void Http2Callbacks::finish_request(Http2Stream& stream) {
  RequestHead& head = stream.head_;
  head.version = Version::kHttp2;
  if (stream.refusal_) return;
  join_cookies(head.headers);
  if (head.method == "CONNECT") {
    stream.refusal_ = http_error(501, "CONNECT is not supported");
    return;
  }
  // The same strictness as over HTTP/1.1, so that a request can be passed on over either.
  const bool target_ok = head.target == "*" ? head.method == "OPTIONS" : head.target.starts_with('/');
  if (!target_ok || !internal::all_of_class(head.target, internal::kTargetCharacter) ||
      !internal::is_token(head.method)) {
    stream.refusal_ = http_error(400, "invalid method or path");
    return;
  }
  const std::vector<std::string_view> hosts = head.headers.get_all("host");
  if (hosts.size() == 1 && head.authority.empty()) head.authority = hosts.front();
  const bool one_host =
      hosts.empty() || (hosts.size() == 1 && internal::equals_ignoring_case(hosts[0], head.authority));
  if (!one_host || !is_valid_authority(head.authority)) {
    stream.refusal_ = http_error(400, "invalid host, or Host differs from :authority");
    return;
  }
  if (!hosts.empty()) head.headers.remove("host");
  stream.expects_continue_ =
      !stream.remote_ended_ && internal::equals_ignoring_case(head.headers.get("expect").value_or(""), "100-continue");
}

void Http2Callbacks::finish_headers(Http2Session& self, Http2Stream& stream) {
  if (stream.head_done_) return;
  if (self.side_ == Http2Session::Side::kServer) {
    finish_request(stream);
  } else if (stream.status_ < 200) {
    stream.head_.headers.clear();
    return;
  }
  stream.head_done_ = true;
  self.events_.on_head(stream);
}

void Http2Callbacks::finish_message(Http2Session& self, Http2Stream& stream) {
  stream.remote_ended_ = true;
  if (!stream.refusal_) self.events_.on_end(stream);
}

int Http2Callbacks::on_frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
  Http2Session& self = session_of(user_data);
  Http2Stream* stream = frame->hd.stream_id == 0 ? nullptr : stream_of(session, frame->hd.stream_id);
  const bool ends_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
      if (stream == nullptr) break;
      if (ends_stream) stream->remote_ended_ = true;
      finish_headers(self, *stream);
      if (ends_stream) finish_message(self, *stream);
      break;
    case NGHTTP2_DATA:
      if (frame->hd.length == 0 && !ends_stream) self.count_glitch();
      if (stream != nullptr && ends_stream) finish_message(self, *stream);
      break;
    case NGHTTP2_RST_STREAM:
      if (stream != nullptr) self.count_reset(*stream);
      break;
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) self.events_.on_settings();
      break;
    case NGHTTP2_PING:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) self.events_.on_ping_acknowledged();
      break;
    case NGHTTP2_GOAWAY:
      self.goaway_received_ = true;
      self.events_.on_goaway(frame->goaway.last_stream_id, static_cast<Http2Error>(frame->goaway.error_code));
      break;
    default:
      break;
  }
  // Nothing behind the frame that was too much is looked at any more.
  return self.failure_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

int Http2Callbacks::on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                                  std::size_t size, void* user_data) {
  Http2Session& self = session_of(user_data);
  Http2Stream* stream = stream_of(session, id);
  if (stream == nullptr || stream->refusal_) {
    nghttp2_session_consume(session, id, size);
    return 0;
  }
  stream->unconsumed_ += size;
  self.events_.on_data(*stream, view_of(data, size));
  return 0;
}

int Http2Callbacks::on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
  Http2Session& self = session_of(user_data);
  if (frame->hd.type == NGHTTP2_RST_STREAM) {
    if (answers_a_fault(frame->rst_stream.error_code)) self.count_glitch();
    return 0;
  }
  const bool ends_stream = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                           (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!ends_stream || self.side_ != Http2Session::Side::kServer) return 0;
  // RFC 9113 section 8.1: the response is complete and nobody wants the rest of the request.
  const Http2Stream* stream = stream_of(session, frame->hd.stream_id);
  if (stream != nullptr && !stream->remote_ended_) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  }
  return 0;
}

int Http2Callbacks::on_frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) {
  // A request that nghttp2 never opened a stream for has nobody else to end it.
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    session_of(user_data).close_stream(frame->hd.stream_id, Http2Error::kRefusedStream);
  }
  return 0;
}

int Http2Callbacks::on_stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
  session_of(user_data).close_stream(id, static_cast<Http2Error>(code));
  return 0;
}

ssize_t Http2Callbacks::read_data(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t size,
                                  std::uint32_t* flags, nghttp2_data_source* source, void*) {
  auto& stream = *static_cast<Http2Stream*>(source->ptr);
  const std::size_t queued = stream.queued_bytes();
  if (queued == 0 && !stream.local_ended_) {
    stream.deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (queued <= size && stream.local_ended_) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!stream.outgoing_trailers_.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      Http2Fields fields;
      fields.add_all(stream.outgoing_trailers_);
      nghttp2_submit_trailer(session, id, fields.data(), fields.size());
    }
  }
  return static_cast<ssize_t>(std::min(queued, size));
}

int Http2Callbacks::send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_header, std::size_t size,
                              nghttp2_data_source* source, void* user_data) {
  Http2Session& self = session_of(user_data);
  auto& stream = *static_cast<Http2Stream*>(source->ptr);
  // nghttp2 would go on with the next data frame without coming back to `produce`.
  if (self.output_->size() > self.output_limit_) return NGHTTP2_ERR_WOULDBLOCK;
  self.output_->append(view_of(frame_header, kFrameHeaderBytes));
  self.output_->append(stream.queue_, stream.queue_start_, size);
  stream.queue_start_ += size;
  stream.stalled_since_ = {};
  self.used_bytes_ -= size;
  if (stream.queued_bytes() == 0) {
    stream.queue_.clear();
    stream.queue_start_ = 0;
    if (!stream.local_ended_) self.events_.on_drained(stream);
  } else if (stream.queue_start_ > kMaxSentPrefixBytes) {
    stream.queue_.erase(0, stream.queue_start_);
    stream.queue_start_ = 0;
  }
  return 0;
}

}  // namespace skerry::http
