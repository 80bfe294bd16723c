// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/connect.h"
#include "skerry/net/address.h"

namespace skerry::etcd {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Result<std::string> parse_endpoint(std::string_view text) {
  std::string_view address = text;
  if (address.starts_with("https://")) {
    return fail(Error::unimplemented("{}: the registry is spoken to without TLS, by http://host:port", text));
  }
  if (address.starts_with("http://")) address.remove_prefix(7);
  if (address.ends_with('/')) address.remove_suffix(1);
  Result<net::HostPort> parsed = net::HostPort::parse(address);
  if (!parsed) return fail(Error::invalid_argument("not a registry's address: {}", parsed.error().message()));
  return parsed->to_string();
}

}  // namespace

Result<std::vector<std::string>> parse_endpoints(std::string_view list) {
  std::vector<std::string> endpoints;
  while (true) {
    const std::size_t comma = list.find(',');
    Result<std::string> endpoint = parse_endpoint(trimmed(list.substr(0, comma)));
    if (!endpoint) return fail(std::move(endpoint));
    if (endpoints.size() == kMaxEndpoints) {
      return fail(Error::invalid_argument("more than {} endpoints", kMaxEndpoints));
    }
    endpoints.push_back(*std::move(endpoint));
    if (comma == std::string_view::npos) return endpoints;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace skerry::etcd
