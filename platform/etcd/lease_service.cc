// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/services.h"
#include "platform/etcd/until_stopped.h"

namespace skerry::platform::etcd {
namespace {

class LeaseService final : public etcdserverpb::Lease {
 public:
  explicit LeaseService(Engine& engine) : engine_(engine) {}

  Task<etcdserverpb::LeaseGrantResponse> LeaseGrant(etcdserverpb::LeaseGrantRequest request) override {
    return engine_.lease_grant(std::move(request));
  }
  Task<etcdserverpb::LeaseRevokeResponse> LeaseRevoke(etcdserverpb::LeaseRevokeRequest request) override {
    return engine_.lease_revoke(std::move(request));
  }
  Task<> LeaseKeepAlive(grpc::Receiver<etcdserverpb::LeaseKeepAliveRequest> requests,
                        grpc::Sender<etcdserverpb::LeaseKeepAliveResponse> responses) override {
    co_await until_stopped(engine_, keep_alive(requests, responses));
  }
  Task<etcdserverpb::LeaseTimeToLiveResponse> LeaseTimeToLive(etcdserverpb::LeaseTimeToLiveRequest request) override {
    co_return engine_.lease_time_to_live(request);
  }
  Task<etcdserverpb::LeaseLeasesResponse> LeaseLeases(etcdserverpb::LeaseLeasesRequest) override {
    co_return engine_.lease_leases();
  }

 private:
  Task<> keep_alive(grpc::Receiver<etcdserverpb::LeaseKeepAliveRequest>& requests,
                    grpc::Sender<etcdserverpb::LeaseKeepAliveResponse>& responses) {
    while (auto request = co_await requests.receive()) {
      auto response = co_await engine_.lease_keep_alive(*std::move(request));
      co_await responses.send(std::move(response));
    }
  }

  Engine& engine_;
};

}  // namespace

std::shared_ptr<etcdserverpb::Lease> make_lease_service(Engine& engine) {
  return std::make_shared<LeaseService>(engine);
}

}  // namespace skerry::platform::etcd
