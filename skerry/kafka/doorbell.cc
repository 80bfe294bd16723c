// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/doorbell.h"

#include <sys/eventfd.h>

#include "skerry/async/timeout.h"
#include "skerry/base/check.h"

namespace skerry::kafka::internal {

Doorbell::Doorbell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SKERRY_CHECK(fd_, "no descriptor left for a Kafka client");
}

void Doorbell::ring() { [[maybe_unused]] const auto ignored = ::write(fd_.get(), &kPayload, sizeof kPayload); }

Task<> Doorbell::wait(skerry::internal::ScopedWatch& watch, std::chrono::nanoseconds limit) {
  // Both ways to wake up are the same to the one who waits: it looks at everything.
  Result<> ended = co_await with_timeout(limit, rung(watch)).result();
  if (!ended && ended.error().code() != Code::kDeadlineExceeded) co_await std::move(ended);
}

Task<> Doorbell::rung(skerry::internal::ScopedWatch& watch) {
  std::uint64_t rings = 0;
  while (::read(fd_.get(), &rings, sizeof rings) != sizeof rings) co_await watch.readable();
}

}  // namespace skerry::kafka::internal
