// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/balancer.h"

#include <algorithm>

#include "skerry/base/ids.h"

namespace skerry::discovery {
namespace {

// Draws before the whole schedule is looked through: with half of a set ejected, one pick in a thousand needs it.
constexpr int kMaxDraws = 10;

// The schedule of the set that the endpoints were published in, if they are still that set.
const std::vector<std::uint32_t>* schedule_of(const http::Endpoints& endpoints) {
  const Endpoint* first = Endpoint::of(endpoints.front());
  if (first == nullptr || first->group().outliers.size() != endpoints.size()) return nullptr;
  return &first->group().schedule;
}

std::uint32_t weight_of(const http::Endpoint& endpoint) {
  const Endpoint* tag = Endpoint::of(endpoint);
  return tag != nullptr ? tag->instance().weight : 1;
}

}  // namespace

std::optional<CallOutcome> judge(const http::EndpointOutcome& outcome) {
  if (outcome.error == nullptr) {
    // What proxies and overloaded servers answer; any other status is the service's own answer to the request.
    const bool failed = outcome.status == 502 || outcome.status == 503 || outcome.status == 504;
    return failed ? CallOutcome::kFailed : CallOutcome::kSucceeded;
  }
  switch (outcome.error->code()) {
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kInternal:
    case Code::kUnknown:
      return CallOutcome::kFailed;
    default:
      return std::nullopt;
  }
}

OutlierAwareBalancer::OutlierAwareBalancer(BalancerOptions options) : options_(std::move(options)) {
  if (!options_.random) options_.random = [](std::uint64_t bound) { return random_below(bound); };
}

std::optional<std::size_t> OutlierAwareBalancer::pick(const http::Endpoints& endpoints,
                                                      const std::vector<http::EndpointState>& states,
                                                      std::optional<std::size_t> avoid) {
  if (endpoints.empty()) return std::nullopt;
  const auto now = options_.clock();
  const auto healthy = [&](std::size_t index) {
    const Endpoint* tag = Endpoint::of(endpoints[index]);
    return tag == nullptr || !tag->outlier().ejected(now);
  };
  const auto reachable = [&](std::size_t index) { return !states[index].backing_off && index != avoid; };
  // A call that may fail is better than none, so that the demands are given up one after the other.
  const std::function<bool(std::size_t)> demands[] = {
      [&](std::size_t index) { return reachable(index) && healthy(index); },
      reachable,
      [&](std::size_t index) { return index != avoid; },
      [](std::size_t) { return true; },
  };
  for (const auto& usable : demands) {
    const std::optional<std::size_t> chosen = choose({endpoints, states, schedule_of(endpoints), usable});
    if (chosen) return chosen;
  }
  return std::nullopt;
}

void OutlierAwareBalancer::record(const http::Endpoint& endpoint, const http::EndpointOutcome& outcome) {
  const Endpoint* tag = Endpoint::of(endpoint);
  const std::optional<CallOutcome> judged = judge(outcome);
  if (tag == nullptr || !judged) return;
  const auto now = options_.clock();
  bool may_eject = true;
  if (*judged == CallOutcome::kFailed) {
    const auto& group = tag->group().outliers;
    const auto ejected = std::count_if(group.begin(), group.end(), [&](const auto& one) { return one->ejected(now); });
    may_eject =
        static_cast<double>(ejected + 1) <= options_.outliers.max_ejected_share * static_cast<double>(group.size());
  }
  tag->outlier().record(now, *judged, options_.outliers, may_eject);
}

std::optional<std::size_t> RoundRobinBalancer::choose(const Candidates& candidates) {
  const std::size_t slots = candidates.slots();
  for (std::size_t tries = 0; tries < slots; ++tries) {
    const std::size_t index = candidates.at(next_.fetch_add(1, std::memory_order_relaxed) % slots);
    if (candidates.usable(index)) return index;
  }
  // Other threads move the counter too, so that this one may have seen some slots twice and others never.
  for (std::size_t index = 0; index < candidates.endpoints.size(); ++index) {
    if (candidates.usable(index)) return index;
  }
  return std::nullopt;
}

std::optional<std::size_t> PowerOfTwoBalancer::draw(const Candidates& candidates,
                                                    std::optional<std::size_t> except) const {
  for (int i = 0; i < kMaxDraws; ++i) {
    const std::size_t index = candidates.at(random(candidates.slots()));
    if (index != except && candidates.usable(index)) return index;
  }
  const std::size_t count = candidates.endpoints.size();
  const std::size_t start = random(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (start + i) % count;
    if (index != except && candidates.usable(index)) return index;
  }
  return std::nullopt;
}

std::optional<std::size_t> PowerOfTwoBalancer::choose(const Candidates& candidates) {
  const std::optional<std::size_t> first = draw(candidates, std::nullopt);
  if (!first) return std::nullopt;
  const std::optional<std::size_t> second = draw(candidates, first);
  if (!second) return first;
  // (in_flight + 1) / weight compared without a division.
  const auto load = [&](std::size_t index, std::size_t other) {
    return (std::uint64_t{candidates.states[index].in_flight} + 1) * weight_of(candidates.endpoints[other]);
  };
  return load(*second, *first) < load(*first, *second) ? second : first;
}

}  // namespace skerry::discovery
