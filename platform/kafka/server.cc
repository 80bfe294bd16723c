// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/server.h"

#include <utility>

#include "platform/kafka/broker/connection.h"
#include "skerry/async/blocking.h"
#include "skerry/async/scope.h"
#include "skerry/base/defer.h"
#include "skerry/base/ids.h"

namespace skerry::platform::kafka {
namespace {

constexpr std::string_view kClusterIdFile = "/cluster_id";
constexpr std::size_t kMaxClusterIdBytes = 64;

// The id that this data has had since it began, so that a client sees whether it talks to what it knew before.
Result<std::string> cluster_id(disk::Disk& disk, const std::string& directory) {
  const std::string path = directory + std::string(kClusterIdFile);
  Result<std::string> known = disk.read(path, 0, kMaxClusterIdBytes);
  if (known && !known->empty()) return known;
  if (!known && known.error().code() != Code::kNotFound) return fail(std::move(known));
  if (known)
    if (Result<> removed = disk.remove(path); !removed) return fail(std::move(removed));
  const std::string id = random_id();
  Result<std::unique_ptr<disk::File>> file = disk.create(path);
  if (!file) return fail(std::move(file));
  if (Result<> written = (*file)->append(id); !written) return fail(std::move(written));
  if (Result<> synced = (*file)->sync(); !synced) return fail(std::move(synced));
  if (Result<> named = disk.sync_directory(directory); !named) return fail(std::move(named));
  return id;
}

}  // namespace

Server::Server(disk::DirectoryLock lock, ServerOptions options)
    : lock_(std::move(lock)),
      options_(std::move(options)),
      groups_(options_.groups),
      acceptor_([this](std::unique_ptr<net::Stream> stream, Event& draining) -> Task<> {
        broker_->metrics.connection_opened();
        const Defer closed([this] { broker_->metrics.connection_closed(); });
        Connection connection(*broker_, std::move(stream));
        co_await connection.run(draining);
      }) {}

Server::~Server() = default;

Task<std::unique_ptr<Server>> Server::open(ServerOptions options) {
  auto lock = co_await blocking([directory = options.data_directory]() -> Result<disk::DirectoryLock> {
    disk::PosixDisk disk;
    if (auto made = disk.create_directories(directory); !made) return fail(std::move(made));
    return disk::DirectoryLock::take(directory);
  });
  std::unique_ptr<Server> server(new Server(std::move(lock), std::move(options)));
  co_await server->open_broker();
  server->address_ = co_await server->acceptor_.listen(server->options_.listen);
  co_return std::move(server);
}

Task<> Server::open_broker() {
  const std::string directory = options_.data_directory;
  std::string id = co_await blocking([this, directory] { return cluster_id(disk_, directory); });
  store_ = co_await log::LogStore::open(disk_, directory + "/log", options_.log);
  telemetry::Metrics& metrics = options_.metrics != nullptr ? *options_.metrics : no_metrics_;
  metrics_ = std::make_unique<BrokerMetrics>(metrics, *store_, groups_);
  broker_ = std::unique_ptr<Broker>(new Broker{.store = *store_,
                                               .groups = groups_,
                                               .options = {.default_partitions = options_.default_partitions,
                                                           .auto_create_topics = options_.auto_create_topics,
                                                           .advertise = options_.advertise,
                                                           .topic_defaults = options_.log.defaults},
                                               .cluster_id = std::move(id),
                                               .metrics = *metrics_});
}

std::string Server::url() const { return address_.to_string(); }

bool Server::has_members(const std::string& group) {
  const GroupState state = groups_.state(group);
  return state != GroupState::kDead && state != GroupState::kEmpty;
}

Task<> Server::run() {
  bool in_order = false;
  Result<> ended =
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&] { return store_->run([this](const std::string& group) { return has_members(group); }); });
        scope.go([&] { return groups_.run(); });
        co_await stopped_.wait();
        in_order = true;
        scope.cancel();
      }).result();
  if (!in_order) co_await std::move(ended);
}

Task<> Server::stop(std::chrono::nanoseconds limit) {
  groups_.stop();
  co_await acceptor_.stop(limit);
  stopped_.set();
}

}  // namespace skerry::platform::kafka
