// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/scope.h"
#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::any_port;
using testing::PatternReader;
using testing::RawListener;
using testing::run_limited;
using testing::run_served;
using testing::Served;
using testing::wait_until;
using namespace std::chrono_literals;

// What must hold for both protocols.
class ClientOf : public ::testing::TestWithParam<Protocol> {};

INSTANTIATE_TEST_SUITE_P(Protocols, ClientOf, ::testing::Values(Protocol::kHttp1, Protocol::kHttp2),
                         [](const auto& info) { return info.param == Protocol::kHttp1 ? "http1" : "http2"; });

Task<Response> mirror(Request request) {
  Response response(200);
  co_await response.headers.add("x-method", request.method);
  co_await response.headers.add("x-target", request.target);
  co_await response.headers.add("x-length", request.body.size() ? std::to_string(*request.body.size()) : "unknown");
  for (const auto [name, value] : request.headers) {
    if (name.starts_with("x-")) co_await response.headers.add(std::string(name) + "-back", value);
  }
  response.body = Body(co_await request.body.read_all(1 << 20));
  co_return std::move(response);
}

TEST_P(ClientOf, requests_and_responses_arrive_as_they_were_sent) {
  run_served(mirror, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Request request = served.request("PATCH", "/a%20b?c=d", "body");
    co_await request.headers.add("x-colour", "blue");
    Response response = co_await client.send(std::move(request));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("x-method"), "PATCH");
    EXPECT_EQ(response.headers.get("x-target"), "/a%20b?c=d");
    EXPECT_EQ(response.headers.get("x-length"), "4");
    EXPECT_EQ(response.headers.get("x-colour-back"), "blue");
    EXPECT_EQ(response.body.size(), 4U);
    const std::string body = co_await response.body.read_all(100);
    EXPECT_EQ(body, "body");
  });
}

TEST_P(ClientOf, one_connection_serves_request_after_request) {
  run_served(mirror, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    for (int i = 0; i < 50; ++i) {
      Response response = co_await client.get(served.url("/"));
      const std::string body = co_await response.body.read_all(100);
      EXPECT_EQ(body, "");
    }
    EXPECT_EQ(served.server.counters().connections, 1U);
    EXPECT_EQ(served.server.counters().requests, 50U);
  });
}

TEST_P(ClientOf, a_body_that_is_all_here_may_come_back_while_it_is_sent) {
  Handler handler = [](Request request) -> Task<Response> {
    auto body = std::make_shared<Body>(std::move(request.body));
    co_return Response::stream(200, {}, [body](BodyWriter out) -> Task<> {
      while (std::optional<std::string> chunk = co_await body->read()) co_await out.write(std::move(*chunk));
    });
  };
  run_served(handler, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    const std::string sent(16 << 20, 'e');
    Response response = co_await client.send(served.request("POST", "/", sent));
    const std::string back = co_await response.body.read_all(sent.size());
    EXPECT_TRUE(back == sent);
  });
}

TEST_P(ClientOf, a_timeout_cancels_the_request_at_the_server_and_leaves_no_task) {
  std::atomic<int> running = 0;
  Handler handler([&running](Request request) -> Task<Response> {
    if (request.target == "/fast") co_return text("fast");
    struct Counted {
      std::atomic<int>& count;
      explicit Counted(std::atomic<int>& by) : count(by) { ++count; }
      ~Counted() { --count; }
    } counted(running);
    co_await sleep(1h);
    co_return text("late");
  });
  run_served(handler, [&running, protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Response warm = co_await client.get(served.url("/fast"));
    (void)co_await warm.body.read_all(10);
    const std::size_t before = Runtime::current().live_fibers();
    for (int i = 0; i < 3; ++i) {
      const Result<Response> response = co_await with_timeout(20ms, client.get(served.url("/slow"))).result();
      EXPECT_FALSE(response);
      if (!response) EXPECT_EQ(response.error().code(), Code::kDeadlineExceeded);
    }
    co_await wait_until([&] { return running == 0; });
    co_await wait_until([&] { return Runtime::current().live_fibers() <= before; });
    Response after = co_await client.get(served.url("/fast"));
    const std::string body = co_await after.body.read_all(10);
    EXPECT_EQ(body, "fast");
    // HTTP/2 needs no new connection after a cancelled request.
    if (protocol == Protocol::kHttp2) EXPECT_EQ(served.server.counters().connections, 1U);
  });
}

TEST_P(ClientOf, a_body_under_way_ends_with_its_request) {
  // A source that never comes to its end.
  class Endless final : public BodyReader {
   public:
    explicit Endless(Event& ended) : ended_(ended) {}
    ~Endless() override { ended_.set(); }
    Task<std::optional<std::string>> read() override {
      if (std::exchange(first_, false)) co_return "first";
      co_await sleep(1h);
      co_return std::nullopt;
    }
    Headers& trailers() override { return trailers_; }

   private:
    Event& ended_;
    bool first_ = true;
    Headers trailers_;
  };
  Handler handler = [](Request request) -> Task<Response> {
    if (request.target == "/answer") co_return text("no need", 403);
    (void)co_await request.body.read_all(1 << 20);
    co_return text("late");
  };
  Event timed_out;
  Event answered;
  run_served(handler, [&, protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Request request = served.request("POST", "/wait", Body(std::make_unique<Endless>(timed_out)));
    const Result<Response> late = co_await with_timeout(20ms, client.send(std::move(request))).result();
    EXPECT_FALSE(late);
    co_await timed_out.wait();
    Response response =
        co_await client.send(served.request("POST", "/answer", Body(std::make_unique<Endless>(answered))));
    EXPECT_EQ(response.status, 403);
    (void)co_await response.body.read_all(100);
    co_await answered.wait();
  });
}

TEST_P(ClientOf, a_refused_connection_is_unavailable_and_safe_to_repeat) {
  run_limited([protocol = GetParam()]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    const std::string url = "http://" + listener->address().to_string() + "/";
    listener.reset();
    Client client({.protocol = protocol});
    const Result<Response> response = co_await client.get(url).result();
    EXPECT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::kUnavailable);
    EXPECT_TRUE(is_retry_safe(response.error()));
  });
}

TEST_P(ClientOf, what_cannot_be_sent_is_refused_before_it_is_sent) {
  run_served(mirror, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    for (const std::string target : {"no-slash", "/with space", "/line\r\nbreak"}) {
      const Result<Response> response = co_await client.send(served.request("GET", target)).result();
      EXPECT_FALSE(response) << target;
      if (!response) EXPECT_EQ(response.error().code(), Code::kInvalidArgument) << response.error().to_string();
    }
    const Result<Response> method = co_await client.send(served.request("GE T", "/")).result();
    EXPECT_FALSE(method);
    const Result<Response> nowhere = co_await client.send(Request()).result();
    EXPECT_FALSE(nowhere);
    const Result<Response> scheme = co_await client.get("ftp://h/").result();
    EXPECT_FALSE(scheme);
    EXPECT_EQ(served.server.counters().requests, 0U);
    Response fine = co_await client.get(served.url("/"));
    EXPECT_EQ(fine.status, 200);
  });
}

TEST_P(ClientOf, idle_connections_are_closed_and_made_again) {
  run_served(mirror, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol, .idle_timeout = 10ms});
    for (int i = 1; i <= 3; ++i) {
      Response response = co_await client.get(served.url("/"));
      (void)co_await response.body.read_all(10);
      EXPECT_EQ(served.server.counters().connections, static_cast<std::uint64_t>(i));
      co_await wait_until([&] { return served.server.counters().open_connections == 0; });
    }
  });
}

TEST_P(ClientOf, connections_end_with_the_client) {
  run_served(mirror, [protocol = GetParam()](Served served) -> Task<> {
    const std::size_t before = Runtime::current().live_fibers();
    {
      Client client({.protocol = protocol});
      Response response = co_await client.get(served.url("/"));
      (void)co_await response.body.read_all(10);
      EXPECT_EQ(served.server.counters().open_connections, 1U);
    }
    co_await wait_until([&] { return served.server.counters().open_connections == 0; });
    co_await wait_until([&] { return Runtime::current().live_fibers() <= before; });
  });
}

TEST_P(ClientOf, each_worker_has_connections_of_its_own) {
  run_served(
      mirror,
      [protocol = GetParam()](Served served) -> Task<> {
        Client client({.protocol = protocol});
        co_await with_scope([&](Scope& scope) -> Task<> {
          for (std::size_t worker = 0; worker < 2; ++worker) {
            scope.go_on(Runtime::current().worker(worker), [&]() -> Task<> {
              for (int i = 0; i < 20; ++i) {
                Response response = co_await client.get(served.url("/"));
                (void)co_await response.body.read_all(10);
              }
            });
          }
          co_return;
        });
        EXPECT_EQ(served.server.counters().connections, 2U);
        EXPECT_EQ(served.server.counters().requests, 40U);
      },
      {}, 2);
}

}  // namespace
}  // namespace skerry::http
