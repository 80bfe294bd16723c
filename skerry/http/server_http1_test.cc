// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/panic.h"
#include "skerry/http/http_error.h"
#include "skerry/http/routes.h"
#include "skerry/http/socket_test_util.h"

namespace skerry::http {
namespace {

using testing::RawConnection;
using testing::RawMessage;
using testing::run_served;
using testing::Served;
using namespace std::chrono_literals;

// Answers with what it understood of the request.
Task<Response> describe(Request request) {
  std::string text = request.method + " " + request.target + " '";
  text.append(co_await request.body.read_all(1 << 20));
  text.append("'");
  const Headers trailers = request.body.trailers();
  for (const auto [name, value] : trailers) text.append(" ").append(name).append("=").append(value);
  co_return http::text(std::move(text));
}

Task<RawMessage<ResponseHead>> ask(RawConnection& connection, std::string bytes) {
  co_await connection.send(std::move(bytes));
  co_return co_await connection.response();
}

TEST(ServerHttp1, one_connection_carries_request_after_request) {
  run_served(describe, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    for (const std::string target : {"/a", "/b", "/c"}) {
      const auto response = co_await ask(*connection, "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
      EXPECT_EQ(response.head.status, 200);
      EXPECT_EQ(response.body, "GET " + target + " ''");
      EXPECT_TRUE(response.head.headers.contains("date"));
      EXPECT_TRUE(response.keep_alive);
    }
    EXPECT_EQ(served.server.counters().connections, 1U);
    EXPECT_EQ(served.server.counters().requests, 3U);
  });
}

TEST(ServerHttp1, pipelined_requests_are_answered_in_order) {
  Handler handler = [](Request request) -> Task<Response> {
    // The first one is the slowest.
    if (request.target == "/0") co_await sleep(5ms);
    co_return co_await describe(std::move(request));
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    std::string requests;
    for (int i = 0; i < 20; ++i) {
      const std::string body(static_cast<std::size_t>(i), 'x');
      requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(i) +
                  "\r\n\r\n" + body;
    }
    co_await connection->send(requests);
    for (int i = 0; i < 20; ++i) {
      const auto response = co_await connection->response();
      const std::string body(static_cast<std::size_t>(i), 'x');
      EXPECT_EQ(response.body, "POST /" + std::to_string(i) + " '" + body + "'");
    }
  });
}

TEST(ServerHttp1, a_request_that_drips_in_byte_by_byte_is_understood) {
  run_served(describe, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const std::string request =
        "POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: sum\r\n\r\n"
        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nsum: 5\r\n\r\n";
    for (const char byte : request) {
      co_await connection->send(std::string(1, byte));
      co_await yield();
    }
    const auto response = co_await connection->response();
    EXPECT_EQ(response.body, "POST /slow 'abcde' sum=5");
  });
}

TEST(ServerHttp1, the_answer_to_head_has_the_length_and_no_body) {
  run_served(describe, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto head = co_await connection->response("HEAD");
    EXPECT_EQ(head.head.headers.get("content-length"), std::to_string(std::string("HEAD /x ''").size()));
    EXPECT_EQ(head.body, "");
    // What follows is the next response and not a rest of the first.
    const auto next = co_await ask(*connection, "GET /y HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(next.body, "GET /y ''");
  });
}

TEST(ServerHttp1, continue_is_said_when_the_handler_wants_the_body) {
  run_served(describe, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    const std::string interim = co_await connection->receive_through("\r\n\r\n");
    EXPECT_TRUE(interim.starts_with("HTTP/1.1 100 ")) << interim;
    const auto response = co_await ask(*connection, "body");
    EXPECT_EQ(response.body, "POST / 'body'");
    EXPECT_TRUE(response.keep_alive);
  });
}

TEST(ServerHttp1, a_handler_that_wants_no_body_answers_without_continue_and_closes) {
  Handler handler = [](Request) -> Task<Response> { co_return text("no", 403); };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto response =
        co_await ask(*connection, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(response.head.status, 403);
    EXPECT_FALSE(response.got_continue);
    EXPECT_FALSE(response.keep_alive);
    const std::string rest = co_await connection->receive_to_end();
    EXPECT_EQ(rest, "");
  });
}

TEST(ServerHttp1, a_body_that_nobody_reads_does_not_end_the_connection) {
  Handler handler = [](Request request) -> Task<Response> { co_return text(request.target); };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    for (int i = 0; i < 3; ++i) {
      co_await connection->send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
      co_await connection->send(std::string(100'000, 'x'));
      const auto response = co_await connection->response();
      EXPECT_EQ(response.body, "/a");
      EXPECT_TRUE(response.keep_alive);
    }
  });
}

TEST(ServerHttp1, connection_close_is_honoured_and_answered) {
  run_served(describe, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto response = co_await ask(*connection, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_FALSE(response.keep_alive);
    const std::string rest = co_await connection->receive_to_end();
    EXPECT_EQ(rest, "");
  });
}

TEST(ServerHttp1, a_client_of_http10_gets_a_body_that_ends_with_the_connection) {
  Handler handler = [](Request) -> Task<Response> {
    co_return Response::stream(200, {}, [](BodyWriter body) -> Task<> {
      co_await body.write("one ");
      co_await body.write("two");
    });
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    co_await connection->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const std::string all = co_await connection->receive_to_end();
    EXPECT_TRUE(all.ends_with("\r\n\r\none two")) << all;
    EXPECT_EQ(all.find("chunked"), std::string::npos);
  });
}

TEST(ServerHttp1, a_connection_is_closed_after_the_last_request_that_it_may_carry) {
  run_served(describe,
             [](Served served) -> Task<> {
               auto connection = co_await RawConnection::open(served.address);
               const auto first = co_await ask(*connection, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
               EXPECT_TRUE(first.keep_alive);
               const auto second = co_await ask(*connection, "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
               EXPECT_FALSE(second.keep_alive);
               const std::string rest = co_await connection->receive_to_end();
               EXPECT_EQ(rest, "");
             },
             {.max_requests_per_connection = 2});
}

TEST(ServerHttp1, unknown_paths_and_methods_get_404_and_405) {
  Routes routes;
  EXPECT_TRUE(routes.add("GET", "/users/{id}", [](Request request) -> Task<Response> {
    co_return text("user " + request.param("id") + " by " + std::string(request.route));
  }));
  run_served(routes.handler(), [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto found = co_await ask(*connection, "GET /users/u%201 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(found.body, "user u 1 by /users/{id}");
    const auto missing = co_await ask(*connection, "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(missing.head.status, 404);
    EXPECT_EQ(missing.head.headers.get("content-type"), "application/json");
    EXPECT_NE(missing.body.find(R"("code":"NOT_FOUND")"), std::string::npos) << missing.body;
    const auto wrong = co_await ask(*connection, "DELETE /users/1 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(wrong.head.status, 405);
    EXPECT_EQ(wrong.head.headers.get("allow"), "GET, HEAD");
    EXPECT_TRUE(wrong.keep_alive);
    const auto malformed = co_await ask(*connection, "GET /users/%zz HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(malformed.head.status, 400);
  });
}

TEST(ServerHttp1, an_error_of_the_handler_becomes_its_status) {
  Handler handler = [](Request request) -> Task<Response> {
    if (request.target == "/limit") co_return http_error(429, "slow down");
    co_return Error::not_found("no user u9");
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto missing = co_await ask(*connection, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(missing.head.status, 404);
    EXPECT_EQ(missing.body, R"({"error":{"code":"NOT_FOUND","message":"no user u9","trace_id":""}})");
    const auto limited = co_await ask(*connection, "GET /limit HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(limited.head.status, 429);
  });
}

TEST(ServerHttp1, a_handler_that_throws_is_answered_with_500_and_the_server_lives) {
  Handler handler = [](Request request) -> Task<Response> {
    if (request.target == "/panic") panic("a bug");
    co_return text("fine");
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto broken = co_await ask(*connection, "GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(broken.head.status, 500);
    EXPECT_EQ(broken.body.find("a bug"), std::string::npos) << "what went wrong inside is nobody's business";
    const auto fine = co_await ask(*connection, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(fine.body, "fine");
    EXPECT_EQ(served.server.counters().panics, 1U);
  });
}

TEST(ServerHttp1, a_handler_that_answers_with_nonsense_is_answered_with_500) {
  Handler handler = [](Request) -> Task<Response> { co_return Response(7); };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto response = co_await ask(*connection, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(response.head.status, 500);
  });
}

TEST(ServerHttp1, the_addresses_of_both_ends_are_known) {
  Handler handler = [](Request request) -> Task<Response> {
    co_return text(request.connection->peer + " " + request.connection->local);
  };
  run_served(handler, [](Served served) -> Task<> {
    auto connection = co_await RawConnection::open(served.address);
    const auto response = co_await ask(*connection, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(response.body, connection->stream().local_address().to_string() + " " + served.address.to_string());
  });
}

}  // namespace
}  // namespace skerry::http
