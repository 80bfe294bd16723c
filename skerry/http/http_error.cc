// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http_error.h"

#include <charconv>
#include <string>

namespace skerry::http {
namespace {

constexpr std::string_view kRetrySafe = "safe";
constexpr int kMinErrorStatus = 400;
constexpr int kMaxErrorStatus = 599;

}  // namespace

Code code_of_status(int status) {
  switch (status) {
    case 413:
    case 431:
      return Code::kResourceExhausted;
    case 417:
      return Code::kFailedPrecondition;
    case 505:
      return Code::kUnimplemented;
    default:
      return code_from_http_status(status);
  }
}

Error with_status(Error error, int status) {
  return std::move(error).with_detail(std::string(kStatusDetail), std::to_string(status));
}

int status_of(const Error& error) {
  const std::string_view detail = error.detail(kStatusDetail);
  int status = 0;
  const auto [end, problem] = std::from_chars(detail.data(), detail.data() + detail.size(), status);
  const bool whole = problem == std::errc() && end == detail.data() + detail.size();
  if (whole && status >= kMinErrorStatus && status <= kMaxErrorStatus) return status;
  return http_status(error.code());
}

Error mark_retry_safe(Error error) {
  return std::move(error).with_detail(std::string(kRetryDetail), std::string(kRetrySafe));
}

bool is_retry_safe(const Error& error) { return error.detail(kRetryDetail) == kRetrySafe; }

}  // namespace skerry::http
