// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/forwarded_head.h"

#include <algorithm>
#include <utility>

#include "skerry/base/ids.h"

namespace skerry::platform::gateway {
namespace {

constexpr std::string_view kForwardedPrefix = "x-forwarded-";

bool is_request_id_character(char character) {
  const bool alphanumeric = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                            (character >= '0' && character <= '9');
  return alphanumeric || std::string_view("-._~:/+=@").find(character) != std::string_view::npos;
}

/// The host of "127.0.0.1:51234" and "[::1]:51234".
std::string_view host_of(std::string_view peer) {
  if (peer.starts_with('[')) return peer.substr(1, peer.find(']') - 1);
  return peer.substr(0, peer.rfind(':'));
}

std::string_view protocol_of(http::Version version) {
  switch (version) {
    case http::Version::kHttp10:
      return "1.0";
    case http::Version::kHttp11:
      return "1.1";
    case http::Version::kHttp2:
      return "2.0";
  }
  return "1.1";
}

/// Appends to a list that may stand in several fields, and leaves it in one.
void append_to_list(http::Headers& headers, std::string_view name, std::string_view item, std::string_view separator) {
  std::string list;
  for (const std::string_view value : headers.get_all(name)) list.append(value).append(separator);
  list.append(item);
  (void)headers.set(name, list);
}

void add_via(http::Headers& headers, http::Version version) {
  std::string hop(protocol_of(version));
  hop.append(" ").append(kViaName);
  append_to_list(headers, "via", hop, ", ");
}

/// What a client may not say of itself.
void remove_forwarded(http::Headers& headers) {
  std::vector<std::string> names{"forwarded", "x-real-ip"};
  for (const auto [name, value] : headers) {
    if (name.starts_with(kForwardedPrefix)) names.emplace_back(name);
  }
  for (const std::string& name : names) headers.remove(name);
}

void join_cookies(http::Headers& headers) {
  // HTTP/2 may divide the field, which HTTP/1.1 does not allow (RFC 9113 section 8.2.3).
  const std::vector<std::string_view> crumbs = headers.get_all("cookie");
  if (crumbs.size() < 2) return;
  std::string whole;
  for (const std::string_view crumb : crumbs) {
    if (!whole.empty()) whole.append("; ");
    whole.append(crumb);
  }
  (void)headers.set("cookie", whole);
}

void add_forwarded(http::Headers& headers, const http::Request& request) {
  if (request.connection) append_to_list(headers, "x-forwarded-for", host_of(request.connection->peer), ", ");
  // The gateway listens without TLS; only a trusted proxy before it knows better.
  if (!headers.contains("x-forwarded-proto")) headers.add_validated("x-forwarded-proto", "http");
  if (!request.authority.empty() && !headers.contains("x-forwarded-host")) {
    (void)headers.add("x-forwarded-host", request.authority);
  }
}

}  // namespace

std::string request_id(const http::Headers& headers) {
  const std::string_view given = headers.get(kRequestIdField).value_or("");
  const bool is_valid = !given.empty() && given.size() <= kMaxRequestIdBytes &&
                        headers.get_all(kRequestIdField).size() == 1 &&
                        std::ranges::all_of(given, is_request_id_character);
  return is_valid ? std::string(given) : random_id();
}

http::RequestHead forwarded_request(const http::Request& request, const Route& route, ForwardedRules rules) {
  http::RequestHead head{.method = request.method,
                         .target = request.target,
                         .authority = route.service,
                         .scheme = "http",
                         .headers = request.headers};
  http::Headers& headers = head.headers;
  http::remove_hop_by_hop(headers);
  if (route.protocol == http::Protocol::kHttp1) headers.remove("te");
  // Meant for the gateway: it reads the body, and it is the proxy.
  for (const std::string_view name : {"expect", "proxy-authorization", "http2-settings"}) headers.remove(name);
  if (!rules.trust_forwarded) remove_forwarded(headers);
  join_cookies(headers);
  add_forwarded(headers, request);
  add_via(headers, request.version);
  (void)headers.set(kRequestIdField, rules.request_id);
  return head;
}

http::ResponseHead returned_response(http::ResponseHead received, std::string_view request_id) {
  http::Headers& headers = received.headers;
  http::remove_hop_by_hop(headers);
  // Ids are the gateway's to state, whatever the service says.
  for (const std::string_view name : {"proxy-authenticate", "proxy-authentication-info", "x-trace-id"}) {
    headers.remove(name);
  }
  add_via(headers, received.version);
  (void)headers.set(kRequestIdField, request_id);
  return received;
}

bool is_in_a_circle(const http::Headers& headers) {
  std::size_t hops = 0;
  for (const std::string_view value : headers.get_all("via")) {
    for (std::size_t at = value.find(kViaName); at != std::string_view::npos; at = value.find(kViaName, at + 1)) ++hops;
  }
  return hops >= kMaxViaHops;
}

bool is_grpc(const http::Headers& headers) {
  constexpr std::string_view kGrpc = "application/grpc";
  const std::string_view type = headers.get("content-type").value_or("");
  // "application/grpc-web" is another protocol, whose trailers are in the body.
  return type.starts_with(kGrpc) &&
         (type.size() == kGrpc.size() || type[kGrpc.size()] == '+' || type[kGrpc.size()] == ';');
}

}  // namespace skerry::platform::gateway
