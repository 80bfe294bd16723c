// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/scope.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/errors.h"
#include "skerry/etcd/lease_clock.h"
#include "skerry/etcd/member.h"
#include "skerry/grpc/pipe.h"

namespace skerry::etcd {

namespace pb = etcdserverpb;

Task<Lease> Client::grant(std::chrono::seconds ttl, LeaseId id) {
  pb::LeaseGrantRequest request;
  request.set_ttl(ttl.count());
  request.set_id(id);
  // Asked twice, the server may make two leases; the one that nobody knows of ends by itself.
  const Repeat repeat = id == 0 ? Repeat::kSafe : Repeat::kIfUnsent;
  pb::LeaseGrantResponse response =
      co_await call<pb::LeaseGrantResponse>(repeat, [request](Member& at) { return at.lease.LeaseGrant(request); });
  if (!response.error().empty()) co_await Error::unknown("{}", response.error());
  co_return Lease{.id = response.id(), .ttl = std::chrono::seconds(response.ttl())};
}

Task<> Client::revoke(LeaseId id) {
  pb::LeaseRevokeRequest request;
  request.set_id(id);
  co_await call<pb::LeaseRevokeResponse>(Repeat::kIfUnsent,
                                         [request](Member& at) { return at.lease.LeaseRevoke(request); });
}

Task<LeaseStatus> Client::time_to_live(LeaseId id, bool with_keys) {
  pb::LeaseTimeToLiveRequest request;
  request.set_id(id);
  request.set_keys(with_keys);
  pb::LeaseTimeToLiveResponse response = co_await call<pb::LeaseTimeToLiveResponse>(
      Repeat::kSafe, [request](Member& at) { return at.lease.LeaseTimeToLive(request); });
  LeaseStatus status{.id = response.id(),
                     .ttl = std::chrono::seconds(response.ttl()),
                     .granted_ttl = std::chrono::seconds(response.grantedttl()),
                     .keys = {}};
  for (std::string& key : *response.mutable_keys()) status.keys.push_back(std::move(key));
  co_return std::move(status);
}

Task<std::vector<LeaseId>> Client::leases() {
  pb::LeaseLeasesResponse response = co_await call<pb::LeaseLeasesResponse>(
      Repeat::kSafe, [](Member& at) { return at.lease.LeaseLeases(pb::LeaseLeasesRequest()); });
  std::vector<LeaseId> ids;
  for (const pb::LeaseStatus& lease : response.leases()) ids.push_back(lease.id());
  co_return std::move(ids);
}

Task<> Client::keep_alive(Lease lease, std::chrono::steady_clock::time_point granted) {
  LeaseClock clock(granted, lease.ttl);
  Backoff backoff(options_.backoff);
  for (;;) {
    const auto confirmed = clock.expires_at();
    const std::size_t at = current();
    // Every step of it has a limit, so it fails at the latest a moment after the lease is over.
    Result<> ended = co_await keep_alive_on(at, lease, clock).result();
    if (!ended && is_lease_lost(ended.error())) co_await std::move(ended);
    if (clock.expired(std::chrono::steady_clock::now())) co_await lease_not_renewed(lease.id);
    if (!ended && !is_transient(ended.error())) co_await std::move(ended);
    leave(at);
    if (clock.expires_at() != confirmed) backoff.reset();
    co_await sleep(backoff.next());
  }
}

// Renews on one connection until that fails. One renewal is under way at a time.
Task<> Client::keep_alive_on(std::size_t at, Lease lease, LeaseClock& clock) {
  grpc::Pipe<pb::LeaseKeepAliveRequest> requests = grpc::make_pipe<pb::LeaseKeepAliveRequest>(1);
  grpc::Pipe<pb::LeaseKeepAliveResponse> responses = grpc::make_pipe<pb::LeaseKeepAliveResponse>(1);
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> {
      // How the call ends comes out of the responses.
      co_await member(at).lease.LeaseKeepAlive(std::move(requests.receiver), std::move(responses.sender)).result();
    });
    pb::LeaseKeepAliveRequest request;
    request.set_id(lease.id);
    for (;;) {
      co_await sleep_until(clock.renew_at());
      const auto sent = std::chrono::steady_clock::now();
      (void)co_await with_timeout(clock.interval(), requests.sender.send(request)).result();
      std::optional<pb::LeaseKeepAliveResponse> answer =
          co_await with_timeout(clock.interval(), responses.receiver.receive());
      if (!answer) co_await Error::unavailable("the member ended the stream of renewals");
      if (answer->ttl() <= 0) co_await lease_not_found();
      clock.renewed(sent, std::chrono::seconds(answer->ttl()));
    }
  });
}

}  // namespace skerry::etcd
