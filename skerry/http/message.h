// SPDX-License-Identifier: Apache-2.0
//
// Request and Response: HTTP messages as values, the same on both sides and for every version of the protocol. A
// handler takes the one and gives the other:
//
//   Task<http::Response> hello(http::Request request) { co_return http::text("hello " + request.param("name")); }
//
// A response whose body is made while it is sent is given as a producer:
//
//   co_return http::Response::stream(200, headers, [rows](http::BodyWriter body) -> Task<> {
//     for (const Row& row : rows) co_await body.write(line_of(row));
//   });
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/http/body.h"
#include "skerry/http/head.h"

namespace skerry::http {

/// The values of a route's variables, percent-decoded, in the pattern's order.
using PathParameters = std::vector<std::pair<std::string, std::string>>;

/// What the requests of one connection have in common.
struct ConnectionInfo {
  /// The client's address and ours, "127.0.0.1:51234".
  std::string peer;
  std::string local;
};

struct Request : RequestHead {
  Body body = {};
  /// Set by the router that found the handler.
  PathParameters parameters = {};
  /// The pattern of the route that was found; empty without one. Outlives the request.
  std::string_view route = {};
  /// Null for a request that was not received.
  std::shared_ptr<const ConnectionInfo> connection = nullptr;

  Request() = default;
  explicit Request(RequestHead head, Body content = {}) : RequestHead(std::move(head)), body(std::move(content)) {}

  /// The value of a variable of the route; empty when the route has none of that name.
  std::string param(std::string_view name) const;
  /// The first value of a parameter in the query, decoded; nullopt when it is not there. InvalidArgument when the query
  /// is malformed.
  Result<std::optional<std::string>> query_param(std::string_view name) const;

  /// For who found the request's handler by its path: sets `route`, after which the server also names the request's
  /// span and counts it. To be called in the task of the server's handler.
  void set_route(std::string_view pattern) {
    route = pattern;
    if (observed_route_ != nullptr) *observed_route_ = pattern;
  }
  /// For the server: where `set_route` says it too.
  void observe_route(std::string* observed) { observed_route_ = observed; }

 private:
  std::string* observed_route_ = nullptr;
};

/// Makes the body of a response while it is sent. Called once; it and what it captured live until its task has ended,
/// which ends the body. When it fails or panics the body is cut off so that the client notices.
using BodyProducer = std::move_only_function<Task<>(BodyWriter)>;

struct Response : ResponseHead {
  Body body = {};
  /// Sent after the body, in addition to the body's own. Over HTTP/1.1 only with a body of several parts, see
  /// BodyWriter::set_trailers.
  Headers trailers = {};
  /// Where it is set, the body is what it writes.
  BodyProducer producer = nullptr;
  /// Sends the head with the producer's first chunk, or with its end, and not before: see BodyWriter::head.
  bool defer_head = false;

  Response() = default;
  explicit Response(int with_status, Body content = {}) : body(std::move(content)) { status = with_status; }
  explicit Response(ResponseHead head, Body content = {}) : ResponseHead(std::move(head)), body(std::move(content)) {}

  static Response stream(int status, Headers headers, BodyProducer producer);
};

/// Handles the requests of a server. Called on every worker at once. What a handler fails with is answered by
/// error_response; a panic with 500. The task is cancelled when the client goes away.
using Handler = std::function<Task<Response>(Request)>;

/// Responses with a content type: "text/plain; charset=utf-8", "application/json".
Response text(std::string body, int status = 200);
Response json(std::string body, int status = 200);

/// The one form in which errors are answered, here and in the layers above:
///
///   {"error":{"code":"NOT_FOUND","message":"no user u9","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}}
///
/// The status is the error's (skerry/http/http_error.h), the trace id that of the running task's current span, empty
/// without one. An error with the detail "reason", by which programs tell errors of one code apart, has
/// "details":{"reason":"OUT_OF_STOCK"} as well; its other details and its causes are not shown.
Response error_response(const Error& error);

/// The answer to a path that no route has, and to a method that the path does not have (405 with Allow).
Response not_found(const Request& request);
Response method_not_allowed(const Request& request, const std::vector<std::string>& allow);

}  // namespace skerry::http
