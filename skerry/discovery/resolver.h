// SPDX-License-Identifier: Apache-2.0
//
// RegistryResolver: lets an http::Client, and every gRPC channel on one, call services by their names. An authority
// that is a name alone ("order") is a service of the registry; one with a port ("127.0.0.1:8080", "example.org:443") is
// an address and left to another resolver.
//
//   http::Client client({.resolver = std::make_shared<discovery::RegistryResolver>(directory),
//                        .balancer = std::make_shared<discovery::PowerOfTwoBalancer>()});
//   co_await client.get("http://order/api/orders/1");
//
// Nothing is asked for a request: the endpoints are a Live that the directory's watch keeps up to date.
#pragma once

#include <memory>
#include <string>

#include "skerry/discovery/directory.h"
#include "skerry/http/resolver.h"

namespace skerry::discovery {

class RegistryResolver final : public http::Resolver {
 public:
  /// `others` is asked for authorities that are no service's name; null: their host is looked up in the DNS.
  explicit RegistryResolver(std::shared_ptr<Directory> directory, std::shared_ptr<http::Resolver> others = nullptr);

  /// A service without instances gives an empty list, which fills when one registers; so does every service while the
  /// registry was never reached (Directory::ready waits for that). INVALID_ARGUMENT for what can be neither name nor
  /// address.
  Task<Live<http::Endpoints>> resolve(std::string authority) override;

 private:
  const std::shared_ptr<Directory> directory_;
  const std::shared_ptr<http::Resolver> others_;
};

}  // namespace skerry::discovery
