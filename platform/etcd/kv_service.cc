// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/services.h"

namespace skerry::platform::etcd {
namespace {

class KvService final : public etcdserverpb::KV {
 public:
  explicit KvService(Engine& engine) : engine_(engine) {}

  Task<etcdserverpb::RangeResponse> Range(etcdserverpb::RangeRequest request) override {
    return engine_.range(std::move(request));
  }
  Task<etcdserverpb::PutResponse> Put(etcdserverpb::PutRequest request) override {
    return engine_.put(std::move(request));
  }
  Task<etcdserverpb::DeleteRangeResponse> DeleteRange(etcdserverpb::DeleteRangeRequest request) override {
    return engine_.delete_range(std::move(request));
  }
  Task<etcdserverpb::TxnResponse> Txn(etcdserverpb::TxnRequest request) override {
    return engine_.txn(std::move(request));
  }
  Task<etcdserverpb::CompactionResponse> Compact(etcdserverpb::CompactionRequest request) override {
    return engine_.compact(std::move(request));
  }

 private:
  Engine& engine_;
};

}  // namespace

std::shared_ptr<etcdserverpb::KV> make_kv_service(Engine& engine) { return std::make_shared<KvService>(engine); }

std::vector<grpc::ServiceDefinition> make_services(Engine& engine, MemberIdentity identity) {
  std::vector<grpc::ServiceDefinition> services;
  services.push_back(grpc::ServiceTraits<etcdserverpb::KV>::definition(make_kv_service(engine)));
  services.push_back(grpc::ServiceTraits<etcdserverpb::Watch>::definition(make_watch_service(engine)));
  services.push_back(grpc::ServiceTraits<etcdserverpb::Lease>::definition(make_lease_service(engine)));
  services.push_back(
      grpc::ServiceTraits<etcdserverpb::Cluster>::definition(make_cluster_service(engine, std::move(identity))));
  services.push_back(grpc::ServiceTraits<etcdserverpb::Maintenance>::definition(make_maintenance_service(engine)));
  services.push_back(grpc::ServiceTraits<etcdserverpb::Auth>::definition(make_auth_service(engine)));
  services.push_back(grpc::ServiceTraits<v3lockpb::Lock>::definition(make_lock_service(engine)));
  services.push_back(grpc::ServiceTraits<v3electionpb::Election>::definition(make_election_service(engine)));
  return services;
}

}  // namespace skerry::platform::etcd
