// SPDX-License-Identifier: Apache-2.0
//
// Service: what a service's main() holds. It wires everything below it: one port for HTTP and gRPC, an admin port,
// registration, clients of other services, live configuration, telemetry, and an orderly stop.
//
//   int main(int argc, char** argv) {
//     Service app("user", argc, argv);
//     app.serve<UserService>(std::make_unique<Users>());
//     app.get("/hello/{name}", [](http::Request request) -> Task<http::Response> {
//       co_return http::text("hello " + request.param("name"));
//     });
//     return app.run();
//   }
//
// The one thing to know: everything is set up before run(), which serves until SIGINT or SIGTERM. What is wrong with
// the command line, a route or a configuration is reported by run(), which then gives an exit code and serves nothing.
//
// run() starts in this order: telemetry, the registry's configuration, what on_start was given, the listeners, the
// tasks of `background`, the registration. It stops in the reverse order: the instance leaves the registry and /ready
// says so, requests in flight are finished, background tasks are cancelled, what on_stop was given runs, telemetry is
// flushed.
#pragma once

#include <concepts>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "skerry/async/live.h"
#include "skerry/async/task.h"
#include "skerry/config/config_key.h"
#include "skerry/config/configuration.h"
#include "skerry/grpc/client.h"
#include "skerry/grpc/server.h"
#include "skerry/http/client.h"
#include "skerry/http/message.h"
#include "skerry/http/routes.h"
#include "skerry/service/service_options.h"
#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/log.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry {

namespace internal {
class ServiceState;

/// What the registry and the environment bring to one configuration; gives why it cannot be.
using ConfigurationApply = std::function<Result<>(const std::optional<std::string>& document)>;

/// "user" for "shop.v1.UserService".
std::string service_of_interface(std::string_view full_name);
}  // namespace internal

/// Not for use by two threads at once before run(); while it runs, telemetry() and the clients may be used anywhere.
class Service {
 public:
  /// `name` is what the service is registered as. Reads the command line and the environment, see service_options.h.
  /// Blocks SIGINT and SIGTERM for the process, so make it before any thread.
  Service(std::string name, int argc, char** argv);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  const std::string& name() const;
  /// Where this instance keeps what must survive it (--data). Made when it is not there.
  const std::filesystem::path& data_directory() const;
  telemetry::Telemetry& telemetry();
  /// The event broker, for events::BusOptions::brokers: host:port, several with commas (--kafka). Empty where the
  /// service was told that there is none.
  const std::string& kafka() const;

  /// Serves a generated interface by gRPC, and its unary methods by JSON as well. To be called before client<S>().
  template <grpc::Service S>
  void serve(std::shared_ptr<S> implementation) {
    grpc_server().serve<S>(std::move(implementation));
  }

  /// Answers requests for the pattern (skerry/http/router.h).
  void route(std::string_view method, std::string_view pattern, http::Handler handler);
  void get(std::string_view pattern, http::Handler handler) { route("GET", pattern, std::move(handler)); }
  void post(std::string_view pattern, http::Handler handler) { route("POST", pattern, std::move(handler)); }
  void put(std::string_view pattern, http::Handler handler) { route("PUT", pattern, std::move(handler)); }
  void del(std::string_view pattern, http::Handler handler) { route("DELETE", pattern, std::move(handler)); }

  /// The routes of the admin port, for what an operator asks of this service alone (skerry ctl); they stand beside
  /// /metrics, /health, /ready and /debug/tasks. To be added to before run() or in on_start, where a failure keeps the
  /// service from starting: `co_await saga::add_admin_routes(app.admin_routes(), sagas);`
  http::Routes& admin_routes();

  /// The service that has this interface: the implementation in this process when there is one, else a client that
  /// calls the live instances of the named service in the registry. Without a name that is the interface's own, in
  /// lower case and without "Service": UserService is found at `user`. May outlive this object, but not be called then.
  template <grpc::Service S>
  std::shared_ptr<S> client(std::string service = internal::service_of_interface(grpc::ServiceTraits<S>::kFullName)) {
    if (grpc_server().has<S>()) return grpc_server().local_client<S>();
    return grpc::make_client<S>(grpc_channel(std::move(service)));
  }
  /// An HTTP/1.1 client that knows the services of the registry by name: `get("http://user/api/users/u1")`.
  http::Client& http_client();

  /// The configuration of this service: the defaults, `skerry.yaml`, the environment and the registry, in this order
  /// (skerry/config/layers.h). The key's data id is the service's name unless it is given. What the handle shows
  /// changes when the registry's document does.
  template <class T>
  Live<T> config(config::ConfigKey key = {.group = "default"}, T defaults = {}) {
    config::ConfigurationStart<T> start{.defaults = std::move(defaults), .file = {}, .environment = {}, .reporter = {}};
    prepare_config(start.file, start.environment, start.reporter);
    auto made = config::Configuration<T>::create(std::move(start));
    if (!made) {
      refuse(std::move(made).error().annotate("configuration"));
      return Live<T>(T());
    }
    std::shared_ptr<config::Configuration<T>> configuration = *std::move(made);
    follow_config(std::move(key), [configuration](const std::optional<std::string>& document) {
      return configuration->apply(config::Layer::kRegistry, document);
    });
    return configuration->live();
  }

  /// Runs before the service listens; when it fails, the service does not start. Several run one after the other.
  void on_start(std::function<Task<>()> hook);
  /// Runs when the last request has been answered. Its failure is logged.
  void on_stop(std::function<Task<>()> hook);
  /// Runs beside the requests until it is cancelled at the stop. When it fails, the service stops and run() gives the
  /// failure's exit code. `task_name` is for logs.
  void background(std::string task_name, std::function<Task<>()> task);

  /// A condition of /ready: false until the handle is set to true.
  Live<bool> readiness(std::string condition);

  /// Serves until SIGINT or SIGTERM; a second signal ends the process at once. Gives main's exit code: 0 after an
  /// orderly stop. Once.
  int run();

 private:
  grpc::Server& grpc_server();
  std::shared_ptr<grpc::Channel> grpc_channel(std::string service);
  void prepare_config(std::optional<std::string>& file, std::vector<config::EnvironmentVariable>& environment,
                      config::Reporter& reporter);
  void follow_config(config::ConfigKey key, internal::ConfigurationApply apply);
  void refuse(Error error);

  std::unique_ptr<internal::ServiceState> state_;
};

}  // namespace skerry
