// SPDX-License-Identifier: Apache-2.0
//
// What is sent to a service again, and what is not.
#include "platform/gateway/gateway_fixture.h"

namespace skerry::platform::gateway {
namespace {

using http::testing::RawConnection;
using http::testing::RawHttp2;
using http::testing::RawListener;
using http::testing::wait_until;
using namespace std::chrono_literals;

constexpr std::string_view kRawOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

struct RawService {
  std::unique_ptr<RawListener> listener;
  int seen = 0;
  std::vector<std::string> bodies = {};
};

/// Takes requests over HTTP/1.1, drops the connection under the first `drops` of them and answers the others.
Task<> drop_then_answer(RawService* service, int drops) {
  while (true) {
    std::unique_ptr<RawConnection> connection = co_await service->listener->accept();
    const auto request = co_await connection->request();
    service->bodies.push_back(request.body);
    if (++service->seen <= drops) continue;
    co_await connection->send(std::string(kRawOk));
    (void)co_await connection->receive_more();
  }
}

/// Asks once while the service drops that many connections.
Task<Answer> ask_a_dropping_service(Fixture* fixture, RawService* service, int drops, http::Request request) {
  Answer answer;
  (void)co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> { co_await drop_then_answer(service, drops); });
    answer = co_await fixture->ask(&fixture->client, std::move(request));
    scope.cancel();
  }).result();
  co_return std::move(answer);
}

Task<> start_before(Fixture* fixture, RawService* service) {
  service->listener = co_await RawListener::open(http::testing::any_port());
  fixture->add_instance("raw", service->listener->address());
  co_await fixture->start({.routes = {{.path_prefix = "/", .service = "raw", .protocol = http::Protocol::kHttp1}}});
}

TEST(GatewayRetry, repeats_a_safe_request_whose_connection_broke_before_the_answer) {
  with_gateway([](Fixture* fixture) -> Task<> {
    for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
      Fixture other(fixture->telemetry);
      RawService service;
      co_await start_before(&other, &service);
      const Answer answer = co_await ask_a_dropping_service(&other, &service, 1, other.request(method, "/x"));
      EXPECT_EQ(answer.status, 200) << method;
      EXPECT_EQ(service.seen, 2) << method;
      co_await other.stop();
    }
  });
}

TEST(GatewayRetry, does_not_repeat_a_request_that_the_service_may_have_acted_on) {
  with_gateway([](Fixture* fixture) -> Task<> {
    RawService service;
    co_await start_before(fixture, &service);
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
      service.seen = 0;
      const Answer answer = co_await ask_a_dropping_service(fixture, &service, 1, fixture->request(method, "/x", "b"));
      EXPECT_EQ(answer.status, 503) << method;
      EXPECT_EQ(service.seen, 1) << method;
    }
  });
}

TEST(GatewayRetry, gives_up_after_its_number_of_attempts) {
  with_gateway([](Fixture* fixture) -> Task<> {
    RawService service;
    co_await start_before(fixture, &service);
    const Answer answer = co_await ask_a_dropping_service(fixture, &service, 100, fixture->request("GET", "/x"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(service.seen, static_cast<int>(kDefaultMaxAttempts));
    EXPECT_NE(fixture->telemetry.metrics().text().find("gateway_retries_total{service=\"raw\"} 2"), std::string::npos);
  });
}

TEST(GatewayRetry, goes_to_another_instance_when_one_cannot_be_connected_to) {
  with_gateway([](Fixture* fixture) -> Task<> {
    http::Server gone(echo_request_line);
    const net::Address address = co_await gone.listen(http::testing::any_port());
    co_await gone.stop(0s);
    fixture->add_instance("order", address);
    co_await fixture->serve("order", echo_request_line);
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "order"}}});
    for (int i = 0; i < 30; ++i) {
      const Answer whole = co_await fixture->ask("POST", "/x", "body");
      EXPECT_EQ(whole.status, 200) << whole.body;
      http::Body stream(std::make_unique<http::testing::PatternReader>(200'000, 1000));
      const Answer streamed = co_await fixture->ask("POST", "/x", std::move(stream));
      EXPECT_EQ(streamed.status, 200) << streamed.body;
    }
  });
}

/// Refuses the first stream of the connection unprocessed and answers the second.
Task<> refuse_then_answer(RawListener* listener, int* refused) {
  std::unique_ptr<RawConnection> accepted = co_await listener->accept();
  RawHttp2 peer(accepted->release(), http::Http2Session::Side::kServer);
  co_await peer.until([&] { return peer.seen(1).head; });
  peer.session.reset(*peer.seen(1).stream, http::Http2Error::kRefusedStream);
  ++*refused;
  co_await peer.until([&] { return peer.seen(3).head; });
  http::Response response(200);
  (void)peer.session.respond(*peer.seen(3).stream, response, "second", {}, 6);
  co_await peer.until_closed();
}

TEST(GatewayRetry, repeats_any_request_that_the_service_refused_unprocessed) {
  with_gateway([](Fixture* fixture) -> Task<> {
    for (const bool streams : {false, true}) {
      Fixture other(fixture->telemetry);
      std::unique_ptr<RawListener> listener = co_await RawListener::open(http::testing::any_port());
      other.add_instance("raw", listener->address());
      co_await other.start({.routes = {{.path_prefix = "/", .service = "raw"}}});
      int refused = 0;
      (void)co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&]() -> Task<> { co_await refuse_then_answer(listener.get(), &refused); });
        // The body of the one that streams has not begun when it is refused.
        http::Exchange exchange = co_await other.client.open(other.head("POST", "/x"), !streams);
        const Result<http::ResponseHead> head = co_await exchange.head().result();
        EXPECT_TRUE(head && head->status == 200) << streams;
        EXPECT_EQ(refused, 1);
        scope.cancel();
      }).result();
      co_await other.stop();
    }
  });
}

TEST(GatewayRetry, loses_no_request_when_an_instance_goes_in_good_order) {
  static std::atomic<int> served = 0;
  served = 0;
  with_gateway([](Fixture* fixture) -> Task<> {
    const http::Handler handler = [](http::Request request) -> Task<http::Response> {
      ++served;
      co_return co_await echo_request_line(std::move(request));
    };
    http::Server* first = co_await fixture->serve("order", handler);
    co_await fixture->serve("order", handler);
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "order"}}});
    int failed = 0;
    bool stopped = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 4; ++i) {
        scope.go([&]() -> Task<> {
          http::Client client;
          for (int k = 0; k < 20 || !stopped; ++k) {
            const Answer answer = co_await fixture->ask(&client, fixture->request("POST", "/x", "body"));
            if (answer.status != 200) ++failed;
          }
        });
      }
      co_await wait_until([] { return served > 20; });
      co_await first->stop(5s);
      stopped = true;
    });
    EXPECT_EQ(failed, 0);
  });
}

}  // namespace
}  // namespace skerry::platform::gateway
