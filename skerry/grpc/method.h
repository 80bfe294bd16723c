// SPDX-License-Identifier: Apache-2.0
//
// Method: what is known of an RPC from its .proto file alone. Generated code holds one constant per method.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skerry::grpc {

enum class MethodKind : std::uint8_t {
  kUnary,
  kServerStream,
  kClientStream,
  kBidirectional,
};

/// "unary", "server_stream", "client_stream" or "bidi_stream", as the field's metrics write it.
std::string_view method_kind_name(MethodKind kind);

struct Method {
  /// "/shop.v1.UserService/GetUser": the HTTP path. The other names are parts of it; all live as long as the program.
  std::string_view path;
  MethodKind kind = MethodKind::kUnary;
  /// The option idempotency_level says that a second execution does no harm.
  bool idempotent = false;

  /// "shop.v1.UserService".
  std::string_view service() const;
  /// "GetUser".
  std::string_view name() const;
};

/// The two parts of a request's path.
struct MethodPath {
  std::string_view service;
  std::string_view method;
};

/// Cuts "/pkg.Service/Method" (case-sensitive, no query) in two; nullopt when it has another form. The views point into
/// `path`.
std::optional<MethodPath> parse_method_path(std::string_view path);

/// What a content-type says about a request.
enum class ContentKind : std::uint8_t {
  kOther,
  kGrpc,  // "application/grpc" or "application/grpc+proto", with or without parameters
  kJson,  // "application/json": transcoding of unary calls
};

/// Classifies a content-type value; the type is compared without regard to case. Other codecs, such as
/// "application/grpc+json", are kOther, since their messages could not be read.
ContentKind parse_content_type(std::string_view value);

}  // namespace skerry::grpc
