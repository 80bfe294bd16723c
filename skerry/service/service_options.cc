// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/service_options.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdlib>

#include "skerry/base/ids.h"
#include "skerry/base/version.h"

namespace skerry {

namespace {

// The options as text, before they are checked.
struct OptionTexts {
  std::string listen = "127.0.0.1:0";
  std::string advertise;
  std::string admin = "127.0.0.1:0";
  std::string data;
  std::string etcd = "http://127.0.0.1:2379";
  std::string kafka = "127.0.0.1:9092";
  std::string otlp = "http://127.0.0.1:4317";
  std::string instance;
  std::string workers = "0";
  std::string log_level = "info";
};

struct OptionName {
  const char* flag;
  const char* variable;
  const char* help;
  std::string OptionTexts::* text;
};

constexpr OptionName kOptions[] = {
    {"--listen", "SKERRY_LISTEN", "Where HTTP and gRPC are served; port 0 is a free one", &OptionTexts::listen},
    {"--advertise", "SKERRY_ADVERTISE", "Where others call it, when that is not where it listens",
     &OptionTexts::advertise},
    {"--admin", "SKERRY_ADMIN", "Where /metrics, /health, /ready and /debug are served", &OptionTexts::admin},
    {"--data", "SKERRY_DATA", "Directory of what must survive the process", &OptionTexts::data},
    {"--etcd", "SKERRY_ETCD", "URL of the registry, or 'none'", &OptionTexts::etcd},
    {"--kafka", "SKERRY_KAFKA", "host:port of the event broker, several with commas, or 'none'", &OptionTexts::kafka},
    {"--otlp", "OTEL_EXPORTER_OTLP_ENDPOINT", "URL of the trace collector, or 'none'", &OptionTexts::otlp},
    {"--instance", "SKERRY_INSTANCE", "Id of this instance in the registry", &OptionTexts::instance},
    {"--workers", "SKERRY_WORKERS", "Threads that run tasks; 0 is one for each processor", &OptionTexts::workers},
    {"--log-level", "SKERRY_LOG_LEVEL", "debug, info, warning or error", &OptionTexts::log_level},
};

Result<net::HostPort> address_option(std::string_view option, const std::string& text) {
  Result<net::HostPort> address = net::HostPort::parse(text);
  if (!address) return fail(std::move(address).error().annotate(option));
  return address;
}

Result<unsigned> workers_option(const std::string& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kMaxWorkers) {
    return fail(Error::invalid_argument("--workers: expected a number from 0 to {}, got '{}'", kMaxWorkers, text));
  }
  return number;
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

std::string url_option(const std::string& text) { return text == kNone ? std::string() : text; }

Result<ServiceOptions> check(const std::string& service, const OptionTexts& texts) {
  ServiceOptions options;
  Result<net::HostPort> listen = address_option("--listen", texts.listen);
  if (!listen) return fail(std::move(listen));
  Result<net::HostPort> admin = address_option("--admin", texts.admin);
  if (!admin) return fail(std::move(admin));
  Result<unsigned> workers = workers_option(texts.workers);
  if (!workers) return fail(std::move(workers));
  const std::optional<telemetry::LogLevel> level = telemetry::parse_log_level(texts.log_level);
  if (!level) {
    return fail(
        Error::invalid_argument("--log-level: expected debug, info, warning or error, got '{}'", texts.log_level));
  }
  if (!texts.advertise.empty()) {
    Result<net::HostPort> advertise = address_option("--advertise", texts.advertise);
    if (!advertise) return fail(std::move(advertise));
    options.advertise = *std::move(advertise);
  }
  if (is_wildcard(listen->host) && !options.advertise) {
    return fail(
        Error::invalid_argument("--listen {}: say with --advertise HOST:PORT where others reach it", texts.listen));
  }
  options.listen = *std::move(listen);
  options.admin = *std::move(admin);
  options.data = texts.data.empty() ? std::filesystem::path(".skerry") / service : std::filesystem::path(texts.data);
  options.etcd = url_option(texts.etcd);
  options.kafka = url_option(texts.kafka);
  options.otlp = url_option(texts.otlp);
  options.instance = texts.instance.empty() ? service + "-" + random_id().substr(0, 8) : texts.instance;
  options.workers = *workers;
  options.log_level = *level;
  return options;
}

}  // namespace

std::optional<std::string> process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<ServiceOptions> read_service_options(const std::string& service, int argc, const char* const* argv,
                                            const ReadEnvironment& environment,
                                            std::optional<CommandLineAnswer>& answer) {
  OptionTexts texts;
  CLI::App parser("The service '" + service + "'", service);
  parser.set_version_flag("--version", std::string(kVersion));
  for (const OptionName& option : kOptions) {
    if (std::optional<std::string> value = environment(option.variable); value && !value->empty()) {
      texts.*option.text = *value;
    }
    parser.add_option(option.flag, texts.*option.text, std::string(option.help) + " [" + option.variable + "]")
        ->capture_default_str();
  }
  try {
    parser.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    answer = CommandLineAnswer{.text = parser.help(), .exit_code = 0};
  } catch (const CLI::CallForVersion&) {
    answer = CommandLineAnswer{.text = std::string(kVersion) + "\n", .exit_code = 0};
  } catch (const CLI::ParseError& error) {
    return fail(Error::invalid_argument("{} (see --help)", error.what()));
  }
  Result<ServiceOptions> options = check(service, texts);
  if (options) options->file_config = environment("SKERRY_SERVICE_CONFIG");
  return options;
}

}  // namespace skerry
