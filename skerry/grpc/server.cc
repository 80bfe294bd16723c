// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/server.h"

#include "skerry/async/recycled.h"
#include "skerry/grpc/http_call.h"
#include "skerry/grpc/json.h"
#include "skerry/grpc/server_stream.h"
#include "skerry/http/http_error.h"
#include "skerry/http/message.h"

namespace skerry::grpc {
namespace {

Task<http::Response> answer(http::Response response) { co_return std::move(response); }

/// Why the call cannot be served at all.
std::optional<Error> refusal(const Dispatcher& dispatcher, const Dispatcher::Entry& entry, std::string_view path,
                             const RequestInfo& info) {
  if (entry.definition == nullptr) return dispatcher.unknown_method(path);
  if (info.timeout_is_malformed) return Error::internal("malformed grpc-timeout");
  if (!info.encoding) return Error::unimplemented("unsupported grpc-encoding; there are {}", kAcceptEncoding);
  return std::nullopt;
}

http::Response refuse(const Error& error) {
  http::Response response = outcome_response(fail(error));
  // So that a client that compressed in an unknown way can try another one.
  response.headers.add_validated("grpc-accept-encoding", kAcceptEncoding);
  return response;
}

/// One unary call, from the bytes of the request to the frame of the reply. What is pointed and referred to outlives
/// the task.
Task<> run_unary(const Dispatcher* dispatcher, Dispatcher::Entry entry, std::shared_ptr<HttpServerCall> call,
                 http::Body& body, std::size_t message_bytes_max, std::string& reply) {
  std::string bytes;
  if (body.is_complete()) {
    bytes = body.take_bytes();
  } else {
    bytes = co_await body.read_all(message_bytes_max + kMessagePrefixBytes);
  }
  const Frame frame = co_await single_frame(bytes, message_bytes_max);
  std::string storage;
  const std::string_view message = co_await frame_message(frame, *call->info().encoding, message_bytes_max, storage);
  Task<> method = entry.definition->serve_unary(entry.implementation, message, reply);
  co_await dispatcher->run(entry, std::move(call), std::move(method));
}

/// The same with messages, for JSON.
Task<> run_json(const Dispatcher* dispatcher, Dispatcher::Entry entry, std::shared_ptr<HttpServerCall> call,
                http::Body& body, std::size_t message_bytes_max, std::string& reply) {
  const std::unique_ptr<google::protobuf::Message> request(entry.definition->request->New());
  const std::unique_ptr<google::protobuf::Message> response(entry.definition->response->New());
  const std::string text = co_await body.read_all(message_bytes_max);
  co_await message_from_json(text, *request);
  Task<> method = entry.definition->call(entry.implementation, {.request = request.get(), .response = response.get()});
  co_await dispatcher->run(entry, std::move(call), std::move(method));
  reply = co_await message_to_json(*response);
}

}  // namespace

Server::Server(ServerOptions options) : options_(options) {}
Server::~Server() = default;

bool Server::accepts(const http::Request& request) const {
  if (parse_content_type(request.headers.get("content-type").value_or("")) == ContentKind::kGrpc) return true;
  return dispatcher_->find(request.path()).definition != nullptr;
}

Task<http::Response> Server::handle(http::Request&& request) {
  switch (parse_content_type(request.headers.get("content-type").value_or(""))) {
    case ContentKind::kGrpc:
      return handle_grpc(std::move(request));
    case ContentKind::kJson:
      return handle_json(std::move(request));
    default:
      break;
  }
  return answer(request.method == "POST"
                    ? http::error_response(http::http_error(415, "neither application/grpc nor application/json"))
                    : http::method_not_allowed(request, {"POST"}));
}

Task<http::Response> Server::handle_grpc(http::Request request) {
  if (request.method != "POST") co_return http::method_not_allowed(request, {"POST"});
  if (request.version != http::Version::kHttp2) {
    co_return http::error_response(http::http_error(505, "gRPC needs HTTP/2"));
  }
  const auto entry = dispatcher_->find(request.path());
  const Method method = entry.definition != nullptr ? entry.definition->method : Method{};
  auto call = skerry::internal::make_recycled<HttpServerCall>(method, std::move(request.headers),
                                                              std::move(request.connection));
  if (const auto error = refusal(*dispatcher_, entry, request.path(), call->info())) co_return refuse(*error);
  if (method.kind != MethodKind::kUnary) {
    co_return stream_response(dispatcher_, entry, std::move(call), std::move(request.body), options_);
  }
  std::string reply;
  Task<> run = run_unary(dispatcher_.get(), entry, call, request.body, options_.receive_message_bytes_max, reply);
  const Result<> outcome = co_await within_timeout(call->info(), std::move(run)).result();
  const Compression compression = call->accepted_compression(options_.compression);
  http::Response response(200);
  response.headers = response_headers(call->headers(), compression);
  if (outcome) response.body = encode_frame(std::move(reply), compression);
  response.trailers = response_trailers(outcome, call->trailers());
  co_return std::move(response);
}

Task<http::Response> Server::handle_json(http::Request request) {
  const auto entry = dispatcher_->find(request.path());
  if (entry.definition == nullptr) co_return http::not_found(request);
  if (request.method != "POST") co_return http::method_not_allowed(request, {"POST"});
  if (entry.definition->method.kind != MethodKind::kUnary) {
    co_return http::error_response(Error::unimplemented("a streaming method cannot be called with JSON"));
  }
  auto call = std::make_shared<HttpServerCall>(entry.definition->method, std::move(request.headers),
                                               std::move(request.connection));
  std::string reply;
  Task<> run = run_json(dispatcher_.get(), entry, call, request.body, options_.receive_message_bytes_max, reply);
  const Result<> outcome = co_await within_timeout(call->info(), std::move(run)).result();
  http::Response response = outcome ? http::json(std::move(reply)) : http::error_response(outcome.error());
  write_metadata(response.headers, call->headers());
  write_metadata(response.headers, call->trailers());
  co_return std::move(response);
}

}  // namespace skerry::grpc
