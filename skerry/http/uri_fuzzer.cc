// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes: a URI that is accepted is written and read again as the same URI, a normal path stays as it is,
// percent-coding is inverse, and a route's variables are what the path spells.
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/http/router.h"
#include "skerry/http/uri.h"

namespace skerry::http::uri_fuzzer {

void check_uri(std::string_view text) {
  const Result<Uri> uri = Uri::parse(text);
  if (!uri) return;
  const Result<Uri> again = Uri::parse(uri->to_string());
  SKERRY_CHECK(again && *again == *uri, "a URI is written and read again as the same");
  SKERRY_CHECK(is_valid_authority(uri->authority()), "a URI's authority can be sent");
}

void check_query(std::string_view text) {
  const Result<Query> query = Query::parse(text);
  if (!query) return;
  const Result<Query> again = Query::parse(query->to_string());
  SKERRY_CHECK(again && again->parameters() == query->parameters(), "a query is written and read again as the same");
}

void check_path(std::string_view text) {
  SKERRY_CHECK(percent_decode(percent_encode(text)) == text, "percent-coding is inverse");
  const Result<std::string> normal = normalize_path(text);
  if (!normal) return;
  SKERRY_CHECK(normalize_path(*normal) == *normal, "a normal path stays as it is");
}

void check_router(std::string_view path) {
  // No target that a parser accepts has a NUL.
  if (path.find('\0') != std::string_view::npos) return;
  Router<int> router;
  SKERRY_CHECK(router.add("GET", "/a/{first}/{rest...}", 1), "a valid route");
  SKERRY_CHECK(router.add("GET", "/a/b/c", 2), "a valid route");
  const Router<int>::Match match = router.find("GET", path);
  if (match.outcome != RouteOutcome::kFound || *match.value == 2) return;
  std::string spelled = "/a/" + percent_encode(match.parameters[0].second) + "/";
  spelled += percent_encode(match.parameters[1].second);
  const Router<int>::Match again = router.find("GET", spelled);
  SKERRY_CHECK(again.outcome == RouteOutcome::kFound, "what a route's variables spell is found again");
  SKERRY_CHECK(*again.value == 2 || again.parameters == match.parameters, "with the same variables");
}

}  // namespace skerry::http::uri_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  uri_fuzzer::check_uri(text);
  uri_fuzzer::check_query(text);
  uri_fuzzer::check_path(text);
  uri_fuzzer::check_router(text);
  return 0;
}
