// SPDX-License-Identifier: Apache-2.0
//
// Server: gRPC over HTTP. It does not listen: it handles the requests that an HTTP server hands to it, so that gRPC,
// JSON and plain HTTP share one port, one set of limits and one shutdown.
//
//   grpc::Server grpc;
//   grpc.serve<UserService>(std::make_shared<Users>());
//   router.fallback([&](http::Request request) { return grpc.handle(std::move(request)); });
//
// The one thing to know: a method runs on the worker that its connection belongs to, on every worker at once. A unary
// method also answers `POST /pkg.Service/Method` with `content-type: application/json`, in protobuf's JSON mapping.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "skerry/async/task.h"
#include "skerry/grpc/dispatcher.h"
#include "skerry/grpc/framing.h"
#include "skerry/grpc/local.h"
#include "skerry/grpc/service.h"

namespace skerry::http {
struct Request;
struct Response;
}  // namespace skerry::http

namespace skerry::grpc {

struct ServerOptions {
  /// The largest request message, counted after decompression. A larger one fails the call with RESOURCE_EXHAUSTED.
  std::size_t receive_message_bytes_max = kReceiveMessageBytesMax;
  /// How responses are compressed where the method does not say and the client accepts it.
  Compression compression = Compression::kIdentity;
};

class Server {
 public:
  explicit Server(ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Adds a service before the first request. Precondition: no service of that name is there.
  void add(ServiceDefinition definition) { dispatcher_->add(std::move(definition)); }
  template <Service S>
  void serve(std::shared_ptr<S> implementation) {
    add(ServiceTraits<S>::definition(std::move(implementation)));
  }
  /// Adds an interceptor around the calls of all services, before the first request.
  void add_interceptor(std::shared_ptr<ServerInterceptor> interceptor) {
    dispatcher_->add_interceptor(std::move(interceptor));
  }

  template <Service S>
  bool has() const {
    return dispatcher_->has_service(ServiceTraits<S>::kFullName);
  }
  /// A client of a service that this server has, without the network: for "local or remote". See has().
  template <Service S>
  std::unique_ptr<S> local_client() const {
    return ServiceTraits<S>::make_client(local_channel(dispatcher_));
  }
  const std::shared_ptr<Dispatcher>& dispatcher() { return dispatcher_; }

  /// True for what handle() is meant for: a gRPC content type, or a path of a known method.
  bool accepts(const http::Request& request) const;
  /// Answers a request, which fails by an answer alone: 415 for another content type, 405 for another method than POST,
  /// 505 for gRPC over HTTP/1.1, else a gRPC status, and for JSON the one error form of http::error_response.
  /// Cancelling the task cancels the service's method. The request is moved from before handle() returns; the server
  /// must outlive the response.
  Task<http::Response> handle(http::Request&& request);

 private:
  Task<http::Response> handle_grpc(http::Request request);
  Task<http::Response> handle_json(http::Request request);

  ServerOptions options_;
  std::shared_ptr<Dispatcher> dispatcher_ = std::make_shared<Dispatcher>();
};

}  // namespace skerry::grpc
