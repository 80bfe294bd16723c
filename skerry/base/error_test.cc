// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/error.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "skerry/base/defer.h"
#include "skerry/base/result.h"
#include "skerry/base/unique_fd.h"

namespace skerry {
namespace {

TEST(Error, carries_its_code_and_a_formatted_message) {
  const Error error = Error::not_found("no user {} in {}", "u9", 3);
  EXPECT_EQ(error.code(), Code::kNotFound);
  EXPECT_EQ(error.message(), "no user u9 in 3");
  EXPECT_EQ(error.to_string(), "NOT_FOUND: no user u9 in 3");
}

TEST(Error, factories_have_the_code_of_their_name) {
  EXPECT_EQ(Error::cancelled("x").code(), Code::kCancelled);
  EXPECT_EQ(Error::unknown("x").code(), Code::kUnknown);
  EXPECT_EQ(Error::invalid_argument("x").code(), Code::kInvalidArgument);
  EXPECT_EQ(Error::deadline_exceeded("x").code(), Code::kDeadlineExceeded);
  EXPECT_EQ(Error::already_exists("x").code(), Code::kAlreadyExists);
  EXPECT_EQ(Error::permission_denied("x").code(), Code::kPermissionDenied);
  EXPECT_EQ(Error::resource_exhausted("x").code(), Code::kResourceExhausted);
  EXPECT_EQ(Error::failed_precondition("x").code(), Code::kFailedPrecondition);
  EXPECT_EQ(Error::aborted("x").code(), Code::kAborted);
  EXPECT_EQ(Error::out_of_range("x").code(), Code::kOutOfRange);
  EXPECT_EQ(Error::unimplemented("x").code(), Code::kUnimplemented);
  EXPECT_EQ(Error::internal("x").code(), Code::kInternal);
  EXPECT_EQ(Error::unavailable("x").code(), Code::kUnavailable);
  EXPECT_EQ(Error::data_loss("x").code(), Code::kDataLoss);
  EXPECT_EQ(Error::unauthenticated("x").code(), Code::kUnauthenticated);
}

// The numbers and names of https://grpc.io/docs/guides/status-codes/.
TEST(Error, codes_have_the_numbers_and_names_of_grpc) {
  const std::vector<std::string> names{
      "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",   "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",         "DATA_LOSS",
      "UNAUTHENTICATED"};
  for (int number = 1; number <= 16; ++number) {
    const Code code = code_from_number(number);
    EXPECT_EQ(static_cast<int>(code), number);
    EXPECT_EQ(code_name(code), names[static_cast<std::size_t>(number) - 1]);
  }
}

TEST(Error, a_number_that_grpc_does_not_define_is_unknown) {
  for (const int number : {-1, 0, 17, 255, 1 << 20}) EXPECT_EQ(code_from_number(number), Code::kUnknown) << number;
}

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto, and 409 for a failed precondition.
TEST(Error, codes_map_to_http_statuses) {
  const std::vector<std::pair<Code, int>> expected{
      {Code::kCancelled, 499},        {Code::kUnknown, 500},           {Code::kInvalidArgument, 400},
      {Code::kDeadlineExceeded, 504}, {Code::kNotFound, 404},          {Code::kAlreadyExists, 409},
      {Code::kPermissionDenied, 403}, {Code::kResourceExhausted, 429}, {Code::kFailedPrecondition, 409},
      {Code::kAborted, 409},          {Code::kOutOfRange, 400},        {Code::kUnimplemented, 501},
      {Code::kInternal, 500},         {Code::kUnavailable, 503},       {Code::kDataLoss, 500},
      {Code::kUnauthenticated, 401}};
  for (const auto& [code, status] : expected) EXPECT_EQ(http_status(code), status) << code_name(code);
}

TEST(Error, http_statuses_map_back_to_codes) {
  EXPECT_EQ(code_from_http_status(400), Code::kInvalidArgument);
  EXPECT_EQ(code_from_http_status(413), Code::kInvalidArgument);
  EXPECT_EQ(code_from_http_status(404), Code::kNotFound);
  EXPECT_EQ(code_from_http_status(409), Code::kFailedPrecondition);
  EXPECT_EQ(code_from_http_status(429), Code::kResourceExhausted);
  EXPECT_EQ(code_from_http_status(502), Code::kUnavailable);
  EXPECT_EQ(code_from_http_status(503), Code::kUnavailable);
  EXPECT_EQ(code_from_http_status(504), Code::kDeadlineExceeded);
  EXPECT_EQ(code_from_http_status(418), Code::kUnknown);
  EXPECT_EQ(code_from_http_status(0), Code::kUnknown);
}

TEST(Error, details_are_found_by_name_and_the_first_one_wins) {
  const Error error = Error::invalid_argument("bad").with_detail("field", "a").with_detail("field", "b");
  EXPECT_EQ(error.detail("field"), "a");
  EXPECT_EQ(error.detail("other"), "");
  ASSERT_EQ(error.details().size(), 2U);
}

TEST(Error, changing_a_copy_leaves_the_original_alone) {
  const Error original = Error::not_found("no user").with_detail("id", "u9");
  Error copy = original;
  copy = std::move(copy).annotate("order").with_detail("more", "yes").caused_by(Error::internal("deep"));
  EXPECT_EQ(original.message(), "no user");
  EXPECT_EQ(original.details().size(), 1U);
  EXPECT_EQ(original.cause(), nullptr);
  EXPECT_EQ(copy.message(), "order: no user");
}

TEST(Error, tells_the_chain_of_causes) {
  const Error error =
      Error::not_found("no user").caused_by(Error::unavailable("no registry").caused_by(Error::internal("disk")));
  EXPECT_EQ(error.to_string(), "NOT_FOUND: no user (caused by UNAVAILABLE: no registry (caused by INTERNAL: disk))");
  ASSERT_NE(error.cause(), nullptr);
  EXPECT_EQ(error.cause()->code(), Code::kUnavailable);
}

TEST(Error, is_equal_when_code_message_and_details_are) {
  EXPECT_EQ(Error::not_found("a"), Error::not_found("a"));
  EXPECT_NE(Error::not_found("a"), Error::internal("a"));
  EXPECT_NE(Error::not_found("a"), Error::not_found("b"));
  EXPECT_NE(Error::not_found("a"), Error::not_found("a").with_detail("k", "v"));
}

TEST(Error, system_errors_get_the_code_that_a_caller_can_act_on) {
  EXPECT_EQ(system_error(ENOENT, "open").code(), Code::kNotFound);
  EXPECT_EQ(system_error(EACCES, "open").code(), Code::kPermissionDenied);
  EXPECT_EQ(system_error(ENOSPC, "write").code(), Code::kResourceExhausted);
  EXPECT_EQ(system_error(ECONNREFUSED, "connect").code(), Code::kUnavailable);
  EXPECT_EQ(system_error(ETIMEDOUT, "connect").code(), Code::kDeadlineExceeded);
  EXPECT_EQ(system_error(EDOM, "sqrt").code(), Code::kInternal);
  EXPECT_EQ(system_error(ENOENT, "open a.txt").message(), "open a.txt: No such file or directory");
}

Result<int> error_test_half_of(int number) {
  if (number % 2 != 0) return fail(Error::invalid_argument("{} is odd", number));
  return number / 2;
}

Result<std::string> error_test_quarter_of(int number) {
  auto half = error_test_half_of(number);
  if (!half) return fail(std::move(half));
  auto quarter = error_test_half_of(*half);
  if (!quarter) return fail(std::move(quarter));
  return std::to_string(*quarter);
}

TEST(Result, fail_passes_an_error_on_through_another_result_type) {
  EXPECT_EQ(error_test_quarter_of(8).value(), "2");
  EXPECT_EQ(error_test_quarter_of(6).error(), Error::invalid_argument("3 is odd"));
  EXPECT_EQ(error_test_quarter_of(5).error(), Error::invalid_argument("5 is odd"));
}

TEST(Defer, runs_once_on_every_way_out_of_the_scope) {
  int runs = 0;
  const auto leave_early = [&runs](bool early) {
    Defer count([&runs] { ++runs; });
    if (early) return 1;
    return 2;
  };
  leave_early(true);
  leave_early(false);
  EXPECT_EQ(runs, 2);
}

TEST(Defer, does_nothing_once_cancelled) {
  int runs = 0;
  {
    Defer count([&runs] { ++runs; });
    count.cancel();
  }
  EXPECT_EQ(runs, 0);
}

bool error_test_is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFd, closes_what_it_owns_and_nothing_else) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  UniqueFd write_end(ends[1]);
  {
    UniqueFd read_end(ends[0]);
    UniqueFd moved = std::move(read_end);
    EXPECT_FALSE(read_end);  // NOLINT(bugprone-use-after-move): an empty owner is what a move leaves
    EXPECT_TRUE(error_test_is_open(moved.get()));
  }
  EXPECT_FALSE(error_test_is_open(ends[0]));
  const int released = write_end.release();
  write_end.reset();
  EXPECT_TRUE(error_test_is_open(released));
  ::close(released);
}

}  // namespace
}  // namespace skerry
