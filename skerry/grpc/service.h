// SPDX-License-Identifier: Apache-2.0
//
// What a generated X.skerry.h builds on. Light: it is included wherever a service is served or called.
#pragma once

#include <memory>
#include <string_view>

#include "skerry/async/task.h"
#include "skerry/grpc/method.h"
#include "skerry/grpc/stream.h"

namespace skerry::grpc {

class Channel;
class ServiceDefinition;

/// What is known of a generated service interface S; generated code specialises it:
///
///   using Client = ...;                                    the class that calls S over a channel
///   static constexpr std::string_view kFullName;           "shop.v1.UserService"
///   static constexpr Method kMethods[];                    in the order of the .proto file; absent without methods
///   static std::unique_ptr<S> make_client(std::shared_ptr<Channel> channel);
///   static ServiceDefinition definition(std::shared_ptr<S> implementation);
template <class S>
struct ServiceTraits;

/// A generated service interface.
template <class S>
concept Service = requires { ServiceTraits<S>::kFullName; };

}  // namespace skerry::grpc
