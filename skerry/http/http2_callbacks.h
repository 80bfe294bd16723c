// SPDX-License-Identifier: Apache-2.0
//
// What nghttp2 calls back, and the form in which it takes fields. Internal to Http2Session: the one header that
// includes nghttp2's.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/http/http2_session.h"

namespace skerry::http {

/// RFC 9113 section 4.1.
inline constexpr std::size_t kFrameHeaderBytes = 9;

/// The fields of one header block. Holds views: nghttp2 copies what it keeps.
class Http2Fields {
 public:
  void add(std::string_view name, std::string_view value);
  /// Adds the headers that may be sent over HTTP/2: not those of one connection, not Host, and not Content-Length,
  /// which the session writes (RFC 9113 section 8.2.2).
  void add_all(const Headers& headers);
  const nghttp2_nv* data() const { return overflow_.empty() ? inline_.data() : overflow_.data(); }
  std::size_t size() const { return overflow_.empty() ? size_ : overflow_.size(); }

 private:
  static constexpr std::size_t kInlineFields = 24;
  std::array<nghttp2_nv, kInlineFields> inline_;
  std::size_t size_ = 0;
  std::vector<nghttp2_nv> overflow_;
};

struct Http2Callbacks {
  /// The table of callbacks; the caller deletes it.
  static nghttp2_session_callbacks* make_table();
  /// The source of a stream's body, to be given with its headers.
  static nghttp2_data_provider provider_of(Http2Stream& stream);

  static Http2Session& session_of(void* user_data) { return *static_cast<Http2Session*>(user_data); }
  static Http2Stream* stream_of(nghttp2_session* session, std::int32_t id);

  static int on_begin_frame(nghttp2_session* session, const nghttp2_frame_hd* header, void* user_data);
  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user_data);
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t flags,
                       void* user_data);
  static int on_invalid_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                               std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                               std::uint8_t flags, void* user_data);
  static int on_frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user_data);
  static int on_data_chunk(nghttp2_session* session, std::uint8_t flags, std::int32_t id, const std::uint8_t* data,
                           std::size_t size, void* user_data);
  static int on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data);
  static int on_frame_not_sent(nghttp2_session* session, const nghttp2_frame* frame, int error, void* user_data);
  static int on_stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user_data);
  static ssize_t read_data(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user_data);
  static int send_data(nghttp2_session* session, nghttp2_frame* frame, const std::uint8_t* frame_header,
                       std::size_t size, nghttp2_data_source* source, void* user_data);

 private:
  static void take_field(Http2Session& self, Http2Stream& stream, std::string_view name, std::string_view value);
  static void take_pseudo_field(Http2Stream& stream, std::string_view name, std::string_view value);
  static void finish_headers(Http2Session& self, Http2Stream& stream);
  static void finish_request(Http2Stream& stream);
  static void finish_message(Http2Session& self, Http2Stream& stream);
};

}  // namespace skerry::http
