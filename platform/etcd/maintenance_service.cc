// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/errors.h"
#include "platform/etcd/services.h"

namespace skerry::platform::etcd {
namespace {

class MaintenanceService final : public etcdserverpb::Maintenance {
 public:
  explicit MaintenanceService(Engine& engine) : engine_(engine) {}

  Task<etcdserverpb::AlarmResponse> Alarm(etcdserverpb::AlarmRequest request) override {
    return engine_.alarm(std::move(request));
  }
  Task<etcdserverpb::StatusResponse> Status(etcdserverpb::StatusRequest) override { co_return engine_.status(); }
  Task<etcdserverpb::DefragmentResponse> Defragment(etcdserverpb::DefragmentRequest) override {
    // Nothing to do: memory is given back by compaction, and the log by snapshots.
    etcdserverpb::DefragmentResponse response;
    *response.mutable_header() = engine_.header();
    co_return std::move(response);
  }
  Task<etcdserverpb::HashResponse> Hash(etcdserverpb::HashRequest) override {
    auto hashed = co_await engine_.hash({});
    etcdserverpb::HashResponse response;
    *response.mutable_header() = hashed.header();
    response.set_hash(hashed.hash());
    co_return std::move(response);
  }
  Task<etcdserverpb::HashKVResponse> HashKV(etcdserverpb::HashKVRequest request) override {
    return engine_.hash(std::move(request));
  }
  Task<etcdserverpb::MoveLeaderResponse> MoveLeader(etcdserverpb::MoveLeaderRequest request) override {
    etcdserverpb::MoveLeaderResponse response;
    *response.mutable_header() = engine_.header();
    if (request.targetid() != response.header().member_id())
      co_await Error::failed_precondition("etcdserver: bad leader transferee");
    co_return std::move(response);
  }

 private:
  Engine& engine_;
};

class ClusterService final : public etcdserverpb::Cluster {
 public:
  ClusterService(Engine& engine, MemberIdentity identity) : engine_(engine), identity_(std::move(identity)) {}

  Task<etcdserverpb::MemberListResponse> MemberList(etcdserverpb::MemberListRequest) override {
    etcdserverpb::MemberListResponse response;
    *response.mutable_header() = engine_.header();
    etcdserverpb::Member& member = *response.add_members();
    member.set_id(response.header().member_id());
    member.set_name(identity_.name);
    member.add_clienturls(identity_.client_url());
    co_return std::move(response);
  }

 private:
  Engine& engine_;
  MemberIdentity identity_;
};

}  // namespace

std::shared_ptr<etcdserverpb::Maintenance> make_maintenance_service(Engine& engine) {
  return std::make_shared<MaintenanceService>(engine);
}

std::shared_ptr<etcdserverpb::Cluster> make_cluster_service(Engine& engine, MemberIdentity identity) {
  return std::make_shared<ClusterService>(engine, std::move(identity));
}

}  // namespace skerry::platform::etcd
