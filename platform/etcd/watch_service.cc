// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/services.h"
#include "platform/etcd/until_stopped.h"
#include "platform/etcd/watch_session.h"
#include "skerry/async/scope.h"

namespace skerry::platform::etcd {
namespace {

using WatchRequests = grpc::Receiver<etcdserverpb::WatchRequest>;
using WatchResponses = grpc::Sender<etcdserverpb::WatchResponse>;

Task<> send_outputs(Engine& engine, WatchSession& session, WatchResponses& responses) {
  // The ids do not change, and the revision is each output's own.
  const etcdserverpb::ResponseHeader ids = engine.header();
  while (true) {
    const WatchOutput output = co_await session.next();
    for (etcdserverpb::WatchResponse& response : to_responses(output, kMaxWatchResponseBytes)) {
      const Revision revision = response.header().revision();
      *response.mutable_header() = ids;
      response.mutable_header()->set_revision(revision);
      co_await responses.send(std::move(response));
    }
  }
}

Task<> take_requests(WatchSession& session, WatchRequests& requests) {
  while (true) {
    co_await session.room();
    std::optional<etcdserverpb::WatchRequest> request = co_await requests.receive();
    if (!request) co_return;
    switch (request->request_union_case()) {
      case etcdserverpb::WatchRequest::kCreateRequest:
        session.create(request->create_request());
        break;
      case etcdserverpb::WatchRequest::kCancelRequest:
        session.cancel(request->cancel_request().watch_id());
        break;
      case etcdserverpb::WatchRequest::kProgressRequest:
        session.request_progress();
        break;
      case etcdserverpb::WatchRequest::REQUEST_UNION_NOT_SET:
        break;  // a kind of request from a newer API: ignored, as etcd does
    }
  }
}

class WatchService final : public etcdserverpb::Watch {
 public:
  explicit WatchService(Engine& engine) : engine_(engine) {}

  Task<> Watch_(WatchRequests requests, WatchResponses responses) override {
    co_await until_stopped(engine_, serve(requests, responses));
  }

 private:
  Task<> serve(WatchRequests& requests, WatchResponses& responses) {
    auto session = engine_.watch();
    co_await with_scope([&](Scope& scope) -> Task<> {
      // A client that has nothing more to ask goes on watching until it ends the call, as with etcd.
      scope.go([&] { return take_requests(*session, requests); });
      co_await send_outputs(engine_, *session, responses);
    });
  }

  Engine& engine_;
};

}  // namespace

std::shared_ptr<etcdserverpb::Watch> make_watch_service(Engine& engine) {
  return std::make_shared<WatchService>(engine);
}

}  // namespace skerry::platform::etcd
