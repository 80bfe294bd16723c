// SPDX-License-Identifier: Apache-2.0
//
// A service as its main() has it: set up, run in this process, stopped by a signal. Its life beside a registry is in
// tests/e2e.
#include "skerry/service/service.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "skerry/async/sleep.h"
#include "skerry/base/unique_fd.h"
#include "skerry/grpc/testing/echo_service.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using skerry::testing::EchoImplementation;
using skerry::testing::EchoRequest;
using skerry::testing::EchoResponse;
using skerry::testing::EchoService;

struct ServiceTestConfig {
  int max_items = 10;
  Result<> validate() const {
    if (max_items < 1) return fail(invalid_field("max_items", "expected at least 1"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(ServiceTestConfig, (), (max_items))

/// A command line without a registry and a collector.
class Arguments {
 public:
  explicit Arguments(std::vector<std::string> more = {}) : texts_{"test", "--etcd", "none", "--otlp", "none"} {
    texts_.insert(texts_.end(), more.begin(), more.end());
    for (std::string& text : texts_) pointers_.push_back(text.data());
  }
  int count() const { return static_cast<int>(pointers_.size()); }
  char** values() { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

void ask_to_stop() { ::kill(::getpid(), SIGTERM); }

TEST(Service, starts_runs_and_stops_in_order) {
  std::vector<std::string> order;
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  app.on_start([&]() -> Task<> {
    order.push_back("start");
    co_return;
  });
  app.on_stop([&]() -> Task<> {
    order.push_back("stop");
    co_return;
  });
  app.background("work", [&]() -> Task<> {
    order.push_back("work");
    ask_to_stop();
    co_await sleep(1h);
  });
  EXPECT_EQ(app.run(), 0);
  EXPECT_EQ(order, (std::vector<std::string>{"start", "work", "stop"}));
}

TEST(Service, has_admin_routes_of_its_own_beside_those_of_every_process) {
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  app.on_start([&]() -> Task<> {
    co_await app.admin_routes().add("GET", "/debug/shelves/{id}", [](http::Request request) -> Task<http::Response> {
      co_return http::text("shelf " + request.param("id"));
    });
  });
  std::string shelf;
  int tasks = 0;
  app.background("ask", [&]() -> Task<> {
    http::Response own =
        co_await app.admin_routes().handle(http::Request({.method = "GET", .target = "/debug/shelves/7"}));
    shelf = co_await own.body.read_all(100);
    http::Response standard =
        co_await app.admin_routes().handle(http::Request({.method = "GET", .target = "/debug/tasks"}));
    tasks = standard.status;
    ask_to_stop();
    co_await sleep(1h);
  });
  EXPECT_EQ(app.run(), 0);
  EXPECT_EQ(shelf, "shelf 7");
  EXPECT_EQ(tasks, 200);
}

TEST(Service, an_admin_route_that_is_taken_keeps_it_from_starting) {
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  const auto add = [&] {
    return app.admin_routes().add("GET", "/debug/shelves",
                                  [](http::Request) -> Task<http::Response> { co_return http::text(""); });
  };
  app.on_start([&]() -> Task<> {
    co_await add();
    co_await add();
  });
  EXPECT_EQ(app.run(), 1);
}

TEST(Service, a_start_that_fails_serves_nothing) {
  bool stopped = false;
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  app.on_start([]() -> Task<> { co_await Error::failed_precondition("the database is of a later version"); });
  app.on_stop([&]() -> Task<> {
    stopped = true;
    co_return;
  });
  EXPECT_EQ(app.run(), 1);
  EXPECT_TRUE(stopped);
}

TEST(Service, a_background_task_that_fails_stops_the_service) {
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  app.background("work", []() -> Task<> { co_await Error::data_loss("the log is damaged"); });
  EXPECT_EQ(app.run(), 1);
}

TEST(Service, what_is_wrong_before_run_is_told_by_run) {
  Arguments good;
  Service with_wrong_route("test", good.count(), good.values());
  with_wrong_route.get("no-slash", [](http::Request) -> Task<http::Response> { co_return http::text(""); });
  EXPECT_EQ(with_wrong_route.run(), 2);
  Arguments bad({"--listen", "nowhere"});
  Service with_wrong_option("test", bad.count(), bad.values());
  EXPECT_EQ(with_wrong_option.run(), 2);
  Arguments help({"--help"});
  Service with_help("test", help.count(), help.values());
  EXPECT_EQ(with_help.run(), 0);
}

TEST(Service, a_taken_port_is_told) {
  const UniqueFd holder(::socket(AF_INET, SOCK_STREAM, 0));
  net::Address address = *net::Address::from_ip("127.0.0.1", 0);
  ASSERT_EQ(::bind(holder.get(), address.data(), address.size()), 0);
  ASSERT_EQ(::listen(holder.get(), 1), 0);
  sockaddr_in taken{};
  socklen_t size = sizeof taken;
  ASSERT_EQ(::getsockname(holder.get(), reinterpret_cast<sockaddr*>(&taken), &size), 0);

  Arguments arguments({"--listen", fmt::format("127.0.0.1:{}", ntohs(taken.sin_port))});
  Service app("test", arguments.count(), arguments.values());
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(app.run(), 1);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("--listen"), std::string::npos);
}

TEST(Service, a_configuration_that_is_wrong_keeps_it_from_starting) {
  ::setenv("SKERRY_CONFIG_MAX_ITEMS", "0", 1);
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  (void)app.config<ServiceTestConfig>();
  ::unsetenv("SKERRY_CONFIG_MAX_ITEMS");
  EXPECT_EQ(app.run(), 2);
}

TEST(Service, a_configuration_has_the_layers_of_file_and_environment) {
  ::setenv("SKERRY_SERVICE_CONFIG", R"({"max_items": 5})", 1);
  Arguments arguments;
  Service from_file("test", arguments.count(), arguments.values());
  EXPECT_EQ(from_file.config<ServiceTestConfig>().get()->max_items, 5);
  ::setenv("SKERRY_CONFIG_MAX_ITEMS", "7", 1);
  EXPECT_EQ(from_file.config<ServiceTestConfig>().get()->max_items, 7);
  ::unsetenv("SKERRY_CONFIG_MAX_ITEMS");
  ::unsetenv("SKERRY_SERVICE_CONFIG");
}

TEST(Service, a_service_of_this_process_is_called_without_the_network) {
  Arguments arguments;
  Service app("test", arguments.count(), arguments.values());
  app.serve<EchoService>(std::make_shared<EchoImplementation>());
  std::shared_ptr<EchoService> echo = app.client<EchoService>();
  std::string answer;
  app.background("call", [&]() -> Task<> {
    EchoRequest request;
    request.set_text("hello");
    EchoResponse response = co_await echo->Echo(request);
    answer = response.text();
    ask_to_stop();
    co_await sleep(1h);
  });
  EXPECT_EQ(app.run(), 0);
  EXPECT_EQ(answer, "hello");
}

TEST(ServiceName, is_the_interface_without_service_in_lower_case) {
  EXPECT_EQ(internal::service_of_interface("shop.UserService"), "user");
  EXPECT_EQ(internal::service_of_interface("shop.v1.OrderHistoryService"), "order-history");
  EXPECT_EQ(internal::service_of_interface("Service"), "service");
  EXPECT_EQ(internal::service_of_interface("pkg.Greeter"), "greeter");
}

}  // namespace
}  // namespace skerry
