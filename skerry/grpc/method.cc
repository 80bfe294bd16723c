// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/method.h"

#include <algorithm>

namespace skerry::grpc {
namespace {

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_without_case(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, {}, ascii_lower);
}

}  // namespace

std::string_view method_kind_name(MethodKind kind) {
  switch (kind) {
    case MethodKind::kServerStream:
      return "server_stream";
    case MethodKind::kClientStream:
      return "client_stream";
    case MethodKind::kBidirectional:
      return "bidi_stream";
    case MethodKind::kUnary:
      break;
  }
  return "unary";
}

std::string_view Method::service() const { return path.substr(1, path.rfind('/') - 1); }

std::string_view Method::name() const { return path.substr(path.rfind('/') + 1); }

std::optional<MethodPath> parse_method_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const MethodPath parts{path.substr(0, slash), path.substr(slash + 1)};
  if (parts.service.empty() || parts.method.empty()) return std::nullopt;
  if (parts.method.find_first_of("/?#") != std::string_view::npos) return std::nullopt;
  return parts;
}

ContentKind parse_content_type(std::string_view value) {
  if (value == "application/grpc") return ContentKind::kGrpc;
  value = value.substr(0, value.find(';'));
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  if (equals_without_case(value, "application/grpc") || equals_without_case(value, "application/grpc+proto")) {
    return ContentKind::kGrpc;
  }
  return equals_without_case(value, "application/json") ? ContentKind::kJson : ContentKind::kOther;
}

}  // namespace skerry::grpc
