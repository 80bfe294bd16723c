// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/attribute.h"

#include "skerry/telemetry/utf8.h"

namespace skerry::telemetry {

std::string bounded_text(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    std::size_t end = limit;
    // Step back over continuation bytes, so that no character is cut in half.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string valid;
  valid.reserve(text.size());
  append_valid_utf8(valid, text);
  return valid;
}

AttributeValue to_attribute_value(const FieldValue& value) {
  return std::visit(
      [](const auto& held) -> AttributeValue {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string_view>) {
          return bounded_text(held, kMaxAttributeBytes);
        } else {
          return held;
        }
      },
      value.variant());
}

Attribute to_attribute(const Field& field) {
  return Attribute{bounded_text(field.key, kMaxAttributeBytes), to_attribute_value(field.value)};
}

std::size_t memory_bytes(const Attribute& attribute) {
  const auto* text = std::get_if<std::string>(&attribute.value);
  return sizeof(Attribute) + attribute.key.size() + (text != nullptr ? text->size() : 0);
}

}  // namespace skerry::telemetry
