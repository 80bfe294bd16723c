// SPDX-License-Identifier: Apache-2.0
//
// How an Error becomes an HTTP status. An Error's code decides, by the table in skerry/base/error.h; the few statuses
// that no canonical code stands for (405, 413, 415, 431 ...) are carried by the error as a detail.
//
//   return http_error(413, "the body is larger than {} bytes", limit);
//   int status = status_of(error);      // 413
#pragma once

#include <string_view>
#include <utility>

#include "skerry/base/error.h"

namespace skerry::http {

/// The detail's name.
inline constexpr std::string_view kStatusDetail = "http_status";
/// The detail with the code of the RST_STREAM or GOAWAY frame (RFC 9113 section 7) that ended a request, in decimal.
inline constexpr std::string_view kHttp2ErrorDetail = "http2_error";
/// The detail that says whether a failed request may be sent again without asking what it does; see `is_retry_safe`.
inline constexpr std::string_view kRetryDetail = "retry";

/// The error with exactly this status in its response.
Error with_status(Error error, int status);

/// The code of an error that is answered with this status: RESOURCE_EXHAUSTED for what is too large (413, 431), else
/// as code_from_http_status.
Code code_of_status(int status);

/// An error that is answered with exactly `status`.
template <class... Args>
Error http_error(int status, fmt::format_string<Args...> format, Args&&... args) {
  return with_status(Error(code_of_status(status), fmt::format(format, std::forward<Args>(args)...)), status);
}

/// The status that answers this error: its detail where it has one, else its code's.
int status_of(const Error& error);

/// Marks that the peer has not processed the request, so that sending it again cannot do anything twice.
Error mark_retry_safe(Error error);
/// Whether the request was never sent or is known not to have been processed.
bool is_retry_safe(const Error& error);

}  // namespace skerry::http
