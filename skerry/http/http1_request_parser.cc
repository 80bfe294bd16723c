// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/characters.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/http1_parser.h"
#include "skerry/http/http_error.h"
#include "skerry/http/uri.h"

namespace skerry::http {
namespace {

/// The version of a start line. 505 for a well-formed version that is not 1.0 or 1.1.
Result<Version> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return Version::kHttp11;
  if (text == "HTTP/1.0") return Version::kHttp10;
  const bool well_formed = text.size() == 8 && text.starts_with("HTTP/") && internal::is_digit(text[5]) &&
                           text[6] == '.' && internal::is_digit(text[7]);
  if (!well_formed) return fail(http_error(400, "invalid HTTP version"));
  return fail(http_error(505, "the HTTP version is not supported"));
}

}  // namespace

Result<> RequestParser::read_start_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || method_end == target_end) {
    return fail(http_error(400, "invalid request line"));
  }
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (!internal::is_token(method)) return fail(http_error(400, "invalid method"));
  const Result<Version> version = parse_version(line.substr(target_end + 1));
  if (!version) return fail(Error(version.error()));
  head_.method = method;
  head_.version = *version;
  head_.scheme.clear();
  head_.authority.clear();
  if (method == "CONNECT") return fail(http_error(501, "CONNECT is not supported"));
  return read_target(target);
}

Result<> RequestParser::read_target(std::string_view target) {
  if (!internal::all_of_class(target, internal::kTargetCharacter)) {
    return fail(http_error(400, "the request target has a character that must be escaped"));
  }
  if (target.starts_with('/')) {
    head_.target = target;
    return {};
  }
  if (target == "*") {
    if (head_.method != "OPTIONS") return fail(http_error(400, "the request target * is for OPTIONS alone"));
    head_.target = target;
    return {};
  }
  // The absolute form: what follows the authority is kept to the letter, so the URI is checked here and cut below.
  const Result<Uri> uri = Uri::parse(target);
  if (!uri) return fail(http_error(400, "invalid request target"));
  const std::string_view rest = target.substr(target.find("://") + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  head_.scheme = uri->scheme;
  head_.authority = rest.substr(0, end);
  head_.target = rest.substr(end);
  if (!head_.target.starts_with('/')) head_.target.insert(0, "/");
  return {};
}

Result<> RequestParser::read_host() {
  std::size_t hosts = 0;
  std::size_t place = 0;
  for (std::size_t i = 0; i < head_.headers.size(); ++i) {
    if (head_.headers[i].name != "host") continue;
    ++hosts;
    place = i;
  }
  if (hosts == 0) {
    if (head_.version == Version::kHttp10) return {};
    return fail(http_error(400, "the Host field is missing"));
  }
  if (hosts > 1) return fail(http_error(400, "more than one Host field"));
  const std::string_view host = head_.headers[place].value;
  if (!is_valid_authority(host)) return fail(http_error(400, "invalid Host field"));
  if (!head_.authority.empty() && !internal::equals_ignoring_case(head_.authority, host)) {
    return fail(http_error(400, "the Host field differs from the request target"));
  }
  head_.authority = host;
  head_.headers.remove("host");
  return {};
}

Result<> RequestParser::read_expectation() {
  expects_continue_ = false;
  const std::optional<std::string_view> expectation = head_.headers.get("expect");
  if (!expectation) return {};
  const bool known =
      internal::equals_ignoring_case(*expectation, "100-continue") && head_.headers.get_all("expect").size() == 1;
  if (!known) return fail(http_error(417, "the expectation is not known"));
  // RFC 9110 section 10.1.1: to be ignored in a request of HTTP/1.0.
  expects_continue_ = head_.version == Version::kHttp11;
  return {};
}

Result<bool> RequestParser::finish_head() {
  if (Result<> read = read_host(); !read) return fail(std::move(read));
  if (Result<> read = read_expectation(); !read) return fail(std::move(read));
  const bool http10 = head_.version == Version::kHttp10;
  const Result<internal::Framing> framing = internal::read_framing(head_.headers, http10);
  if (!framing) return fail(Error(framing.error()));
  set_keep_alive(internal::wants_keep_alive(head_.headers, http10));
  if (framing->content_length && *framing->content_length > limits_.max_body_bytes) {
    return fail(http_error(413, "the body is larger than {} bytes", limits_.max_body_bytes));
  }
  if (framing->chunked) {
    set_body(Body::kChunked, 0);
  } else {
    set_body(Body::kFixed, framing->content_length.value_or(0));
  }
  // A body that is not there needs no invitation.
  if (content_length() == 0) expects_continue_ = false;
  return false;
}

}  // namespace skerry::http
