// SPDX-License-Identifier: Apache-2.0
//
// HealthBoard before instances that are real servers.
#include <gtest/gtest.h>

#include <atomic>

#include "platform/dashboard/health.h"
#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/async/timeout.h"
#include "skerry/http/server.h"

namespace skerry::platform::dashboard {
namespace {

using namespace std::chrono_literals;

Task<std::string> board_listen(http::Server& server) {
  net::Address address = co_await server.listen(co_await net::Address::from_ip("127.0.0.1", 0));
  co_return address.to_string();
}

/// One service with an instance at each address.
RegistryView board_view(const std::vector<std::string>& addresses) {
  RegistryView view;
  view.services.push_back({.name = "order", .namespace_ = "public", .instances = {}});
  for (const std::string& address : addresses) {
    InstanceView& instance = view.services[0].instances.emplace_back();
    instance.id = "order-" + std::to_string(view.services[0].instances.size());
    instance.address = address;
  }
  return view;
}

/// Fills the view until the instance's health is `wanted`; the test's time limit ends it where it never is.
Task<> wait_for_health(HealthBoard& board, RegistryView view, std::size_t index, std::optional<std::string> wanted) {
  for (;;) {
    const RegistryView filled = co_await board.fill(view);
    if (filled.services[0].instances[index].health == wanted) co_return;
    co_await sleep(5ms);
  }
}

void run_board(std::function<Task<>()> body) {
  Runtime runtime({.workers = 2});
  const Result<> ran = runtime.run([&] { return with_timeout(30s, body()); });
  EXPECT_TRUE(ran.has_value()) << ran.error().to_string();
}

TEST(HealthBoard, asks_all_instances_at_their_admin_address) {
  run_board([]() -> Task<> {
    http::Server ready([](http::Request request) -> Task<http::Response> {
      co_return request.path() == "/ready" ? http::text("ok") : http::not_found(request);
    });
    http::Server busy([](http::Request) -> Task<http::Response> {
      co_return http::error_response(Error::unavailable("filling the database"));
    });
    // Nobody listens on the discard port.
    RegistryView view = board_view({"127.0.0.1:9", co_await board_listen(busy), "127.0.0.1:9"});
    view.services[0].instances[0].admin_address = co_await board_listen(ready);
    http::Client client;
    HealthBoard board(client);
    co_await wait_for_health(board, view, 0, "ready");
    co_await wait_for_health(board, view, 1, "not_ready");
    co_await wait_for_health(board, view, 2, "unreachable");
    view = co_await board.fill(std::move(view));
    EXPECT_EQ(view.services[0].instances[0].health_detail, std::nullopt);
    EXPECT_EQ(view.services[0].instances[1].health_detail, "filling the database");
    EXPECT_NE(view.services[0].instances[2].health_detail, std::nullopt);
    co_await board.close();
    co_await ready.stop(1s);
    co_await busy.stop(1s);
  });
}

TEST(HealthBoard, asks_nobody_at_what_is_no_address) {
  run_board([]() -> Task<> {
    std::atomic<int> asked = 0;
    http::Server server([&asked](http::Request) -> Task<http::Response> {
      ++asked;
      co_return http::text("ok");
    });
    const std::string address = co_await board_listen(server);
    http::Client client;
    HealthBoard board(client);
    co_await wait_for_health(board, board_view({address + "/shutdown?x="}), 0, "unreachable");
    EXPECT_EQ(asked, 0);
    co_await board.close();
    co_await server.stop(1s);
  });
}

TEST(HealthBoard, answers_visits_within_its_freshness_from_one_round) {
  run_board([]() -> Task<> {
    std::atomic<int> asked = 0;
    http::Server server([&asked](http::Request) -> Task<http::Response> {
      ++asked;
      co_return http::text("ok");
    });
    const RegistryView view = board_view({co_await board_listen(server)});
    http::Client client;
    HealthBoard board(client);
    co_await wait_for_health(board, view, 0, "ready");
    const auto known_at = std::chrono::steady_clock::now();
    int visits = 0;
    for (; visits < 100; ++visits) (void)co_await board.fill(view);
    if (std::chrono::steady_clock::now() - known_at < kHealthFreshness) {
      EXPECT_EQ(asked, 1);
    }
    co_await board.close();
    co_await server.stop(1s);
  });
}

TEST(HealthBoard, notices_an_instance_that_becomes_ready) {
  run_board([]() -> Task<> {
    std::atomic<bool> is_ready = false;
    http::Server server([&is_ready](http::Request) -> Task<http::Response> {
      if (!is_ready) co_return http::error_response(Error::unavailable("starting"));
      co_return http::text("ok");
    });
    const RegistryView view = board_view({co_await board_listen(server)});
    http::Client client;
    HealthBoard board(client);
    co_await wait_for_health(board, view, 0, "not_ready");
    is_ready = true;
    co_await wait_for_health(board, view, 0, "ready");
    co_await board.close();
    co_await server.stop(1s);
  });
}

TEST(HealthBoard, keeps_no_visit_waiting_for_an_instance_that_does_not_answer) {
  run_board([]() -> Task<> {
    Event never;
    http::Server silent([&never](http::Request) -> Task<http::Response> {
      co_await never.wait();
      co_return http::text("too late");
    });
    http::Server quick([](http::Request) -> Task<http::Response> { co_return http::text("ok"); });
    const std::string silent_address = co_await board_listen(silent);
    const RegistryView view = board_view({silent_address, co_await board_listen(quick)});
    http::Client client;
    HealthBoard board(client);
    const auto before = std::chrono::steady_clock::now();
    const RegistryView first = co_await board.fill(view);
    EXPECT_LT(std::chrono::steady_clock::now() - before, kHealthTimeout);
    EXPECT_EQ(first.services[0].instances[0].health, std::nullopt) << "nothing is known yet";
    co_await wait_for_health(board, view, 0, "unreachable");
    co_await wait_for_health(board, view, 1, "ready");
    co_await board.close();
    co_await silent.stop(1s);
    co_await quick.stop(1s);
  });
}

TEST(HealthBoard, asks_no_more_addresses_than_its_limit) {
  run_board([]() -> Task<> {
    constexpr std::size_t kBeyond = 50;
    std::vector<std::string> addresses;
    // Nobody listens on the discard port of any of these.
    for (std::size_t host = 1; host <= kMaxHealthInstances + kBeyond; ++host) {
      addresses.push_back("127.77.0." + std::to_string(host) + ":9");
    }
    RegistryView view = board_view(addresses);
    http::Client client;
    HealthBoard board(client);
    co_await wait_for_health(board, view, kMaxHealthInstances - 1, "unreachable");
    view = co_await board.fill(std::move(view));
    const auto unknown = std::ranges::count_if(view.services[0].instances,
                                               [](const InstanceView& instance) { return !instance.health; });
    EXPECT_GE(unknown, static_cast<std::ptrdiff_t>(kBeyond));
    co_await board.close();
  });
}

/// Says that it is ready, and counts how many ask at the same time.
struct BoardCrowd {
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;

  Task<http::Response> answer() {
    const int now = ++at_once;
    for (int most = most_at_once; now > most && !most_at_once.compare_exchange_weak(most, now);) continue;
    for (int turn = 0; turn < 100; ++turn) co_await yield();
    --at_once;
    co_return http::text("ok");
  }
};

/// How many ask at the same time before instances at so many addresses, so many of them at each.
Task<int> most_at_once_before(std::size_t address_count, std::size_t instances_at_each) {
  BoardCrowd crowd;
  http::Server server([&crowd](http::Request) { return crowd.answer(); });
  std::vector<std::string> addresses;
  for (std::size_t index = 0; index < address_count; ++index) {
    const std::string address = co_await board_listen(server);
    addresses.insert(addresses.end(), instances_at_each, address);
  }
  const RegistryView view = board_view(addresses);
  http::Client client;
  HealthBoard board(client);
  for (std::size_t index = 0; index < addresses.size(); ++index) {
    co_await wait_for_health(board, view, index, "ready");
  }
  co_await board.close();
  co_await server.stop(1s);
  co_return crowd.most_at_once;
}

TEST(HealthBoard, asks_few_at_the_same_time) {
  run_board([]() -> Task<> {
    const int most = co_await most_at_once_before(kMaxHealthRequests + 8, 1);
    EXPECT_GT(most, 1);
    EXPECT_LE(most, static_cast<int>(kMaxHealthRequests));
  });
}

TEST(HealthBoard, asks_instances_that_share_an_address_once) {
  run_board([]() -> Task<> {
    const int most = co_await most_at_once_before(1, 20);
    EXPECT_EQ(most, 1);
  });
}

TEST(HealthBoard, forgets_who_has_left_the_registry) {
  run_board([]() -> Task<> {
    std::atomic<bool> answers = true;
    http::Server server([&answers](http::Request) -> Task<http::Response> {
      co_return answers ? http::text("ok") : http::text("no such thing", 404);
    });
    http::Server other([](http::Request) -> Task<http::Response> { co_return http::text("ok"); });
    const RegistryView left = board_view({co_await board_listen(server)});
    const RegistryView stays = board_view({co_await board_listen(other)});
    http::Client client;
    HealthBoard board(client);
    co_await wait_for_health(board, left, 0, "ready");
    answers = false;
    // Asks the other one alone; only then is the first one's address unknown again.
    co_await wait_for_health(board, stays, 0, "ready");
    co_await wait_for_health(board, left, 0, std::nullopt);
    co_await board.close();
    co_await server.stop(1s);
    co_await other.stop(1s);
  });
}

TEST(HealthBoard, begins_nothing_after_it_was_closed) {
  run_board([]() -> Task<> {
    std::atomic<int> asked = 0;
    http::Server server([&asked](http::Request) -> Task<http::Response> {
      ++asked;
      co_return http::text("ok");
    });
    const RegistryView view = board_view({co_await board_listen(server)});
    http::Client client;
    HealthBoard board(client);
    co_await board.close();
    const RegistryView filled = co_await board.fill(view);
    EXPECT_EQ(filled.services[0].instances[0].health, std::nullopt);
    co_await server.stop(1s);
    EXPECT_EQ(asked, 0);
  });
}

}  // namespace
}  // namespace skerry::platform::dashboard
