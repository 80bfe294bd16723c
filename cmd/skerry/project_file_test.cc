// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/project_file.h"

#include <gtest/gtest.h>

namespace skerry::cmd {
namespace {

std::string problem_with(const std::string& text) {
  Result<ProjectFile> project = parse_project_file(text);
  return project ? "no problem" : project.error().message();
}

TEST(ProjectFile, reads_services_routes_and_platform) {
  Result<ProjectFile> project = parse_project_file(R"(
platform: {etcd: "http://127.0.0.1:2379", kafka: "127.0.0.1:9092"}
gateway:
  routes:
    - {path_prefix: /api/orders, methods: [GET, POST], service: order}
services:
  - {name: order, program: shop-order, instances: 2, env: {A: b}, config: {max_items: 50}}
  - {name: user, program: shop-user}
)");
  ASSERT_TRUE(project) << project.error().to_string();
  EXPECT_EQ(project->platform.etcd, "http://127.0.0.1:2379");
  EXPECT_EQ(project->platform.kafka, "127.0.0.1:9092");
  ASSERT_EQ(project->gateway.routes.size(), 1U);
  EXPECT_EQ(project->gateway.routes[0].methods, (std::vector<std::string>{"GET", "POST"}));
  ASSERT_EQ(project->services.size(), 2U);
  EXPECT_EQ(project->services[0].instances, 2U);
  EXPECT_EQ(project->services[0].env.at("A"), "b");
  EXPECT_EQ(project->services[0].config.at("max_items").as_int64(), 50);
  EXPECT_EQ(project->services[1].instances, 1U);
}

TEST(ProjectFile, an_empty_file_is_a_platform_without_services) {
  EXPECT_TRUE(parse_project_file(""));
  EXPECT_TRUE(parse_project_file("# nothing yet\n"));
}

TEST(ProjectFile, names_the_field_that_is_wrong) {
  EXPECT_NE(problem_with("services: [{program: x}]").find("services[0].name"), std::string::npos);
  EXPECT_NE(problem_with("services: [{name: A, program: x}]").find("services[0].name"), std::string::npos);
  EXPECT_NE(problem_with("services: [{name: a, program: x, instances: 0}]").find("instances"), std::string::npos);
  EXPECT_NE(problem_with("services: [{name: a, program: x, config: 3}]").find("config"), std::string::npos);
  EXPECT_NE(problem_with("servces: []").find("servces"), std::string::npos);
  EXPECT_NE(problem_with("gateway: {routes: [{path_prefix: x, service: a}]}").find("path_prefix"), std::string::npos);
  EXPECT_NE(problem_with("services: [{name: a, program: x}, {name: a, program: y}]").find("stands twice"),
            std::string::npos);
}

TEST(ProjectFile, a_missing_file_is_named) {
  Result<ProjectFile> project = read_project_file("/no/such/skerry.yaml");
  EXPECT_EQ(project.error().code(), Code::kNotFound);
  EXPECT_NE(project.error().message().find("/no/such/skerry.yaml"), std::string::npos);
}

TEST(ProjectFile, a_missing_program_is_looked_for_in_both_places) {
  Result<std::string> program = find_program("no-such-program", "/some/where/skerry.yaml");
  EXPECT_EQ(program.error().code(), Code::kNotFound);
  EXPECT_NE(program.error().message().find("/some/where/no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace skerry::cmd
