// SPDX-License-Identifier: Apache-2.0
//
// The client against a server that answers as the test says, in HTTP's terms.
#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sync.h"
#include "skerry/async/timeout.h"
#include "skerry/grpc/client.h"
#include "skerry/grpc/open.h"
#include "skerry/grpc/testing/echo_service.h"
#include "skerry/http/server.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// A response as it stands in HTTP. Without trailers a response without a body is one header block ("Trailers-Only").
struct PeerAnswer {
  int status = 200;
  Fields headers = {{"content-type", "application/grpc"}};
  std::string body = {};
  Fields trailers = {{"grpc-status", "0"}};
};

http::Headers peer_fields(const Fields& fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) EXPECT_TRUE(headers.add(name, value));
  return headers;
}

Task<http::Response> give_answer(PeerAnswer answer) {
  http::Response response(answer.status, http::Body(answer.body));
  response.headers = peer_fields(answer.headers);
  response.trailers = peer_fields(answer.trailers);
  co_return std::move(response);
}

using PeerBody = std::function<Task<>(std::shared_ptr<EchoService> client)>;

Task<> with_peer(http::Handler handler, ChannelOptions options, PeerBody body) {
  http::Server server(std::move(handler));
  const net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 0));
  Result<> outcome =
      co_await body(make_client<EchoService>(Channel::create(address.to_string(), std::move(options)))).result();
  co_await server.stop(10s);
  co_await std::move(outcome);
}

void run_peer_test(http::Handler handler, ChannelOptions options, PeerBody body) {
  Runtime runtime({.workers = 1});
  const Result<> outcome =
      runtime.run([&] { return with_peer(std::move(handler), std::move(options), std::move(body)); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

http::Handler peer_that_answers(PeerAnswer answer) {
  return [answer = std::move(answer)](http::Request) { return give_answer(answer); };
}

/// What a unary call ends with.
Result<EchoResponse> call_peer(PeerAnswer answer, ChannelOptions options = {}, ResponseMetadata* received = nullptr) {
  Result<EchoResponse> outcome = fail(Error::internal("the call did not end"));
  run_peer_test(peer_that_answers(std::move(answer)), std::move(options),
                [&](std::shared_ptr<EchoService> client) -> Task<> {
                  outcome = co_await with_options({.received = received}, client->Echo(EchoRequest())).result();
                });
  return outcome;
}

/// The code that it fails with; nothing when it ends well.
std::optional<Code> code_from_peer(PeerAnswer answer, ChannelOptions options = {}) {
  const auto outcome = call_peer(std::move(answer), std::move(options));
  if (outcome) return std::nullopt;
  return outcome.error().code();
}

/// The texts of a stream, and the code that it ends with. `on_text` is called for each of them.
std::pair<std::vector<std::string>, std::optional<Code>> stream_from_peer(
    http::Handler peer, std::function<void()> on_text = [] {}) {
  std::vector<std::string> texts;
  std::optional<Code> code;
  run_peer_test(std::move(peer), {}, [&](std::shared_ptr<EchoService> client) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto responses = open(scope, *client, &EchoService::Expand, EchoRequest());
      while (true) {
        Result<std::optional<EchoResponse>> next = co_await responses.receive().result();
        if (!next) code = next.error().code();
        if (!next || !*next) break;
        texts.push_back((*next)->text());
        on_text();
      }
    });
  });
  return {texts, code};
}

std::string peer_frame(std::string text) {
  EchoResponse response;
  response.set_text(std::move(text));
  std::string frame;
  append_frame(frame, false, response.SerializeAsString());
  return frame;
}

std::string gzip_frame(std::string text) {
  EchoResponse response;
  response.set_text(std::move(text));
  std::string frame;
  append_frame(frame, true, compress(Compression::kGzip, response.SerializeAsString()));
  return frame;
}

TEST(GrpcClientWire, response_is_one_message_and_an_ok_status) {
  const auto response = call_peer({.body = peer_frame("hello")});
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->text(), "hello");
}

TEST(GrpcClientWire, status_in_the_only_header_block_counts_and_its_metadata_are_trailers) {
  ResponseMetadata received;
  const Fields fields{
      {"content-type", "application/grpc"}, {"grpc-status", "5"}, {"grpc-message", "no%20one"}, {"x-late", "1"}};
  const auto outcome = call_peer({.headers = fields, .trailers = {}}, {}, &received);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), Error::not_found("no one"));
  EXPECT_EQ(received.trailers.find("x-late"), "1");
  EXPECT_EQ(received.headers.find("x-late"), std::nullopt);
  EXPECT_EQ(stream_from_peer(peer_that_answers({.headers = fields, .trailers = {}})).second, Code::kNotFound);
}

TEST(GrpcClientWire, stream_without_messages_may_end_well_in_the_only_header_block) {
  const Fields fields{{"content-type", "application/grpc"}, {"grpc-status", "0"}};
  EXPECT_EQ(stream_from_peer(peer_that_answers({.headers = fields, .trailers = {}})).second, std::nullopt);
  EXPECT_EQ(code_from_peer({.headers = fields, .trailers = {}}), Code::kInternal);
}

TEST(GrpcClientWire, http_status_counts_where_there_is_no_grpc_status) {
  const Fields html{{"content-type", "text/html"}};
  EXPECT_EQ(code_from_peer({.status = 401, .headers = html, .trailers = {}}), Code::kUnauthenticated);
  EXPECT_EQ(code_from_peer({.status = 404, .headers = html, .trailers = {}}), Code::kUnimplemented);
  EXPECT_EQ(code_from_peer({.status = 503, .headers = html, .body = "busy", .trailers = {}}), Code::kUnavailable);
  EXPECT_EQ(code_from_peer({.status = 200, .headers = html, .body = "<p>", .trailers = {}}), Code::kUnknown);
  EXPECT_EQ(code_from_peer({.body = peer_frame("m"), .trailers = {}}), Code::kUnknown);
}

TEST(GrpcClientWire, unary_response_that_is_not_one_message_is_internal) {
  EXPECT_EQ(code_from_peer({}), Code::kInternal);
  EXPECT_EQ(code_from_peer({.body = peer_frame("a") + peer_frame("b")}), Code::kInternal);
  EXPECT_EQ(code_from_peer({.body = peer_frame("message").substr(0, 8)}), Code::kInternal);
  EXPECT_EQ(code_from_peer({.body = std::string("\2\0\0\0\0", 5)}), Code::kInternal);
  std::string garbage;
  append_frame(garbage, false, "\xff\xff\xff");
  EXPECT_EQ(code_from_peer({.body = garbage}), Code::kInternal);
}

TEST(GrpcClientWire, error_behind_a_message_is_the_outcome) {
  EXPECT_EQ(code_from_peer({.body = peer_frame("m"), .trailers = {{"grpc-status", "10"}}}), Code::kAborted);
}

TEST(GrpcClientWire, stream_gives_its_messages_before_its_error) {
  const auto [texts, code] = stream_from_peer(
      peer_that_answers({.body = peer_frame("a") + peer_frame("b"), .trailers = {{"grpc-status", "8"}}}));
  EXPECT_EQ(texts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(code, Code::kResourceExhausted);
}

Task<> send_half(http::BodyWriter writer, Event& received) {
  co_await writer.write(peer_frame("a"));
  co_await received.wait();
  co_await Error::internal("the answer is cut off here");
}

Task<http::Response> give_half(Event& received) {
  co_return http::Response::stream(200, peer_fields({{"content-type", "application/grpc"}}),
                                   [&received](http::BodyWriter writer) { return send_half(writer, received); });
}

TEST(GrpcClientWire, stream_that_is_reset_fails_after_its_messages) {
  Event received;
  const auto [texts, code] =
      stream_from_peer([&](http::Request) { return give_half(received); }, [&] { received.set(); });
  EXPECT_EQ(texts, std::vector<std::string>{"a"});
  EXPECT_EQ(code, Code::kInternal);
}

TEST(GrpcClientWire, message_over_the_limit_is_resource_exhausted) {
  const ChannelOptions small{.receive_message_bytes_max = 100};
  EXPECT_EQ(code_from_peer({.body = peer_frame(std::string(50, 'x'))}, small), std::nullopt);
  EXPECT_EQ(code_from_peer({.body = peer_frame(std::string(200, 'x'))}, small), Code::kResourceExhausted);
  const Fields gzip{{"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}};
  EXPECT_EQ(code_from_peer({.headers = gzip, .body = gzip_frame(std::string(9000, 'x'))}, small),
            Code::kResourceExhausted);
}

TEST(GrpcClientWire, compressed_responses_are_read_in_known_encodings_alone) {
  const Fields gzip{{"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}};
  const auto response = call_peer({.headers = gzip, .body = gzip_frame("small")});
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->text(), "small");
  EXPECT_EQ(code_from_peer({.body = gzip_frame("no encoding")}), Code::kInternal);
  const Fields snappy{{"content-type", "application/grpc"}, {"grpc-encoding", "snappy"}};
  EXPECT_EQ(code_from_peer({.headers = snappy, .body = gzip_frame("m")}), Code::kInternal);
}

/// The request of a unary call, as the peer got it.
struct SeenRequest {
  http::RequestHead head;
  std::string body;
};

Task<http::Response> keep_request(http::Request request, SeenRequest& seen) {
  seen.body = co_await request.body.read_all(std::size_t{1} << 20);
  seen.head = std::move(request);
  co_return co_await give_answer({.body = peer_frame("seen")});
}

SeenRequest request_of(CallOptions options, std::optional<std::chrono::milliseconds> timeout, std::string text) {
  SeenRequest seen;
  EchoRequest request;
  request.set_text(std::move(text));
  run_peer_test([&](http::Request received) { return keep_request(std::move(received), seen); }, {},
                [&](std::shared_ptr<EchoService> client) -> Task<> {
                  Task<EchoResponse> call = with_options(options, client->Echo(request));
                  if (timeout) call = with_timeout(*timeout, std::move(call));
                  co_await std::move(call);
                });
  return seen;
}

TEST(GrpcClientWire, request_has_the_headers_of_the_protocol) {
  const SeenRequest seen = request_of({.metadata = {{"x-tenant", "blue"}, {"blob-bin", "\xff"}}}, 5s, "m");
  EXPECT_EQ(seen.head.method, "POST");
  EXPECT_EQ(seen.head.target, "/skerry.testing.EchoService/Echo");
  EXPECT_EQ(seen.head.headers.get("content-type"), "application/grpc");
  EXPECT_EQ(seen.head.headers.get("te"), "trailers");
  EXPECT_TRUE(seen.head.headers.get("user-agent").value_or("").starts_with("grpc-skerry/"));
  EXPECT_EQ(seen.head.headers.get("x-tenant"), "blue");
  EXPECT_EQ(seen.head.headers.get("blob-bin"), "/w");
  EXPECT_TRUE(seen.head.headers.contains("grpc-timeout"));
  EXPECT_TRUE(seen.head.headers.contains("grpc-accept-encoding"));
  EXPECT_FALSE(seen.head.headers.contains("grpc-encoding"));
  EXPECT_EQ(seen.body, peer_frame("m"));
}

TEST(GrpcClientWire, call_without_a_deadline_has_no_timeout) {
  EXPECT_FALSE(request_of({}, std::nullopt, "m").head.headers.contains("grpc-timeout"));
}

TEST(GrpcClientWire, request_is_compressed_where_the_call_says_so) {
  const SeenRequest seen = request_of({.compression = Compression::kGzip}, std::nullopt, std::string(5000, 'x'));
  EXPECT_EQ(seen.head.headers.get("grpc-encoding"), "gzip");
  EXPECT_LT(seen.body.size(), 500U);
  const auto frame = single_frame(seen.body, 10'000);
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->compressed);
  EchoRequest request;
  const auto message = decompress(Compression::kGzip, frame->payload, 10'000);
  ASSERT_TRUE(message);
  EXPECT_TRUE(request.ParseFromString(*message));
  EXPECT_EQ(request.text(), std::string(5000, 'x'));
}

}  // namespace
}  // namespace skerry::grpc
