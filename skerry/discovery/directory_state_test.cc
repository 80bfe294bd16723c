// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/directory_state.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using discovery::DirectoryState;
using discovery::Instance;
using etcd::MirrorUpdate;
using namespace std::chrono_literals;

constexpr DirectoryState::TimePoint kDirectoryNow{1h};

etcd::KeyValue directory_entry(const std::string& service, const std::string& id, const std::string& version = "") {
  const Instance instance{.id = id, .service = service, .address = "127.0.0.1:1", .version = version};
  return {.key = discovery::instance_key(instance), .value = to_json(instance)};
}

MirrorUpdate listed(std::vector<etcd::KeyValue> found, bool after_loss = false) {
  return {.kind = MirrorUpdate::Kind::kAll, .after_loss = after_loss, .key_values = std::move(found), .events = {}};
}

MirrorUpdate changed(std::vector<etcd::KeyValue> put, std::vector<etcd::KeyValue> deleted = {}) {
  MirrorUpdate update{.kind = MirrorUpdate::Kind::kChanges, .key_values = {}, .events = {}};
  for (etcd::KeyValue& entry : put) update.events.push_back({.type = etcd::Event::Type::kPut, .key_value = entry});
  for (etcd::KeyValue& entry : deleted) {
    update.events.push_back({.type = etcd::Event::Type::kDelete, .key_value = {.key = entry.key}});
  }
  return update;
}

std::string ids_of(const DirectoryState& state, const std::string& service) {
  std::string ids;
  for (const Instance& instance : state.instances(service)) ids += instance.id;
  return ids;
}

TEST(DirectoryState, keeps_the_instances_of_each_service) {
  DirectoryState state(10s);
  const auto change = state.apply(listed({directory_entry("order", "a"), directory_entry("user", "b")}), kDirectoryNow);
  EXPECT_EQ(change.services, (std::set<std::string>{"order", "user"}));
  EXPECT_EQ(ids_of(state, "order"), "a");
  EXPECT_EQ(ids_of(state, "user"), "b");
  EXPECT_EQ(ids_of(state, "nobody"), "");
  EXPECT_EQ(state.services(), (std::vector<std::string>{"order", "user"}));
}

TEST(DirectoryState, tells_which_services_changed_and_no_others) {
  DirectoryState state(10s);
  state.apply(listed({directory_entry("order", "a"), directory_entry("user", "b")}), kDirectoryNow);
  EXPECT_EQ(state.apply(changed({directory_entry("order", "c")}), kDirectoryNow).services,
            std::set<std::string>{"order"});
  EXPECT_TRUE(state.apply(changed({directory_entry("order", "c")}), kDirectoryNow).services.empty())
      << "a renewed registration with the same content is no change";
  EXPECT_EQ(state.apply(changed({directory_entry("order", "c", "2.0")}), kDirectoryNow).services.size(), 1U);
  EXPECT_EQ(state.apply(changed({}, {directory_entry("user", "b")}), kDirectoryNow).services,
            std::set<std::string>{"user"});
  EXPECT_EQ(state.services(), std::vector<std::string>{"order"});
  EXPECT_TRUE(state.apply(changed({}, {directory_entry("user", "b")}), kDirectoryNow).services.empty());
}

TEST(DirectoryState, a_new_list_takes_away_what_is_not_in_it) {
  DirectoryState state(10s);
  state.apply(listed({directory_entry("order", "a"), directory_entry("order", "b")}), kDirectoryNow);
  const auto change = state.apply(listed({directory_entry("order", "b")}), kDirectoryNow);
  EXPECT_EQ(change.services, std::set<std::string>{"order"});
  EXPECT_EQ(ids_of(state, "order"), "b");
  EXPECT_FALSE(change.expire_at.has_value());
}

TEST(DirectoryState, a_registry_that_lost_its_data_does_not_empty_it_at_once) {
  DirectoryState state(10s);
  state.apply(listed({directory_entry("order", "a"), directory_entry("order", "b")}), kDirectoryNow);
  const auto lost = state.apply(listed({}, true), kDirectoryNow);
  EXPECT_TRUE(lost.services.empty());
  EXPECT_EQ(lost.expire_at, kDirectoryNow + 10s);
  // One of the two lives and registers anew.
  state.apply(changed({directory_entry("order", "b")}), kDirectoryNow + 2s);
  EXPECT_EQ(state.expire(kDirectoryNow + 9s).expire_at, kDirectoryNow + 10s);
  EXPECT_EQ(ids_of(state, "order"), "ab");
  EXPECT_EQ(state.expire(kDirectoryNow + 10s).services, std::set<std::string>{"order"});
  EXPECT_EQ(ids_of(state, "order"), "b");
}

TEST(DirectoryState, a_second_loss_does_not_lengthen_the_grace_period) {
  DirectoryState state(10s);
  state.apply(listed({directory_entry("order", "a")}), kDirectoryNow);
  state.apply(listed({}, true), kDirectoryNow);
  EXPECT_FALSE(state.apply(listed({}, true), kDirectoryNow + 5s).expire_at.has_value());
  state.expire(kDirectoryNow + 10s);
  EXPECT_EQ(ids_of(state, "order"), "");
}

TEST(DirectoryState, an_explicit_deletion_counts_at_once_even_in_the_grace_period) {
  DirectoryState state(10s);
  state.apply(listed({directory_entry("order", "a")}), kDirectoryNow);
  state.apply(listed({}, true), kDirectoryNow);
  state.apply(changed({}, {directory_entry("order", "a")}), kDirectoryNow);
  EXPECT_EQ(ids_of(state, "order"), "");
}

TEST(DirectoryState, what_cannot_be_read_is_ignored_with_a_warning_and_the_last_good_value_stays) {
  DirectoryState state(10s);
  state.apply(listed({directory_entry("order", "a")}), kDirectoryNow);
  etcd::KeyValue broken = directory_entry("order", "a");
  broken.value = "{";
  const auto change =
      state.apply(changed({broken, {.key = "/skerry/services/public/odd", .value = "{}"}}), kDirectoryNow);
  EXPECT_TRUE(change.services.empty());
  EXPECT_EQ(change.warnings.size(), 2U);
  EXPECT_EQ(ids_of(state, "order"), "a");
}

}  // namespace
}  // namespace skerry
