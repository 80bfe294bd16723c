// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/status.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "skerry/base/encoding.h"
#include "skerry/grpc/status_details.h"

namespace skerry::grpc {
namespace {

constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

constexpr std::array<std::string_view, 17> kStatusTexts{"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                        "9", "10", "11", "12", "13", "14", "15", "16"};

bool stands_for_itself(char c) { return c >= ' ' && c <= '~' && c != '%'; }

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The longest beginning of `text` that is within the limit and ends between two UTF-8 characters.
std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

std::string encode_status_message(std::string_view message) {
  std::string text;
  message = cut_at_character(message, kStatusMessageBytesMax);
  text.reserve(message.size());
  for (const char c : message) {
    if (stands_for_itself(c)) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kUpperHexDigits[byte >> 4], kUpperHexDigits[byte & 15]};
  }
  return text;
}

std::string decode_status_message(std::string_view text) {
  std::string message;
  message.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit_value(text[i + 1]) >= 0 && digit_value(text[i + 2]) >= 0) {
      message += static_cast<char>(digit_value(text[i + 1]) << 4 | digit_value(text[i + 2]));
      i += 2;
    } else {
      message += text[i];
    }
  }
  return message;
}

std::string encode_status_details(const Error& error) {
  if (error.details().empty()) return {};
  std::string bytes = internal::serialize_status(error, cut_at_character(error.message(), kStatusMessageBytesMax));
  if (bytes.size() > kStatusDetailsBytesMax) return {};
  return bytes;
}

std::string_view status_text(Code code) { return kStatusTexts[static_cast<std::size_t>(code)]; }

Result<> status_from_trailers(const StatusTrailers& trailers, int http_status) {
  if (!trailers.status) {
    return fail(Error::make(code_for_http_status(http_status), "the response has HTTP status {} and no grpc-status",
                            http_status));
  }
  if (*trailers.status == kStatusTextOk) return {};
  int number = 0;
  const char* end = trailers.status->data() + trailers.status->size();
  const auto [stop, failure] = std::from_chars(trailers.status->data(), end, number);
  if (failure != std::errc() || stop != end) number = static_cast<int>(Code::kUnknown);
  Error error(code_from_number(number), decode_status_message(trailers.message.value_or("")));
  if (!trailers.details_bin) return fail(std::move(error));
  const auto bytes = base64_decode(*trailers.details_bin);
  if (!bytes) return fail(std::move(error));
  // The details are an addition: the code and the message are those of the plain trailers.
  for (auto& [name, value] : internal::parse_status_details(*bytes)) {
    error = std::move(error).with_detail(std::move(name), std::move(value));
  }
  return fail(std::move(error));
}

Code code_for_http_status(int status) {
  switch (status) {
    case 400:
      return Code::kInternal;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return Code::kUnknown;
  }
}

Code code_for_http2_error(std::uint32_t http2_error) {
  // RFC 9113 section 7.
  constexpr std::uint32_t kRefusedStream = 0x7;
  constexpr std::uint32_t kCancel = 0x8;
  constexpr std::uint32_t kEnhanceYourCalm = 0xb;
  constexpr std::uint32_t kInadequateSecurity = 0xc;
  switch (http2_error) {
    case kRefusedStream:
      return Code::kUnavailable;
    case kCancel:
      return Code::kCancelled;
    case kEnhanceYourCalm:
      return Code::kResourceExhausted;
    case kInadequateSecurity:
      return Code::kPermissionDenied;
    default:
      return Code::kInternal;
  }
}

}  // namespace skerry::grpc
