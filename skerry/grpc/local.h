// SPDX-License-Identifier: Apache-2.0
//
// Calls within the process. A local client is the generated client over a channel that leads to an implementation
// instead of a connection: the same interceptors, deadline, panic boundary and status mapping as over the network, but
// messages are moved and not serialised.
//
//   std::shared_ptr<UserService> users = grpc::local_client<UserService>(std::make_shared<Users>());
#pragma once

#include <memory>

#include "skerry/grpc/channel.h"
#include "skerry/grpc/dispatcher.h"
#include "skerry/grpc/service.h"

namespace skerry::grpc {

/// A channel to the dispatcher's services. A method that it does not have answers UNIMPLEMENTED.
std::shared_ptr<Channel> local_channel(std::shared_ptr<const Dispatcher> dispatcher,
                                       ClientInterceptors interceptors = {});

/// A client of one implementation.
template <Service S>
std::unique_ptr<S> local_client(std::shared_ptr<S> implementation) {
  auto dispatcher = std::make_shared<Dispatcher>();
  dispatcher->add(ServiceTraits<S>::definition(std::move(implementation)));
  return ServiceTraits<S>::make_client(local_channel(std::move(dispatcher)));
}

}  // namespace skerry::grpc
