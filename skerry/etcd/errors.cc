// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/errors.h"

#include <string_view>

namespace skerry::etcd {
namespace {

// Texts of the protocol.
constexpr std::string_view kCompacted = "etcdserver: mvcc: required revision has been compacted";
constexpr std::string_view kFutureRevision = "etcdserver: mvcc: required revision is a future revision";
constexpr std::string_view kLeaseNotFound = "etcdserver: requested lease not found";
constexpr std::string_view kNoLeader = "etcdserver: no leader";
constexpr std::string_view kPermissionDenied = "etcdserver: permission denied";
constexpr std::string_view kInvalidToken = "etcdserver: invalid auth token";
// What the errors made here are told apart by.
constexpr std::string_view kReason = "etcd_reason";
constexpr std::string_view kNotRenewed = "lease_not_renewed";
constexpr std::string_view kWentBack = "history_went_back";

}  // namespace

bool is_compacted(const Error& error) { return error.code() == Code::kOutOfRange && error.message() == kCompacted; }

bool is_future_revision(const Error& error) {
  return error.code() == Code::kOutOfRange && error.message() == kFutureRevision;
}

bool is_lease_lost(const Error& error) {
  return (error.code() == Code::kNotFound && error.message() == kLeaseNotFound) || error.detail(kReason) == kNotRenewed;
}

bool is_history_lost(const Error& error) { return is_compacted(error) || error.detail(kReason) == kWentBack; }

bool is_transient(const Error& error) {
  if (error.detail(kReason) == kNotRenewed) return false;
  switch (error.code()) {
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kCancelled:
    case Code::kUnknown:
    case Code::kInternal:
    case Code::kAborted:
    case Code::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

Error watch_canceled(std::string_view reason, std::int64_t compact_revision) {
  if (compact_revision > 0 || reason == kCompacted) {
    return Error(Code::kOutOfRange, std::string(kCompacted))
        .with_detail("compact_revision", fmt::format("{}", compact_revision));
  }
  if (reason == kNoLeader) return Error(Code::kUnavailable, std::string(reason));
  if (reason == kPermissionDenied) return Error(Code::kPermissionDenied, std::string(reason));
  if (reason == kInvalidToken) return Error(Code::kUnauthenticated, std::string(reason));
  if (reason == kFutureRevision) return Error(Code::kOutOfRange, std::string(reason));
  // Whatever else: the server does not want this watch, and asking again would not change that.
  return Error::failed_precondition("{}", reason.empty() ? "etcdserver: watch canceled" : reason);
}

Error lease_not_found() { return Error(Code::kNotFound, std::string(kLeaseNotFound)); }

Error lease_not_renewed(std::int64_t lease) {
  return Error::unavailable("the lease {:x} was not renewed within its time to live", lease)
      .with_detail(std::string(kReason), std::string(kNotRenewed));
}

Error history_went_back(std::int64_t seen_revision, std::int64_t revision) {
  return Error::data_loss("the store is at revision {} and was at {} before: it is not the same any more", revision,
                          seen_revision)
      .with_detail(std::string(kReason), std::string(kWentBack));
}

}  // namespace skerry::etcd
