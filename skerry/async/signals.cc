// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstdlib>

#include "skerry/async/ready_wait.h"
#include "skerry/async/worker.h"
#include "skerry/base/check.h"

namespace skerry {

SignalSet::SignalSet(std::initializer_list<int> signals) {
  ::sigemptyset(&set_);
  for (const int signal : signals) ::sigaddset(&set_, signal);
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  fd_.reset(::signalfd(-1, &set_, SFD_NONBLOCK | SFD_CLOEXEC));
  SKERRY_CHECK(fd_, "no descriptor left for signals");
}

SignalSet::~SignalSet() { ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

Task<int> SignalSet::next() {
  internal::ScopedWatch watch(fd_.get());
  for (;;) {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) == sizeof info) co_return static_cast<int>(info.ssi_signo);
    if (errno != EAGAIN && errno != EINTR) co_return system_error(errno, "signalfd");
    co_await watch.readable();
  }
}

Task<> stop_by_signal(SignalSet& signals, std::function<void(int)> stop) {
  stop(co_await signals.next());
  const int again = co_await signals.next();
  std::_Exit(128 + again);
}

}  // namespace skerry
