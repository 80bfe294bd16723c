// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/pipe.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;

void run_pipe_test(std::function<Task<>()> body, unsigned workers = 1) {
  Runtime runtime({.workers = workers});
  const Result<> outcome = runtime.run([&] { return body(); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(GrpcPipe, messages_come_out_in_order_and_before_the_end) {
  run_pipe_test([]() -> Task<> {
    auto [sender, receiver] = make_pipe<int>(4);
    for (int i = 0; i < 4; ++i) co_await sender.send(i);
    sender.close();
    for (int i = 0; i < 4; ++i) {
      std::optional<int> value = co_await receiver.receive();
      EXPECT_EQ(value, i);
    }
    for (int i = 0; i < 2; ++i) {
      std::optional<int> value = co_await receiver.receive();
      EXPECT_EQ(value, std::nullopt);
    }
  });
}

TEST(GrpcPipe, full_pipe_makes_the_sender_wait) {
  run_pipe_test([]() -> Task<> {
    auto [sender, receiver] = make_pipe<int>(1);
    co_await sender.send(1);
    Result<> waited = co_await with_timeout(5ms, sender.send(2)).result();
    EXPECT_FALSE(waited);
    if (!waited) EXPECT_EQ(waited.error().code(), Code::kDeadlineExceeded);
    std::optional<int> first = co_await receiver.receive();
    EXPECT_EQ(first, 1);
    co_await sender.send(3);
    std::optional<int> next = co_await receiver.receive();
    EXPECT_EQ(next, 3);
  });
}

TEST(GrpcPipe, sender_that_goes_without_close_fails_the_receiver) {
  run_pipe_test([]() -> Task<> {
    auto [sender, receiver] = make_pipe<int>(4);
    co_await sender.send(1);
    {
      Sender<int> gone = std::move(sender);
    }
    std::optional<int> value = co_await receiver.receive();
    EXPECT_EQ(value, 1);
    Result<std::optional<int>> end = co_await receiver.receive().result();
    EXPECT_FALSE(end);
    if (!end) EXPECT_EQ(end.error().code(), Code::kCancelled);
  });
}

TEST(GrpcPipe, first_end_stays) {
  run_pipe_test([]() -> Task<> {
    auto [sender, receiver] = make_pipe<int>(1);
    sender.fail(Error::aborted("first"));
    sender.close();
    sender.fail(Error::internal("second"));
    Result<std::optional<int>> end = co_await receiver.receive().result();
    EXPECT_FALSE(end);
    if (!end) EXPECT_EQ(end.error(), Error::aborted("first"));
  });
}

TEST(GrpcPipe, send_after_close_and_after_the_receiver_went_fails) {
  run_pipe_test([]() -> Task<> {
    auto closed = make_pipe<int>(1);
    closed.sender.close();
    Result<> sent = co_await closed.sender.send(1).result();
    EXPECT_EQ(sent.error().code(), Code::kFailedPrecondition);
    auto dropped = make_pipe<int>(1);
    {
      Receiver<int> gone = std::move(dropped.receiver);
    }
    sent = co_await dropped.sender.send(1).result();
    EXPECT_EQ(sent.error().code(), Code::kCancelled);
  });
}

TEST(GrpcPipe, receiver_that_goes_wakes_a_waiting_sender) {
  run_pipe_test([]() -> Task<> {
    auto pipe = make_pipe<int>(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        Result<> sent = co_await pipe.sender.send(1).result();
        EXPECT_FALSE(sent);
        if (!sent) EXPECT_EQ(sent.error().code(), Code::kCancelled);
      });
      co_await yield();
      Receiver<int> gone = std::move(pipe.receiver);
    });
  });
}

TEST(GrpcPipe, end_wakes_a_waiting_receiver) {
  run_pipe_test([]() -> Task<> {
    auto pipe = make_pipe<int>(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::optional<int> end = co_await pipe.receiver.receive();
        EXPECT_EQ(end, std::nullopt);
      });
      co_await yield();
      pipe.sender.close();
    });
  });
}

TEST(GrpcPipe, works_across_workers) {
  run_pipe_test(
      []() -> Task<> {
        constexpr int kCount = 20'000;
        auto pipe = make_pipe<int>(3);
        co_await with_scope([&](Scope& scope) -> Task<> {
          scope.go_on(Runtime::current().worker(1), [&]() -> Task<> {
            for (int i = 0; i < kCount; ++i) co_await pipe.sender.send(i);
            pipe.sender.close();
          });
          int expected = 0;
          while (true) {
            std::optional<int> value = co_await pipe.receiver.receive();
            if (!value) break;
            EXPECT_EQ(*value, expected++);
          }
          EXPECT_EQ(expected, kCount);
        });
      },
      2);
}

}  // namespace
}  // namespace skerry::grpc
