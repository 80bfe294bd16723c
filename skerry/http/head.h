// SPDX-License-Identifier: Apache-2.0
//
// RequestHead and ResponseHead: what stands before a body, the same for HTTP/1.1 and HTTP/2. The one thing to know:
// what frames a message is not in the headers. The host is `authority` and never a field; how long the body is follows
// from the body, so Content-Length, Transfer-Encoding and Connection are written by the connection, and such fields set
// by a caller are not sent. (On a received message Content-Length stays readable among the headers.)
//
//   RequestHead head{.method = "POST", .target = "/api/orders?dry_run=1", .authority = "127.0.0.1:8080"};
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/http/headers.h"

namespace skerry::http {

enum class Version : std::uint8_t { kHttp10, kHttp11, kHttp2 };

struct RequestHead {
  std::string method = "GET";
  /// Path and query as they stand on the wire, percent-encoded: "/users/u1?full=1"; or "*" for OPTIONS.
  std::string target = "/";
  /// Host and port, as in the Host field or :authority. Empty only for an HTTP/1.0 request without Host.
  std::string authority = {};
  /// "http" or "https"; empty where a message of HTTP/1.1 does not say.
  std::string scheme = {};
  Headers headers = {};
  Version version = Version::kHttp11;

  /// The target up to its query: "/users/u1".
  std::string_view path() const {
    const std::string_view whole = target;
    return whole.substr(0, whole.find('?'));
  }
  /// What follows the first '?', still encoded: "full=1"; empty without one. See skerry/http/uri.h to take it apart.
  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
  }

  friend bool operator==(const RequestHead&, const RequestHead&) = default;
};

struct ResponseHead {
  int status = 200;
  Headers headers = {};
  Version version = Version::kHttp11;

  friend bool operator==(const ResponseHead&, const ResponseHead&) = default;
};

/// Removes the fields that concern one connection and are never passed on: Connection and what it names, Keep-Alive,
/// Proxy-Connection, Transfer-Encoding, TE (except "trailers"), Upgrade (RFC 9110 section 7.6.1).
void remove_hop_by_hop(Headers& headers);

/// The phrase that RFC 9110 section 15 registers with a status ("Not Found"), or "Unknown".
std::string_view reason_phrase(int status);

}  // namespace skerry::http
