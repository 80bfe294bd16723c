// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/dev_session.h"

#include "cmd/skerry/project_routes.h"

#include "platform/dashboard/page_files.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"

namespace skerry::cmd {
namespace {

using namespace std::chrono_literals;

constexpr auto kGatewayGrace = 10s;
// Longer than the grace that a service gives its own requests.
constexpr auto kServiceGrace = 15s;
constexpr auto kProgressInterval = 5s;
constexpr auto kReadyTimeout = 2s;
constexpr auto kReadyRetry = 100ms;

std::filesystem::path data_of(const DevOptions& options) {
  if (!options.data.empty()) return std::filesystem::absolute(options.data);
  return std::filesystem::absolute(options.project_file).parent_path() / ".skerry";
}

}  // namespace

DevSession::DevSession(DevOptions options, ProjectFile project, std::shared_ptr<Terminal> terminal)
    : options_(std::move(options)),
      project_(std::move(project)),
      terminal_(std::move(terminal)),
      data_(data_of(options_)) {}

Task<> DevSession::run() {
  co_await with_scope([this](Scope& scope) -> Task<> {
    Result<> started = co_await start(scope).result();
    if (!started && !failure_) failure_ = std::move(started).error();
    if (!failure_) co_await stop_.wait();
    // What runs in the scope ends by that.
    co_await stop_everything();
  });
  remove_endpoints(data_);
  if (failure_) co_await std::move(*failure_);
}

Task<> DevSession::start(Scope& scope) {
  std::error_code failed;
  std::filesystem::create_directories(data_, failed);
  if (failed) co_await system_error(failed.value(), "cannot make the directory " + data_.string());
  remove_endpoints(data_);
  PlatformOptions platform{.data = data_, .routes = routes_of(project_.gateway), .terminal = terminal_};
  if (options_.free_ports) platform.ports = PlatformPorts::free();
  platform.etcd = options_.etcd ? options_.etcd : project_.platform.etcd;
  platform.kafka = options_.kafka ? options_.kafka : project_.platform.kafka;
  platform.page = platform::dashboard::find_page(this_program());
  platform_ = co_await Platform::start(std::move(platform));
  run_beside(scope, [this] { return platform_->run(); });
  terminal_->say(fmt::format("registry {}, gateway {}, dashboard {}", platform_->endpoints().etcd,
                             platform_->endpoints().gateway, platform_->endpoints().dashboard));
  co_await plan_instances();
  for (const auto& instance : instances_) run_beside(scope, [&instance] { return instance->run(); });
  if (co_await wait_until_ready()) co_await announce();
}

void DevSession::run_beside(Scope& scope, std::function<Task<>()> task) {
  scope.go([this, task = std::move(task)]() -> Task<> {
    Result<> ended = co_await task().result();
    if (ended) co_return;
    if (!failure_) failure_ = std::move(ended).error();
    stop_.set();
  });
}

Result<> DevSession::plan_instances() {
  for (const ServiceEntry& service : project_.services) {
    Result<std::string> program = find_program(service.program, options_.project_file);
    if (!program) return fail(std::move(program));
    for (std::uint32_t number = 1; number <= service.instances; ++number) {
      instances_.push_back(
          std::make_unique<SupervisedInstance>(InstanceOptions{.label = fmt::format("{}-{}", service.name, number),
                                                               .service = service.name,
                                                               .program = program_of(service, *program)},
                                               terminal_));
    }
  }
  return {};
}

ProcessOptions DevSession::program_of(const ServiceEntry& service, const std::string& program) const {
  ProcessOptions options{.program = program, .arguments = {}, .environment = service.env};
  // All instances of a service share its directory.
  options.environment["SKERRY_DATA"] = (data_ / "services" / service.name).string();
  options.environment["SKERRY_ETCD"] = platform_->etcd();
  options.environment["SKERRY_KAFKA"] = platform_->endpoints().kafka;
  options.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://" + platform_->endpoints().otlp_grpc;
  if (service.config.is_object()) options.environment["SKERRY_SERVICE_CONFIG"] = json_text(service.config);
  return options;
}

Task<bool> DevSession::wait_until_ready() {
  bool ready = false;
  (void)co_await with_scope([this, &ready](Scope& scope) -> Task<> {
    scope.go([this, &scope]() -> Task<> {
      co_await stop_.wait();
      scope.cancel();
    });
    scope.go([this] { return show_progress(); });
    for (const auto& instance : instances_) {
      waiting_for_ = instance->options().label;
      co_await wait_for(*instance);
    }
    ready = true;
    scope.cancel();
  }).result();
  co_return ready;
}

Task<> DevSession::wait_for(SupervisedInstance& instance) {
  Live<discovery::Endpoints> registered = platform_->directory().endpoints(instance.options().service);
  Live<discovery::Endpoints>::Watcher watcher = registered.watch();
  while (!co_await is_ready(instance)) {
    // A registration wakes this; whether a registered instance is ready has to be asked.
    (void)co_await with_timeout(kReadyRetry, watcher.changed()).result();
  }
  instance.mark_ready();
  terminal_->say(fmt::format("{:<{}} ready", instance.options().label, kLabelWidth));
}

Task<bool> DevSession::is_ready(SupervisedInstance& instance) {
  const auto endpoints = platform_->directory().endpoints(instance.options().service).get();
  for (const auto& endpoint : endpoints->all()) {
    const discovery::Instance& entry = endpoint->instance();
    if (entry.id != *instance.id().get()) continue;
    Result<http::Response> answer =
        co_await with_timeout(kReadyTimeout, client_.get("http://" + entry.admin_address + "/ready")).result();
    co_return answer && answer->status == 200;
  }
  co_return false;
}

Task<> DevSession::show_progress() {
  for (;;) {
    co_await sleep(kProgressInterval);
    terminal_->say(fmt::format("waiting for {} to register and to be ready", waiting_for_));
  }
}

Result<> DevSession::announce() {
  const Endpoints& endpoints = platform_->endpoints();
  if (Result<> written = write_endpoints(data_, endpoints); !written) return written;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  terminal_->say(fmt::format("ready in {} ms: gateway {}  dashboard {}  registry {}  broker {}  (Ctrl-C stops)",
                             took.count(), endpoints.gateway, endpoints.dashboard, endpoints.etcd, endpoints.kafka));
  return {};
}

Task<> DevSession::stop_everything() {
  stop_.set();
  if (platform_ != nullptr) co_await platform_->stop_gateway(kGatewayGrace);
  co_await with_scope([this](Scope& scope) -> Task<> {
    for (const auto& instance : instances_) scope.go([&instance] { return instance->stop(kServiceGrace); });
    co_return;
  });
  if (platform_ != nullptr) co_await platform_->stop();
}

}  // namespace skerry::cmd
