// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/resolver.h"

#include "skerry/base/ids.h"
#include "skerry/http/http_error.h"
#include "skerry/http/uri.h"

namespace skerry::http {
namespace {

constexpr std::uint16_t kDefaultPort = 80;

Result<Endpoints> endpoints_of(const std::string& authority) {
  Result<Authority> parsed = Authority::parse(authority);
  if (!parsed) return fail(std::move(parsed.error()).annotate(authority));
  return Endpoints{{.address = {std::move(parsed->host), parsed->port.value_or(kDefaultPort)}}};
}

}  // namespace

std::optional<std::size_t> PowerOfTwoBalancer::pick(const Endpoints& endpoints,
                                                    const std::vector<EndpointState>& states,
                                                    std::optional<std::size_t> avoid) {
  const std::size_t count = endpoints.size();
  if (count == 0) return std::nullopt;
  if (count == 1) return 0;
  // Smaller is better. An endpoint that cannot be connected to comes last.
  const auto rank = [&](std::size_t index) {
    return std::pair(index == avoid || states[index].backing_off, states[index].in_flight);
  };
  const auto first = static_cast<std::size_t>(random_below(count));
  const std::size_t second = (first + 1 + static_cast<std::size_t>(random_below(count - 1))) % count;
  const std::size_t chosen = rank(second) < rank(first) ? second : first;
  if (!rank(chosen).first) return chosen;
  // Both are bad: look at all, from a random one on.
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first + i) % count;
    if (!rank(index).first) return index;
  }
  return chosen;
}

// The connection looks the name up itself, each time that it connects, so there is nothing to follow here.
Task<Live<Endpoints>> AuthorityResolver::resolve(std::string authority) {
  Endpoints endpoints = co_await endpoints_of(authority);
  co_return Live<Endpoints>(std::move(endpoints));
}

void StaticResolver::set(std::string authority, Endpoints endpoints) {
  const std::lock_guard lock(mutex_);
  const auto found = lives_.find(authority);
  if (found != lives_.end()) {
    found->second.set(std::move(endpoints));
  } else {
    lives_.emplace(std::move(authority), Live<Endpoints>(std::move(endpoints)));
  }
}

Task<Live<Endpoints>> StaticResolver::resolve(std::string authority) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = lives_.find(authority);
    if (found != lives_.end()) co_return Live<Endpoints>(found->second);
  }
  Endpoints endpoints = co_await endpoints_of(authority);
  co_return Live<Endpoints>(std::move(endpoints));
}

}  // namespace skerry::http
