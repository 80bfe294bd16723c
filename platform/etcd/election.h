// SPDX-License-Identifier: Apache-2.0
//
// Locks and elections on the server, for clients that do not bring their own recipe (v3lockpb, v3electionpb). Both are
// the same: whoever wants something puts a key under its lease, and the one with the lowest create revision has it; the
// others wait for those before them to go. Key: NAME "/" and the lease's id in hexadecimal, as the clients' recipes use
// it, so that both kinds of client stand in one queue.
//
//   v3lockpb::LockResponse held = co_await lock(engine, request);     // waits for its turn
//
// A wait that is cancelled leaves the queue. The engine outlives all of this.
#pragma once

#include <functional>

#include "proto/etcd/election.pb.h"
#include "proto/etcd/lock.pb.h"

#include "platform/etcd/engine.h"

namespace skerry::platform::etcd {

/// Without a lease in the request, one of 60 seconds is granted; it is kept alive while the call waits, and then ends
/// by itself. Errors: NotFound for a lease that is not there, FailedPrecondition when it ended while waiting.
Task<v3lockpb::LockResponse> lock(Engine& engine, v3lockpb::LockRequest request);
Task<v3lockpb::UnlockResponse> unlock(Engine& engine, v3lockpb::UnlockRequest request);

/// Waits until elected. Who stands already and campaigns again changes its value.
Task<v3electionpb::CampaignResponse> campaign(Engine& engine, v3electionpb::CampaignRequest request);
/// Changes the leader's value. Fails with Unknown "election: not leader".
Task<v3electionpb::ProclaimResponse> proclaim(Engine& engine, v3electionpb::ProclaimRequest request);
/// Fails with Unknown "election: no leader" when there is none.
Task<v3electionpb::LeaderResponse> leader(Engine& engine, v3electionpb::LeaderRequest request);
/// Sends the leader now and each time it or its value changes, until cancelled or `send` fails.
Task<> observe(Engine& engine, v3electionpb::LeaderRequest request,
               std::function<Task<>(v3electionpb::LeaderResponse)> send);
/// Gives leadership up, if the caller has it.
Task<v3electionpb::ResignResponse> resign(Engine& engine, v3electionpb::ResignRequest request);

}  // namespace skerry::platform::etcd
