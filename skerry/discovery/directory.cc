// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/directory.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"

namespace skerry::discovery {

Directory::Directory(std::shared_ptr<etcd::Client> client, DirectoryOptions options)
    : client_(std::move(client)), options_(std::move(options)), state_(options_.grace_after_loss) {}

Task<> Directory::run() {
  co_await with_scope([&](Scope& scope) -> Task<> {
    co_await etcd::mirror(client_,
                          {.keys = etcd::KeyRange::prefix(namespace_prefix(options_.namespace_)),
                           .on_connection = options_.on_connection},
                          [&](etcd::MirrorUpdate update) { return apply(scope, std::move(update)); });
  });
}

Task<> Directory::ready() { co_await ready_.wait(); }

Task<> Directory::apply(Scope& scope, etcd::MirrorUpdate update) {
  DirectoryState::Change change;
  {
    std::lock_guard lock(mutex_);
    change = state_.apply(update, std::chrono::steady_clock::now());
    publish(change);
  }
  ready_.set();
  if (options_.on_warning) {
    for (const std::string& warning : change.warnings) options_.on_warning(warning);
  }
  if (change.expire_at) scope.go([this, when = *change.expire_at] { return expire_at(when); });
  co_return;
}

Task<> Directory::expire_at(DirectoryState::TimePoint when) {
  co_await sleep_until(when);
  std::lock_guard lock(mutex_);
  publish(state_.expire(std::chrono::steady_clock::now()));
}

// Under the lock, so that the sets appear in the order of the changes.
void Directory::publish(const DirectoryState::Change& change) {
  for (const std::string& name : change.services) {
    const auto at = live_.find(name);
    if (at == live_.end()) continue;
    Service& service = at->second;
    Endpoints next(state_.instances(name), service.endpoints.get().get());
    service.addresses.set(next.addresses());
    service.endpoints.set(std::move(next));
  }
}

// Under the lock.
Directory::Service& Directory::service_named(const std::string& service) {
  const auto at = live_.find(service);
  if (at != live_.end()) return at->second;
  Endpoints now(state_.instances(service));
  Live<http::Endpoints> addresses(now.addresses());
  return live_.emplace(service, Service{Live<Endpoints>(std::move(now)), std::move(addresses)}).first->second;
}

Live<Endpoints> Directory::endpoints(const std::string& service) {
  std::lock_guard lock(mutex_);
  return service_named(service).endpoints;
}

Live<http::Endpoints> Directory::addresses(const std::string& service) {
  std::lock_guard lock(mutex_);
  return service_named(service).addresses;
}

std::vector<std::string> Directory::services() const {
  std::lock_guard lock(mutex_);
  return state_.services();
}

}  // namespace skerry::discovery
