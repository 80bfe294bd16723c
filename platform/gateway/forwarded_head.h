// SPDX-License-Identifier: Apache-2.0
//
// What changes in the heads of messages on their way through the gateway (RFC 9110 section 7.6): fields of one
// connection go, Via is added, and the service is told who asked, over what and for which host in X-Forwarded-For,
// -Proto and -Host. The one thing to know: what a client says in such fields itself is not believed, unless the gateway
// stands behind a proxy that is trusted.
//
//   http::RequestHead head = forwarded_request(request, *route, {.request_id = id});
//   http::ResponseHead head = returned_response(std::move(received), id);
//
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "platform/gateway/route_table.h"
#include "skerry/http/message.h"

namespace skerry::platform::gateway {

/// The field with the request's id, both ways.
inline constexpr std::string_view kRequestIdField = "x-request-id";
/// A longer id is not taken over from a client, in bytes.
inline constexpr std::size_t kMaxRequestIdBytes = 128;
/// The gateway's name in Via.
inline constexpr std::string_view kViaName = "skerry";
/// A request that has been through this many gateways of this name goes in a circle.
inline constexpr std::size_t kMaxViaHops = 8;

/// The id that the client gave, where it is 1 to kMaxRequestIdBytes letters, digits and characters of "-._~:/+=@", else
/// a new one.
std::string request_id(const http::Headers& headers);

struct ForwardedRules {
  std::string_view request_id;
  /// Keep and continue X-Forwarded-* and Forwarded of the request.
  bool trust_forwarded = false;
};

/// The head that the service is sent. Its authority is the service's name; the target is unchanged.
http::RequestHead forwarded_request(const http::Request& request, const Route& route, ForwardedRules rules);

/// The head that the client is sent.
http::ResponseHead returned_response(http::ResponseHead received, std::string_view request_id);

/// Whether the request has been through kMaxViaHops gateways.
bool is_in_a_circle(const http::Headers& headers);

/// Whether the request is a gRPC call, by its content type.
bool is_grpc(const http::Headers& headers);

}  // namespace skerry::platform::gateway
