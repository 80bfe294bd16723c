// SPDX-License-Identifier: Apache-2.0
//
// The `grpc-timeout` header: at most eight digits and a unit (PROTOCOL-HTTP2, "Timeout").
//
//   format_timeout(std::chrono::milliseconds(200));   // "200m"
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace skerry::grpc {

/// The shortest text that expresses the timeout exactly, or, where eight digits do not suffice, rounded up in the
/// finest unit that fits. Zero and negative durations give "0n", the largest durations the largest value.
std::string format_timeout(std::chrono::nanoseconds timeout);

/// The duration, or nullopt when the text is not 1 to 8 digits and one of H M S m u n. A value beyond what nanoseconds
/// hold (292 years) becomes the largest duration.
std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text);

}  // namespace skerry::grpc
