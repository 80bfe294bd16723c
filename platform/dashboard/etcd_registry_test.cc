// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/etcd_registry.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/discovery/instance.h"
#include "skerry/etcd/fake_server.h"

namespace skerry::platform::dashboard {
namespace {

using namespace std::chrono_literals;

class EtcdRegistry : public testing::Test {
 protected:
  Result<std::vector<RegistryEntry>> read() {
    Runtime runtime({.workers = 1});
    return runtime.run([this]() -> Task<std::vector<RegistryEntry>> { co_return co_await read_etcd(client_)(); });
  }

  void register_instance(const discovery::Instance& instance) {
    store_.put(discovery::instance_key(instance), to_json(instance));
  }

  etcd::FakeStore store_;
  std::shared_ptr<etcd::FakeMember> member_ = std::make_shared<etcd::FakeMember>(store_);
  std::shared_ptr<etcd::Client> client_ = std::make_shared<etcd::Client>(
      std::vector{etcd::fake_endpoint("only", member_)},
      etcd::ClientOptions{.call_timeout = 500ms, .attempt_timeout = 50ms, .backoff = {.first = 1ms, .max = 5ms}});
};

TEST_F(EtcdRegistry, is_every_instance_of_every_namespace_and_nothing_else) {
  register_instance({.id = "user-1", .service = "user", .address = "127.0.0.1:1"});
  register_instance({.id = "order-1", .service = "order", .namespace_ = "blue", .address = "127.0.0.1:2"});
  store_.put("/skerry/config/public/default/order", "{}");
  const Result<std::vector<RegistryEntry>> entries = read();
  ASSERT_TRUE(entries.has_value()) << entries.error().to_string();
  const RegistryView view = view_of(*entries);
  ASSERT_EQ(view.services.size(), 2U);
  EXPECT_EQ(view.services[0].name, "order");
  EXPECT_EQ(view.services[0].instances.at(0).address, "127.0.0.1:2");
  EXPECT_EQ(view.services[1].name, "user");
  EXPECT_EQ(view.ignored, 0U);
}

TEST_F(EtcdRegistry, is_asked_at_each_reading) {
  EXPECT_EQ(read()->size(), 0U);
  register_instance({.id = "user-1", .service = "user", .address = "127.0.0.1:1"});
  EXPECT_EQ(read()->size(), 1U);
  store_.lose_everything();
  EXPECT_EQ(read()->size(), 0U);
}

TEST_F(EtcdRegistry, that_is_down_is_an_error_and_not_an_empty_list) {
  register_instance({.id = "user-1", .service = "user", .address = "127.0.0.1:1"});
  member_->down = true;
  EXPECT_FALSE(read().has_value());
}

}  // namespace
}  // namespace skerry::platform::dashboard
