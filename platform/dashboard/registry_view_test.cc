// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/registry_view.h"

#include <gtest/gtest.h>

#include "skerry/discovery/instance.h"

namespace skerry::platform::dashboard {
namespace {

RegistryEntry view_entry(const discovery::Instance& instance) {
  return {.key = discovery::instance_key(instance), .value = to_json(instance)};
}

discovery::Instance view_instance(std::string service, std::string id) {
  return {.id = std::move(id), .service = std::move(service), .address = "127.0.0.1:4001"};
}

TEST(RegistryView, groups_instances_by_namespace_and_service_in_order) {
  discovery::Instance other = view_instance("user", "user-9");
  other.namespace_ = "blue";
  const RegistryView view =
      view_of({view_entry(view_instance("user", "user-2")), view_entry(view_instance("order", "order-1")),
               view_entry(other), view_entry(view_instance("user", "user-1"))});
  ASSERT_EQ(view.services.size(), 3U);
  EXPECT_EQ(view.services[0].namespace_, "blue");
  EXPECT_EQ(view.services[1].name, "order");
  EXPECT_EQ(view.services[2].name, "user");
  ASSERT_EQ(view.services[2].instances.size(), 2U);
  EXPECT_EQ(view.services[2].instances[0].id, "user-1");
  EXPECT_EQ(view.ignored, 0U);
}

TEST(RegistryView, tells_all_that_an_instance_says_of_itself) {
  discovery::Instance instance = view_instance("user", "user-1");
  instance.admin_address = "127.0.0.1:4002";
  instance.version = "1.2";
  instance.started_at = "2026-03-01T12:00:00.000Z";
  instance.metadata = {{"zone", "local"}};
  instance.weight = 5;
  EXPECT_EQ(to_json(view_of({view_entry(instance)})),
            R"({"services":[{"name":"user","namespace":"public","instances":[{"id":"user-1",)"
            R"("address":"127.0.0.1:4001","admin_address":"127.0.0.1:4002","version":"1.2",)"
            R"("started_at":"2026-03-01T12:00:00.000Z","metadata":{"zone":"local"},"weight":5}]}],"ignored":0})");
}

TEST(RegistryView, of_nothing_is_an_empty_list) { EXPECT_EQ(to_json(view_of({})), R"({"services":[],"ignored":0})"); }

TEST(RegistryView, counts_what_is_no_instance_and_shows_the_others) {
  const RegistryView view = view_of({{.key = "/skerry/services/public/user/x", .value = "hello"},
                                     {.key = "/skerry/services/public/user", .value = "{}"},
                                     {.key = "/skerry/services/public/user/y", .value = R"({"id":"z"})"},
                                     view_entry(view_instance("user", "user-1"))});
  EXPECT_EQ(view.ignored, 3U);
  ASSERT_EQ(view.services.size(), 1U);
  EXPECT_EQ(view.services[0].instances.size(), 1U);
}

TEST(RegistryView, shows_no_more_than_its_limit_and_counts_the_rest) {
  std::vector<RegistryEntry> entries;
  for (std::size_t index = 0; index < kMaxShownInstances + 5; ++index) {
    entries.push_back(view_entry(view_instance("user", "user-" + std::to_string(index))));
  }
  const RegistryView view = view_of(entries);
  EXPECT_EQ(view.services[0].instances.size(), kMaxShownInstances);
  EXPECT_EQ(view.ignored, 5U);
}

}  // namespace
}  // namespace skerry::platform::dashboard
