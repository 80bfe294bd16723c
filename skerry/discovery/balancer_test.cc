// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/balancer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

namespace skerry {
namespace {

using discovery::BalancerOptions;
using discovery::Endpoints;
using discovery::Instance;
using discovery::PowerOfTwoBalancer;
using discovery::RoundRobinBalancer;
using http::EndpointState;
using namespace std::chrono_literals;

Instance weighted_instance(const std::string& id, std::uint32_t weight = 1) {
  return {.id = id, .service = "order", .address = "127.0.0.1:1", .weight = weight};
}

// A balancer with a clock and a seed of its own, and what its client would know of the endpoints.
template <class B>
struct Balanced {
  explicit Balanced(std::vector<Instance> instances, discovery::OutlierPolicy policy = {})
      : endpoints(std::move(instances)),
        states(endpoints.addresses().size()),
        balancer({.outliers = policy,
                  .clock = [this] { return now; },
                  .random =
                      [this](std::uint64_t bound) {
                        return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine);
                      }}) {}

  std::optional<std::size_t> pick(std::optional<std::size_t> avoid = std::nullopt) {
    return balancer.pick(endpoints.addresses(), states, avoid);
  }
  std::string pick_id() {
    const std::optional<std::size_t> picked = pick();
    return picked ? discovery::Endpoint::of(endpoints.addresses()[*picked])->instance().id : "-";
  }
  std::map<std::string, int> count_picks(int count) {
    std::map<std::string, int> picks;
    for (int i = 0; i < count; ++i) ++picks[pick_id()];
    return picks;
  }
  // Lets the next calls on one instance fail.
  void fail_calls(std::size_t index, int count, const Error& error = Error::unavailable("refused")) {
    for (int i = 0; i < count; ++i) balancer.record(endpoints.addresses()[index], {.error = &error});
  }

  std::chrono::steady_clock::time_point now{1h};
  std::mt19937_64 engine{42};
  Endpoints endpoints;
  std::vector<EndpointState> states;
  B balancer;
};

template <class B>
class BothBalancers : public testing::Test {};
using BalancerTypes = testing::Types<RoundRobinBalancer, PowerOfTwoBalancer>;
TYPED_TEST_SUITE(BothBalancers, BalancerTypes);

TYPED_TEST(BothBalancers, have_nothing_to_pick_from_an_empty_set_or_a_drained_one) {
  EXPECT_FALSE(Balanced<TypeParam>({}).pick().has_value());
  EXPECT_FALSE((Balanced<TypeParam>({weighted_instance("a", 0), weighted_instance("b", 0)}).pick().has_value()));
}

TYPED_TEST(BothBalancers, pick_among_endpoints_that_no_registry_knows) {
  TypeParam balancer;
  const http::Endpoints plain{{.address = {"127.0.0.1", 1}}, {.address = {"127.0.0.1", 2}}};
  std::map<std::size_t, int> picks;
  for (int i = 0; i < 200; ++i) ++picks[*balancer.pick(plain, std::vector<EndpointState>(2), std::nullopt)];
  EXPECT_EQ(picks.size(), 2U);
  const Error error = Error::unavailable("refused");
  balancer.record(plain[0], {.error = &error});
}

TYPED_TEST(BothBalancers, leave_an_ejected_instance_out_until_its_time_is_over) {
  Balanced<TypeParam> balanced({weighted_instance("a"), weighted_instance("b"), weighted_instance("c")},
                               {.consecutive_failures = 3, .base_ejection = 10s});
  balanced.fail_calls(1, 3);
  EXPECT_EQ(balanced.count_picks(300).count("b"), 0U);
  balanced.now += 10s;
  EXPECT_GT(balanced.count_picks(300)["b"], 0);
}

TYPED_TEST(BothBalancers, eject_no_more_than_the_allowed_share) {
  Balanced<TypeParam> balanced(
      {weighted_instance("a"), weighted_instance("b"), weighted_instance("c"), weighted_instance("d")},
      {.consecutive_failures = 1, .max_ejected_share = 0.5});
  for (std::size_t i = 0; i < 4; ++i) balanced.fail_calls(i, 1);
  const auto picks = balanced.count_picks(200);
  EXPECT_EQ(picks.size(), 2U);
  EXPECT_TRUE(picks.contains("c") && picks.contains("d"));
}

TYPED_TEST(BothBalancers, use_ejected_instances_when_the_others_have_left) {
  Balanced<TypeParam> balanced({weighted_instance("a"), weighted_instance("b")}, {.consecutive_failures = 1});
  balanced.fail_calls(0, 1);
  EXPECT_EQ(balanced.count_picks(10)["b"], 10);
  balanced.endpoints = Endpoints({weighted_instance("a")}, &balanced.endpoints);
  balanced.states.resize(1);
  EXPECT_EQ(balanced.count_picks(10)["a"], 10);
}

TYPED_TEST(BothBalancers, choose_the_endpoint_to_avoid_only_where_there_is_no_other) {
  Balanced<TypeParam> two({weighted_instance("a"), weighted_instance("b")});
  Balanced<TypeParam> one({weighted_instance("a")});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(two.pick(0), 1U);
    EXPECT_EQ(one.pick(0), 0U);
  }
}

TYPED_TEST(BothBalancers, pass_over_endpoints_that_cannot_be_connected_to) {
  Balanced<TypeParam> balanced({weighted_instance("a"), weighted_instance("b"), weighted_instance("c")});
  balanced.states[0].backing_off = true;
  balanced.states[2].backing_off = true;
  EXPECT_EQ(balanced.count_picks(50)["b"], 50);
  balanced.states[1].backing_off = true;
  EXPECT_EQ(balanced.count_picks(300).size(), 3U) << "none can be connected to, so that each is worth a try";
}

TYPED_TEST(BothBalancers, survive_a_set_that_changes_while_threads_pick) {
  std::vector<Instance> instances;
  for (int i = 0; i < 8; ++i) instances.push_back(weighted_instance(fmt::format("i{}", i), 1 + i % 3));
  std::mutex mutex;
  auto current = std::make_shared<const Endpoints>(instances);
  const auto snapshot = [&] {
    std::lock_guard lock(mutex);
    return current;
  };
  TypeParam balancer;
  std::atomic<int> wrong = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t) {
    callers.emplace_back([&] {
      while (!stop) {
        const auto set = snapshot();
        const std::vector<EndpointState> states(set->addresses().size());
        const auto picked = balancer.pick(set->addresses(), states, std::nullopt);
        if (!picked || *picked >= set->addresses().size()) {
          ++wrong;
        } else {
          balancer.record(set->addresses()[*picked], {.status = *picked % 3 == 0 ? 503 : 200});
        }
      }
    });
  }
  for (int round = 0; round < 2'000; ++round) {
    const std::vector<Instance> some(instances.begin() + round % 8, instances.end());
    auto next = std::make_shared<const Endpoints>(round % 2 == 0 ? instances : some, snapshot().get());
    std::lock_guard lock(mutex);
    current = std::move(next);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(RoundRobinBalancer, gives_everyone_the_same_and_in_turn) {
  Balanced<RoundRobinBalancer> balanced({weighted_instance("c"), weighted_instance("a"), weighted_instance("b")});
  std::string order;
  for (int i = 0; i < 6; ++i) order += balanced.pick_id();
  EXPECT_EQ(order, "abcabc");
}

TEST(RoundRobinBalancer, spreads_weights_evenly_over_time) {
  Balanced<RoundRobinBalancer> balanced({weighted_instance("a", 50), weighted_instance("b", 10),
                                         weighted_instance("c", 10), weighted_instance("drained", 0)});
  std::string order;
  for (int i = 0; i < 7; ++i) order += balanced.pick_id();
  EXPECT_EQ(order, "aabacaa");
}

TEST(RoundRobinBalancer, scales_large_weights_and_loses_nobody) {
  std::vector<Instance> instances{weighted_instance("small", 1)};
  for (int i = 0; i < 9; ++i) instances.push_back(weighted_instance(fmt::format("big-{}", i), 997));
  Balanced<RoundRobinBalancer> balanced(instances);
  const auto& schedule = discovery::Endpoint::of(balanced.endpoints.addresses()[0])->group().schedule;
  EXPECT_LE(schedule.size(), discovery::kMaxScheduleSlots + instances.size());
  const auto picks = balanced.count_picks(static_cast<int>(schedule.size()));
  EXPECT_EQ(picks.at("small"), 1);
  EXPECT_EQ(picks.size(), 10U);
}

TEST(PowerOfTwoBalancer, spreads_evenly_without_load) {
  Balanced<PowerOfTwoBalancer> balanced(
      {weighted_instance("a"), weighted_instance("b"), weighted_instance("c"), weighted_instance("d")});
  for (const auto& [id, count] : balanced.count_picks(8'000)) EXPECT_NEAR(count, 2'000, 200) << id;
}

TEST(PowerOfTwoBalancer, takes_the_less_loaded_of_the_two) {
  Balanced<PowerOfTwoBalancer> balanced({weighted_instance("busy"), weighted_instance("idle")});
  balanced.states[0].in_flight = 10;
  EXPECT_EQ(balanced.count_picks(100).at("idle"), 100);
  balanced.states[0].in_flight = 0;
  EXPECT_EQ(balanced.count_picks(100).size(), 2U);
}

TEST(PowerOfTwoBalancer, keeps_the_load_level_while_calls_pile_up) {
  std::vector<Instance> instances;
  for (int i = 0; i < 10; ++i) instances.push_back(weighted_instance(fmt::format("i{}", i)));
  Balanced<PowerOfTwoBalancer> balanced(instances);
  for (int i = 0; i < 1'000; ++i) ++balanced.states[*balanced.pick()].in_flight;
  // A single random choice would be off by some thirty here.
  for (const EndpointState& state : balanced.states) EXPECT_NEAR(state.in_flight, 100, 6);
}

TEST(PowerOfTwoBalancer, heeds_weights) {
  Balanced<PowerOfTwoBalancer> balanced({weighted_instance("heavy", 3), weighted_instance("light", 1)});
  for (int i = 0; i < 400; ++i) ++balanced.states[*balanced.pick()].in_flight;
  EXPECT_NEAR(balanced.states[0].in_flight, 300, 5);
}

TEST(BalancerOutcomes, count_what_speaks_of_the_endpoint_and_not_of_the_request) {
  const auto judged = [](const Error& error) { return discovery::judge({.error = &error}); };
  EXPECT_EQ(judged(Error::unavailable("refused")), discovery::CallOutcome::kFailed);
  EXPECT_EQ(judged(Error::deadline_exceeded("late")), discovery::CallOutcome::kFailed);
  EXPECT_FALSE(judged(Error::cancelled("the caller went")).has_value());
  EXPECT_FALSE(judged(Error::invalid_argument("wrong")).has_value());
  EXPECT_EQ(discovery::judge({.status = 503}), discovery::CallOutcome::kFailed);
  EXPECT_EQ(discovery::judge({.status = 500}), discovery::CallOutcome::kSucceeded);
  EXPECT_EQ(discovery::judge({.status = 404}), discovery::CallOutcome::kSucceeded);
}

TEST(BalancerEndpoints, keep_what_is_known_of_instances_that_stay) {
  const Endpoints first({weighted_instance("a"), weighted_instance("b")});
  Instance moved = weighted_instance("b");
  moved.address = "127.0.0.1:2";
  const Endpoints second({weighted_instance("a", 5), moved, weighted_instance("c")}, &first);
  EXPECT_EQ(&second.all()[0]->outlier(), &first.all()[0]->outlier());
  EXPECT_NE(&second.all()[1]->outlier(), &first.all()[1]->outlier()) << "another address is another process";
  EXPECT_EQ(second.addresses().size(), 3U);
}

}  // namespace
}  // namespace skerry
