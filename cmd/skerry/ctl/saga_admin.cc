// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/saga_admin.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "skerry/async/timeout.h"
#include "skerry/base/json.h"
#include "skerry/http/http_error.h"
#include "skerry/http/uri.h"

namespace skerry::cmd {
namespace {

constexpr std::string_view kSagasPath = "/debug/sagas";
constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kUnavailable = 503;

struct ListAnswer {
  std::vector<saga::SagaSummary> sagas;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (sagas))

struct StateAnswer {
  std::string state;
};
BOOST_DESCRIBE_STRUCT(StateAnswer, (), (state))

struct ErrorAnswer {
  struct Inner {
    std::string message;
  };
  Inner error;
};
BOOST_DESCRIBE_STRUCT(ErrorAnswer::Inner, (), (message))
BOOST_DESCRIBE_STRUCT(ErrorAnswer, (), (error))

// The failure that an answer tells of, in the service's own words.
Error error_of(int status, const std::string& body) {
  const auto told = parse_json<ErrorAnswer>(body);
  if (told && !told->error.message.empty()) return Error(http::code_of_status(status), told->error.message);
  return Error::unknown("the instance answered with status {}", status);
}

std::string list_target(const SagaFilter& filter, std::size_t limit, std::size_t offset) {
  std::string target = fmt::format("{}?limit={}&offset={}", kSagasPath, limit, offset);
  if (!filter.state.empty()) target += "&state=" + http::percent_encode(filter.state);
  if (!filter.saga.empty()) target += "&saga=" + http::percent_encode(filter.saga);
  return target;
}

std::string saga_target(const std::string& id) { return fmt::format("{}/{}", kSagasPath, http::percent_encode(id)); }

}  // namespace

Task<std::vector<discovery::Instance>> read_instances(std::shared_ptr<etcd::Client> registry) {
  etcd::RangeResult found = co_await registry->list(etcd::KeyRange::prefix(discovery::namespace_prefix()));
  std::vector<discovery::Instance> instances;
  for (const etcd::KeyValue& pair : found.key_values) {
    auto instance = discovery::parse_instance(pair.key, pair.value);
    if (instance) instances.push_back(*std::move(instance));
  }
  co_return instances;
}

Task<SagaAdmin::Answer> SagaAdmin::ask(std::string admin_address, std::string method, std::string target) {
  const net::HostPort endpoint = co_await net::HostPort::parse(admin_address);
  http::Request request({.method = std::move(method), .target = std::move(target), .authority = admin_address});
  http::Response response = co_await with_timeout(kAdminLimit, client_.send(std::move(request), endpoint));
  std::string body = co_await with_timeout(kAdminLimit, response.body.read_all(kMaxAdminAnswerBytes));
  co_return Answer{.status = response.status, .body = std::move(body)};
}

Task<> SagaAdmin::find_services(std::string service) {
  bool asked_somebody = false;
  for (const discovery::Instance& instance : instances_) {
    if (!service.empty() && instance.service != service) continue;
    asked_somebody = true;
    co_await add_host(instance);
  }
  if (hosts_.empty()) co_await none_found(service, asked_somebody);
}

Task<> SagaAdmin::add_host(discovery::Instance instance) {
  if (instance.admin_address.empty()) co_return;
  auto answer = co_await ask(instance.admin_address, "GET", fmt::format("{}?limit=0", kSagasPath)).result();
  if (!answer) {
    warnings_.push_back(
        fmt::format("{} does not answer at {}: {}", instance.id, instance.admin_address, answer.error().message()));
  } else if (answer->status == kOk) {
    hosts_[instance.service].push_back(instance.admin_address);
  } else if (answer->status != kNotFound) {
    warnings_.push_back(fmt::format("{}: {}", instance.id, error_of(answer->status, answer->body).message()));
  }
}

Error SagaAdmin::none_found(const std::string& service, bool asked_somebody) const {
  if (!warnings_.empty()) return Error::unavailable("{}", fmt::join(warnings_, "; "));
  std::set<std::string> names;
  for (const discovery::Instance& instance : instances_) names.insert(instance.service);
  if (names.empty()) return Error::not_found("no service is registered");
  if (service.empty()) return Error::not_found("none of the services has sagas: {}", fmt::join(names, ", "));
  if (asked_somebody) return Error::not_found("the service {} has no sagas", service);
  return Error::not_found("no service {} is registered; there are: {}", service, fmt::join(names, ", "));
}

Task<std::vector<ListedSaga>> SagaAdmin::list_of(std::string service, std::string admin_address, SagaFilter filter) {
  const std::size_t page = std::min<std::size_t>(filter.limit.value_or(saga::kMaxListedSagas), saga::kMaxListedSagas);
  std::vector<ListedSaga> sagas;
  for (;;) {
    const Answer answer = co_await ask(admin_address, "GET", list_target(filter, page, sagas.size()));
    if (answer.status != kOk) co_await error_of(answer.status, answer.body);
    auto listed = co_await parse_json<ListAnswer>(answer.body, {.bytes_max = kMaxAdminAnswerBytes});
    for (saga::SagaSummary& summary : listed.sagas) sagas.push_back({std::move(summary), service});
    if (listed.sagas.size() < page || (filter.limit && sagas.size() >= *filter.limit)) co_return sagas;
  }
}

Task<std::vector<ListedSaga>> SagaAdmin::list(SagaFilter filter) {
  std::map<std::pair<std::string, std::string>, ListedSaga> merged;
  for (const auto& [service, addresses] : hosts_) {
    for (const std::string& address : addresses) {
      for (ListedSaga& saga : co_await list_of(service, address, filter)) {
        auto [known, added] = merged.try_emplace({service, saga.id}, saga);
        // Another instance may have the definition that this one lacks.
        if (!added && saga.known) known->second = std::move(saga);
      }
    }
  }
  std::vector<ListedSaga> sagas;
  for (auto& [key, saga] : merged) sagas.push_back(std::move(saga));
  // Those of one moment in the order of their ids.
  std::ranges::sort(sagas, [](const ListedSaga& a, const ListedSaga& b) {
    return std::tie(b.created_ms, a.service, a.id) < std::tie(a.created_ms, b.service, b.id);
  });
  if (filter.limit && sagas.size() > *filter.limit) sagas.resize(*filter.limit);
  co_return sagas;
}

Task<ShownSaga> SagaAdmin::show(std::string id) {
  std::map<std::string, ShownSaga> found;
  for (const auto& [service, addresses] : hosts_) {
    for (const std::string& address : addresses) {
      const Answer answer = co_await ask(address, "GET", saga_target(id));
      if (answer.status == kNotFound) continue;
      if (answer.status != kOk) co_await error_of(answer.status, answer.body);
      auto details = co_await parse_json<saga::SagaDetails>(answer.body, {.bytes_max = kMaxAdminAnswerBytes});
      auto [known, added] = found.try_emplace(service, ShownSaga{details, service});
      if (!added && details.known) known->second = ShownSaga{std::move(details), service};
    }
  }
  std::vector<std::string> services;
  for (const auto& [service, addresses] : found.empty() ? hosts_ : decltype(hosts_)()) services.push_back(service);
  if (found.empty()) co_await Error::not_found("no saga \"{}\" in {}", id, fmt::join(services, ", "));
  for (const auto& [service, details] : found) services.push_back(service);
  if (found.size() > 1) {
    co_await Error::failed_precondition("there is a saga \"{}\" in each of {}: say which one with --service", id,
                                        fmt::join(services, ", "));
  }
  co_return std::move(found.begin()->second);
}

// An instance that lacks the definition refuses with 503, and another may do it.
Task<std::string> SagaAdmin::change(std::string service, std::string target) {
  std::optional<Error> refusal;
  for (const std::string& address : hosts_[service]) {
    auto answer = co_await ask(address, "POST", target).result();
    if (answer && answer->status == kOk) {
      auto changed = co_await parse_json<StateAnswer>(answer->body);
      co_return std::move(changed.state);
    }
    const bool another_may = !answer || answer->status == kNotFound || answer->status == kUnavailable;
    refusal = answer ? error_of(answer->status, answer->body) : std::move(answer).error();
    if (!another_may) break;
  }
  co_return std::move(refusal).value_or(Error::not_found("the service {} has no sagas", service));
}

Task<std::string> SagaAdmin::retry(std::string service, const std::string& id) {
  return change(std::move(service), saga_target(id) + "/retry");
}

Task<std::string> SagaAdmin::compensate(std::string service, const std::string& id, const std::string& reason) {
  std::string target = saga_target(id) + "/compensate";
  if (!reason.empty()) target += "?reason=" + http::percent_encode(reason);
  return change(std::move(service), std::move(target));
}

}  // namespace skerry::cmd
