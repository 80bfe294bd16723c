// SPDX-License-Identifier: Apache-2.0
//
// Error: what every operation that can fail in operation fails with. It carries a canonical gRPC code (so that it maps
// one to one to a gRPC status, an HTTP status and an exit code), a message for people, structured details for programs
// and the error that caused it. It is a value: cheap to move and to copy, comparable by code.
//
//   return Error::not_found("no user {}", id);
//   if (error.code() == Code::kNotFound) ...
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skerry {

/// The canonical codes of gRPC (google.rpc.Code, https://grpc.io/docs/guides/status-codes/), with gRPC's numbers.
/// There is no value for "ok": an Error is always a failure.
enum class Code : std::uint8_t {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// The code's name as the field writes it: "NOT_FOUND".
std::string_view code_name(Code code);

/// The code with this number; kUnknown for a number that gRPC does not define (and for 0, which is no failure).
Code code_from_number(int number);

/// The HTTP status that stands for the code: 404 for kNotFound, 409 for kAlreadyExists and kAborted, 503 for
/// kUnavailable. Follows the table in google/rpc/code.proto, except kFailedPrecondition, which is 409 here: the shops
/// and APIs of the field answer "out of stock" and its like with 409 Conflict, and 400 is kept for malformed requests.
int http_status(Code code);

/// The code that stands for an HTTP status received where no gRPC status is known. 4xx map to their namesakes, 429 and
/// 502 to 504 as in the gRPC HTTP mapping; anything else is kUnknown.
Code code_from_http_status(int status);

class Error {
 public:
  /// One structured detail: a name and a value, such as {"field", "items[2].quantity"}.
  using Detail = std::pair<std::string, std::string>;

  Error(Code code, std::string message);

  template <class... Args>
  static Error make(Code code, fmt::format_string<Args...> format, Args&&... args) {
    return Error(code, fmt::format(format, std::forward<Args>(args)...));
  }

#define SKERRY_ERROR_FACTORY(name, code)                                  \
  template <class... Args>                                                \
  static Error name(fmt::format_string<Args...> format, Args&&... args) { \
    return Error(code, fmt::format(format, std::forward<Args>(args)...)); \
  }
  SKERRY_ERROR_FACTORY(cancelled, Code::kCancelled)
  SKERRY_ERROR_FACTORY(unknown, Code::kUnknown)
  SKERRY_ERROR_FACTORY(invalid_argument, Code::kInvalidArgument)
  SKERRY_ERROR_FACTORY(deadline_exceeded, Code::kDeadlineExceeded)
  SKERRY_ERROR_FACTORY(not_found, Code::kNotFound)
  SKERRY_ERROR_FACTORY(already_exists, Code::kAlreadyExists)
  SKERRY_ERROR_FACTORY(permission_denied, Code::kPermissionDenied)
  SKERRY_ERROR_FACTORY(resource_exhausted, Code::kResourceExhausted)
  SKERRY_ERROR_FACTORY(failed_precondition, Code::kFailedPrecondition)
  SKERRY_ERROR_FACTORY(aborted, Code::kAborted)
  SKERRY_ERROR_FACTORY(out_of_range, Code::kOutOfRange)
  SKERRY_ERROR_FACTORY(unimplemented, Code::kUnimplemented)
  SKERRY_ERROR_FACTORY(internal, Code::kInternal)
  SKERRY_ERROR_FACTORY(unavailable, Code::kUnavailable)
  SKERRY_ERROR_FACTORY(data_loss, Code::kDataLoss)
  SKERRY_ERROR_FACTORY(unauthenticated, Code::kUnauthenticated)
#undef SKERRY_ERROR_FACTORY

  Code code() const { return code_; }
  const std::string& message() const { return rep_->message; }
  const std::vector<Detail>& details() const { return rep_->details; }
  /// The value of the first detail with this name, or empty.
  std::string_view detail(std::string_view name) const;
  /// The error behind this one, or null. Valid as long as this error or a copy of it lives.
  const Error* cause() const { return rep_->cause.get(); }

  /// This error with one more detail.
  Error with_detail(std::string name, std::string value) &&;
  /// This error with the one that caused it.
  Error caused_by(Error cause) &&;
  /// This error with "context: " before its message.
  Error annotate(std::string_view context) &&;

  /// "NOT_FOUND: no user u9 (caused by UNAVAILABLE: connection refused)".
  std::string to_string() const;

  friend bool operator==(const Error& a, const Error& b) {
    return a.code_ == b.code_ && a.message() == b.message() && a.details() == b.details();
  }

 private:
  struct Rep {
    std::string message;
    std::vector<Detail> details;
    std::shared_ptr<const Error> cause;
  };
  Rep& own_rep();

  Code code_;
  std::shared_ptr<Rep> rep_;
};

/// The Error for a failed system call: `errno_value` mapped to a code (ENOENT to kNotFound, EACCES to
/// kPermissionDenied, ECONNREFUSED and its like to kUnavailable, ENOSPC to kResourceExhausted, else kInternal), `what`
/// and strerror's text as the message.
Error system_error(int errno_value, std::string_view what);

}  // namespace skerry
