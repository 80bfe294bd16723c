// SPDX-License-Identifier: Apache-2.0
//
// with_lock: of all processes that ask for a lock by the same name, one at a time runs its body, in the order in which
// they asked. It is the lock and the election of the field: the keys are those that etcdctl lock and elect, and the Go
// client's concurrency package use, so that all of them exclude each other. The one thing to know: a lock in a network
// is held until its lease is lost, and the holder learns of that a little later than the others. What must not happen
// twice is therefore guarded by the token, which grows with every holder: give it to whatever is changed, and refuse a
// smaller one there.
//
//   co_await etcd::with_lock(client, {.name = "/shop/sweeper"}, [&](etcd::LockHeld held) -> Task<> {
//     co_await sweep(held.token);
//   });
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "skerry/etcd/session.h"

namespace skerry::etcd {

struct LockOptions {
  std::string name;
  /// What the holder says of itself: in an election, who leads.
  std::string value = {};
  SessionOptions session{};
};

/// Given to the body while the lock is held.
struct LockHeld {
  /// The key that stands for the holder.
  std::string key;
  /// Its creation revision: larger than that of every holder before.
  Revision token = 0;
  LeaseId lease = 0;
};

namespace internal {
/// Enters the queue under the session's lease and waits until it is this one's turn.
Task<LockHeld> acquire_lock(std::shared_ptr<Client> client, LockOptions options, LeaseId lease);
}  // namespace internal

/// Waits for the lock, runs body(held) and gives the lock back, on every way out. Gives the body's value. Fails with
/// the body's error; when the lease is lost, while waiting or while holding, the body is cancelled and is_lease_lost
/// holds for the error.
template <class F>
auto with_lock(std::shared_ptr<Client> client, LockOptions options, F body) ->
    typename std::invoke_result_t<F&, LockHeld> {
  using T = typename std::invoke_result_t<F&, LockHeld>::value_type;
  Task<T> running = with_session(client, options.session, [&](Session& session) -> Task<T> {
    LockHeld held = co_await internal::acquire_lock(client, options, session.lease());
    if constexpr (std::is_void_v<T>) {
      co_await body(std::move(held));
    } else {
      co_return co_await body(std::move(held));
    }
  });
  if constexpr (std::is_void_v<T>) {
    co_await std::move(running);
  } else {
    co_return co_await std::move(running);
  }
}

/// Who holds the lock by this name; nullopt when nobody does.
Task<std::optional<KeyValue>> lock_holder(std::shared_ptr<Client> client, std::string name);

}  // namespace skerry::etcd
