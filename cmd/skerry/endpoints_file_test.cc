// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/endpoints_file.h"

#include <gtest/gtest.h>

#include <fstream>

namespace skerry::cmd {
namespace {

TEST(EndpointsFile, is_an_object_with_a_member_for_each_part_and_goes_again) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "endpoints_file_test";
  std::filesystem::create_directories(folder);
  Endpoints endpoints;
  endpoints.gateway = "http://127.0.0.1:8080";
  endpoints.kafka = "127.0.0.1:9092";
  endpoints.otlp_grpc = "127.0.0.1:4317";
  ASSERT_TRUE(write_endpoints(folder, endpoints));
  const Result<Endpoints> read = read_endpoints(folder);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->gateway, endpoints.gateway);
  EXPECT_EQ(read->otlp_grpc, endpoints.otlp_grpc);
  EXPECT_EQ(read->kafka, endpoints.kafka);
  remove_endpoints(folder);
  EXPECT_FALSE(std::filesystem::exists(folder / kEndpointsFile));
  remove_endpoints(folder);
}

TEST(EndpointsFile, one_that_cannot_be_read_is_named) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "endpoints_file_test_damaged";
  std::filesystem::create_directories(folder);
  std::filesystem::remove(folder / kEndpointsFile);
  EXPECT_EQ(read_endpoints(folder).error().code(), Code::kNotFound);
  std::ofstream(folder / kEndpointsFile) << R"({"kafka": 9092})";
  const Result<Endpoints> damaged = read_endpoints(folder);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code(), Code::kInvalidArgument);
  EXPECT_NE(damaged.error().message().find("endpoints.json: kafka"), std::string::npos) << damaged.error().message();
}

TEST(EndpointsFile, a_directory_that_is_not_there_is_named) {
  const Result<> written = write_endpoints("/no/such/directory", {});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message().find("/no/such/directory"), std::string::npos);
}

}  // namespace
}  // namespace skerry::cmd
