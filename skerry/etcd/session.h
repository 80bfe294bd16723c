// SPDX-License-Identifier: Apache-2.0
//
// with_session: runs something that lives as long as a lease: a registration, a lock. The lease is made before, renewed
// meanwhile and revoked after, on every way out. When the lease is lost, the body is cancelled: what it holds in the
// registry is gone, and it must not go on as if it were there.
//
//   co_await etcd::with_session(client, {.ttl = 5s}, [&](etcd::Session& session) -> Task<> {
//     co_await client->put("here", "me", {.lease = session.lease()});
//     co_await work();
//   });
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/client.h"

namespace skerry::etcd {

struct SessionOptions {
  /// How long the lease outlives a process that was killed. Servers raise it to their minimum, 2 s on etcd by default.
  std::chrono::seconds ttl{5};
  /// How long the revocation at the end may take. What it does not reach ends with the lease.
  std::chrono::milliseconds revoke_timeout{1'000};
};

/// Valid during the body of with_session.
class Session {
 public:
  explicit Session(Lease lease) : lease_(lease) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  LeaseId lease() const { return lease_.id; }
  /// What the server granted.
  std::chrono::seconds ttl() const { return lease_.ttl; }

 private:
  Lease lease_;
};

namespace internal {
/// Revokes, whatever happened to the caller, and does not say how that went.
Task<> revoke_quietly(std::shared_ptr<Client> client, LeaseId lease, std::chrono::milliseconds limit);

/// Runs body(session) beside the renewals and gives its value. Fails when the lease is lost.
template <class T, class F>
Task<T> run_in_session(std::shared_ptr<Client> client, Session& session, std::chrono::steady_clock::time_point granted,
                       F& body) {
  std::optional<skerry::internal::Stored<T>> value;
  const Lease lease{.id = session.lease(), .ttl = session.ttl()};
  Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                     scope.go([&]() -> Task<> { co_await client->keep_alive(lease, granted); });
                     if constexpr (std::is_void_v<T>) {
                       co_await body(session);
                       value.emplace();
                     } else {
                       value.emplace(co_await body(session));
                     }
                     // The renewals would go on for ever.
                     scope.cancel();
                   }).result();
  if (!value) co_await std::move(ended);
  if constexpr (!std::is_void_v<T>) co_return *std::move(value);
}
}  // namespace internal

/// See the head of this file. Gives the body's value; fails with the body's error, with one for which is_lease_lost
/// holds, or with that of making the lease.
template <class F>
auto with_session(std::shared_ptr<Client> client, SessionOptions options, F body) ->
    typename std::invoke_result_t<F&, Session&> {
  using T = typename std::invoke_result_t<F&, Session&>::value_type;
  const auto granted = std::chrono::steady_clock::now();
  Lease lease = co_await client->grant(options.ttl);
  Session session(lease);
  std::optional<skerry::internal::Outcome<T>> outcome;
  std::exception_ptr panic;
  try {
    auto ended = co_await skerry::internal::at_boundary(internal::run_in_session<T>(client, session, granted, body));
    outcome.emplace(std::move(ended));
  } catch (...) {
    panic = std::current_exception();
  }
  co_await internal::revoke_quietly(client, lease.id, options.revoke_timeout);
  co_await skerry::internal::EndIfCancelled();
  if (panic) std::rethrow_exception(panic);
  if constexpr (std::is_void_v<T>) {
    co_await std::move(outcome->result);
  } else {
    co_return co_await std::move(outcome->result);
  }
}

}  // namespace skerry::etcd
