// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <charconv>

#include "skerry/base/json.h"
#include "skerry/saga/admin.h"

namespace skerry::saga {
namespace {

constexpr std::string_view kDefaultReason = "compensated by an operator";

Result<std::int64_t> number(const http::Request& request, std::string_view name, std::int64_t otherwise) {
  auto text = request.query_param(name);
  if (!text) return fail(std::move(text));
  if (!*text) return otherwise;
  std::int64_t value = 0;
  const char* end = (*text)->data() + (*text)->size();
  const auto [stop, error] = std::from_chars((*text)->data(), end, value);
  if (error != std::errc() || stop != end || value < 0) {
    return fail(Error::invalid_argument("{}: expected a number from 0, got \"{}\"", name, **text));
  }
  return value;
}

Result<std::optional<State>> state_parameter(const http::Request& request) {
  auto text = request.query_param("state");
  if (!text) return fail(std::move(text));
  if (!*text) return std::nullopt;
  const auto state = parse_state(**text);
  if (state) return state;
  return fail(Error::invalid_argument(
      "state: expected running, compensating, stuck, completed or cancelled, got \"{}\"", **text));
}

Task<http::Response> list(Runner& runner, http::Request request) {
  ListOptions options;
  options.state = co_await state_parameter(request);
  options.saga = co_await request.query_param("saga");
  options.limit = co_await number(request, "limit", options.limit);
  options.offset = co_await number(request, "offset", options.offset);
  const std::vector<SagaSummary> sagas = co_await list_sagas(runner, std::move(options));
  co_return http::json(json_text(boost::json::object{{"sagas", to_json_value(sagas)}}));
}

Task<http::Response> show(Runner& runner, std::string id) {
  const SagaDetails details = co_await show_saga(runner, std::move(id));
  co_return http::json(to_json(details));
}

http::Response changed(const std::string& id, State state) {
  return http::json(json_text(boost::json::object{{"id", id}, {"state", state_name(state)}}));
}

Task<http::Response> retry(Runner& runner, std::string id) {
  const State state = co_await retry_saga(runner, id);
  co_return changed(id, state);
}

Task<http::Response> compensate(Runner& runner, http::Request request) {
  const std::string id = request.param("id");
  const auto reason = co_await request.query_param("reason");
  const State state = co_await compensate_saga(runner, id, reason.value_or(std::string(kDefaultReason)));
  co_return changed(id, state);
}

}  // namespace

Result<> add_admin_routes(http::Routes& routes, Runner& runner) {
  Result<> added =
      routes.add("GET", "/debug/sagas", [&runner](http::Request request) { return list(runner, std::move(request)); });
  if (!added) return added;
  added = routes.add("GET", "/debug/sagas/{id}",
                     [&runner](http::Request request) { return show(runner, request.param("id")); });
  if (!added) return added;
  added = routes.add("POST", "/debug/sagas/{id}/retry",
                     [&runner](http::Request request) { return retry(runner, request.param("id")); });
  if (!added) return added;
  return routes.add("POST", "/debug/sagas/{id}/compensate",
                    [&runner](http::Request request) { return compensate(runner, std::move(request)); });
}

}  // namespace skerry::saga
