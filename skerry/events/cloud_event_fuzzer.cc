// SPDX-License-Identifier: Apache-2.0
//
// Whatever the headers of a record: what is accepted as an event or as a dead letter is written in a form that is read
// again as the same. The input is lines "name: value"; the last line is the value of the record.
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/events/cloud_event.h"
#include "skerry/events/dead_letter.h"

namespace skerry::events::cloud_event_fuzzer {

kafka::Record parse_record(std::string_view text) {
  kafka::Record record{.topic = "topic", .partition = 1, .offset = 2, .key = "key"};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) {
      record.value = std::string(line);
      break;
    }
    text = text.substr(end + 1);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    record.headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
  }
  return record;
}

void check_event(const kafka::Record& record) {
  const auto event = decode_event(record.headers, record.value.value_or(""));
  if (!event) {
    SKERRY_CHECK(event.error().code() == Code::kInvalidArgument, "what is no event is the sender's fault");
    return;
  }
  SKERRY_CHECK(check(*event).has_value(), "what is accepted can be written");
  const auto again = decode_event(encode_headers(*event), event->data);
  SKERRY_CHECK(again && *again == *event, "what is written is read again");
}

void check_dead_letter(const kafka::Record& record) {
  const auto letter = exhume(record);
  if (!letter) return;
  kafka::Record buried = bury(letter->record, letter->death);
  buried.partition = record.partition;
  buried.offset = record.offset;
  const auto again = exhume(buried);
  SKERRY_CHECK(again && again->death == letter->death && again->record == letter->record, "a burial can be undone");
  const auto redrive = redrive_of(redriven(*letter));
  SKERRY_CHECK(redrive && *redrive && (*redrive)->group == letter->death.group, "a redriven record names its group");
}

void check_control_headers(const kafka::Record& record) {
  (void)redrive_of(record);
  const auto resolved = resolved_offset(record);
  SKERRY_CHECK(!resolved || *resolved >= 0, "an offset is not negative");
}

}  // namespace skerry::events::cloud_event_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::events::cloud_event_fuzzer;
  const auto record = parse_record({reinterpret_cast<const char*>(data), size});
  check_event(record);
  check_dead_letter(record);
  check_control_headers(record);
  return 0;
}
