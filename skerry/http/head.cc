// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/head.h"

#include <utility>

#include "skerry/http/characters.h"

namespace skerry::http {
namespace {

struct StatusRow {
  int status;
  std::string_view phrase;
};

constexpr StatusRow kStatusRows[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

void remove_hop_by_hop(Headers& headers) {
  // The values are copied first: each removal invalidates the views.
  std::string named;
  for (const std::string_view value : headers.get_all("connection")) named.append(value).append(",");
  std::string_view rest = named;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view name = internal::trim(rest.substr(0, comma));
    if (!name.empty()) headers.remove(name);
    rest.remove_prefix(comma + 1);
  }
  for (const std::string_view name : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    headers.remove(name);
  }
  if (headers.contains("te")) {
    const bool trailers_only =
        headers.get_all("te").size() == 1 && internal::equals_ignoring_case(*headers.get("te"), "trailers");
    if (!trailers_only) headers.remove("te");
  }
}

std::string_view reason_phrase(int status) {
  for (const StatusRow& row : kStatusRows) {
    if (row.status == status) return row.phrase;
  }
  return "Unknown";
}

}  // namespace skerry::http
