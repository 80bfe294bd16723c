// SPDX-License-Identifier: Apache-2.0
//
// The services of the etcd v3 API over an engine: what connects the messages of the wire with Engine. Each is a thin
// adapter; the rules are in the engine and below.
//
//   for (auto& service : make_services(engine, identity)) grpc_server.add(std::move(service));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proto/etcd/auth.skerry.h"
#include "proto/etcd/cluster.skerry.h"
#include "proto/etcd/election.skerry.h"
#include "proto/etcd/kv.skerry.h"
#include "proto/etcd/lease.skerry.h"
#include "proto/etcd/lock.skerry.h"
#include "proto/etcd/maintenance.skerry.h"
#include "proto/etcd/watch.skerry.h"

#include "platform/etcd/engine.h"
#include "skerry/grpc/definition.h"

namespace skerry::platform::etcd {

/// What a member says of itself.
struct MemberIdentity {
  std::string name;
  /// Asked with every answer, on any worker: a server knows its port only when it listens.
  std::function<std::string()> client_url;
};

/// All services below. The engine outlives what they are added to.
std::vector<grpc::ServiceDefinition> make_services(Engine& engine, MemberIdentity identity);

std::shared_ptr<etcdserverpb::KV> make_kv_service(Engine& engine);
std::shared_ptr<etcdserverpb::Watch> make_watch_service(Engine& engine);
std::shared_ptr<etcdserverpb::Lease> make_lease_service(Engine& engine);
/// One member that is its own leader. What needs other members answers UNIMPLEMENTED, and so does Snapshot: the tools
/// that read one expect etcd's own database file.
std::shared_ptr<etcdserverpb::Cluster> make_cluster_service(Engine& engine, MemberIdentity identity);
std::shared_ptr<etcdserverpb::Maintenance> make_maintenance_service(Engine& engine);
/// Authentication is not enabled, and says so.
std::shared_ptr<etcdserverpb::Auth> make_auth_service(Engine& engine);
std::shared_ptr<v3lockpb::Lock> make_lock_service(Engine& engine);
std::shared_ptr<v3electionpb::Election> make_election_service(Engine& engine);

}  // namespace skerry::platform::etcd
