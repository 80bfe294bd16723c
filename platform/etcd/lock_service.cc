// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/election.h"
#include "platform/etcd/services.h"
#include "platform/etcd/until_stopped.h"

namespace skerry::platform::etcd {
namespace {

class LockService final : public v3lockpb::Lock {
 public:
  explicit LockService(Engine& engine) : engine_(engine) {}

  Task<v3lockpb::LockResponse> Lock_(v3lockpb::LockRequest request) override {
    return until_stopped(engine_, etcd::lock(engine_, std::move(request)));
  }
  Task<v3lockpb::UnlockResponse> Unlock(v3lockpb::UnlockRequest request) override {
    return etcd::unlock(engine_, std::move(request));
  }

 private:
  Engine& engine_;
};

class ElectionService final : public v3electionpb::Election {
 public:
  explicit ElectionService(Engine& engine) : engine_(engine) {}

  Task<v3electionpb::CampaignResponse> Campaign(v3electionpb::CampaignRequest request) override {
    return until_stopped(engine_, campaign(engine_, std::move(request)));
  }
  Task<v3electionpb::ProclaimResponse> Proclaim(v3electionpb::ProclaimRequest request) override {
    return proclaim(engine_, std::move(request));
  }
  Task<v3electionpb::LeaderResponse> Leader(v3electionpb::LeaderRequest request) override {
    return leader(engine_, std::move(request));
  }
  Task<> Observe(v3electionpb::LeaderRequest request, grpc::Sender<v3electionpb::LeaderResponse> responses) override {
    const auto send = [&](v3electionpb::LeaderResponse response) { return responses.send(std::move(response)); };
    co_await until_stopped(engine_, observe(engine_, std::move(request), send));
  }
  Task<v3electionpb::ResignResponse> Resign(v3electionpb::ResignRequest request) override {
    return resign(engine_, std::move(request));
  }

 private:
  Engine& engine_;
};

}  // namespace

std::shared_ptr<v3lockpb::Lock> make_lock_service(Engine& engine) { return std::make_shared<LockService>(engine); }

std::shared_ptr<v3electionpb::Election> make_election_service(Engine& engine) {
  return std::make_shared<ElectionService>(engine);
}

}  // namespace skerry::platform::etcd
