// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/client_stream.h"

#include "skerry/base/defer.h"
#include "skerry/grpc/http_call.h"
#include "skerry/grpc/status.h"

namespace skerry::grpc {
namespace {

constexpr int kHttpOk = 200;

Error too_many_responses() { return Error::internal("more than one response to a call that has one"); }

/// The one message of a method without a stream of responses. A second message is an error of the server.
Task<> read_single(ClientCall& call, ResponseStream& stream, bool& found) {
  while (true) {
    const std::optional<std::string_view> bytes = co_await stream.buffered_message();
    if (bytes) {
      if (found) co_await too_many_responses();
      found = true;
      if (!parse_message(*call.arguments.response, *bytes)) co_await unreadable_message(*call.arguments.response);
      continue;
    }
    const bool more = co_await stream.fill();
    if (!more) break;
  }
}

Task<> read_many(ClientCall& call, ResponseStream& stream) {
  while (true) {
    const std::optional<std::string_view> bytes = co_await stream.buffered_message();
    if (bytes) {
      co_await call.responses->push(*bytes);
      continue;
    }
    const bool more = co_await stream.fill();
    if (!more) break;
  }
}

}  // namespace

Task<> ResponseStream::write_frame(std::string) { co_await Error::internal("a response is not written to"); }

Result<Compression> check_response(const http::ResponseHead& head) {
  const std::string_view content_type = head.headers.get("content-type").value_or("");
  if (head.status != kHttpOk) {
    return fail(Error::make(code_for_http_status(head.status), "the server answered with HTTP status {}", head.status));
  }
  if (parse_content_type(content_type) != ContentKind::kGrpc) {
    return fail(Error::unknown("the server answered with content type \"{}\"", content_type));
  }
  const auto encoding = compression_from_name(head.headers.get("grpc-encoding").value_or("identity"));
  if (!encoding) return fail(Error::internal("the server answered in a grpc-encoding that was not offered"));
  return *encoding;
}

Task<> read_response(ClientCall& call, const http::ResponseHead* head, http::Body& body,
                     std::size_t message_bytes_max) {
  const bool trailers_only = head->headers.contains("grpc-status");
  ResponseMetadata received;
  if (call.options.received != nullptr) {
    (trailers_only ? received.trailers : received.headers) = read_metadata(head->headers);
  }
  Defer hand_over([&] {
    if (call.options.received != nullptr) *call.options.received = std::move(received);
  });
  // A grpc-status counts whatever the rest of the response looks like.
  if (trailers_only) co_await read_outcome(head->status, head->headers, {});
  const Compression encoding = co_await check_response(*head);
  ResponseStream stream(message_bytes_max, encoding, body);
  bool found = false;
  if (call.responses != nullptr) {
    co_await read_many(call, stream);
  } else {
    co_await read_single(call, stream, found);
  }
  if (call.options.received != nullptr && !trailers_only) received.trailers = read_metadata(body.trailers());
  co_await read_outcome(head->status, head->headers, body.trailers());
  if (call.responses == nullptr && !found) co_await Error::internal("a call ended well without its response");
}

}  // namespace skerry::grpc
