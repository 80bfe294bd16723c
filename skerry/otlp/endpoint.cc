// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/endpoint.h"

#include <fmt/format.h>

#include "skerry/http/uri.h"

namespace skerry::otlp {
namespace {

constexpr std::string_view kGrpcScheme = "grpc://";
constexpr std::string_view kHttpScheme = "http://";

std::string authority_text(const http::Authority& authority, std::uint16_t default_port) {
  const bool literal = authority.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", literal ? "[" : "", authority.host, literal ? "]" : "",
                     authority.port.value_or(default_port));
}

Result<Endpoint> parse_http(std::string_view text) {
  Result<http::Uri> uri = http::Uri::parse(text);
  if (!uri) return fail(std::move(uri).error().annotate("the collector's URL"));
  if (!uri->query.empty()) return fail(Error::invalid_argument("the collector's URL '{}' has a query", text));
  // Taken apart once more, since a Uri does not say whether its port was written.
  const std::string_view rest = text.substr(kHttpScheme.size());
  const http::Authority authority = http::Authority::parse(rest.substr(0, rest.find('/'))).value();
  std::string base = uri->path;
  while (base.ends_with('/')) base.pop_back();
  if (base.empty() && authority.port == kGrpcPort) {
    return Endpoint{Protocol::kGrpc, authority_text(authority, kGrpcPort), ""};
  }
  return Endpoint{Protocol::kHttp, authority_text(authority, kHttpPort), std::move(base)};
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with(kHttpScheme)) return parse_http(text);
  if (text.starts_with("https://")) {
    return fail(Error::unimplemented("the collector's URL '{}': export over TLS is not supported", text));
  }
  std::string_view host = text;
  if (host.starts_with(kGrpcScheme)) host.remove_prefix(kGrpcScheme.size());
  if (host.ends_with('/')) host.remove_suffix(1);
  const Result<http::Authority> authority = http::Authority::parse(host);
  if (!authority) {
    return fail(
        Error::invalid_argument("the collector's URL '{}' is none: expected grpc://HOST:PORT, HOST:PORT or "
                                "http://HOST:PORT/PATH",
                                text));
  }
  return Endpoint{Protocol::kGrpc, authority_text(*authority, kGrpcPort), ""};
}

}  // namespace skerry::otlp
