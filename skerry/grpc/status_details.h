// SPDX-License-Identifier: Apache-2.0
//
// google.rpc.Status with google.rpc.ErrorInfo and BadRequest inside google.protobuf.Any, written and read by hand: the
// generated classes would clash with those of a program that brings its own copy of google/rpc/*.proto. Internal to
// this folder; status.h is the interface.
//
//   google.rpc.Status    {int32 code = 1; string message = 2; repeated Any details = 3}
//   google.protobuf.Any  {string type_url = 1; bytes value = 2}
//   ErrorInfo            {string reason = 1; string domain = 2; map<string, string> metadata = 3}
//   BadRequest           {repeated FieldViolation {string field = 1; string description = 2} field_violations = 1}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/error.h"

namespace skerry::grpc::internal {

/// The domain of ErrorInfo when the error itself has no detail "domain".
inline constexpr std::string_view kErrorDomain = "skerry";
/// More details than this are not read from a peer.
inline constexpr std::size_t kStatusDetailsMax = 64;

/// The error's details become the metadata of one ErrorInfo, in order. The details "reason" and "domain" also fill the
/// fields of that name, which are otherwise the code's name and kErrorDomain.
std::string serialize_status(const Error& error, std::string_view message);

/// The details in a google.rpc.Status from a peer: the metadata of an ErrorInfo, before them "reason" and "domain" when
/// the domain is not ours, and ("field", field) with ("description", text) for each violation of a BadRequest. Other
/// details, and whatever follows a malformed part, are left out.
std::vector<Error::Detail> parse_status_details(std::string_view bytes);

}  // namespace skerry::grpc::internal
