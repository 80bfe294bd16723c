// SPDX-License-Identifier: Apache-2.0
//
// Server: the Kafka protocol on a port, over one durable log. One process at a time has the data directory.
//
//   auto server = co_await kafka::Server::open({.data_directory = ".skerry/kafka", .listen = address});
//   scope.go([&] { return server->run(); });
//   fmt::print("{}\n", server->url());
//   ...
//   co_await server->stop(10s);           // run() ends
//
// An acknowledged record is on the disk, unless ServerOptions::durability says otherwise. Loopback without
// authentication or encryption: whoever reaches the port may do everything.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "platform/kafka/broker/acceptor.h"
#include "platform/kafka/broker/broker.h"
#include "platform/kafka/broker/broker_metrics.h"
#include "platform/kafka/group/group_coordinator.h"
#include "platform/kafka/group/group_options.h"
#include "platform/kafka/log/log_options.h"
#include "platform/kafka/log/log_store.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/disk/posix_disk.h"
#include "skerry/net/address.h"
#include "skerry/telemetry/metrics.h"

namespace skerry::platform::kafka {

struct ServerOptions {
  /// Made when it is not there.
  std::string data_directory;
  /// Port 0: the system chooses one.
  net::Address listen;
  /// Where clients are told to connect. None: the IP address that the asking client has connected to.
  std::optional<net::HostPort> advertise = std::nullopt;
  /// Topics come into being when they are asked for or written to, with so many partitions.
  bool auto_create_topics = true;
  std::int32_t default_partitions = 1;
  /// Retention and limits: `log.defaults` are those of topics for which nothing was set.
  log::LogOptions log = {};
  /// With Kafka's defaults a group that begins waits 3 s for more members; initial_rebalance_delay 0 spares a developer
  /// that.
  GroupOptions groups = {};
  /// Where the metrics go; null: nowhere. Outlives the server.
  telemetry::Metrics* metrics = nullptr;
};

class Server {
 public:
  /// Takes the data directory, recovers the log and listens; requests are answered from then on, those that write once
  /// run() is running. Errors: FailedPrecondition when another process has the directory or the port is taken, DataLoss
  /// when what is in it is damaged.
  static Task<std::unique_ptr<Server>> open(ServerOptions options);
  /// Precondition: stopped, or the runtime has ended.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Runs until stop() has done its work or the task is cancelled. Once.
  Task<> run();

  /// Stops in good order: takes no more connections and requests, answers members that wait for their group, finishes
  /// what is under way, after `limit` closes the connections that are left, and then ends run().
  Task<> stop(std::chrono::nanoseconds limit);

  const net::Address& address() const { return address_; }
  /// "127.0.0.1:9092": what clients take as bootstrap.servers.
  std::string url() const;

 private:
  Server(disk::DirectoryLock lock, ServerOptions options);
  Task<> open_broker();
  bool has_members(const std::string& group);

  disk::DirectoryLock lock_;  // first: held until everything else is gone
  const ServerOptions options_;
  disk::PosixDisk disk_;
  net::Address address_;
  std::unique_ptr<log::LogStore> store_;
  GroupCoordinator groups_;
  telemetry::Metrics no_metrics_{{.enabled = false}};
  std::unique_ptr<BrokerMetrics> metrics_;
  std::unique_ptr<Broker> broker_;
  Acceptor acceptor_;
  Event stopped_;
};

}  // namespace skerry::platform::kafka
