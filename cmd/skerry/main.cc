// SPDX-License-Identifier: Apache-2.0
//
// The command line of `skerry`.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>

#include "cmd/skerry/ctl/ctl_command.h"
#include "cmd/skerry/dev_command.h"
#include "cmd/skerry/server_commands.h"

#include "skerry/base/version.h"

namespace {

using namespace skerry::cmd;

/// The exit code for a wrong command line.
constexpr int kWrongUse = 2;

void add_server_options(CLI::App& command, ServerCommand& options, const std::string& listen, const std::string& data) {
  options.listen = listen;
  options.data = data;
  command.add_option("--listen", options.listen, "Where it serves; port 0 is a free one")->capture_default_str();
  if (!data.empty()) command.add_option("--data", options.data, "Directory of its files")->capture_default_str();
  command.add_option("--admin", options.admin, "Where /metrics, /health, /ready and /debug are")->capture_default_str();
}

CLI::App* add_kafka_command(CLI::App& app, KafkaCommand& options) {
  CLI::App* command = app.add_subcommand("kafka", "Run the event broker alone: the Kafka protocol");
  add_server_options(*command, options, "127.0.0.1:9092", ".skerry/kafka");
  command->add_option("--advertise", options.advertise,
                      "host:port where clients are told to connect; the address they have connected to unless given");
  command->add_flag("!--no-auto-create", options.auto_create_topics, "Topics do not come into being on demand");
  command->add_option("--partitions", options.default_partitions, "Of a topic for which no number is given")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--retention-ms", options.retention_ms, "How long records stay; -1: for ever")
      ->capture_default_str();
  command->add_option("--retention-bytes", options.retention_bytes, "Of a partition; -1: any")->capture_default_str();
  command->add_flag("!--page-cache-only", options.flush,
                    "Acknowledge what is in the page cache, as Kafka does by default: a power failure loses records");
  command
      ->add_option("--group-initial-delay-ms", options.group_initial_delay_ms,
                   "How long a new group waits for more members")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Skerry: a microservices platform in one process", "skerry");
  app.set_version_flag("--version", std::string(skerry::kVersion));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);

  DevOptions dev;
  std::string ports;
  std::string etcd_url;
  std::string kafka_nodes;
  CLI::App* dev_command = app.add_subcommand("dev", "Run the platform and the services of a project file");
  dev_command->add_option("FILE", dev.project_file, "The project file, skerry.yaml")->required();
  dev_command->add_option("--data", dev.data, "Directory of all data; .skerry beside FILE unless given");
  dev_command->add_option("--ports", ports, "auto: free ports for everything")->check(CLI::IsMember({"auto"}));
  dev_command->add_option("--etcd", etcd_url, "URL of a registry elsewhere")->envname("SKERRY_ETCD");
  dev_command->add_option("--kafka", kafka_nodes, "host:port of an event broker elsewhere")->envname("SKERRY_KAFKA");

  ServerCommand etcd;
  CLI::App* etcd_command = app.add_subcommand("etcd", "Run the registry alone: the etcd v3 API");
  add_server_options(*etcd_command, etcd, "127.0.0.1:2379", ".skerry/etcd");

  KafkaCommand kafka;
  CLI::App* kafka_command = add_kafka_command(app, kafka);

  CollectorCommand collector;
  CLI::App* collector_command =
      app.add_subcommand("collector", "Run the trace collector alone: OTLP in, Jaeger's API out");
  add_server_options(*collector_command, collector, "127.0.0.1:4317", ".skerry/traces");
  collector_command->add_option("--listen-http", collector.listen_http, "OTLP over HTTP")->capture_default_str();
  collector_command->add_option("--listen-query", collector.listen_query, "Jaeger's query API")->capture_default_str();

  GatewayCommand gateway;
  CLI::App* gateway_command = app.add_subcommand("gateway", "Run the API gateway alone");
  add_server_options(*gateway_command, gateway, "127.0.0.1:8080", "");
  gateway_command->add_option("FILE", gateway.project_file, "The project file with the routes")->required();
  gateway_command->add_option("--etcd", gateway.etcd, "URL of the registry")
      ->envname("SKERRY_ETCD")
      ->capture_default_str();
  gateway_command->add_option("--otlp", gateway.otlp, "URL of the trace collector")
      ->envname("OTEL_EXPORTER_OTLP_ENDPOINT")
      ->capture_default_str();

  CtlArguments ctl;
  ctl.add_to(app);

  // The parser would only say that a command is required.
  if (const auto misspelt = misspelt_command(app, argc, argv)) {
    fmt::print(stderr, "{}\n", *misspelt);
    return kWrongUse;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUse;
  }
  if (dev_command->parsed()) {
    dev.free_ports = ports == "auto";
    if (!etcd_url.empty()) dev.etcd = etcd_url;
    if (!kafka_nodes.empty()) dev.kafka = kafka_nodes;
    return run_dev(dev);
  }
  if (etcd_command->parsed()) return run_etcd(etcd);
  if (kafka_command->parsed()) return run_kafka(kafka);
  if (collector_command->parsed()) return run_collector(collector);
  if (gateway_command->parsed()) return run_gateway(gateway);
  return run_ctl(ctl);
}
