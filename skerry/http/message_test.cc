// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/message.h"

#include <gtest/gtest.h>

#include "skerry/http/http_error.h"

namespace skerry::http {
namespace {

TEST(Message, parameters_of_the_query_are_found_decoded) {
  Request request;
  request.target = "/search?q=red+shoes&limit=20&empty=";
  EXPECT_EQ(request.query_param("q"), "red shoes");
  EXPECT_EQ(request.query_param("limit"), "20");
  EXPECT_EQ(request.query_param("empty"), "");
  EXPECT_EQ(request.query_param("missing"), std::nullopt);
  request.target = "/search?q=%zz";
  const auto malformed = request.query_param("q");
  ASSERT_FALSE(malformed);
  EXPECT_EQ(malformed.error().code(), Code::kInvalidArgument);
}

TEST(Message, variables_of_the_route_are_found_by_name) {
  Request request;
  request.parameters = {{"user", "u1"}, {"order", "o2"}};
  EXPECT_EQ(request.param("order"), "o2");
  EXPECT_EQ(request.param("missing"), "");
}

TEST(Message, the_route_is_told_to_whoever_observes_the_request) {
  std::string observed;
  Request request;
  request.observe_route(&observed);
  Request moved = std::move(request);
  moved.set_route("/users/{id}");
  EXPECT_EQ(moved.route, "/users/{id}");
  EXPECT_EQ(observed, "/users/{id}");
}

TEST(Message, errors_are_answered_in_one_form) {
  const Response response = error_response(Error::not_found("no \"user\""));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("content-type"), "application/json");
  EXPECT_EQ(response.body.bytes(), R"({"error":{"code":"NOT_FOUND","message":"no \"user\"","trace_id":""}})");
}

TEST(Message, the_reason_of_an_error_is_answered_with_it) {
  const Response response = error_response(Error::failed_precondition("sold").with_detail("reason", "OUT_OF_STOCK"));
  EXPECT_EQ(response.body.bytes(), R"({"error":{"code":"FAILED_PRECONDITION","message":"sold",)"
                                   R"("details":{"reason":"OUT_OF_STOCK"},"trace_id":""}})");
}

TEST(Message, causes_and_other_details_of_an_error_stay_inside) {
  const Error error = Error::unavailable("try later").with_detail("key", "secret").caused_by(Error::internal("secret"));
  const Response response = error_response(error);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body.bytes().find("secret"), std::string::npos);
}

TEST(Message, statuses_that_no_code_stands_for_are_carried_by_the_error) {
  for (const int status : {405, 408, 413, 415, 417, 429, 431, 501, 505}) {
    EXPECT_EQ(status_of(http_error(status, "x")), status);
  }
  // What is no status of an error counts for nothing.
  EXPECT_EQ(status_of(with_status(Error::not_found("x"), 200)), 404);
}

TEST(Message, only_marked_errors_are_safe_to_repeat) {
  EXPECT_FALSE(is_retry_safe(Error::unavailable("x")));
  EXPECT_TRUE(is_retry_safe(mark_retry_safe(Error::unavailable("x"))));
}

TEST(Message, methods_that_are_not_allowed_are_answered_with_those_that_are) {
  Request request;
  request.method = "PUT";
  const Response response = method_not_allowed(request, {"GET", "POST"});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("allow"), "GET, POST");
}

}  // namespace
}  // namespace skerry::http
