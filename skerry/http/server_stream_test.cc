// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/channel.h"
#include "skerry/async/panic.h"
#include "skerry/async/scope.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::PatternReader;
using testing::RawConnection;
using testing::RawHttp2;
using testing::run_served;
using testing::Served;
using testing::wait_until;
using namespace std::chrono_literals;

constexpr std::size_t kMegabyte = 1 << 20;

class ServerStream : public ::testing::TestWithParam<Protocol> {};

INSTANTIATE_TEST_SUITE_P(Protocols, ServerStream, ::testing::Values(Protocol::kHttp1, Protocol::kHttp2),
                         [](const auto& info) { return info.param == Protocol::kHttp1 ? "http1" : "http2"; });

Task<Response> count_bytes(Request request) {
  std::size_t size = 0;
  while (std::optional<std::string> chunk = co_await request.body.read()) size += chunk->size();
  co_return text(std::to_string(size));
}

Task<Response> echo_stream(Request request) {
  auto body = std::make_shared<Body>(std::move(request.body));
  co_return Response::stream(200, {}, [body](BodyWriter out) -> Task<> {
    while (std::optional<std::string> chunk = co_await body->read()) co_await out.write(std::move(*chunk));
  });
}

TEST_P(ServerStream, a_body_larger_than_every_window_arrives_whole) {
  run_served(count_bytes, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Body body(std::make_unique<PatternReader>(20 * kMegabyte, 50'000));
    Response response = co_await client.send(served.request("POST", "/", std::move(body)));
    const std::string counted = co_await response.body.read_all(100);
    EXPECT_EQ(counted, std::to_string(20 * kMegabyte));
  });
}

TEST_P(ServerStream, a_response_larger_than_every_window_arrives_whole) {
  Handler handler = [](Request) -> Task<Response> {
    co_return Response(200, Body(std::make_unique<PatternReader>(20 * kMegabyte, 50'000), 20 * kMegabyte));
  };
  run_served(handler, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Response response = co_await client.get(served.url("/"));
    std::size_t size = 0;
    while (std::optional<std::string> chunk = co_await response.body.read()) size += chunk->size();
    EXPECT_EQ(size, 20 * kMegabyte);
  });
}

TEST_P(ServerStream, bodies_flow_both_ways_at_once) {
  run_served(echo_stream, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Body body(std::make_unique<PatternReader>(8 * kMegabyte, 30'000));
    Response response = co_await client.send(served.request("POST", "/", std::move(body)));
    const std::string back = co_await response.body.read_all(9 * kMegabyte);
    EXPECT_EQ(back, std::string(8 * kMegabyte, 'p'));
  });
}

TEST_P(ServerStream, a_handler_that_does_not_read_stops_the_sender) {
  Event release;
  Handler handler([&release](Request request) -> Task<Response> {
    co_await release.wait();
    co_return co_await count_bytes(std::move(request));
  });
  run_served(handler, [&release, protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    std::size_t given = 0;
    Body body(std::make_unique<PatternReader>(64 * kMegabyte, 30'000, &given));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        Response response = co_await client.send(served.request("POST", "/", std::move(body)));
        const std::string counted = co_await response.body.read_all(100);
        EXPECT_EQ(counted, std::to_string(64 * kMegabyte));
      });
      // The sender comes to a halt: nothing moves for many turns.
      std::size_t before = 1;
      while (given != before || given == 0) {
        before = given;
        co_await sleep(50ms);
      }
      EXPECT_LT(given, 32 * kMegabyte);
      release.set();
    });
  });
}

TEST_P(ServerStream, a_client_that_does_not_read_stops_the_producer) {
  std::size_t produced = 0;
  Handler handler([&produced](Request) -> Task<Response> {
    co_return Response::stream(200, {}, [&produced](BodyWriter body) -> Task<> {
      while (produced < 64 * kMegabyte) {
        co_await body.write(std::string(30'000, 'x'));
        produced += 30'000;
      }
    });
  });
  run_served(handler, [&produced, protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Response response = co_await client.get(served.url("/"));
    std::size_t before = 1;
    while (produced != before || produced == 0) {
      before = produced;
      co_await sleep(50ms);
    }
    EXPECT_LT(produced, 32 * kMegabyte);
    std::size_t size = 0;
    while (std::optional<std::string> chunk = co_await response.body.read()) size += chunk->size();
    EXPECT_EQ(size, produced);
  });
}

TEST_P(ServerStream, chunks_arrive_before_the_body_is_complete) {
  Channel<std::string> lines(0);
  Handler handler([lines](Request) -> Task<Response> {
    co_return Response::stream(200, {}, [lines](BodyWriter body) -> Task<> {
      while (std::optional<std::string> line = co_await lines.receive()) co_await body.write(std::move(*line));
    });
  });
  run_served(handler, [lines, protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Response response = co_await client.get(served.url("/"));
    for (const std::string line : {"one", "two", "three"}) {
      co_await lines.send(line);
      const std::optional<std::string> chunk = co_await response.body.read();
      EXPECT_EQ(chunk, line);
    }
    lines.close();
    const std::optional<std::string> end = co_await response.body.read();
    EXPECT_EQ(end, std::nullopt);
  });
}

TEST_P(ServerStream, trailers_travel_both_ways) {
  Handler handler = [](Request request) -> Task<Response> {
    (void)co_await request.body.read_all(100);
    const std::string sum(request.body.trailers().get("sum").value_or("none"));
    Headers headers;
    co_await headers.add("trailer", "echo");
    co_return Response::stream(200, std::move(headers), [sum](BodyWriter body) -> Task<> {
      co_await body.write("x");
      Headers trailers;
      co_await trailers.add("echo", sum);
      body.set_trailers(std::move(trailers));
    });
  };
  run_served(handler, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    RequestHead head{.method = "POST", .target = "/", .authority = served.address.to_string()};
    co_await head.headers.add("trailer", "sum");
    Exchange exchange = co_await client.open(std::move(head));
    co_await exchange.write("body");
    Headers trailers;
    co_await trailers.add("sum", "4");
    co_await exchange.finish(std::move(trailers));
    const ResponseHead response = co_await exchange.head();
    EXPECT_EQ(response.status, 200);
    Body body = std::move(exchange).into_body();
    const std::string all = co_await body.read_all(100);
    EXPECT_EQ(all, "x");
    EXPECT_EQ(body.trailers().get("echo"), "4");
  });
}

TEST_P(ServerStream, a_producer_that_fails_cuts_the_body_off_so_that_the_client_notices) {
  Handler handler = [](Request request) -> Task<Response> {
    co_return Response::stream(200, {}, [target = request.target](BodyWriter body) -> Task<> {
      co_await body.write("beginning");
      if (target == "/panic") panic("a bug");
      co_await Error::internal("the source broke");
    });
  };
  run_served(handler, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    for (const std::string target : {"/error", "/panic"}) {
      Result<Response> response = co_await client.get(served.url(target)).result();
      // The head may or may not have gone out before the end.
      if (!response) continue;
      const Result<std::string> body = co_await response->body.read_all(100).result();
      EXPECT_FALSE(body) << *body;
    }
    EXPECT_EQ(served.server.counters().panics, 1U);
  });
}

TEST_P(ServerStream, a_deferred_head_can_be_changed_until_the_first_chunk) {
  Handler handler = [](Request request) -> Task<Response> {
    const bool empty = request.target == "/empty";
    Response response = Response::stream(200, {}, [empty](BodyWriter body) -> Task<> {
      if (body.head() == nullptr) panic("the head is gone");
      body.head()->status = 418;
      if (!empty) co_await body.write("x");
      if (!empty && body.head() != nullptr) panic("the head is still there");
    });
    response.defer_head = true;
    co_return std::move(response);
  };
  run_served(handler, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    for (const std::string target : {"/full", "/empty"}) {
      Response response = co_await client.get(served.url(target));
      EXPECT_EQ(response.status, 418);
      const std::string body = co_await response.body.read_all(100);
      EXPECT_EQ(body, target == "/full" ? "x" : "");
    }
    EXPECT_EQ(served.server.counters().panics, 0U);
  });
}

TEST_P(ServerStream, head_requests_do_not_run_the_producer) {
  bool ran = false;
  Handler handler([&ran](Request) -> Task<Response> {
    co_return Response::stream(200, {}, [&ran](BodyWriter body) -> Task<> {
      ran = true;
      co_await body.write("x");
    });
  });
  run_served(handler, [protocol = GetParam()](Served served) -> Task<> {
    Client client({.protocol = protocol});
    Response response = co_await client.send(served.request("HEAD", "/"));
    EXPECT_EQ(response.status, 200);
    const std::string body = co_await response.body.read_all(100);
    EXPECT_EQ(body, "");
  });
  EXPECT_FALSE(ran);
}

// Waits for ever, and says when it is cancelled.
Handler cancellable(Event& began, Event& cancelled, bool streaming) {
  const auto wait = [](Event* first, Event* last) -> Task<> {
    struct Told {
      Event* event;
      ~Told() { event->set(); }
    } told{last};
    first->set();
    co_await sleep(1h);
  };
  return Handler([=, first = &began, last = &cancelled](Request) -> Task<Response> {
    if (streaming) {
      co_return Response::stream(200, {}, [=](BodyWriter) -> Task<> { co_await wait(first, last); });
    }
    co_await wait(first, last);
    co_return text("late");
  });
}

TEST_P(ServerStream, the_task_is_cancelled_when_the_client_goes_away) {
  for (const bool streaming : {false, true}) {
    Event began;
    Event cancelled;
    run_served(cancellable(began, cancelled, streaming),
               [&began, &cancelled, protocol = GetParam()](Served served) -> Task<> {
                 Client client({.protocol = protocol});
                 RequestHead head{.target = "/", .authority = served.address.to_string()};
                 Exchange exchange = co_await client.open(std::move(head), true);
                 co_await began.wait();
                 exchange.cancel();
                 co_await cancelled.wait();
               });
  }
}

TEST(ServerStreamRaw, the_task_is_cancelled_when_the_connection_breaks) {
  Event began;
  Event cancelled;
  run_served(cancellable(began, cancelled, false), [&began, &cancelled](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await began.wait();
    connection.reset();
    co_await cancelled.wait();
  });
}

TEST(ServerStreamRaw, a_client_that_closes_its_direction_still_gets_a_quick_answer) {
  Handler handler = [](Request) -> Task<Response> {
    co_await sleep(5ms);
    co_return text("fine");
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    connection->shutdown_write();
    const auto response = co_await connection->response();
    EXPECT_EQ(response.body, "fine");
    const std::string rest = co_await connection->receive_to_end();
    EXPECT_EQ(rest, "");
  });
}

}  // namespace
}  // namespace skerry::http
