// SPDX-License-Identifier: Apache-2.0
//
// Load balancers over the instances that a registry knows, for http::Client and everything on it. Round robin goes
// through the schedule of the weights; power of two choices draws two at random and takes the one with fewer calls in
// flight for its weight, which keeps slow instances from piling up work. Both pass over endpoints that cannot be
// connected to and over those that are ejected because calls on them fail (skerry/discovery/outlier.h).
//
//   http::Client client({.resolver = std::make_shared<discovery::RegistryResolver>(directory),
//                        .balancer = std::make_shared<discovery::PowerOfTwoBalancer>()});
//
// Endpoints without an instance behind them have the weight 1 and are never ejected.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "skerry/discovery/endpoints.h"
#include "skerry/http/resolver.h"

namespace skerry::discovery {

struct BalancerOptions {
  OutlierPolicy outliers{};
  /// The time, and a random number in [0, bound); a test or a simulation sets its own.
  std::function<std::chrono::steady_clock::time_point()> clock = [] { return std::chrono::steady_clock::now(); };
  std::function<std::uint64_t(std::uint64_t bound)> random = {};
};

/// What an outcome says of the endpoint, nullopt where it says nothing: a request that its caller gave up or that was
/// wrong tells nothing of who answered it.
std::optional<CallOutcome> judge(const http::EndpointOutcome& outcome);

/// May be used on any worker.
class OutlierAwareBalancer : public http::Balancer {
 public:
  std::optional<std::size_t> pick(const http::Endpoints& endpoints, const std::vector<http::EndpointState>& states,
                                  std::optional<std::size_t> avoid) final;
  void record(const http::Endpoint& endpoint, const http::EndpointOutcome& outcome) final;

 protected:
  explicit OutlierAwareBalancer(BalancerOptions options);

  struct Candidates {
    const http::Endpoints& endpoints;
    const std::vector<http::EndpointState>& states;
    /// Indices into `endpoints`; null where all have the same weight.
    const std::vector<std::uint32_t>* schedule;
    const std::function<bool(std::size_t)>& usable;

    std::size_t slots() const { return schedule != nullptr ? schedule->size() : endpoints.size(); }
    std::size_t at(std::size_t slot) const { return schedule != nullptr ? (*schedule)[slot] : slot; }
  };
  /// The index of the choice; nullopt when no endpoint is usable. Precondition: there is a slot.
  virtual std::optional<std::size_t> choose(const Candidates& candidates) = 0;

  std::uint64_t random(std::uint64_t bound) const { return options_.random(bound); }

 private:
  BalancerOptions options_;
};

class RoundRobinBalancer final : public OutlierAwareBalancer {
 public:
  explicit RoundRobinBalancer(BalancerOptions options = {}) : OutlierAwareBalancer(std::move(options)) {}

 private:
  std::optional<std::size_t> choose(const Candidates& candidates) override;
  std::atomic<std::uint64_t> next_{0};
};

class PowerOfTwoBalancer final : public OutlierAwareBalancer {
 public:
  explicit PowerOfTwoBalancer(BalancerOptions options = {}) : OutlierAwareBalancer(std::move(options)) {}

 private:
  std::optional<std::size_t> choose(const Candidates& candidates) override;
  std::optional<std::size_t> draw(const Candidates& candidates, std::optional<std::size_t> except) const;
};

}  // namespace skerry::discovery
