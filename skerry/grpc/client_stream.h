// SPDX-License-Identifier: Apache-2.0
//
// The response of a call over HTTP/2, in both forms in which it can come: as a response with a body, or as an exchange
// that is still being written. Internal to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "skerry/grpc/channel.h"
#include "skerry/grpc/message_stream.h"
#include "skerry/http/client.h"

namespace skerry::grpc {

/// The messages of a response. Nothing is written through it.
class ResponseStream final : public MessageStream {
 public:
  ResponseStream(std::size_t message_bytes_max, Compression encoding, http::Body& body)
      : MessageStream(message_bytes_max, encoding), body_(body) {}
  Task<> write_frame(std::string frame) override;

 private:
  Task<std::optional<std::string>> read_chunk() override { return body_.read(); }
  http::Body& body_;
};

/// Why a response is not gRPC's: another status or content type, an unknown encoding. Nothing when it is fine.
Result<Compression> check_response(const http::ResponseHead& head);

/// Reads a response to its end: into `call.arguments.response` where the method has one, else into `call.responses`.
/// Fails with the outcome that its trailers state. What is pointed and referred to outlives the task.
Task<> read_response(ClientCall& call, const http::ResponseHead* head, http::Body& body, std::size_t message_bytes_max);

}  // namespace skerry::grpc
