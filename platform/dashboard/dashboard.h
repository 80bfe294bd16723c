// SPDX-License-Identifier: Apache-2.0
//
// Dashboard: the page and its API in `skerry dev`. It serves the built page, tells what is registered, and passes
// Jaeger's query API, and the lineage of events beside it, through. The one thing to know: it sees the rest of the
// platform through its ports alone, so it works as well before a real etcd and a real Jaeger, and it starts, and stays,
// while they are away.
//
//   std::unique_ptr<Dashboard> dashboard =
//       co_await Dashboard::make({.page_directory = find_page("/usr/bin/skerry"),
//                                 .read_registry = read_etcd(etcd),
//                                 .trace_query = "http://127.0.0.1:16686"});
//   net::Address address = co_await dashboard->listen(co_await net::Address::from_ip("127.0.0.1", 8000));
//   ...
//   co_await dashboard->stop(5s);
//
// What it answers, all to GET and HEAD:
//   /api/registry/services                     registry_view.h
//   /api/services, /api/services/{service}/operations, /api/operations, /api/traces, /api/traces/{id},
//   /api/dependencies, /api/lineage/{id}       as the trace query server does
//   everything else outside of /api            the page
//
// What the dashboard itself does is not traced: a page that shows traces would fill the store with its own questions.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "platform/dashboard/health.h"
#include "platform/dashboard/page.h"
#include "platform/dashboard/registry_view.h"
#include "platform/dashboard/trace_proxy.h"
#include "skerry/http/client.h"
#include "skerry/http/message.h"
#include "skerry/http/routes.h"
#include "skerry/http/server.h"

namespace skerry::platform::dashboard {

/// How long the registry may take.
inline constexpr std::chrono::seconds kRegistryTimeout{5};

struct DashboardOptions {
  /// What `npm run build` made of web/ (see find_page); need not exist.
  std::filesystem::path page_directory;
  /// See read_etcd in etcd_registry.h.
  ReadRegistry read_registry;
  /// The URL of a server of Jaeger's query API.
  std::string trace_query;
  /// Whether the instances are asked for their /ready.
  bool ask_health = true;
};

class Dashboard {
 public:
  /// INVALID_ARGUMENT for a trace_query that is no URL, and without a read_registry.
  static Result<std::unique_ptr<Dashboard>> make(DashboardOptions options);
  /// Precondition: stopped, or never listened, or the runtime has ended.
  ~Dashboard() = default;
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  /// Listens on the address; gives it with the port that the system chose for port 0. FAILED_PRECONDITION when the port
  /// is taken. May be called for several addresses.
  Task<net::Address> listen(net::Address address);
  /// Finishes the requests in flight, for at most `limit`, and ends what the dashboard does beside them.
  Task<> stop(std::chrono::nanoseconds limit);

 private:
  Dashboard(DashboardOptions options, http::Uri trace_query);
  void add_routes();
  Task<http::Response> registry_services();

  const DashboardOptions options_;
  http::Client client_;
  Page page_;
  TraceProxy traces_;
  HealthBoard health_;
  http::Routes routes_;
  http::Server server_;
};

}  // namespace skerry::platform::dashboard
