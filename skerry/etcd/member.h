// SPDX-License-Identifier: Apache-2.0
//
// One endpoint of a client, with the generated clients over its channel, and how a call is repeated. Internal to etcd/.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "proto/etcd/kv.skerry.h"
#include "proto/etcd/lease.skerry.h"
#include "proto/etcd/maintenance.skerry.h"
#include "proto/etcd/watch.skerry.h"

#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/client.h"

namespace skerry::etcd {

struct Client::Member {
  explicit Member(const Endpoint& endpoint)
      : name(endpoint.name),
        kv(endpoint.channel),
        watch(endpoint.channel),
        lease(endpoint.channel),
        maintenance(endpoint.channel) {}

  std::string name;
  etcdserverpb::KVClient kv;
  etcdserverpb::WatchClient watch;
  etcdserverpb::LeaseClient lease;
  etcdserverpb::MaintenanceClient maintenance;
};

/// Whether the failed attempt speaks of the endpoint rather than of the request.
bool is_endpoints_fault(const Error& error);
/// Whether the request of the failed attempt certainly never left this process.
bool was_never_sent(const Error& error);

/// Makes a call, and makes it again on the next endpoint where that is safe, until it succeeds, fails for good, or the
/// time is over. The error is then that of the last attempt.
template <class R>
Task<R> Client::call(Repeat repeat, std::function<Task<R>(Member&)> attempt) {
  const auto deadline = std::chrono::steady_clock::now() + options_.call_timeout;
  Backoff backoff(options_.backoff);
  for (;;) {
    const std::size_t at = current();
    const auto limit = std::min(deadline, std::chrono::steady_clock::now() + options_.attempt_timeout);
    Result<R> result = co_await with_deadline(limit, attempt(member(at))).result();
    if (result) co_return *std::move(result);
    const bool other_endpoint = is_endpoints_fault(result.error());
    if (other_endpoint) leave(at);
    const auto wait = backoff.next();
    const bool again = other_endpoint && (repeat == Repeat::kSafe || was_never_sent(result.error()));
    if (!again || std::chrono::steady_clock::now() + wait >= deadline) {
      co_await std::move(result).error().with_detail("endpoint", member(at).name);
    }
    co_await sleep(wait);
  }
}

}  // namespace skerry::etcd
