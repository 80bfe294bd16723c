// SPDX-License-Identifier: Apache-2.0
//
// Bodies that stream: both ways at once, no faster than they are read, to their end or cut off.
#include "platform/gateway/gateway_fixture.h"

namespace skerry::platform::gateway {
namespace {

using http::testing::PatternReader;
using http::testing::RawConnection;
using http::testing::wait_until;
using namespace std::chrono_literals;

constexpr std::size_t kStreamMegabyte = 1 << 20;
constexpr std::size_t kLongResponseBytes = 60 * kStreamMegabyte;
/// What the windows, buffers and sockets between a client and a service may hold together.
constexpr std::size_t kMaxBytesOnTheWay = 12 * kStreamMegabyte;

class GatewayStream : public ::testing::TestWithParam<Protocols> {};

INSTANTIATE_TEST_SUITE_P(Protocols, GatewayStream, ::testing::ValuesIn(all_protocols()), protocols_name);

GatewayOptions stream_options(Protocols protocols) {
  return {.routes = {{.path_prefix = "/", .service = "stream", .protocol = protocols.out}}};
}

Task<http::Response> echo_as_it_comes(http::Request request) {
  auto body = std::make_shared<http::Body>(std::move(request.body));
  co_return http::Response::stream(200, {}, [body](http::BodyWriter out) -> Task<> {
    while (std::optional<std::string> chunk = co_await body->read()) co_await out.write(std::move(*chunk));
  });
}

Task<http::Response> count_body_bytes(http::Request request) {
  std::size_t size = 0;
  while (std::optional<std::string> chunk = co_await request.body.read()) size += chunk->size();
  co_return http::text(std::to_string(size));
}

TEST_P(GatewayStream, carries_request_and_response_at_the_same_time) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", echo_as_it_comes);
    co_await fixture->start(stream_options(protocols));
    http::Client client({.protocol = protocols.in});
    http::Exchange exchange = co_await client.open(fixture->head("POST", "/x"));
    co_await exchange.write("begin");
    const http::ResponseHead head = co_await exchange.head();
    EXPECT_EQ(head.status, 200);
    std::string expected = "begin";
    for (int i = 0; i < 20; ++i) {
      // Each chunk comes back before the next is written, so none is held until the body ends.
      std::string echoed;
      while (echoed.size() < expected.size()) {
        const std::optional<std::string> chunk = co_await exchange.read();
        if (!chunk) co_await Error::internal("the response ended early");
        echoed += *chunk;
      }
      EXPECT_EQ(echoed, expected);
      expected = "part " + std::to_string(i);
      co_await exchange.write(expected);
    }
    co_await exchange.finish();
    std::optional<std::string> last = co_await exchange.read();
    EXPECT_EQ(last, expected);
    const std::optional<std::string> end = co_await exchange.read();
    EXPECT_FALSE(end.has_value());
  });
}

TEST_P(GatewayStream, passes_large_bodies_whole) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", count_body_bytes);
    co_await fixture->start(stream_options(protocols));
    http::Client client({.protocol = protocols.in});
    for (const bool sized : {false, true}) {
      const std::size_t size = 20 * kStreamMegabyte;
      http::Body body(std::make_unique<PatternReader>(size, 70'000),
                      sized ? std::optional<std::uint64_t>(size) : std::nullopt);
      const Answer answer = co_await fixture->ask(&client, fixture->request("POST", "/x", std::move(body)));
      EXPECT_EQ(answer.body, std::to_string(size));
    }
  });
}

TEST_P(GatewayStream, holds_a_fast_client_back_while_the_service_does_not_read) {
  static Event may_read;
  may_read.reset();
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request request) -> Task<http::Response> {
      co_await may_read.wait();
      co_return co_await count_body_bytes(std::move(request));
    });
    co_await fixture->start(stream_options(protocols));
    constexpr std::size_t kSize = 50 * kStreamMegabyte;
    std::size_t given = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        http::Client client({.protocol = protocols.in});
        http::Body body(std::make_unique<PatternReader>(kSize, 50'000, &given));
        const Answer answer = co_await fixture->ask(&client, fixture->request("POST", "/x", std::move(body)));
        EXPECT_EQ(answer.body, std::to_string(kSize));
      });
      // It is held back when nothing more is taken for a while.
      std::size_t before = 0;
      do {
        before = given;
        co_await sleep(50ms);
      } while (given == 0 || given != before);
      EXPECT_LT(given, kMaxBytesOnTheWay);
      may_read.set();
    });
    EXPECT_EQ(given, kSize);
  });
}

TEST_P(GatewayStream, holds_a_fast_service_back_while_the_client_does_not_read) {
  static std::size_t produced = 0;
  produced = 0;
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request) -> Task<http::Response> {
      co_return http::Response(200, http::Body(std::make_unique<PatternReader>(kLongResponseBytes, 50'000, &produced)));
    });
    co_await fixture->start(stream_options(protocols));
    http::Client client({.protocol = protocols.in});
    http::Response response = co_await client.send(fixture->request("GET", "/x"));
    std::size_t before = 0;
    do {
      before = produced;
      co_await sleep(50ms);
    } while (produced == 0 || produced != before);
    EXPECT_LT(produced, kMaxBytesOnTheWay);
    std::size_t read = 0;
    while (std::optional<std::string> chunk = co_await response.body.read()) read += chunk->size();
    EXPECT_EQ(read, kLongResponseBytes);
  });
}

/// Says when it is destroyed.
struct EndMark {
  int* ended;
  ~EndMark() { ++*ended; }
};

TEST_P(GatewayStream, gives_the_request_up_at_the_service_when_the_client_goes) {
  static int began = 0;
  static int ended = 0;
  began = ended = 0;
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request request) -> Task<http::Response> {
      const EndMark mark{&ended};
      ++began;
      if (request.path() == "/body") {
        co_return http::Response::stream(200, {}, [](http::BodyWriter out) -> Task<> {
          const EndMark inner{&ended};
          while (true) {
            co_await out.write("again");
            co_await sleep(1ms);
          }
        });
      }
      Event never;
      co_await never.wait();
      co_return http::text("");
    });
    co_await fixture->start(stream_options(protocols));
    {
      http::Client client({.protocol = protocols.in});
      http::Exchange waiting = co_await client.open(fixture->head("GET", "/head"), true);
      co_await wait_until([] { return began == 1; });
      waiting.cancel();
      co_await wait_until([] { return ended == 1; });
      http::Response streaming = co_await client.send(fixture->request("GET", "/body"));
      const std::optional<std::string> chunk = co_await streaming.body.read();
      EXPECT_TRUE(chunk.has_value());
      streaming.body = http::Body();
      co_await wait_until([] { return ended == 3; });
    }
  });
}

TEST_P(GatewayStream, cuts_the_response_off_when_the_service_does) {
  static Event may_break;
  may_break.reset();
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request) -> Task<http::Response> {
      co_return http::Response::stream(200, {}, [](http::BodyWriter out) -> Task<> {
        co_await out.write("half");
        co_await may_break.wait();
        co_await Error::internal("broken");
      });
    });
    co_await fixture->start(stream_options(protocols));
    http::Client client({.protocol = protocols.in});
    http::Response response = co_await client.send(fixture->request("GET", "/x"));
    EXPECT_EQ(response.status, 200);
    const std::optional<std::string> half = co_await response.body.read();
    EXPECT_EQ(half, "half");
    may_break.set();
    const Result<std::string> rest = co_await response.body.read_all(1000).result();
    EXPECT_FALSE(rest) << "a response that was cut off looked complete";
  });
}

TEST_P(GatewayStream, passes_an_answer_on_that_comes_before_the_request_is_complete) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request) -> Task<http::Response> { co_return http::text("no", 403); });
    co_await fixture->start(stream_options(protocols));
    http::Client client({.protocol = protocols.in});
    http::Exchange exchange = co_await client.open(fixture->head("POST", "/x"));
    co_await exchange.write("the first part");
    const http::ResponseHead head = co_await exchange.head();
    EXPECT_EQ(head.status, 403);
    const std::optional<std::string> body = co_await exchange.read();
    EXPECT_EQ(body, "no");
  });
}

TEST_P(GatewayStream, keeps_the_length_of_a_response_and_sends_no_body_to_head) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request request) -> Task<http::Response> {
      if (request.path() == "/empty") co_return http::Response(204);
      if (request.path() == "/same") co_return http::Response(304);
      co_return http::Response(200, http::Body(std::make_unique<PatternReader>(300'000, 1000), 300'000));
    });
    co_await fixture->start(stream_options(protocols));
    http::Client client({.protocol = protocols.in});
    const Answer whole = co_await fixture->ask(&client, fixture->request("GET", "/x"));
    EXPECT_EQ(whole.body.size(), 300'000U);
    if (protocols.in == http::Protocol::kHttp1 && protocols.out == http::Protocol::kHttp1) {
      EXPECT_EQ(whole.header("content-length"), "300000");
    }
    const Answer head = co_await fixture->ask(&client, fixture->request("HEAD", "/x"));
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    if (protocols.in == http::Protocol::kHttp1 && protocols.out == http::Protocol::kHttp1) {
      EXPECT_EQ(head.header("content-length"), "300000");
    }
    EXPECT_NE(head.header("content-length"), "0");
    const Answer empty = co_await fixture->ask(&client, fixture->request("GET", "/empty"));
    EXPECT_EQ(empty.status, 204);
    const Answer same = co_await fixture->ask(&client, fixture->request("GET", "/same"));
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
  });
}

TEST(GatewayTrailers, are_passed_on_both_ways_over_http2) {
  static std::string received;
  received.clear();
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request request) -> Task<http::Response> {
      (void)co_await request.body.read_all(1000);
      received = request.body.trailers().get("x-checksum").value_or("none");
      http::Response response = request.path() == "/stream"
                                    ? http::Response(200, http::Body(std::make_unique<PatternReader>(500'000, 1000)))
                                    : http::text("short");
      co_await response.trailers.add("x-late", "value");
      co_return std::move(response);
    });
    co_await fixture->start(stream_options({}));
    http::Client client({.protocol = http::Protocol::kHttp2});
    for (const char* target : {"/stream", "/short"}) {
      http::Exchange exchange = co_await client.open(fixture->head("POST", target));
      co_await exchange.write("data");
      http::Headers trailers;
      co_await trailers.add("x-checksum", "42");
      co_await exchange.finish(std::move(trailers));
      (void)co_await exchange.head();
      while (true) {
        const std::optional<std::string> chunk = co_await exchange.read();
        if (!chunk) break;
      }
      EXPECT_EQ(exchange.trailers().get("x-late"), "value") << target;
      EXPECT_EQ(received, "42");
    }
  });
}

TEST(GatewayTrailers, are_passed_on_over_http1_where_they_are_announced) {
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("stream", [](http::Request) -> Task<http::Response> {
      http::Response response(200, http::Body(std::make_unique<PatternReader>(1000, 100)));
      co_await response.headers.add("trailer", "x-late");
      co_await response.trailers.add("x-late", "value");
      co_await response.trailers.add("x-unannounced", "value");
      co_return std::move(response);
    });
    co_await fixture->start(stream_options({}));
    std::unique_ptr<RawConnection> client = co_await RawConnection::open(fixture->address);
    co_await client->send("GET / HTTP/1.1\r\nhost: h\r\n\r\n");
    const auto response = co_await client->response();
    EXPECT_EQ(response.body.size(), 1000U);
    EXPECT_EQ(response.trailers.get("x-late"), "value");
    EXPECT_FALSE(response.trailers.contains("x-unannounced"));
  });
}

}  // namespace
}  // namespace skerry::platform::gateway
