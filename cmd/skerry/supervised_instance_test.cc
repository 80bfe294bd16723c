// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/supervised_instance.h"

#include <gtest/gtest.h>

#include <csignal>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"

namespace skerry::cmd {
namespace {

using namespace std::chrono_literals;

InstanceOptions supervised_shell(std::string script) {
  InstanceOptions options{.label = "test-1", .service = "test"};
  options.program = {.program = "/bin/sh", .arguments = {"-c", std::move(script)}, .environment = {}};
  options.restart = {.first = 1ms, .longest = 4ms, .healthy = 1h, .max_failed_starts = 3};
  return options;
}

/// Runs body(instance) beside the instance, and gives how the instance ended.
template <class F>
Result<> supervise_during(InstanceOptions options, F body) {
  Runtime runtime({.workers = 1});
  return runtime.run([&]() -> Task<> {
    SupervisedInstance instance(std::move(options), std::make_shared<Terminal>());
    Result<> ended;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { ended = co_await instance.run().result(); });
      co_await body(instance);
    });
    co_await std::move(ended);
  });
}

Task<std::string> next_id(SupervisedInstance& instance, std::string former) {
  while (*instance.id().get() == former) co_await sleep(1ms);
  co_return *instance.id().get();
}

TEST(SupervisedInstance, is_started_again_with_another_id_when_it_crashes) {
  const Result<> ended = supervise_during(supervised_shell("exit 1"), [](SupervisedInstance& instance) -> Task<> {
    instance.mark_ready();
    const std::string first = co_await next_id(instance, "");
    const std::string second = co_await next_id(instance, first);
    const std::string third = co_await next_id(instance, second);
    EXPECT_TRUE(first.starts_with("test-1-"));
    EXPECT_NE(first, third);
    co_await instance.stop(30s);
  });
  EXPECT_TRUE(ended) << ended.error().to_string();
}

TEST(SupervisedInstance, that_never_was_ready_is_given_up_with_its_last_lines) {
  const Result<> ended = supervise_during(supervised_shell("echo the disk is full; exit 7"),
                                          [](SupervisedInstance&) -> Task<> { co_return; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), Code::kFailedPrecondition);
  for (const char* part : {"test-1", "code 7", "3 times", "the disk is full"}) {
    EXPECT_NE(ended.error().message().find(part), std::string::npos) << ended.error().message();
  }
}

TEST(SupervisedInstance, a_program_that_cannot_be_run_is_not_tried_again) {
  InstanceOptions options = supervised_shell("");
  options.program.program = "/no/such/program";
  const Result<> ended = supervise_during(std::move(options), [](SupervisedInstance&) -> Task<> { co_return; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), Code::kNotFound);
}

TEST(SupervisedInstance, is_killed_when_it_does_not_end_in_time) {
  const Result<> ended = supervise_during(supervised_shell("trap '' TERM; echo deaf; while :; do :; done"),
                                          [](SupervisedInstance& instance) -> Task<> {
                                            (void)co_await next_id(instance, "");
                                            co_await instance.stop(20ms);
                                          });
  EXPECT_TRUE(ended);
}

TEST(SupervisedInstance, is_not_started_again_after_a_stop) {
  const Result<> ended =
      supervise_during(supervised_shell("exec cat /dev/zero >/dev/null"), [](SupervisedInstance& instance) -> Task<> {
        const std::string id = co_await next_id(instance, "");
        co_await instance.stop(30s);
        EXPECT_EQ(*instance.id().get(), id);
      });
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace skerry::cmd
