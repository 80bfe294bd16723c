// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/transport.h"

#include <algorithm>
#include <charconv>

namespace skerry::otlp {

bool is_retryable(const Error& error) {
  switch (error.code()) {
    case Code::kCancelled:
    case Code::kDeadlineExceeded:
    case Code::kAborted:
    case Code::kOutOfRange:
    case Code::kUnavailable:
    case Code::kDataLoss:
      return true;
    case Code::kResourceExhausted:
      return retry_after(error).has_value();
    default:
      return false;
  }
}

std::optional<std::chrono::seconds> retry_after(const Error& error) {
  const std::string_view text = error.detail(kRetryAfter);
  int seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, 3600));
}

}  // namespace skerry::otlp
