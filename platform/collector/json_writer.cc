// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "skerry/telemetry/utf8.h"

namespace skerry::platform::collector {

// What was written last tells whether a comma is due: outside of strings these characters only stand where a value or
// a key comes first, and a string ends with a quote.
void JsonWriter::separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  telemetry::append_json_string(text_, name);
  text_ += ':';
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  telemetry::append_json_string(text_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return value(std::string_view(fmt::format("{}", number)));
  return raw(fmt::format("{}", number));
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

}  // namespace skerry::platform::collector
