// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/log/topic_config.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka {
namespace {

using protocol::AlterConfigsRequest;
using protocol::AlterConfigsResponse;
using protocol::ConfigOperation;
using protocol::ConfigSource;
using protocol::ConfigType;
using protocol::DescribeConfigsRequest;
using protocol::DescribeConfigsResponse;
using protocol::ErrorCode;
using protocol::IncrementalAlterConfigsRequest;
using protocol::IncrementalAlterConfigsResponse;
using protocol::kafka_error;
using protocol::ResourceType;

using Config = DescribeConfigsResponse::Config;

Config topic_config(const log::ConfigEntry& entry, bool with_synonyms) {
  const ConfigSource source = entry.is_default ? ConfigSource::kDefault : ConfigSource::kTopic;
  Config config{.name = entry.name,
                .value = entry.value,
                .is_default = entry.is_default,
                .source = source,
                .type = static_cast<ConfigType>(entry.type)};
  if (with_synonyms) config.synonyms.push_back({.name = entry.name, .value = entry.value, .source = source});
  return config;
}

// What the broker was started with; it cannot be changed while it runs.
std::vector<Config> broker_configs(const BrokerOptions& options) {
  const auto config = [](std::string name, std::string value, ConfigType type) {
    return Config{.name = std::move(name),
                  .value = std::move(value),
                  .read_only = true,
                  .source = ConfigSource::kStaticBroker,
                  .type = type};
  };
  return {config("auto.create.topics.enable", options.auto_create_topics ? "true" : "false", ConfigType::kBoolean),
          config("broker.id", std::to_string(kNodeId), ConfigType::kInt),
          config("default.replication.factor", "1", ConfigType::kInt),
          config("log.retention.bytes", std::to_string(options.topic_defaults.retention_bytes), ConfigType::kLong),
          config("log.retention.ms", std::to_string(options.topic_defaults.retention.count()), ConfigType::kLong),
          config("message.max.bytes", std::to_string(options.topic_defaults.max_message_bytes), ConfigType::kInt),
          config("num.partitions", std::to_string(options.default_partitions), ConfigType::kInt)};
}

Result<std::vector<Config>> describe(const Broker& broker, const DescribeConfigsRequest::Resource& resource,
                                     bool with_synonyms) {
  std::vector<Config> configs;
  switch (resource.type) {
    case ResourceType::kTopic: {
      const std::optional<log::Topic> topic = broker.store.topic(resource.name);
      if (!topic) return fail(kafka_error(ErrorCode::kUnknownTopicOrPartition, "there is no topic {}", resource.name));
      for (const log::ConfigEntry& entry : log::describe_configs(topic->configs, broker.options.topic_defaults))
        configs.push_back(topic_config(entry, with_synonyms));
      break;
    }
    case ResourceType::kBroker:
      // An empty name asks for what was set for all brokers while they run: nothing can be.
      if (resource.name.empty()) return configs;
      if (resource.name != std::to_string(kNodeId))
        return fail(kafka_error(ErrorCode::kInvalidRequest, "the one broker is {}", kNodeId));
      configs = broker_configs(broker.options);
      break;
    default:
      return fail(kafka_error(ErrorCode::kInvalidRequest, "only topics and brokers have configurations"));
  }
  if (resource.keys) {
    std::erase_if(configs, [&](const Config& config) {
      return std::ranges::find(*resource.keys, config.name) == resource.keys->end();
    });
  }
  return configs;
}

// The topic whose configurations are to change.
Result<log::Topic> alterable(const Broker& broker, ResourceType type, const std::string& name) {
  if (type != ResourceType::kTopic) {
    return fail(kafka_error(ErrorCode::kInvalidRequest,
                            "only the configurations of topics can be changed while the broker runs"));
  }
  std::optional<log::Topic> topic = broker.store.topic(name);
  if (!topic) return fail(kafka_error(ErrorCode::kUnknownTopicOrPartition, "there is no topic {}", name));
  return *std::move(topic);
}

Task<> set(Broker& broker, std::string topic, log::TopicConfigs configs, bool validate_only) {
  (void)co_await log::parse_configs(configs, broker.options.topic_defaults);
  if (!validate_only) co_await broker.store.set_configs(std::move(topic), std::move(configs));
}

Task<> replace_all(Broker& broker, AlterConfigsRequest::Resource resource, bool validate_only) {
  (void)co_await alterable(broker, resource.type, resource.name);
  log::TopicConfigs configs;
  for (const AlterConfigsRequest::Config& config : resource.configs)
    if (config.value) configs[config.name] = *config.value;
  co_await set(broker, resource.name, std::move(configs), validate_only);
}

Task<> change_some(Broker& broker, IncrementalAlterConfigsRequest::Resource resource, bool validate_only) {
  log::TopicConfigs configs = (co_await alterable(broker, resource.type, resource.name)).configs;
  for (const IncrementalAlterConfigsRequest::Config& config : resource.configs) {
    if (config.operation == ConfigOperation::kDelete) {
      configs.erase(config.name);
    } else if (config.operation == ConfigOperation::kSet && config.value) {
      configs[config.name] = *config.value;
    } else {
      co_await kafka_error(ErrorCode::kInvalidConfig, "{} can be set to a value and deleted, and nothing else",
                           config.name);
    }
  }
  co_await set(broker, resource.name, std::move(configs), validate_only);
}

// The answer for one resource of a request that changes.
template <class Answer, class Resource>
void answer_for(Broker& broker, Answer& answer, const Resource& resource, const Result<>& changed) {
  answer.type = resource.type;
  answer.name = resource.name;
  if (changed) return;
  answer.error_code = protocol::error_code_of(changed.error());
  answer.error_message = changed.error().message();
  broker.metrics.refused(answer.error_code);
}

}  // namespace

Task<DescribeConfigsResponse> handle(Broker& broker, Caller, DescribeConfigsRequest request) {
  DescribeConfigsResponse response;
  for (const DescribeConfigsRequest::Resource& resource : request.resources) {
    DescribeConfigsResponse::Result& answer = response.results.emplace_back();
    skerry::Result<std::vector<Config>> configs = describe(broker, resource, request.include_synonyms);
    answer_for(broker, answer, resource, configs ? skerry::Result<>() : fail(Error(configs.error())));
    if (configs) answer.configs = *std::move(configs);
  }
  co_return response;
}

Task<AlterConfigsResponse> handle(Broker& broker, Caller, AlterConfigsRequest request) {
  AlterConfigsResponse response;
  for (const AlterConfigsRequest::Resource& resource : request.resources) {
    const Result<> changed = co_await replace_all(broker, resource, request.validate_only).result();
    answer_for(broker, response.resources.emplace_back(), resource, changed);
  }
  co_return response;
}

Task<IncrementalAlterConfigsResponse> handle(Broker& broker, Caller, IncrementalAlterConfigsRequest request) {
  IncrementalAlterConfigsResponse response;
  for (const IncrementalAlterConfigsRequest::Resource& resource : request.resources) {
    const Result<> changed = co_await change_some(broker, resource, request.validate_only).result();
    answer_for(broker, response.resources.emplace_back(), resource, changed);
  }
  co_return response;
}

}  // namespace skerry::platform::kafka
