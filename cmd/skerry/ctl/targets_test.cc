// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/targets.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cmd/skerry/endpoints_file.h"

#include "skerry/disk/temporary_directory.h"

namespace skerry::cmd {
namespace {

TEST(CtlTargets, are_what_the_platform_wrote_unless_they_are_given) {
  disk::TemporaryDirectory directory;
  Endpoints endpoints;
  endpoints.kafka = "127.0.0.1:40001";
  endpoints.etcd = "http://127.0.0.1:40002";
  ASSERT_TRUE(write_endpoints(directory.path(), endpoints));
  CtlOptions options{.data = directory.path()};
  EXPECT_EQ(broker_of(options), "127.0.0.1:40001");
  EXPECT_TRUE(registry_of(options));
  options.kafka = "other:9092";
  EXPECT_EQ(broker_of(options), "other:9092");
}

TEST(CtlTargets, without_a_platform_the_error_says_what_to_do) {
  disk::TemporaryDirectory directory;
  const auto broker = broker_of({.data = directory.path()});
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code(), Code::kNotFound);
  for (const char* part : {"no platform runs", directory.path().c_str(), "--kafka", "--data"}) {
    EXPECT_NE(broker.error().message().find(part), std::string::npos) << broker.error().message();
  }
  const auto registry = registry_of({.data = directory.path()});
  ASSERT_FALSE(registry);
  EXPECT_NE(registry.error().message().find("--etcd"), std::string::npos);
}

TEST(CtlTargets, what_is_no_address_is_refused_and_names_its_option) {
  for (const char* url : {"none", "https://127.0.0.1:2379", "nowhere"}) {
    const auto registry = registry_of({.etcd = url});
    ASSERT_FALSE(registry) << url;
    EXPECT_NE(registry.error().message().find("--etcd"), std::string::npos) << registry.error().message();
  }
  const auto broker = broker_of({.kafka = "none"});
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code(), Code::kInvalidArgument);
}

TEST(CtlTargets, a_platform_without_a_broker_is_told) {
  disk::TemporaryDirectory directory;
  ASSERT_TRUE(write_endpoints(directory.path(), {}));
  const auto broker = broker_of({.data = directory.path()});
  ASSERT_FALSE(broker);
  EXPECT_NE(broker.error().message().find("endpoints.json names none"), std::string::npos);
  std::ofstream(directory.path() / kEndpointsFile) << "not json";
  EXPECT_EQ(broker_of({.data = directory.path()}).error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace skerry::cmd
