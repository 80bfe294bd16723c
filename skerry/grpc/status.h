// SPDX-License-Identifier: Apache-2.0
//
// The outcome of a call as it stands in trailers, and back: `grpc-status`, `grpc-message` and
// `grpc-status-details-bin`. An Error's code and message travel as they are, its details as google.rpc.ErrorInfo inside
// google.rpc.Status, so that clients in other languages can read them too. Its cause does not travel: it is for the
// process that has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::grpc {

/// The longest message that is sent, in bytes before encoding; a longer one is cut at a character. Keeps trailers
/// within the 8 KiB that peers commonly accept.
inline constexpr std::size_t kStatusMessageBytesMax = 2048;
/// Details that need more than this in google.rpc.Status are left out.
inline constexpr std::size_t kStatusDetailsBytesMax = 4096;

/// Percent-encodes all but printable ASCII other than '%' (PROTOCOL-HTTP2, "Status-Message").
std::string encode_status_message(std::string_view message);
/// Never fails: an escape that is not one stays as it is.
std::string decode_status_message(std::string_view text);

/// The bytes of google.rpc.Status for `grpc-status-details-bin` (before base64); empty when the error has no details or
/// they are too large.
std::string encode_status_details(const Error& error);

/// The text of `grpc-status`: the code's number.
std::string_view status_text(Code code);
inline constexpr std::string_view kStatusTextOk = "0";

/// The three trailers as received; absent ones are nullopt. `details_bin` is still base64.
struct StatusTrailers {
  std::optional<std::string_view> status;
  std::optional<std::string_view> message;
  std::optional<std::string_view> details_bin;
};

/// The outcome that the trailers state: success for "0", else the Error. A status that is not a number gives kUnknown.
/// Without `status` the outcome follows from the HTTP status (code_for_http_status).
Result<> status_from_trailers(const StatusTrailers& trailers, int http_status);

/// The code for a response that has no grpc-status (http-grpc-status-mapping.md); 200 gives kUnknown. It differs from
/// code_from_http_status: gRPC reads 404 as an unknown method and 400 as a fault of the two implementations.
Code code_for_http_status(int status);

/// The code for a stream that the peer ended with RST_STREAM and this HTTP/2 error code (PROTOCOL-HTTP2, "Errors").
Code code_for_http2_error(std::uint32_t http2_error);

}  // namespace skerry::grpc
