// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/response.h"

#include "skerry/base/check.h"

namespace skerry::platform::dashboard {

void set_header(http::Response& response, std::string_view name, std::string_view value) {
  const Result<> set = response.headers.set(name, value);
  SKERRY_CHECK(set.has_value(), "a header of the dashboard's own is not valid");
}

void protect(http::Response& response) {
  set_header(response, "content-security-policy",
             "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'");
  set_header(response, "x-content-type-options", "nosniff");
  set_header(response, "referrer-policy", "no-referrer");
}

http::Response current_json(std::string json) {
  http::Response response = http::json(std::move(json));
  set_header(response, "cache-control", "no-store");
  set_header(response, "x-content-type-options", "nosniff");
  return response;
}

}  // namespace skerry::platform::dashboard
