// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/message.h"

#include <boost/json/value.hpp>
#include <fmt/ranges.h>

#include "skerry/base/json.h"
#include "skerry/http/http_error.h"
#include "skerry/http/trace.h"
#include "skerry/http/uri.h"

namespace skerry::http {
namespace {

Response with_type(std::string_view type, std::string body, int status) {
  Response response(status, std::move(body));
  response.headers.add_validated("content-type", type);
  return response;
}

}  // namespace

std::string Request::param(std::string_view name) const {
  for (const auto& [candidate, value] : parameters) {
    if (candidate == name) return value;
  }
  return {};
}

Result<std::optional<std::string>> Request::query_param(std::string_view name) const {
  Result<Query> parsed = Query::parse(query());
  if (!parsed) return fail(std::move(parsed));
  const std::optional<std::string_view> value = parsed->get(name);
  if (!value) return std::nullopt;
  return std::string(*value);
}

Response Response::stream(int status, Headers headers, BodyProducer producer) {
  Response response(status);
  response.headers = std::move(headers);
  response.producer = std::move(producer);
  return response;
}

Response text(std::string body, int status) { return with_type("text/plain; charset=utf-8", std::move(body), status); }

Response json(std::string body, int status) { return with_type("application/json", std::move(body), status); }

Response error_response(const Error& error) {
  boost::json::object object;
  object["code"] = code_name(error.code());
  object["message"] = error.message();
  const std::string_view reason = error.detail("reason");
  if (!reason.empty()) object["details"] = boost::json::object{{"reason", reason}};
  object["trace_id"] = current_trace_id();
  return json(json_text(boost::json::object{{"error", std::move(object)}}), status_of(error));
}

Response not_found(const Request& request) {
  return error_response(http_error(404, "no route for {} {}", request.method, request.path()));
}

Response method_not_allowed(const Request& request, const std::vector<std::string>& allow) {
  Response response = error_response(http_error(405, "{} is not allowed here", request.method));
  // Methods are tokens, so the list is a valid value.
  response.headers.add_validated("allow", fmt::format("{}", fmt::join(allow, ", ")));
  return response;
}

}  // namespace skerry::http
