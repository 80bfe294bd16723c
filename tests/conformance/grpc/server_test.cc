// SPDX-License-Identifier: Apache-2.0
//
// Our server and a client of grpc++, which blocks a thread of its own.
#include "skerry/grpc/server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "echo.grpc.pb.h"

#include "skerry/async/blocking.h"
#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/grpc/status.h"
#include "skerry/grpc/testing/echo_service.h"
#include "skerry/http/server.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;
using PeerStub = testing::peer::EchoService::Stub;
using PeerContext = ::grpc::ClientContext;
using ::grpc::Status;
using ::grpc::StatusCode;

using PeerClientBody = std::function<void(PeerStub& stub, testing::EchoImplementation& implementation)>;

Task<> serve_peer_client(PeerClientBody body, ServerOptions options) {
  auto implementation = std::make_shared<testing::EchoImplementation>();
  Server grpc(options);
  grpc.serve<testing::EchoService>(implementation);
  http::Server server([&](http::Request request) { return grpc.handle(std::move(request)); });
  const net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 0));
  co_await blocking([&] {
    auto channel = ::grpc::CreateChannel(address.to_string(), ::grpc::InsecureChannelCredentials());
    body(*testing::peer::EchoService::NewStub(channel), *implementation);
  });
  co_await server.stop(10s);
}

void run_peer_client(PeerClientBody body, ServerOptions options = {}) {
  Runtime runtime({.workers = 1});
  const Result<> outcome = runtime.run([&] { return serve_peer_client(std::move(body), options); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

EchoRequest stub_request(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

/// Waits for what our server does, which runs on another thread, by calls that change nothing.
bool server_reaches(PeerStub& stub, const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    PeerContext context;
    EchoResponse response;
    stub.Missing(&context, EchoRequest(), &response);
  }
  return true;
}

TEST(GrpcConformanceServer, unary_call_gives_the_response) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    for (const std::size_t size : {0, 1, 100, 70'000, 3'000'000}) {
      PeerContext context;
      EchoResponse response;
      const Status status = stub.Echo(&context, stub_request(std::string(size, 'x')), &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.text(), std::string(size, 'x'));
    }
  });
}

TEST(GrpcConformanceServer, server_stream_comes_in_order_and_ends) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    PeerContext context;
    EchoRequest request = stub_request(std::string(2000, 'x'));
    request.set_count(1000);
    const auto reader = stub.Expand(&context, request);
    EchoResponse response;
    int next = 0;
    while (reader->Read(&response)) EXPECT_EQ(response.number(), next++);
    EXPECT_EQ(next, 1000);
    EXPECT_TRUE(reader->Finish().ok());
  });
}

TEST(GrpcConformanceServer, client_stream_is_collected) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    PeerContext context;
    EchoResponse response;
    const auto writer = stub.Collect(&context, &response);
    for (int i = 0; i < 500; ++i) EXPECT_TRUE(writer->Write(stub_request(std::string(1000, 'y'))));
    writer->WritesDone();
    EXPECT_TRUE(writer->Finish().ok());
    EXPECT_EQ(response.number(), 500);
    EXPECT_EQ(response.text(), std::string(500'000, 'y'));
  });
}

TEST(GrpcConformanceServer, conversation_plays_ping_pong_and_ends) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    PeerContext context;
    const auto stream = stub.Chat(&context);
    EchoResponse answer;
    for (int i = 0; i < 200; ++i) {
      EXPECT_TRUE(stream->Write(stub_request(std::to_string(i))));
      EXPECT_TRUE(stream->Read(&answer));
      EXPECT_EQ(answer.text(), std::to_string(i));
    }
    stream->WritesDone();
    EXPECT_FALSE(stream->Read(&answer));
    EXPECT_TRUE(stream->Finish().ok());
  });
}

TEST(GrpcConformanceServer, every_code_comes_with_its_message_and_details) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    for (int code = 1; code <= 16; ++code) {
      PeerContext context;
      EchoRequest request = stub_request("100% d\xc3\xbcrr\n");
      request.set_fail_code(code);
      EchoResponse response;
      const Status status = stub.Echo(&context, request, &response);
      EXPECT_EQ(static_cast<int>(status.error_code()), code);
      EXPECT_EQ(status.error_message(), request.text());
      const Error expected = Error(code_from_number(code), request.text()).with_detail("field", "text");
      EXPECT_EQ(status.error_details(), encode_status_details(expected));
    }
  });
}

TEST(GrpcConformanceServer, panic_is_internal_and_the_server_goes_on) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    EchoRequest request = stub_request("m");
    request.set_panic(true);
    EchoResponse response;
    PeerContext panicking;
    EXPECT_EQ(stub.Echo(&panicking, request, &response).error_code(), StatusCode::INTERNAL);
    PeerContext next;
    EXPECT_TRUE(stub.Echo(&next, stub_request("m"), &response).ok());
  });
}

TEST(GrpcConformanceServer, method_that_is_not_implemented_says_so) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    PeerContext context;
    EchoResponse response;
    EXPECT_EQ(stub.Missing(&context, stub_request("m"), &response).error_code(), StatusCode::UNIMPLEMENTED);
  });
}

TEST(GrpcConformanceServer, metadata_travels_both_ways) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation&) {
    const std::string bytes("\0\xff,\n", 4);
    for (const int fail_code : {0, 9}) {
      PeerContext context;
      context.AddMetadata("x-echo", "there and back");
      context.AddMetadata("x-echo-trailer-bin", bytes);
      EchoRequest request = stub_request("m");
      request.set_fail_code(fail_code);
      EchoResponse response;
      EXPECT_EQ(stub.Echo(&context, request, &response).error_code(), fail_code);
      const auto& headers = context.GetServerInitialMetadata();
      const auto& trailers = context.GetServerTrailingMetadata();
      const auto header = headers.find("x-echo");
      const auto trailer = trailers.find("x-echo-trailer-bin");
      ASSERT_NE(header, headers.end());
      ASSERT_NE(trailer, trailers.end());
      EXPECT_EQ(std::string(header->second.data(), header->second.size()), "there and back");
      EXPECT_EQ(std::string(trailer->second.data(), trailer->second.size()), bytes);
    }
  });
}

TEST(GrpcConformanceServer, compression_works_both_ways) {
  for (const auto algorithm : {GRPC_COMPRESS_NONE, GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    for (const auto ours : {Compression::kGzip, Compression::kDeflate}) {
      run_peer_client(
          [&](PeerStub& stub, testing::EchoImplementation&) {
            PeerContext context;
            context.set_compression_algorithm(algorithm);
            EchoResponse response;
            const Status status = stub.Echo(&context, stub_request(std::string(50'000, 'z')), &response);
            EXPECT_TRUE(status.ok()) << status.error_message();
            EXPECT_EQ(response.text(), std::string(50'000, 'z'));
          },
          {.compression = ours});
    }
  }
}

TEST(GrpcConformanceServer, request_over_the_limit_is_resource_exhausted) {
  run_peer_client(
      [](PeerStub& stub, testing::EchoImplementation&) {
        PeerContext context;
        EchoResponse response;
        const Status status = stub.Echo(&context, stub_request(std::string(5000, 'x')), &response);
        EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
      },
      {.receive_message_bytes_max = 1000});
}

TEST(GrpcConformanceServer, deadline_and_cancellation_end_the_method) {
  run_peer_client([](PeerStub& stub, testing::EchoImplementation& implementation) {
    EchoRequest endless = stub_request("m");
    endless.set_delay_ms(60'000);
    EchoResponse response;
    PeerContext timed;
    timed.set_deadline(std::chrono::system_clock::now() + 50ms);
    EXPECT_EQ(stub.Echo(&timed, endless, &response).error_code(), StatusCode::DEADLINE_EXCEEDED);
    EXPECT_TRUE(server_reaches(stub, [&] { return implementation.running() == 0; }));
    PeerContext cancelled;
    endless.set_count(1);
    const auto reader = stub.Expand(&cancelled, endless);
    EXPECT_TRUE(reader->Read(&response));
    EXPECT_EQ(implementation.running(), 1);
    cancelled.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
    EXPECT_TRUE(server_reaches(stub, [&] { return implementation.running() == 0; }));
  });
}

}  // namespace
}  // namespace skerry::grpc
