// SPDX-License-Identifier: Apache-2.0
//
// Client: the etcd v3 API, for the registry in the binary as for any etcd cluster. It is given one or more endpoints
// and goes on with another when one does not answer. The one thing to know: reads are repeated until the time limit, a
// write only when it is certain that it was never sent, so a write that failed with UNAVAILABLE or DEADLINE_EXCEEDED
// may have been executed.
//
//   std::shared_ptr<etcd::Client> client = etcd::connect({.endpoints = {"http://127.0.0.1:2379"}}) ...  (connect.h)
//   co_await client->put("greeting", "hello");
//   std::optional<etcd::KeyValue> found = co_await client->get("greeting");
//
// Errors of the server keep their code and their text (errors.h). The caller's deadline and cancellation apply to every
// call. May be used by tasks of all workers at once.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/channel.h"
#include "skerry/async/task.h"
#include "skerry/etcd/backoff.h"
#include "skerry/etcd/txn.h"
#include "skerry/etcd/types.h"
#include "skerry/etcd/watch.h"

namespace skerry::grpc {
class Channel;
}

namespace skerry::etcd {

class LeaseClock;

struct ClientOptions {
  /// How long a call may take with all its attempts.
  std::chrono::milliseconds call_timeout{5'000};
  /// How long one attempt may take before another endpoint is asked.
  std::chrono::milliseconds attempt_timeout{2'000};
  /// Between attempts of calls, of watches and of lease renewals.
  BackoffPolicy backoff{};
};

/// What a member says about itself.
struct MemberStatus {
  ResponseHeader header;
  std::string version;
  std::int64_t database_bytes = 0;
  std::uint64_t leader = 0;
};

class Client {
 public:
  struct Endpoint {
    /// For messages: "127.0.0.1:2379".
    std::string name;
    std::shared_ptr<grpc::Channel> channel;
  };
  /// Precondition: at least one endpoint.
  explicit Client(std::vector<Endpoint> endpoints, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // KV ----------------------------------------------------------------------------------------------------------------

  /// The key's value and revisions; nullopt when there is no such key. `revision` 0 is now.
  Task<std::optional<KeyValue>> get(std::string key, Revision revision = 0);
  /// The keys in the range. OUT_OF_RANGE for a revision that is compacted or still to come.
  Task<RangeResult> range(KeyRange keys, RangeOptions options = {});
  /// All keys in the range at one revision, fetched in pieces of kListPage, so that no response is too large.
  Task<RangeResult> list(KeyRange keys);
  static constexpr std::int64_t kListPage = 500;

  /// Sets the key. NOT_FOUND for an unknown lease.
  Task<PutResult> put(std::string key, std::string value, PutOptions options = {});
  /// Deletes the keys in the range.
  Task<DeleteResult> remove(KeyRange keys, DeleteOptions options = {});
  /// Deletes the key.
  Task<DeleteResult> remove(std::string key, DeleteOptions options = {}) {
    return remove(KeyRange::single(std::move(key)), options);
  }
  /// Executes the transaction.
  Task<TxnResult> commit(Txn txn);
  /// Forgets what is older than the revision. OUT_OF_RANGE when that is done already or the revision is still to come.
  Task<> compact(Revision revision, bool wait_for_disk = false);

  // Watch -------------------------------------------------------------------------------------------------------------

  /// Calls the handler with everything that happens to the keys, in order and exactly once, and awaits it each time.
  /// When a connection breaks, it connects again, to another endpoint where there is one, and goes on from the revision
  /// where it was. Ends with the handler's error; with one for which is_history_lost holds, when the history it needs
  /// is gone (see mirror.h); with the server's, when that refuses the watch; or when it is cancelled. While no endpoint
  /// can be reached it goes on trying.
  Task<> watch(WatchOptions options, WatchHandler handler);

  // Lease -------------------------------------------------------------------------------------------------------------

  /// Makes a lease of at least this length. `id` 0 lets the server choose; FAILED_PRECONDITION for one that exists.
  Task<Lease> grant(std::chrono::seconds ttl, LeaseId id = 0);
  /// Ends a lease and deletes its keys. NOT_FOUND for an unknown lease.
  Task<> revoke(LeaseId id);
  /// What is left of a lease; a negative `ttl` for an unknown one.
  Task<LeaseStatus> time_to_live(LeaseId id, bool with_keys = false);
  Task<std::vector<LeaseId>> leases();
  /// Renews the lease at a third of its length until cancelled. Ends with an error for which is_lease_lost holds, when
  /// the server does not know the lease any more or no renewal was confirmed for its whole length. `granted` is when
  /// the request that made the lease was sent. session.h wraps this.
  Task<> keep_alive(Lease lease, std::chrono::steady_clock::time_point granted);

  // Maintenance -------------------------------------------------------------------------------------------------------

  /// The status of the endpoint in use.
  Task<MemberStatus> status();

  const ClientOptions& options() const { return options_; }

 private:
  struct Member;
  struct WatchRun;
  enum class Repeat : std::uint8_t { kSafe, kIfUnsent };

  template <class R>
  Task<R> call(Repeat repeat, std::function<Task<R>(Member&)> attempt);
  Task<> read_watch(std::shared_ptr<const WatchOptions> options, Channel<std::shared_ptr<WatchBatch>> batches);
  Task<> read_watch_on(std::size_t at, WatchRun& run);
  Task<> keep_alive_on(std::size_t at, Lease lease, LeaseClock& clock);
  /// The endpoint in use, and going on to the next if that is still the one in use.
  std::size_t current() const { return current_.load(std::memory_order_relaxed); }
  Member& member(std::size_t index) { return *members_[index % members_.size()]; }
  void leave(std::size_t index) {
    current_.compare_exchange_strong(index, (index + 1) % members_.size(), std::memory_order_relaxed);
  }

  const ClientOptions options_;
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<std::size_t> current_{0};
};

}  // namespace skerry::etcd
