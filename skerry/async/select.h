// SPDX-License-Identifier: Apache-2.0
//
// select: waits for the first of several sends, receives and timers, as Go's select does. The choice among the cases
// that are ready is random, and made at one instant. Gives the index of the chosen case.
//
//   std::optional<Order> order;
//   switch (co_await select(orders.on_receive(order), done.on_send(true), after(1s))) {
//     case 0: if (order) handle(*order); break;      // nullopt: the channel is closed
//     case 1: break;
//     case 2: co_await Error::deadline_exceeded("no order within a second");
//   }
//
// With otherwise() among the cases it never waits. A nil channel's case is never chosen. Cancellation ends the task.
#pragma once

#include <array>
#include <chrono>
#include <tuple>
#include <utility>
#include <vector>

#include "skerry/async/channel.h"

namespace skerry {

namespace internal {

template <class... Cases>
class SelectAwaiter {
  static_assert(sizeof...(Cases) <= SelectWait::kMaxCases, "a select has at most 64 cases");

 public:
  explicit SelectAwaiter(Cases... cases)
      : cases_(std::move(cases)...),
        pointers_(std::apply([](auto&... c) { return std::array<SelectCase*, sizeof...(Cases)>{&c...}; }, cases_)),
        wait_("select", pointers_, (std::is_same_v<Cases, DefaultCase> || ... || false)) {}
  SelectAwaiter(const SelectAwaiter&) = delete;
  SelectAwaiter& operator=(const SelectAwaiter&) = delete;

  bool await_ready() { return wait_.try_now(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return wait_.suspend(&frame.promise());
  }
  std::size_t await_resume() { return wait_.finish(); }

 private:
  std::tuple<Cases...> cases_;
  std::array<SelectCase*, sizeof...(Cases)> pointers_;
  SelectWait wait_;
};

}  // namespace internal

/// A case that is ready `duration` from now.
inline internal::TimerCase after(std::chrono::nanoseconds duration) {
  return internal::TimerCase(internal::deadline_after(duration));
}
/// The default case: chosen when no other is ready.
inline internal::DefaultCase otherwise() { return {}; }

/// See the head of this file. Cases: Channel::on_send, Channel::on_receive, after, otherwise.
template <class... Cases>
internal::SelectAwaiter<Cases...> select(Cases... cases) {
  return internal::SelectAwaiter<Cases...>(std::move(cases)...);
}

}  // namespace skerry
