// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "skerry/async/fiber.h"
#include "skerry/base/check.h"

namespace skerry::internal {
namespace {

constexpr std::int64_t kMaxPollMs = 3'600'000;

void wake_waiter(Fiber*& slot) {
  Fiber* fiber = std::exchange(slot, nullptr);
  if (fiber != nullptr && fiber->try_claim()) fiber->wake();
}

}  // namespace

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SKERRY_CHECK(epoll_ && wakeup_, "no descriptors left for a worker's event loop");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  SKERRY_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) == 0, "epoll_ctl of the wake-up failed");
}

Reactor::~Reactor() = default;

Result<> Reactor::add(IoWatch& watch) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watch;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watch.fd, &event) != 0) return fail(system_error(errno, "epoll_ctl"));
  return {};
}

void Reactor::remove(IoWatch& watch) {
  SKERRY_CHECK(watch.reader == nullptr && watch.writer == nullptr, "a watched descriptor is closed while a task waits");
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch.fd, nullptr);
}

void Reactor::poll(std::chrono::nanoseconds limit) {
  std::array<epoll_event, kMaxEventsPerPoll> events;
  // Rounded up: the timers have a resolution of a millisecond, and waking before one is due would be for nothing.
  const auto limit_ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  const bool forever = limit == std::chrono::nanoseconds::max();
  const int timeout_ms = forever ? -1 : static_cast<int>(std::min<std::int64_t>(limit_ms, kMaxPollMs));
  const int count = ::epoll_wait(epoll_.get(), events.data(), kMaxEventsPerPoll, timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      std::uint64_t value = 0;
      [[maybe_unused]] const auto ignored = ::read(wakeup_.get(), &value, sizeof value);
    } else {
      dispatch(*static_cast<IoWatch*>(event.data.ptr), event.events);
    }
  }
}

void Reactor::dispatch(IoWatch& watch, unsigned events) {
  const bool gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (gone || (events & EPOLLRDHUP) != 0) watch.hung_up = true;
  if (gone || (events & (EPOLLIN | EPOLLRDHUP)) != 0) {
    watch.readable = true;
    wake_waiter(watch.reader);
  }
  if (gone || (events & EPOLLOUT) != 0) {
    watch.writable = true;
    wake_waiter(watch.writer);
  }
}

void Reactor::interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(wakeup_.get(), &one, sizeof one);
}

}  // namespace skerry::internal
