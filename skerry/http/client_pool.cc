// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/client_pool.h"

#include <algorithm>
#include <utility>

#include "skerry/async/go.h"
#include "skerry/base/defer.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {

Task<std::shared_ptr<ClientPool::Target>> ClientPool::target_of(std::string authority) {
  auto found = targets_.find(authority);
  if (found == targets_.end()) {
    if (targets_.size() >= kMaxClientTargets) {
      co_return Error::resource_exhausted("the client knows {} authorities already", targets_.size());
    }
    found = targets_.emplace(authority, std::make_shared<Target>()).first;
    found->second->authority = authority;
  }
  std::shared_ptr<Target> target = found->second;
  if (target->resolved) co_return std::move(target);
  // Requests that come meanwhile wait here for the first one's answer.
  const Mutex::Guard guard = co_await target->resolving.lock();
  if (target->resolved) co_return std::move(target);
  Live<Endpoints> live = co_await config_->options.resolver->resolve(std::move(authority));
  if (closed_) co_return mark_retry_safe(Error::unavailable("the client is closed"));
  target->resolved = true;
  go_named("http endpoints", &ClientPool::watch, shared_from_this(), target, live);
  set_endpoints(*target, live.get());
  co_return std::move(target);
}

Task<> ClientPool::watch(std::shared_ptr<ClientPool> self, std::shared_ptr<Target> target, Live<Endpoints> live) {
  target->watcher = skerry::internal::Fiber::current();
  const Defer gone([&] { target->watcher = nullptr; });
  Live<Endpoints>::Watcher watcher = live.watch();
  // What changed between the first look and now.
  self->set_endpoints(*target, live.get());
  while (!self->closed_) self->set_endpoints(*target, co_await watcher.changed());
}

void ClientPool::set_endpoints(Target& target, std::shared_ptr<const Endpoints> endpoints) {
  if (closed_ || target.endpoints == endpoints) return;
  std::vector<std::shared_ptr<EndpointPool>> pools;
  for (const Endpoint& endpoint : *endpoints) pools.push_back(pool_of(endpoint));
  target.endpoints = std::move(endpoints);
  const std::vector<std::shared_ptr<EndpointPool>> former = std::exchange(target.pools, std::move(pools));
  drop_pools(former);
}

std::shared_ptr<EndpointPool> ClientPool::pool_of(const Endpoint& endpoint) {
  std::shared_ptr<EndpointPool>& pool = pools_[endpoint.address];
  // A new tag means that the balancer wants to hear of the endpoint under that.
  if (!pool || pool->endpoint().tag != endpoint.tag) {
    if (pool) pool->close();
    pool = std::make_shared<EndpointPool>(config_, endpoint);
  }
  return pool;
}

bool ClientPool::is_in_a_target(const std::shared_ptr<EndpointPool>& pool) const {
  return std::ranges::any_of(targets_, [&](const auto& entry) {
    return std::ranges::find(entry.second->pools, pool) != entry.second->pools.end();
  });
}

void ClientPool::drop_pools(const std::vector<std::shared_ptr<EndpointPool>>& former) {
  for (const std::shared_ptr<EndpointPool>& pool : former) {
    if (is_in_a_target(pool)) continue;
    pool->close();
    const auto found = pools_.find(pool->endpoint().address);
    if (found != pools_.end() && found->second == pool) pools_.erase(found);
  }
}

void ClientPool::forget_idle_pools() {
  std::erase_if(pools_, [&](const auto& entry) { return entry.second->is_idle() && !is_in_a_target(entry.second); });
}

std::optional<std::size_t> ClientPool::pick(const Target& target, std::optional<std::size_t> avoid) {
  states_.clear();
  for (const std::shared_ptr<EndpointPool>& pool : target.pools) states_.push_back(pool->state());
  return config_->options.balancer->pick(*target.endpoints, states_, avoid);
}

Task<std::shared_ptr<ClientExchange>> ClientPool::start(const RequestHead* head, bool end) {
  std::shared_ptr<Target> target = co_await target_of(head->authority);
  std::shared_ptr<EndpointPool> failed;
  Error last = mark_retry_safe(Error::unavailable("there is no endpoint for {}", head->authority));
  for (std::size_t attempt = 0; attempt < config_->options.max_attempts; ++attempt) {
    // The endpoints may have changed since the last attempt.
    const auto place = std::ranges::find(target->pools, failed);
    std::optional<std::size_t> avoid;
    if (failed && place != target->pools.end()) avoid = static_cast<std::size_t>(place - target->pools.begin());
    const std::optional<std::size_t> index = pick(*target, avoid);
    if (!index || *index >= target->pools.size()) break;
    std::shared_ptr<EndpointPool> pool = target->pools[*index];
    Result<std::shared_ptr<ClientExchange>> exchange = co_await pool->start(head, end).result();
    if (exchange || !is_retry_safe(exchange.error())) co_return co_await std::move(exchange);
    last = std::move(exchange).error();
    failed = std::move(pool);
  }
  co_return std::move(last);
}

Task<std::shared_ptr<ClientExchange>> ClientPool::start_at(Endpoint endpoint, const RequestHead* head, bool end) {
  if (pools_.size() >= kMaxClientTargets) forget_idle_pools();
  if (pools_.size() >= kMaxClientTargets) {
    co_return Error::resource_exhausted("the client knows {} endpoints already", pools_.size());
  }
  const auto found = pools_.find(endpoint.address);
  std::shared_ptr<EndpointPool> pool = found != pools_.end() ? found->second : pool_of(endpoint);
  co_return co_await pool->start(head, end);
}

void ClientPool::close() {
  closed_ = true;
  for (const auto& [authority, target] : targets_) {
    if (target->watcher != nullptr) target->watcher->root_cancel().cancel(skerry::internal::CancelState::kCancelled);
  }
  for (const auto& [address, pool] : pools_) pool->close();
}

}  // namespace skerry::http::internal
