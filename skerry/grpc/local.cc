// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/local.h"

#include "skerry/base/defer.h"

namespace skerry::grpc {
namespace {

class LocalCall final : public ServerCall {
 public:
  LocalCall(Method method, Metadata metadata) : ServerCall(method), received_(std::move(metadata)) {}
  std::string_view peer() const override { return "local"; }
  bool is_local() const override { return true; }

 private:
  Metadata received_metadata() const override { return received_; }
  Metadata received_;
};

class LocalChannel final : public Channel {
 public:
  LocalChannel(std::shared_ptr<const Dispatcher> dispatcher, ClientInterceptors interceptors)
      : Channel(std::move(interceptors)), dispatcher_(std::move(dispatcher)) {}

 private:
  Task<> transmit(ClientCall& call) override {
    co_await check_metadata(call.options.metadata);
    const auto entry = dispatcher_->find(call.method.path);
    if (entry.definition == nullptr) co_await dispatcher_->unknown_method(call.method.path);
    auto served = std::make_shared<LocalCall>(entry.definition->method, call.options.metadata);
    // Also when the call fails, and when its task is cancelled.
    Defer hand_over([&] {
      if (call.options.received != nullptr) *call.options.received = {served->headers(), served->trailers()};
    });
    co_await dispatcher_->run(entry, served, entry.definition->call(entry.implementation, call.arguments));
  }

  std::shared_ptr<const Dispatcher> dispatcher_;
};

}  // namespace

std::shared_ptr<Channel> local_channel(std::shared_ptr<const Dispatcher> dispatcher, ClientInterceptors interceptors) {
  return std::make_shared<LocalChannel>(std::move(dispatcher), std::move(interceptors));
}

}  // namespace skerry::grpc
