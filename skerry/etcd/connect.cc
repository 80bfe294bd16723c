// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/connect.h"

#include "skerry/grpc/client.h"

namespace skerry::etcd {

Result<std::shared_ptr<Client>> connect(ConnectOptions options) {
  std::vector<Client::Endpoint> endpoints;
  for (const std::string& list : options.endpoints) {
    Result<std::vector<std::string>> parsed = parse_endpoints(list);
    if (!parsed) return fail(std::move(parsed));
    for (const std::string& target : *parsed) {
      grpc::ChannelOptions channel{.receive_message_bytes_max = kMaxResponseBytes,
                                   .keepalive_interval = kKeepaliveInterval,
                                   .connect_backoff = {.max = kReconnectMax}};
      endpoints.push_back({.name = target, .channel = grpc::Channel::create(target, std::move(channel))});
    }
  }
  if (endpoints.empty()) return fail(Error::invalid_argument("no endpoint of the registry is given"));
  if (endpoints.size() > kMaxEndpoints) {
    return fail(Error::invalid_argument("more than {} endpoints", kMaxEndpoints));
  }
  return std::make_shared<Client>(std::move(endpoints), options.client);
}

}  // namespace skerry::etcd
