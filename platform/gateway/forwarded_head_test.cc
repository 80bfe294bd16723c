// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/forwarded_head.h"

#include <gtest/gtest.h>

namespace skerry::platform::gateway {
namespace {

const Route kHttp2Route{.path_prefix = "/", .service = "order"};
const Route kHttp1Route{.path_prefix = "/", .service = "order", .protocol = http::Protocol::kHttp1};

http::Request received(const std::vector<http::Headers::Field>& fields) {
  http::Request request({.method = "GET", .target = "/a?b", .authority = "shop.example:8080"});
  for (const auto [name, value] : fields) EXPECT_TRUE(request.headers.add(name, value)) << name;
  request.connection = std::make_shared<http::ConnectionInfo>(
      http::ConnectionInfo{.peer = "192.0.2.7:51234", .local = "127.0.0.1:8080"});
  return request;
}

http::Headers forwarded(const std::vector<http::Headers::Field>& fields, const Route& route = kHttp2Route,
                        bool trust = false) {
  return forwarded_request(received(fields), route, {.request_id = "id-1", .trust_forwarded = trust}).headers;
}

std::string all(const http::Headers& headers, std::string_view name) {
  std::string text;
  for (const std::string_view value : headers.get_all(name)) text.append("[").append(value).append("]");
  return text;
}

TEST(ForwardedHead, keeps_method_and_target_and_addresses_the_service) {
  const http::RequestHead head = forwarded_request(received({}), kHttp2Route, {.request_id = "id-1"});
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/a?b");
  EXPECT_EQ(head.authority, "order");
}

TEST(ForwardedHead, drops_the_fields_of_one_connection_and_those_that_connection_names) {
  const http::Headers headers = forwarded({{"connection", "close, X-Secret"},
                                           {"x-secret", "1"},
                                           {"keep-alive", "5"},
                                           {"proxy-connection", "x"},
                                           {"upgrade", "h2c"},
                                           {"http2-settings", "AAA"},
                                           {"proxy-authorization", "Basic x"},
                                           {"expect", "100-continue"},
                                           {"transfer-encoding", "chunked"},
                                           {"accept", "text/html"}});
  for (const char* name : {"connection", "x-secret", "keep-alive", "proxy-connection", "upgrade", "http2-settings",
                           "proxy-authorization", "expect", "transfer-encoding"}) {
    EXPECT_FALSE(headers.contains(name)) << name;
  }
  EXPECT_EQ(all(headers, "accept"), "[text/html]");
}

TEST(ForwardedHead, keeps_te_trailers_over_http2_alone) {
  EXPECT_EQ(all(forwarded({{"te", "trailers"}}), "te"), "[trailers]");
  EXPECT_EQ(all(forwarded({{"te", "gzip, trailers"}}), "te"), "");
  EXPECT_EQ(all(forwarded({{"te", "trailers"}}, kHttp1Route), "te"), "");
}

TEST(ForwardedHead, says_who_asked_and_does_not_believe_what_the_client_says) {
  const http::Headers headers = forwarded({{"x-forwarded-for", "10.0.0.1"},
                                           {"x-forwarded-proto", "https"},
                                           {"x-forwarded-host", "bank.example"},
                                           {"x-forwarded-port", "1"},
                                           {"forwarded", "for=10.0.0.1"},
                                           {"x-real-ip", "10.0.0.1"}});
  EXPECT_EQ(all(headers, "x-forwarded-for"), "[192.0.2.7]");
  EXPECT_EQ(all(headers, "x-forwarded-proto"), "[http]");
  EXPECT_EQ(all(headers, "x-forwarded-host"), "[shop.example:8080]");
  for (const char* name : {"x-forwarded-port", "forwarded", "x-real-ip"}) EXPECT_FALSE(headers.contains(name)) << name;
}

TEST(ForwardedHead, continues_what_a_trusted_proxy_says) {
  const http::Headers headers = forwarded({{"x-forwarded-for", "10.0.0.1"},
                                           {"x-forwarded-for", "10.0.0.2"},
                                           {"x-forwarded-proto", "https"},
                                           {"x-forwarded-host", "shop.example"},
                                           {"forwarded", "for=10.0.0.1"}},
                                          kHttp2Route, true);
  EXPECT_EQ(all(headers, "x-forwarded-for"), "[10.0.0.1, 10.0.0.2, 192.0.2.7]");
  EXPECT_EQ(all(headers, "x-forwarded-proto"), "[https]");
  EXPECT_EQ(all(headers, "x-forwarded-host"), "[shop.example]");
  EXPECT_EQ(all(headers, "forwarded"), "[for=10.0.0.1]");
}

TEST(ForwardedHead, writes_an_ipv6_client_without_brackets) {
  http::Request request = received({});
  request.connection = std::make_shared<http::ConnectionInfo>(http::ConnectionInfo{.peer = "[2001:db8::1]:99"});
  const http::RequestHead head = forwarded_request(request, kHttp2Route, {.request_id = "id"});
  EXPECT_EQ(all(head.headers, "x-forwarded-for"), "[2001:db8::1]");
}

TEST(ForwardedHead, adds_itself_to_via_with_the_version_it_received) {
  EXPECT_EQ(all(forwarded({}), "via"), "[1.1 skerry]");
  EXPECT_EQ(all(forwarded({{"via", "1.0 a"}, {"via", "1.1 b"}}), "via"), "[1.0 a, 1.1 b, 1.1 skerry]");
  const http::ResponseHead back = returned_response({.status = 200, .version = http::Version::kHttp2}, "id");
  EXPECT_EQ(all(back.headers, "via"), "[2.0 skerry]");
}

TEST(ForwardedHead, notices_a_request_that_goes_in_a_circle) {
  http::Headers headers;
  for (std::size_t i = 0; i + 1 < kMaxViaHops; ++i) EXPECT_TRUE(headers.add("via", "1.1 skerry"));
  EXPECT_FALSE(is_in_a_circle(headers));
  EXPECT_TRUE(headers.add("via", "1.1 other, 2.0 skerry"));
  EXPECT_TRUE(is_in_a_circle(headers));
}

TEST(ForwardedHead, joins_the_crumbs_of_a_cookie) {
  EXPECT_EQ(all(forwarded({{"cookie", "a=1"}, {"cookie", "b=2"}}), "cookie"), "[a=1; b=2]");
}

TEST(ForwardedHead, takes_over_a_request_id_that_is_one_and_makes_one_otherwise) {
  const auto id_of = [](const std::vector<http::Headers::Field>& fields) {
    return request_id(received(fields).headers);
  };
  EXPECT_EQ(id_of({{"x-request-id", "abc-1.2_3~:/+=@"}}), "abc-1.2_3~:/+=@");
  EXPECT_EQ(id_of({{"x-request-id", std::string(kMaxRequestIdBytes, 'x')}}), std::string(kMaxRequestIdBytes, 'x'));
  const std::string made = id_of({});
  EXPECT_EQ(made.size(), 32U);
  EXPECT_NE(id_of({}), made);
  for (const std::string& bad : {std::string(), std::string(kMaxRequestIdBytes + 1, 'x'), std::string("a b"),
                                 std::string("<script>"), std::string("caf\xc3\xa9")}) {
    EXPECT_EQ(id_of({{"x-request-id", bad}}).size(), 32U) << bad;
  }
  EXPECT_EQ(id_of({{"x-request-id", "one"}, {"x-request-id", "two"}}).size(), 32U);
  EXPECT_EQ(all(forwarded({{"x-request-id", "bad id"}}), "x-request-id"), "[id-1]");
}

TEST(ForwardedHead, returns_a_response_without_the_fields_of_the_other_connection) {
  http::ResponseHead head{.status = 201};
  for (const auto& [name, value] : std::vector<http::Headers::Field>{{"connection", "x-hop"},
                                                                     {"x-hop", "1"},
                                                                     {"keep-alive", "5"},
                                                                     {"x-trace-id", "of another"},
                                                                     {"x-request-id", "of another"},
                                                                     {"proxy-authenticate", "Basic"},
                                                                     {"location", "/x"}}) {
    EXPECT_TRUE(head.headers.add(name, value));
  }
  const http::ResponseHead back = returned_response(std::move(head), "id-1");
  EXPECT_EQ(back.status, 201);
  for (const char* name : {"connection", "x-hop", "keep-alive", "x-trace-id", "proxy-authenticate"}) {
    EXPECT_FALSE(back.headers.contains(name)) << name;
  }
  EXPECT_EQ(all(back.headers, "x-request-id"), "[id-1]");
  EXPECT_EQ(all(back.headers, "location"), "[/x]");
}

TEST(ForwardedHead, tells_grpc_by_its_content_type) {
  const auto grpc = [](std::string_view type) { return is_grpc(received({{"content-type", type}}).headers); };
  EXPECT_TRUE(grpc("application/grpc"));
  EXPECT_TRUE(grpc("application/grpc+proto"));
  EXPECT_TRUE(grpc("application/grpc;charset=utf-8"));
  EXPECT_FALSE(grpc("application/grpc-web"));
  EXPECT_FALSE(grpc("application/json"));
  EXPECT_FALSE(is_grpc({}));
}

}  // namespace
}  // namespace skerry::platform::gateway
