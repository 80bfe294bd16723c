// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes: a document that is accepted is written and read again as the same document, and a struct that is
// mapped from it is mapped back to the same struct.
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/check.h"
#include "skerry/base/json.h"

namespace skerry::json_fuzzer {

enum class Kind : std::uint8_t { kSmall, kVeryLarge };
BOOST_DESCRIBE_ENUM(Kind, kSmall, kVeryLarge)

struct Sample {
  std::string sku;
  std::uint16_t quantity = 1;
  double price = 0;
  std::optional<Kind> kind;
  std::map<std::string, std::vector<std::int8_t>> groups;
  std::vector<Sample> items;
  boost::json::value extra;
  static constexpr std::array<std::string_view, 1> kRequiredFields{"sku"};
  bool operator==(const Sample&) const = default;
};
BOOST_DESCRIBE_STRUCT(Sample, (), (sku, quantity, price, kind, groups, items, extra))

void check_mapping(std::string_view text) {
  std::vector<std::string> unknown;
  const auto sample = parse_json<Sample>(text, {.unknown_fields = UnknownFields::kCollect, .unknown = &unknown});
  if (!sample) {
    SKERRY_CHECK(!sample.error().message().empty(), "an error says what is wrong");
    return;
  }
  const auto again = parse_json<Sample>(to_json(*sample), {.unknown_fields = UnknownFields::kReject});
  SKERRY_CHECK(again.has_value() && *again == *sample, "what is written is read again");
}

}  // namespace skerry::json_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = parse_json_value(text);
  if (document) {
    const auto again = parse_json_value(json_text(*document));
    SKERRY_CHECK(again.has_value() && *again == *document, "what is written is read again");
    boost::json::value merged = *document;
    merge_json(merged, *document);
    SKERRY_CHECK(merged == *document, "a document laid over itself changes nothing");
  }
  json_fuzzer::check_mapping(text);
  return 0;
}
