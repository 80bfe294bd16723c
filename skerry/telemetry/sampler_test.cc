// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/sampler.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace skerry::telemetry {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

const Clock::time_point kStart{std::chrono::hours(3)};

int count_sampled(Sampler& sampler, int traces, Clock::time_point now) {
  int sampled = 0;
  for (int i = 0; i < traces; ++i) sampled += sampler.sample(SpanContext(), now) ? 1 : 0;
  return sampled;
}

SpanContext parent_with_flags(std::uint8_t flags) {
  SpanContext parent{.trace_id = TraceId::generate(), .span_id = SpanId::generate()};
  parent.flags.bits = flags;
  return parent;
}

TEST(Sampler, samples_the_first_hundred_new_traces_of_each_second) {
  Sampler sampler;
  EXPECT_EQ(count_sampled(sampler, 500, kStart), 100);
  EXPECT_EQ(count_sampled(sampler, 500, kStart + milliseconds(999)), 0);
  EXPECT_EQ(count_sampled(sampler, 30, kStart + milliseconds(1000)), 30);
  EXPECT_EQ(count_sampled(sampler, 500, kStart + milliseconds(1500)), 70);
  EXPECT_EQ(count_sampled(sampler, 500, kStart + milliseconds(9000)), 100);
}

TEST(Sampler, the_parent_decides_whatever_the_rate_is) {
  Sampler sampler(0);
  EXPECT_TRUE(sampler.sample(parent_with_flags(TraceFlags::kSampled), kStart));
  sampler.set_new_traces_per_second(1000);
  EXPECT_FALSE(sampler.sample(parent_with_flags(0), kStart));
}

TEST(Sampler, children_do_not_use_up_the_rate) {
  Sampler sampler(1);
  for (int i = 0; i < 10; ++i) sampler.sample(parent_with_flags(TraceFlags::kSampled), kStart);
  EXPECT_EQ(count_sampled(sampler, 2, kStart), 1);
}

TEST(Sampler, the_rate_can_be_changed_while_it_runs) {
  Sampler sampler(2);
  EXPECT_EQ(count_sampled(sampler, 10, kStart), 2);
  sampler.set_new_traces_per_second(5);
  EXPECT_EQ(count_sampled(sampler, 10, kStart), 3);
  sampler.set_new_traces_per_second(0);
  EXPECT_EQ(count_sampled(sampler, 10, kStart + milliseconds(5000)), 0);
}

TEST(Sampler, threads_share_the_rate) {
  Sampler sampler;
  std::atomic<int> sampled{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { sampled += count_sampled(sampler, 1000, kStart); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sampled.load(), 100);
}

TEST(Sampler, a_clock_read_just_before_the_second_ended_counts_into_the_new_one) {
  Sampler sampler(3);
  EXPECT_EQ(count_sampled(sampler, 2, kStart + milliseconds(1000)), 2);
  EXPECT_EQ(count_sampled(sampler, 9, kStart + milliseconds(999)), 1);
}

}  // namespace
}  // namespace skerry::telemetry
