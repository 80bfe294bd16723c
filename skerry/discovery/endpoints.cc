// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/endpoints.h"

#include <algorithm>
#include <numeric>

namespace skerry::discovery {
namespace {

std::shared_ptr<OutlierState> known_outlier(const Endpoints* previous, const Instance& instance) {
  if (previous != nullptr) {
    const auto& all = previous->all();
    const auto at =
        std::lower_bound(all.begin(), all.end(), instance.id,
                         [](const auto& endpoint, const std::string& id) { return endpoint->instance().id < id; });
    // Another address under the same id is another process.
    if (at != all.end() && (*at)->instance().id == instance.id && (*at)->instance().address == instance.address) {
      return (*at)->shared_outlier();
    }
  }
  return std::make_shared<OutlierState>();
}

}  // namespace

Endpoints::Endpoints(std::vector<Instance> instances, const Endpoints* previous) {
  std::sort(instances.begin(), instances.end(), [](const Instance& a, const Instance& b) { return a.id < b.id; });
  auto group = std::make_shared<EndpointGroup>();
  std::vector<std::uint32_t> weights;
  for (Instance& instance : instances) {
    std::shared_ptr<OutlierState> outlier = known_outlier(previous, instance);
    // What cannot be called is listed all the same, for those who show it.
    Result<net::HostPort> address = net::HostPort::parse(instance.address);
    const bool callable = instance.weight > 0 && address.has_value();
    if (callable) {
      weights.push_back(instance.weight);
      group->outliers.push_back(outlier);
    }
    all_.push_back(std::make_shared<const Endpoint>(std::move(instance), std::move(outlier), group));
    if (callable) addresses_.push_back({.address = *std::move(address), .tag = all_.back()});
  }
  group->schedule = make_schedule(std::move(weights));
}

// In each slot everyone gains its weight, the richest is chosen and pays the sum. It spreads {5, 1, 1} as a a b a c a a
// and not as a a a a a b c.
std::vector<std::uint32_t> make_schedule(std::vector<std::uint32_t> weights) {
  std::vector<std::uint32_t> schedule;
  const std::uint32_t divisor =
      std::accumulate(weights.begin(), weights.end(), 0U, std::gcd<std::uint32_t, std::uint32_t>);
  if (divisor == 0) return schedule;
  std::uint64_t sum = 0;
  for (std::uint32_t& weight : weights) sum += weight /= divisor;
  if (sum > kMaxScheduleSlots) {
    // Scaled, but whoever has a weight keeps a slot.
    const std::uint64_t before = sum;
    sum = 0;
    for (std::uint32_t& weight : weights) {
      weight = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, weight * kMaxScheduleSlots / before));
      sum += weight;
    }
  }
  schedule.reserve(sum);
  if (sum == weights.size()) {
    schedule.resize(sum);
    std::iota(schedule.begin(), schedule.end(), 0U);
    return schedule;
  }
  std::vector<std::int64_t> credit(weights.size(), 0);
  for (std::uint64_t slot = 0; slot < sum; ++slot) {
    std::size_t richest = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      credit[i] += weights[i];
      if (credit[i] > credit[richest]) richest = i;
    }
    credit[richest] -= static_cast<std::int64_t>(sum);
    schedule.push_back(static_cast<std::uint32_t>(richest));
  }
  return schedule;
}

}  // namespace skerry::discovery
