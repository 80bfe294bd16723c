// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/error.h"

#include <array>
#include <cerrno>
#include <system_error>

namespace skerry {
namespace {

struct CodeRow {
  Code code;
  std::string_view name;
  int http;
};

// One row per code, in the order of the numbers, so that row N-1 is code N.
constexpr std::array<CodeRow, 16> kCodeRows{{
    {Code::kCancelled, "CANCELLED", 499},
    {Code::kUnknown, "UNKNOWN", 500},
    {Code::kInvalidArgument, "INVALID_ARGUMENT", 400},
    {Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", 504},
    {Code::kNotFound, "NOT_FOUND", 404},
    {Code::kAlreadyExists, "ALREADY_EXISTS", 409},
    {Code::kPermissionDenied, "PERMISSION_DENIED", 403},
    {Code::kResourceExhausted, "RESOURCE_EXHAUSTED", 429},
    {Code::kFailedPrecondition, "FAILED_PRECONDITION", 409},
    {Code::kAborted, "ABORTED", 409},
    {Code::kOutOfRange, "OUT_OF_RANGE", 400},
    {Code::kUnimplemented, "UNIMPLEMENTED", 501},
    {Code::kInternal, "INTERNAL", 500},
    {Code::kUnavailable, "UNAVAILABLE", 503},
    {Code::kDataLoss, "DATA_LOSS", 500},
    {Code::kUnauthenticated, "UNAUTHENTICATED", 401},
}};

const CodeRow& code_row(Code code) { return kCodeRows[static_cast<std::size_t>(code) - 1]; }

Code code_from_errno(int value) {
  switch (value) {
    case ENOENT:
      return Code::kNotFound;
    case EEXIST:
      return Code::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermissionDenied;
    case EINVAL:
      return Code::kInvalidArgument;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Code::kResourceExhausted;
    case EADDRINUSE:
      return Code::kFailedPrecondition;
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case ENOTCONN:
      return Code::kUnavailable;
    case ETIMEDOUT:
      return Code::kDeadlineExceeded;
    case ECANCELED:
      return Code::kCancelled;
    default:
      return Code::kInternal;
  }
}

}  // namespace

std::string_view code_name(Code code) { return code_row(code).name; }

Code code_from_number(int number) {
  if (number < 1 || number > static_cast<int>(kCodeRows.size())) return Code::kUnknown;
  return static_cast<Code>(number);
}

int http_status(Code code) { return code_row(code).http; }

Code code_from_http_status(int status) {
  switch (status) {
    case 400:
    case 413:
    case 414:
    case 415:
    case 422:
      return Code::kInvalidArgument;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 405:
    case 501:
      return Code::kUnimplemented;
    case 408:
    case 504:
      return Code::kDeadlineExceeded;
    case 409:
      return Code::kFailedPrecondition;
    case 429:
      return Code::kResourceExhausted;
    case 499:
      return Code::kCancelled;
    case 500:
      return Code::kInternal;
    case 502:
    case 503:
      return Code::kUnavailable;
    default:
      return Code::kUnknown;
  }
}

Error::Error(Code code, std::string message)
    : code_(code), rep_(std::make_shared<Rep>(Rep{std::move(message), {}, nullptr})) {}

// Copies share the representation, so it is copied before the first change to a shared one.
Error::Rep& Error::own_rep() {
  if (rep_.use_count() != 1) rep_ = std::make_shared<Rep>(*rep_);
  return *rep_;
}

std::string_view Error::detail(std::string_view name) const {
  for (const auto& [key, value] : rep_->details) {
    if (key == name) return value;
  }
  return {};
}

Error Error::with_detail(std::string name, std::string value) && {
  own_rep().details.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

Error Error::caused_by(Error cause) && {
  own_rep().cause = std::make_shared<const Error>(std::move(cause));
  return std::move(*this);
}

Error Error::annotate(std::string_view context) && {
  Rep& rep = own_rep();
  rep.message = fmt::format("{}: {}", context, rep.message);
  return std::move(*this);
}

std::string Error::to_string() const {
  std::string text = fmt::format("{}: {}", code_name(code_), message());
  if (cause() != nullptr) text += fmt::format(" (caused by {})", cause()->to_string());
  return text;
}

Error system_error(int errno_value, std::string_view what) {
  return Error(code_from_errno(errno_value), fmt::format("{}: {}", what, std::generic_category().message(errno_value)));
}

}  // namespace skerry
