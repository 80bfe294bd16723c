// SPDX-License-Identifier: Apache-2.0
//
// The paths that the gateway decides by: whatever it lets through has one form, and no reading of that form is a path
// for operators.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/gateway/path.h"
#include "platform/gateway/route_table.h"
#include "skerry/base/check.h"
#include "skerry/http/uri.h"

namespace skerry::platform::gateway::path_fuzzer {
namespace {

/// How a careless service could read a path: all escapes resolved, dots resolved, slashes merged.
std::string careless_reading(const std::string& path) {
  std::string merged;
  for (const char character : http::percent_decode(path).value_or("")) {
    if (character != '/' || merged.empty() || merged.back() != '/') merged.push_back(character);
  }
  return http::normalize_path(merged).value_or(merged);
}

void check_path(std::string_view text) {
  const Result<std::string> canonical = canonical_path(text);
  if (!canonical) return;
  SKERRY_CHECK(canonical_path(*canonical) == *canonical, "a canonical path stays as it is");
  const std::string read = careless_reading(std::string(text));
  for (const std::string_view internal : {"/metrics", "/health", "/ready", "/debug"}) {
    const bool reached = read == internal || read.starts_with(std::string(internal) + "/");
    SKERRY_CHECK(!reached || is_internal_path(*canonical), "a path for operators is known in every spelling");
  }
}

void check_routes(std::string_view text) {
  static const Result<RouteTable> kTable = RouteTable::make({{.path_prefix = "/", .service = "all"}});
  SKERRY_CHECK(kTable, "the table is valid");
  const Result<std::string> canonical = canonical_path(text);
  if (!canonical) return;
  const bool found = kTable->find("GET", *canonical).outcome == RouteTable::Outcome::kFound;
  SKERRY_CHECK(found != is_internal_path(*canonical), "every path is routed but those for operators");
}

}  // namespace
}  // namespace skerry::platform::gateway::path_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::platform::gateway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  path_fuzzer::check_path(text);
  path_fuzzer::check_routes(text);
  return 0;
}
