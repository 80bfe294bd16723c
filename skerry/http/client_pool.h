// SPDX-License-Identifier: Apache-2.0
//
// The connections of a client on one worker: EndpointPool has those to one endpoint, ClientPool finds the endpoints for
// an authority and chooses. Internal to http/.
//
// Invariants:
//  1. Everything here is used on one worker alone.
//  2. A waiting request is either granted a connection by start() on its behalf, or failed; it never polls.
//  3. There is a task for each connection; it owns the connection and keeps the pool alive.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/sync.h"
#include "skerry/http/client.h"
#include "skerry/http/client_exchange.h"
#include "skerry/http/client_settings.h"

namespace skerry::http::internal {

/// What all pools of a client share; does not change.
struct ClientConfig {
  ClientOptions options;
  ClientSettings settings;
};

class EndpointPool final : public ExchangeObserver, public std::enable_shared_from_this<EndpointPool> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  EndpointPool(std::shared_ptr<const ClientConfig> config, Endpoint endpoint);
  ~EndpointPool() override;

  /// Starts a request on a connection, after waiting for one where that is necessary. Fails, safe to retry, when there
  /// is none to be had. `head` must stay until the task has ended.
  Task<std::shared_ptr<ClientExchange>> start(const RequestHead* head, bool end);

  EndpointState state() const;
  const Endpoint& endpoint() const { return endpoint_; }
  /// Ends the connections when their requests are complete, and makes no more.
  void close();
  bool is_idle() const { return live_.empty() && connecting_ == 0 && waiters_.empty(); }

  void on_outcome(const Error* error, int status, std::chrono::nanoseconds latency) override;
  void on_over() override { --in_flight_; }

 private:
  /// A request that waits for a connection. Lives in its task's frame.
  struct Waiter {
    const RequestHead* head;
    bool end;
    Signal done;
    std::optional<Result<std::shared_ptr<ClientExchange>>> result;
  };
  struct LiveConnection;

  Result<std::shared_ptr<ClientExchange>> start_on(ClientProtocol& protocol, const RequestHead& head, bool end);
  ClientProtocol* free_connection() const;
  void serve_waiters();
  void finish_waiter(Waiter& waiter, Result<std::shared_ptr<ClientExchange>> result);
  void fail_waiters(const Error& error);
  /// Connections that are being made, or whose server has not spoken yet.
  std::size_t coming_connections() const;
  void connect_as_needed();
  static Task<> keep_connection(std::shared_ptr<EndpointPool> self);
  Task<> run_connection(std::unique_ptr<net::Stream> stream);
  void connect_failed(const Error& error);
  void connection_ended(const LiveConnection& connection);
  void back_off();
  bool is_backing_off() const { return failures_ > 0 && std::chrono::steady_clock::now() < next_attempt_; }

  const std::shared_ptr<const ClientConfig> config_;
  const Endpoint endpoint_;
  std::vector<LiveConnection*> live_;
  std::size_t connecting_ = 0;
  std::list<Waiter*> waiters_;
  bool serving_waiters_ = false;
  std::uint32_t in_flight_ = 0;
  std::uint32_t failures_ = 0;
  TimePoint next_attempt_{};
  std::optional<Error> last_failure_;
  bool closed_ = false;
};

/// Finds endpoints and starts requests on them.
class ClientPool final : public std::enable_shared_from_this<ClientPool> {
 public:
  explicit ClientPool(std::shared_ptr<const ClientConfig> config) : config_(std::move(config)) {}

  /// Starts a request on one of the authority's endpoints, trying others where one cannot be reached. `head` must stay
  /// until the task has ended.
  Task<std::shared_ptr<ClientExchange>> start(const RequestHead* head, bool end);
  /// The same on a given endpoint.
  Task<std::shared_ptr<ClientExchange>> start_at(Endpoint endpoint, const RequestHead* head, bool end);
  void close();

 private:
  /// The endpoints of one authority.
  struct Target {
    std::string authority;
    Mutex resolving;
    bool resolved = false;
    std::shared_ptr<const Endpoints> endpoints;
    std::vector<std::shared_ptr<EndpointPool>> pools;
    /// Follows the changes; null when it has ended.
    skerry::internal::Fiber* watcher = nullptr;
  };

  Task<std::shared_ptr<Target>> target_of(std::string authority);
  static Task<> watch(std::shared_ptr<ClientPool> self, std::shared_ptr<Target> target, Live<Endpoints> live);
  void set_endpoints(Target& target, std::shared_ptr<const Endpoints> endpoints);
  std::shared_ptr<EndpointPool> pool_of(const Endpoint& endpoint);
  /// Closes the pools that `target` had and nobody has any more.
  void drop_pools(const std::vector<std::shared_ptr<EndpointPool>>& former);
  /// Forgets the pools that have no connection and no authority.
  void forget_idle_pools();
  bool is_in_a_target(const std::shared_ptr<EndpointPool>& pool) const;
  std::optional<std::size_t> pick(const Target& target, std::optional<std::size_t> avoid);

  const std::shared_ptr<const ClientConfig> config_;
  std::map<std::string, std::shared_ptr<Target>, std::less<>> targets_;
  std::map<net::HostPort, std::shared_ptr<EndpointPool>> pools_;
  std::vector<EndpointState> states_;
  bool closed_ = false;
};

}  // namespace skerry::http::internal
