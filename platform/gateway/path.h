// SPDX-License-Identifier: Apache-2.0
//
// Paths as the gateway decides by them. A path is passed on exactly as it came, so a path that two programs may read as
// two different ones is refused before it is compared with anything: what the gateway let through under one name must
// not be something else to the service.
//
//   Result<std::string> path = canonical_path("/%61pi/orders");      // "/api/orders"
//   canonical_path("/api/../metrics");                               // INVALID_ARGUMENT
//
// Pure functions; they are fuzzed (path_fuzzer.cc).
#pragma once

#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::platform::gateway {

/// The path in the one form that routes are compared with: escapes of characters that need none are resolved, those
/// that stay have upper-case digits (RFC 3986 section 6.2.2). INVALID_ARGUMENT for what has more than one reading: dot
/// segments in any spelling ("..", "%2e.", "..;x"), an empty segment but the last, an encoded or plain backslash, an
/// encoded slash, an encoded control character, a malformed escape, and what does not begin with '/'.
Result<std::string> canonical_path(std::string_view path);

/// Whether the path belongs to what a service tells its operators and nobody outside: /metrics, /health, /ready, /debug
/// and everything below them, in any case of letters and with or without path parameters (";x"). Precondition: the path
/// is canonical.
bool is_internal_path(std::string_view canonical);

}  // namespace skerry::platform::gateway
