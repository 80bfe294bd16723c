// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/status.h"

#include <gtest/gtest.h>

#include "skerry/base/encoding.h"
#include "skerry/grpc/status_details.h"

namespace skerry::grpc {
namespace {

// What a peer reads when this error is sent.
Error status_round_trip(const Error& error) {
  const std::string message = encode_status_message(error.message());
  const std::string details = base64_encode(encode_status_details(error), /*padding=*/false);
  StatusTrailers trailers{status_text(error.code()), message, std::nullopt};
  if (!details.empty()) trailers.details_bin = details;
  return status_from_trailers(trailers, 200).error();
}

TEST(GrpcStatus, message_keeps_printable_ascii_and_escapes_the_rest) {
  EXPECT_EQ(encode_status_message("no user u9 (a=b&c)"), "no user u9 (a=b&c)");
  EXPECT_EQ(encode_status_message("100%"), "100%25");
  EXPECT_EQ(encode_status_message("a\tb\r\nc"), "a%09b%0D%0Ac");
  EXPECT_EQ(encode_status_message("\xc3\xbc\x7f"), "%C3%BC%7F");
}

TEST(GrpcStatus, message_survives_the_round_trip) {
  const std::string special =
      "\t\ntest with whitespace\r\nand Unicode BMP \xe2\x98\xba and non-BMP \xf0\x9f\x98\x88\t\n";
  EXPECT_EQ(decode_status_message(encode_status_message(special)), special);
}

TEST(GrpcStatus, decoding_a_message_never_fails) {
  EXPECT_EQ(decode_status_message("%"), "%");
  EXPECT_EQ(decode_status_message("%4"), "%4");
  EXPECT_EQ(decode_status_message("%zz%41"), "%zzA");
  EXPECT_EQ(decode_status_message("a%c3%BC"), "a\xc3\xbc");
  EXPECT_EQ(decode_status_message("%%41"), "%A");
}

TEST(GrpcStatus, long_message_is_cut_between_characters) {
  const std::string text = encode_status_message(std::string(kStatusMessageBytesMax - 1, 'a') + "\xc3\xbc tail");
  EXPECT_EQ(decode_status_message(text), std::string(kStatusMessageBytesMax - 1, 'a'));
}

TEST(GrpcStatus, every_code_survives_the_round_trip) {
  for (int number = 1; number <= 16; ++number) {
    const Error error(code_from_number(number), "m");
    EXPECT_EQ(status_text(error.code()), std::to_string(number));
    EXPECT_EQ(status_round_trip(error), error);
  }
}

TEST(GrpcStatus, details_survive_in_order_and_with_repeated_names) {
  const Error error = Error::invalid_argument("bad order")
                          .with_detail("field", "items[2].quantity")
                          .with_detail("limit", "10")
                          .with_detail("field", std::string("\0\xff", 2))
                          .with_detail("", "");
  EXPECT_EQ(status_round_trip(error), error);
}

TEST(GrpcStatus, details_named_reason_and_domain_survive_too) {
  const Error error = Error::aborted("m").with_detail("domain", "shop").with_detail("reason", "SOLD_OUT");
  EXPECT_EQ(status_round_trip(error), error);
}

TEST(GrpcStatus, cause_does_not_travel) {
  const Error error = Error::unavailable("store is down").caused_by(Error::internal("secret path /var/lib"));
  const Error received = status_round_trip(error);
  EXPECT_EQ(received.message(), "store is down");
  EXPECT_EQ(received.cause(), nullptr);
}

TEST(GrpcStatus, details_that_are_too_large_are_left_out) {
  const Error error = Error::internal("m").with_detail("dump", std::string(kStatusDetailsBytesMax, 'x'));
  EXPECT_EQ(encode_status_details(error), "");
  EXPECT_EQ(encode_status_details(Error::internal("m")), "");
}

TEST(GrpcStatus, details_of_other_services_are_read) {
  // google.rpc.Status{code: 3, details: [ErrorInfo{"STOCK", "shop.example", {"sku": "a"}},
  //                                      BadRequest{[{"name", "is empty"}]}, Unknown]}
  const auto field = [](int number, std::string_view bytes) {
    std::string out{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())};
    return out.append(bytes);
  };
  const std::string info = field(1, "STOCK") + field(2, "shop.example") + field(3, field(1, "sku") + field(2, "a"));
  const std::string bad_request = field(1, field(1, "name") + field(2, "is empty"));
  const auto any = [&](std::string_view type, std::string_view value) {
    return field(3, field(1, std::string("type.googleapis.com/").append(type)) + field(2, value));
  };
  const std::string status = std::string("\x08\x03", 2) + any("google.rpc.ErrorInfo", info) +
                             any("google.rpc.BadRequest", bad_request) + any("google.rpc.Help", "?");
  EXPECT_EQ(internal::parse_status_details(status), (std::vector<Error::Detail>{{"reason", "STOCK"},
                                                                                {"domain", "shop.example"},
                                                                                {"sku", "a"},
                                                                                {"field", "name"},
                                                                                {"description", "is empty"}}));
}

TEST(GrpcStatus, malformed_details_leave_code_and_message) {
  for (const auto* details : {"***", "", "Gg", "/////w", "GgUKA2Fi"}) {
    const auto outcome = status_from_trailers({"5", "gone", details}, 200);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::kNotFound);
    EXPECT_EQ(outcome.error().message(), "gone");
  }
}

TEST(GrpcStatus, number_of_details_from_a_peer_is_bounded) {
  Error error = Error::internal("m");
  for (int i = 0; i < 200; ++i) error = std::move(error).with_detail("n", "v");
  EXPECT_EQ(internal::parse_status_details(internal::serialize_status(error, "m")).size(), internal::kStatusDetailsMax);
}

TEST(GrpcStatus, status_zero_is_success_whatever_the_rest_says) {
  EXPECT_TRUE(status_from_trailers({"0", "ignored", std::nullopt}, 200));
}

TEST(GrpcStatus, status_that_is_no_known_number_is_unknown) {
  for (const auto* status : {"", "x", "5x", "17", "-1", "99999999999999999999", " 5"}) {
    const auto outcome = status_from_trailers({status, "m", std::nullopt}, 200);
    ASSERT_FALSE(outcome) << status;
    EXPECT_EQ(outcome.error().code(), Code::kUnknown) << status;
    EXPECT_EQ(outcome.error().message(), "m");
  }
}

TEST(GrpcStatus, http_status_counts_only_without_a_grpc_status) {
  EXPECT_TRUE(status_from_trailers({"0", std::nullopt, std::nullopt}, 503));
  const auto outcome = status_from_trailers({}, 503);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Code::kUnavailable);
}

TEST(GrpcStatus, http_statuses_map_as_the_protocol_says) {
  EXPECT_EQ(code_for_http_status(400), Code::kInternal);
  EXPECT_EQ(code_for_http_status(401), Code::kUnauthenticated);
  EXPECT_EQ(code_for_http_status(403), Code::kPermissionDenied);
  EXPECT_EQ(code_for_http_status(404), Code::kUnimplemented);
  for (const int status : {429, 502, 503, 504}) EXPECT_EQ(code_for_http_status(status), Code::kUnavailable);
  for (const int status : {200, 204, 302, 405, 418, 431, 500, 0, -1}) {
    EXPECT_EQ(code_for_http_status(status), Code::kUnknown) << status;
  }
}

TEST(GrpcStatus, http2_error_codes_map_as_the_protocol_says) {
  for (const unsigned internal_error : {0x0U, 0x1U, 0x2U, 0x3U, 0x4U, 0x6U, 0x9U, 0xaU}) {
    EXPECT_EQ(code_for_http2_error(internal_error), Code::kInternal) << internal_error;
  }
  EXPECT_EQ(code_for_http2_error(0x7), Code::kUnavailable);
  EXPECT_EQ(code_for_http2_error(0x8), Code::kCancelled);
  EXPECT_EQ(code_for_http2_error(0xb), Code::kResourceExhausted);
  EXPECT_EQ(code_for_http2_error(0xc), Code::kPermissionDenied);
}

}  // namespace
}  // namespace skerry::grpc
