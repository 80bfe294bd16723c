// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/resolver.h"

namespace skerry::discovery {

RegistryResolver::RegistryResolver(std::shared_ptr<Directory> directory, std::shared_ptr<http::Resolver> others)
    : directory_(std::move(directory)),
      others_(others ? std::move(others) : std::make_shared<http::AuthorityResolver>()) {}

Task<Live<http::Endpoints>> RegistryResolver::resolve(std::string authority) {
  if (authority.find(':') != std::string::npos) {
    Live<http::Endpoints> found = co_await others_->resolve(std::move(authority));
    co_return found;
  }
  co_await check_name("service", authority);
  co_return directory_->addresses(authority);
}

}  // namespace skerry::discovery
