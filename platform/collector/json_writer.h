// SPDX-License-Identifier: Apache-2.0
//
// JsonWriter: JSON written from front to back, for answers that are too big to build as a tree first.
//
//   JsonWriter json;
//   json.begin_object().key("data").begin_array().value("a").value(1).end_array().end_object();
//   std::move(json).text();                              // {"data":["a",1]}
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace skerry::platform::collector {

/// The caller sees to it that keys and values alternate in objects and that what begins ends.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }
  /// An infinity or a not-a-number, which JSON cannot write, becomes a string.
  JsonWriter& value(double number);
  JsonWriter& null() { return raw("null"); }
  /// `json` is written as it is.
  JsonWriter& raw(std::string_view json);

  std::string text() && { return std::move(text_); }
  std::size_t size() const { return text_.size(); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string text_;
};

}  // namespace skerry::platform::collector
