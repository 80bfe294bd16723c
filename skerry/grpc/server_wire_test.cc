// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/sleep.h"
#include "skerry/grpc/compression.h"
#include "skerry/grpc/wire_suite.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;

EchoResponse message_in(const std::string& body) {
  EchoResponse response;
  const auto frame = single_frame(body, kReceiveMessageBytesMax);
  EXPECT_TRUE(frame);
  if (frame) EXPECT_TRUE(response.ParseFromString(std::string(frame->payload)));
  return response;
}

TEST(GrpcServerWire, unary_response_has_headers_one_message_and_trailers) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    WireAnswer answer = co_await exchange_wire(*setup.http2, setup.grpc_request("Echo", echo_frame("hello")));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.get("content-type"), "application/grpc");
    EXPECT_FALSE(answer.headers.contains("grpc-status"));
    EXPECT_EQ(message_in(answer.body).text(), "hello");
    EXPECT_EQ(answer.trailers.get("grpc-status"), "0");
  });
}

TEST(GrpcServerWire, error_has_status_and_escaped_message) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    EchoRequest request;
    request.set_text(" 100% \xc3\xbc ");
    request.set_fail_code(5);
    WireAnswer answer = co_await exchange_wire(*setup.http2, setup.grpc_request("Echo", echo_frame(request)));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.field("grpc-status"), "5");
    EXPECT_EQ(answer.field("grpc-message"), "%20100%25 %C3%BC%20");
    EXPECT_NE(answer.field("grpc-status-details-bin"), "");
  });
}

TEST(GrpcServerWire, unknown_methods_and_services_are_unimplemented) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    for (const auto* target : {"/skerry.testing.EchoService/Nothing", "/no.Service/Echo", "/", "/a", "/a/b/c"}) {
      http::Request request = setup.grpc_request("Echo", echo_frame("m"));
      request.target = target;
      WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(request));
      EXPECT_EQ(answer.status, 200) << target;
      EXPECT_EQ(answer.field("grpc-status"), "12") << target;
    }
  });
}

TEST(GrpcServerWire, other_content_types_methods_and_versions_are_refused_by_http_status) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    http::Request text = setup.grpc_request("Echo", echo_frame("m"));
    EXPECT_TRUE(text.headers.set("content-type", "text/plain"));
    WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(text));
    EXPECT_EQ(answer.status, 415);

    http::Request get = setup.grpc_request("Echo", "");
    get.method = "GET";
    answer = co_await exchange_wire(*setup.http2, std::move(get));
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.headers.get("allow"), "POST");

    answer = co_await exchange_wire(*setup.http1, setup.grpc_request("Echo", echo_frame("m")));
    EXPECT_EQ(answer.status, 505);
  });
}

TEST(GrpcServerWire, bodies_that_are_not_one_message_are_internal) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    const std::string one = echo_frame("m");
    for (const std::string& body : {std::string(), one.substr(0, 3), one.substr(0, one.size() - 1), one + one,
                                    std::string("\0\0\0\0\1\xff", 6), std::string("\3\0\0\0\0", 5)}) {
      WireAnswer answer = co_await exchange_wire(*setup.http2, setup.grpc_request("Echo", body));
      EXPECT_EQ(answer.field("grpc-status"), "13");
    }
    EXPECT_EQ(setup.implementation->started(), 0);
  });
}

TEST(GrpcServerWire, message_over_the_limit_is_resource_exhausted) {
  run_wire_test(
      [](WireSetup& setup) -> Task<> {
        for (const auto* method : {"Echo", "Expand", "Collect"}) {
          WireAnswer answer =
              co_await exchange_wire(*setup.http2, setup.grpc_request(method, echo_frame(std::string(2000, 'x'))));
          EXPECT_EQ(answer.field("grpc-status"), "8") << method;
        }
        WireAnswer answer =
            co_await exchange_wire(*setup.http2, setup.grpc_request("Echo", echo_frame(std::string(900, 'x'))));
        EXPECT_EQ(answer.field("grpc-status"), "0");
      },
      {.receive_message_bytes_max = 1000});
}

TEST(GrpcServerWire, compressed_requests_are_read_and_a_bomb_is_not) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    for (const auto compression : {Compression::kGzip, Compression::kDeflate}) {
      EchoRequest request;
      request.set_text(std::string(10'000, 'x'));
      std::string body;
      append_frame(body, true, compress(compression, request.SerializeAsString()));
      http::Request call = setup.grpc_request("Echo", body);
      EXPECT_TRUE(call.headers.add("grpc-encoding", compression_name(compression)));
      WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(call));
      EXPECT_EQ(answer.field("grpc-status"), "0");
      EXPECT_EQ(message_in(answer.body).text(), request.text());
    }
    std::string bomb;
    append_frame(bomb, true, compress(Compression::kGzip, std::string(kReceiveMessageBytesMax + 1, '\0')));
    http::Request call = setup.grpc_request("Echo", bomb);
    EXPECT_TRUE(call.headers.add("grpc-encoding", "gzip"));
    WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(call));
    EXPECT_EQ(answer.field("grpc-status"), "8");
  });
}

TEST(GrpcServerWire, compressed_flag_without_an_encoding_is_internal_and_an_unknown_encoding_unimplemented) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    std::string body;
    append_frame(body, true, compress(Compression::kGzip, "x"));
    WireAnswer answer = co_await exchange_wire(*setup.http2, setup.grpc_request("Echo", body));
    EXPECT_EQ(answer.field("grpc-status"), "13");
    http::Request call = setup.grpc_request("Echo", echo_frame("m"));
    EXPECT_TRUE(call.headers.add("grpc-encoding", "snappy"));
    answer = co_await exchange_wire(*setup.http2, std::move(call));
    EXPECT_EQ(answer.field("grpc-status"), "12");
    EXPECT_EQ(answer.headers.get("grpc-accept-encoding"), kAcceptEncoding);
  });
}

TEST(GrpcServerWire, responses_are_compressed_only_for_clients_that_accept_it) {
  run_wire_test(
      [](WireSetup& setup) -> Task<> {
        http::Request accepting = setup.grpc_request("Echo", echo_frame(std::string(5000, 'x')));
        EXPECT_TRUE(accepting.headers.add("grpc-accept-encoding", "identity, gzip"));
        WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(accepting));
        EXPECT_EQ(answer.headers.get("grpc-encoding"), "gzip");
        EXPECT_LT(answer.body.size(), 500U);
        EXPECT_EQ(answer.body.substr(0, 1), "\1");

        WireAnswer plain =
            co_await exchange_wire(*setup.http2, setup.grpc_request("Echo", echo_frame(std::string(5000, 'x'))));
        EXPECT_FALSE(plain.headers.contains("grpc-encoding"));
        EXPECT_GT(plain.body.size(), 5000U);
      },
      {.compression = Compression::kGzip});
}

TEST(GrpcServerWire, server_enforces_the_deadline_by_itself) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    for (const auto* method : {"Echo", "Expand", "Collect"}) {
      EchoRequest request;
      request.set_delay_ms(60'000);
      http::Request call = setup.grpc_request(method, echo_frame(request));
      EXPECT_TRUE(call.headers.add("grpc-timeout", "20m"));
      WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(call));
      EXPECT_EQ(answer.field("grpc-status"), "4") << method;
      EXPECT_EQ(setup.implementation->running(), 0) << method;
    }
  });
}

TEST(GrpcServerWire, malformed_timeout_is_internal_and_an_endless_one_is_none) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    http::Request bad = setup.grpc_request("Echo", echo_frame("m"));
    EXPECT_TRUE(bad.headers.add("grpc-timeout", "1x"));
    WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(bad));
    EXPECT_EQ(answer.field("grpc-status"), "13");
    http::Request endless = setup.grpc_request("Echo", echo_frame("m"));
    EXPECT_TRUE(endless.headers.add("grpc-timeout", "99999999H"));
    answer = co_await exchange_wire(*setup.http2, std::move(endless));
    EXPECT_EQ(answer.field("grpc-status"), "0");
    EXPECT_LT(setup.implementation->last_time_left(), 0s);
  });
}

TEST(GrpcServerWire, binary_metadata_travels_as_base64) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    for (const auto* method : {"Echo", "Expand"}) {
      http::Request call = setup.grpc_request(method, echo_frame("m"));
      EXPECT_TRUE(call.headers.add("x-echo", "text"));
      EXPECT_TRUE(call.headers.add("x-echo-trailer-bin", "AP8="));
      WireAnswer answer = co_await exchange_wire(*setup.http2, std::move(call));
      EXPECT_EQ(answer.headers.get("x-echo"), "text") << method;
      EXPECT_EQ(answer.trailers.get("x-echo-trailer-bin"), "AP8") << method;
    }
  });
}

TEST(GrpcServerWire, stream_sends_each_message_in_a_frame_and_the_status_after_them) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    EchoRequest request;
    request.set_text("part");
    request.set_count(3);
    request.set_fail_code(9);
    WireAnswer answer = co_await exchange_wire(*setup.http2, setup.grpc_request("Expand", echo_frame(request)));
    EXPECT_EQ(answer.status, 200);
    Deframer deframer(1000);
    deframer.feed(answer.body);
    for (int i = 0; i < 3; ++i) {
      const auto frame = deframer.next();
      EXPECT_TRUE(frame && *frame);
    }
    EXPECT_EQ(deframer.buffered_bytes(), 0U);
    EXPECT_EQ(answer.trailers.get("grpc-status"), "9");
  });
}

TEST(GrpcServerWire, client_that_goes_cancels_the_method) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    EchoRequest request;
    request.set_delay_ms(60'000);
    for (const auto* method : {"Echo", "Expand"}) {
      {
        http::Request call = setup.grpc_request(method, "");
        http::Exchange exchange = co_await setup.http2->open(std::move(call));
        co_await exchange.write(echo_frame(request));
        co_await exchange.finish();
        const auto began = std::chrono::steady_clock::now();
        while (setup.implementation->running() == 0 && std::chrono::steady_clock::now() < began + 10s) {
          co_await sleep(1ms);
        }
        EXPECT_EQ(setup.implementation->running(), 1);
      }
      const auto gone = std::chrono::steady_clock::now();
      while (setup.implementation->running() != 0 && std::chrono::steady_clock::now() < gone + 10s) co_await sleep(1ms);
      EXPECT_EQ(setup.implementation->running(), 0);
    }
  });
}

}  // namespace
}  // namespace skerry::grpc
