// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/scope.h"
#include "skerry/http/http_error.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::any_port;
using testing::PatternReader;
using testing::RawConnection;
using testing::RawListener;
using testing::run_limited;
using namespace std::chrono_literals;

using Play = std::function<Task<>(RawListener*)>;
using Outcome = std::optional<Result<Response>>;

Request request_to(const RawListener& listener, std::string method, Body body = {}) {
  RequestHead head{.method = std::move(method), .target = "/", .authority = listener.address().to_string()};
  return Request(std::move(head), std::move(body));
}

// Sends the request while `play` is the server; the outcome with the whole body read is in `*outcome`.
Task<> send_against(Client* client, RawListener* listener, Request request, Play play, Outcome* outcome) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> { *outcome = co_await client->send(std::move(request)).result(); });
    co_await play(listener);
  });
}

TEST(ClientHttp1, the_request_is_written_as_the_specification_says) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    Outcome outcome;
    Request request = request_to(*listener, "POST", "body");
    co_await send_against(
        &client, listener.get(), std::move(request),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          const std::string head = co_await connection->receive_through("\r\n\r\n");
          const std::string host = server->address().to_string();
          EXPECT_EQ(head, "POST / HTTP/1.1\r\nhost: " + host + "\r\ncontent-length: 4\r\n\r\n");
          co_await connection->receive_through("body");
          co_await connection->send("HTTP/1.1 204 No Content\r\n\r\n");
        },
        &outcome);
    EXPECT_TRUE(*outcome);
    EXPECT_EQ((*outcome)->status, 204);
  });
}

TEST(ClientHttp1, a_body_of_unknown_size_is_sent_in_chunks) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    Outcome outcome;
    Request request = request_to(*listener, "POST", Body(std::make_unique<PatternReader>(10, 4)));
    co_await send_against(
        &client, listener.get(), std::move(request),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          const auto received = co_await connection->request();
          EXPECT_EQ(received.body, std::string(10, 'p'));
          co_await connection->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        },
        &outcome);
    EXPECT_TRUE(*outcome);
  });
}

TEST(ClientHttp1, responses_framed_in_every_way_are_read) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    const std::vector<std::string> responses{
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nbody",
        "HTTP/1.0 200 OK\r\n\r\nbody",
    };
    for (const std::string& response : responses) {
      Outcome outcome;
      Client fresh;
      co_await send_against(
          &fresh, listener.get(), request_to(*listener, "GET"),
          [&response](RawListener* server) -> Task<> {
            auto connection = co_await server->accept();
            (void)co_await connection->request();
            co_await connection->send(response);
          },
          &outcome);
      EXPECT_TRUE(*outcome) << response;
      if (!*outcome) continue;
      const std::string body = co_await (*outcome)->body.read_all(100);
      EXPECT_EQ(body, "body") << response;
    }
  });
}

TEST(ClientHttp1, a_response_that_is_cut_off_is_an_error_of_its_body) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    Outcome outcome;
    co_await send_against(
        &client, listener.get(), request_to(*listener, "GET"),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          (void)co_await connection->request();
          co_await connection->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        },
        &outcome);
    EXPECT_TRUE(*outcome);
    const Result<std::string> body = co_await (*outcome)->body.read_all(100).result();
    EXPECT_FALSE(body);
    if (!body) EXPECT_EQ(body.error().code(), Code::kUnavailable);
  });
}

TEST(ClientHttp1, a_malformed_response_is_an_error_and_ends_the_connection) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    Outcome outcome;
    co_await send_against(
        &client, listener.get(), request_to(*listener, "GET"),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          (void)co_await connection->request();
          co_await connection->send("220 smtp.example.org ESMTP\r\n\r\n");
          (void)co_await connection->receive_to_end();
        },
        &outcome);
    EXPECT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code(), Code::kUnavailable);
    EXPECT_FALSE(is_retry_safe(outcome->error()));
  });
}

TEST(ClientHttp1, bytes_after_a_response_are_not_taken_for_the_next_one) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    Outcome first;
    co_await send_against(
        &client, listener.get(), request_to(*listener, "GET"),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          (void)co_await connection->request();
          co_await connection->send(
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
          // The client hangs up.
          (void)co_await connection->receive_to_end();
        },
        &first);
    EXPECT_TRUE(*first);
    Outcome second;
    co_await send_against(
        &client, listener.get(), request_to(*listener, "GET"),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          (void)co_await connection->request();
          co_await connection->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
        },
        &second);
    EXPECT_TRUE(*second);
    const std::string body = co_await (*second)->body.read_all(100);
    EXPECT_EQ(body, "fine");
  });
}

TEST(ClientHttp1, a_server_that_dies_within_the_request_is_unavailable_and_not_safe_to_repeat) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    Outcome outcome;
    co_await send_against(
        &client, listener.get(), request_to(*listener, "GET"),
        [](RawListener* server) -> Task<> {
          auto connection = co_await server->accept();
          (void)co_await connection->request();
        },
        &outcome);
    EXPECT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code(), Code::kUnavailable);
    EXPECT_FALSE(is_retry_safe(outcome->error()));
  });
}

// A server that answers one request on a connection and closes it when the next one comes.
Task<> close_on_second_request(RawListener* server) {
  auto connection = co_await server->accept();
  (void)co_await connection->request();
  co_await connection->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  co_await connection->receive_through(" / HTTP/1.1");
}

TEST(ClientHttp1, a_request_that_met_a_closing_connection_is_repeated_when_that_is_harmless) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    for (const std::string method : {"GET", "POST"}) {
      Outcome second;
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&]() -> Task<> {
          (void)co_await client.send(request_to(*listener, "GET"));
          second = co_await client.send(request_to(*listener, method)).result();
        });
        co_await close_on_second_request(listener.get());
        // A GET is sent again on a new connection; a POST may have been carried out, and is not.
        if (method == "POST") co_return;
        auto connection = co_await listener->accept();
        (void)co_await connection->request();
        co_await connection->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      });
      EXPECT_EQ(second->has_value(), method == "GET");
      if (!*second) EXPECT_EQ(second->error().code(), Code::kUnavailable);
    }
  });
}

TEST(ClientHttp1, a_connection_that_the_server_wants_to_close_is_not_used_again) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    for (int i = 0; i < 3; ++i) {
      Outcome outcome;
      co_await send_against(
          &client, listener.get(), request_to(*listener, "GET"),
          [](RawListener* server) -> Task<> {
            auto connection = co_await server->accept();
            (void)co_await connection->request();
            co_await connection->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            (void)co_await connection->receive_to_end();
          },
          &outcome);
      EXPECT_TRUE(*outcome);
    }
  });
}

TEST(ClientHttp1, a_response_that_nobody_reads_stops_the_server) {
  run_limited([]() -> Task<> {
    auto listener = co_await RawListener::open(any_port());
    Client client;
    std::size_t sent = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        Response response = co_await client.send(request_to(*listener, "GET"));
        std::size_t before = 1;
        while (sent != before || sent == 0) {
          before = sent;
          co_await sleep(30ms);
        }
        EXPECT_LT(sent, std::size_t{32} << 20);
        std::size_t size = 0;
        while (std::optional<std::string> chunk = co_await response.body.read()) size += chunk->size();
        EXPECT_EQ(size, std::size_t{64} << 20);
      });
      auto connection = co_await listener->accept();
      (void)co_await connection->request();
      co_await connection->send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(64 << 20) + "\r\n\r\n");
      for (int i = 0; i < 1024; ++i) {
        co_await connection->send(std::string(64 << 10, 'x'));
        sent += 64 << 10;
      }
    });
  });
}

}  // namespace
}  // namespace skerry::http
