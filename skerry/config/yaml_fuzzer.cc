// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes, parse_yaml answers within its limits; and what it accepted is JSON that means the same when it is
// read as YAML again, since JSON is YAML.
#include <boost/json/value.hpp>

#include <cstdint>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/base/json.h"
#include "skerry/config/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const skerry::Result<boost::json::value> parsed = skerry::config::parse_yaml(text);
  if (!parsed) return 0;
  const std::string as_json = skerry::json_text(*parsed);
  // A scalar alone, or an escape that YAML writes otherwise, is left out of the comparison.
  if (!parsed->is_object() && !parsed->is_array()) return 0;
  if (as_json.find('\\') != std::string::npos) return 0;
  if (as_json.find_first_not_of(
          " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~") !=
      std::string::npos) {
    return 0;
  }
  const skerry::Result<boost::json::value> again = skerry::config::parse_yaml(as_json);
  if (!again) {
    // The JSON may be longer than a document may be.
    SKERRY_CHECK(again.error().code() == skerry::Code::kResourceExhausted || as_json.size() > 1'000,
                 "JSON that came from YAML is YAML");
    return 0;
  }
  SKERRY_CHECK(*again == *parsed, "reading what was written gives the same");
  return 0;
}
