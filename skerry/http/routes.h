// SPDX-License-Identifier: Apache-2.0
//
// Routes: a router of handlers, as a handler: finds the route, or answers 404, 405 with Allow, or 400.
//
//   http::Routes routes;
//   routes.add("GET", "/hello/{name}", hello);
//   http::Server server(routes.handler());
#pragma once

#include <string_view>

#include "skerry/http/message.h"
#include "skerry/http/router.h"

namespace skerry::http {

class Routes {
 public:
  /// Fails as Router::add. Not while requests are handled.
  Result<> add(std::string_view method, std::string_view pattern, Handler handler) {
    return router_.add(method, pattern, std::move(handler));
  }

  /// Answers the request by its route. May be called on every worker at once. The routes must outlive the task.
  Task<Response> handle(Request request) const;

  /// Calls `handle`. The routes must outlive it.
  Handler handler() const {
    return [this](Request&& request) { return handle(std::move(request)); };
  }

 private:
  Router<Handler> router_;
};

}  // namespace skerry::http
