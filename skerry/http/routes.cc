// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/routes.h"

#include "skerry/http/http_error.h"

namespace skerry::http {

namespace {

Task<Response> answer(Response response) { co_return std::move(response); }

}  // namespace

// Not a coroutine, so that the way to the handler costs no frame.
Task<Response> Routes::handle(Request request) const {
  Router<Handler>::Match match = router_.find(request.method, request.path());
  switch (match.outcome) {
    case RouteOutcome::kFound:
      request.parameters = std::move(match.parameters);
      request.set_route(match.pattern);
      return (*match.value)(std::move(request));
    case RouteOutcome::kMethodNotAllowed:
      return answer(method_not_allowed(request, match.allow));
    case RouteOutcome::kMalformedPath:
      return answer(error_response(http_error(400, "the path is malformed")));
    case RouteOutcome::kNotFound:
      break;
  }
  return answer(not_found(request));
}

}  // namespace skerry::http
