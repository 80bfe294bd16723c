// SPDX-License-Identifier: Apache-2.0
//
// Frames and headers: every message on a connection is a length, a header and a body. The header's own version follows
// from the key and version of the request, which come first in it.
//
//   RequestHead head = co_await read_request_head(frame);        // a frame without its length
//   Result<HeartbeatRequest> request = decode<HeartbeatRequest>(head.body, head.version);
//   std::string answer = response_frame(head, HeartbeatResponse{});
//
// https://kafka.apache.org/protocol#protocol_messages
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/kafka/protocol/codec.h"

namespace skerry::platform::kafka::protocol {

/// The length before every message.
inline constexpr std::size_t kFrameLengthBytes = 4;
/// The largest request, without its length: Kafka's socket.request.max.bytes.
inline constexpr std::int32_t kMaxRequestBytes = 100 * 1024 * 1024;

struct RequestHead {
  std::int16_t key = 0;
  std::int16_t version = 0;
  /// Comes back in the response.
  std::int32_t correlation_id = 0;
  /// What the client calls itself.
  std::string client_id;
  /// What follows the header: a view into the frame. Empty when the key or the version is not one of apis(): its form
  /// is unknown then.
  std::string_view body;
};

/// Reads the header of a request, also of one that is not answered. INVALID_ARGUMENT when it is malformed. The frame
/// outlives the result's body.
Result<RequestHead> read_request_head(std::string_view frame);

/// Appends the frame's length, to be set by end_frame, and the header of a request.
std::size_t begin_request(std::string& out, ApiKey key, std::int16_t version, std::int32_t correlation_id,
                          std::string_view client_id);
/// The same for a response. ApiVersions has the oldest header in every version, as the client may know no other.
std::size_t begin_response(std::string& out, ApiKey key, std::int16_t version, std::int32_t correlation_id);
/// Sets the length of the frame that begins at `begin`, as the two above gave it.
void end_frame(std::string& out, std::size_t begin);

/// The whole frame of a request.
template <class Message>
std::string request_frame(const Message& message, std::int16_t version, std::int32_t correlation_id,
                          std::string_view client_id) {
  std::string out;
  const std::size_t begin = begin_request(out, Message::kKey, version, correlation_id, client_id);
  encode(message, version, out);
  end_frame(out, begin);
  return out;
}

/// The whole frame of the response to a request.
template <class Message>
std::string response_frame(const Message& message, std::int16_t version, std::int32_t correlation_id) {
  std::string out;
  const std::size_t begin = begin_response(out, Message::kKey, version, correlation_id);
  encode(message, version, out);
  end_frame(out, begin);
  return out;
}

struct ResponseHead {
  std::int32_t correlation_id = 0;
  /// A view into the frame.
  std::string_view body;
};

/// Reads the header of the response to a request of this key and version, from a frame without its length.
Result<ResponseHead> read_response_head(std::string_view frame, ApiKey key, std::int16_t version);

}  // namespace skerry::platform::kafka::protocol
