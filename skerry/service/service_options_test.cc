// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/service_options.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace skerry {
namespace {

using Variables = std::map<std::string, std::string>;

struct ReadOptions {
  Result<ServiceOptions> options;
  std::optional<CommandLineAnswer> answer;
};

ReadOptions read_options(std::vector<const char*> arguments, Variables variables = {}) {
  arguments.insert(arguments.begin(), "order");
  const ReadEnvironment environment = [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  std::optional<CommandLineAnswer> answer;
  Result<ServiceOptions> options =
      read_service_options("order", static_cast<int>(arguments.size()), arguments.data(), environment, answer);
  return {std::move(options), std::move(answer)};
}

std::string refusal_of(std::vector<const char*> arguments, Variables variables = {}) {
  ReadOptions read = read_options(std::move(arguments), std::move(variables));
  return read.options ? "accepted" : read.options.error().message();
}

TEST(ServiceOptions, are_loopback_and_free_ports_by_default) {
  const ReadOptions read = read_options({});
  ASSERT_TRUE(read.options);
  EXPECT_EQ(read.options->listen.to_string(), "127.0.0.1:0");
  EXPECT_EQ(read.options->admin.to_string(), "127.0.0.1:0");
  EXPECT_EQ(read.options->etcd, "http://127.0.0.1:2379");
  EXPECT_EQ(read.options->kafka, "127.0.0.1:9092");
  EXPECT_EQ(read.options->otlp, "http://127.0.0.1:4317");
  EXPECT_EQ(read.options->data, std::filesystem::path(".skerry/order"));
  EXPECT_EQ(read.options->workers, 0U);
  EXPECT_FALSE(read.options->file_config);
}

TEST(ServiceOptions, the_command_line_comes_before_the_environment) {
  const Variables variables{{"SKERRY_LISTEN", "127.0.0.1:1"}, {"SKERRY_ETCD", "http://registry:2379"}};
  const ReadOptions read = read_options({"--listen", "127.0.0.1:2"}, variables);
  ASSERT_TRUE(read.options);
  EXPECT_EQ(read.options->listen.port, 2);
  EXPECT_EQ(read.options->etcd, "http://registry:2379");
}

TEST(ServiceOptions, none_stands_for_no_registry_no_broker_and_no_export) {
  const ReadOptions read = read_options({"--etcd", "none", "--kafka", "none", "--otlp", "none"});
  ASSERT_TRUE(read.options);
  EXPECT_TRUE(read.options->etcd.empty());
  EXPECT_TRUE(read.options->kafka.empty());
  EXPECT_TRUE(read.options->otlp.empty());
}

TEST(ServiceOptions, an_instance_without_an_id_gets_one_of_its_own) {
  const std::string one = read_options({}).options->instance;
  const std::string other = read_options({}).options->instance;
  EXPECT_TRUE(one.starts_with("order-"));
  EXPECT_NE(one, other);
  EXPECT_EQ(read_options({"--instance", "order-1"}).options->instance, "order-1");
}

TEST(ServiceOptions, carry_the_file_layer_of_the_configuration) {
  EXPECT_EQ(read_options({}, {{"SKERRY_SERVICE_CONFIG", R"({"max_items": 5})"}}).options->file_config,
            R"({"max_items": 5})");
}

TEST(ServiceOptions, what_is_wrong_is_named) {
  EXPECT_NE(refusal_of({"--listen", "nowhere"}).find("--listen"), std::string::npos);
  EXPECT_NE(refusal_of({"--admin", "127.0.0.1:99999"}).find("--admin"), std::string::npos);
  EXPECT_NE(refusal_of({"--workers", "many"}).find("--workers"), std::string::npos);
  EXPECT_NE(refusal_of({"--workers", "5000"}).find("1024"), std::string::npos);
  EXPECT_NE(refusal_of({"--log-level", "loud"}).find("loud"), std::string::npos);
  EXPECT_NE(refusal_of({"--lisen", "127.0.0.1:0"}).find("--lisen"), std::string::npos);
  EXPECT_NE(refusal_of({}, {{"SKERRY_WORKERS", "-1"}}).find("--workers"), std::string::npos);
}

TEST(ServiceOptions, a_wildcard_address_needs_to_be_told_what_others_call) {
  EXPECT_NE(refusal_of({"--listen", "0.0.0.0:8080"}).find("--advertise"), std::string::npos);
  const ReadOptions read = read_options({"--listen", "0.0.0.0:8080", "--advertise", "host.example:8080"});
  ASSERT_TRUE(read.options);
  EXPECT_EQ(read.options->advertise->to_string(), "host.example:8080");
}

TEST(ServiceOptions, help_names_every_option_with_its_variable) {
  const ReadOptions read = read_options({"--help"});
  ASSERT_TRUE(read.answer);
  EXPECT_EQ(read.answer->exit_code, 0);
  for (const char* word : {"--listen", "SKERRY_LISTEN", "--etcd", "OTEL_EXPORTER_OTLP_ENDPOINT", "--data"}) {
    EXPECT_NE(read.answer->text.find(word), std::string::npos) << word;
  }
  EXPECT_TRUE(read_options({"--version"}).answer);
}

}  // namespace
}  // namespace skerry
