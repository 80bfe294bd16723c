// SPDX-License-Identifier: Apache-2.0
//
// The shape of a described struct at run time, as far as environment variables need it: which fields there are, and
// whether a variable's text is the value itself (a string, an enumerator) or JSON (everything else). Internal to
// config/.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "skerry/base/json.h"

namespace skerry::config::internal {

struct Schema {
  enum class Kind : std::uint8_t {
    kText,    ///< A string or a described enum: the text as it stands.
    kJson,    ///< Numbers, booleans, arrays, maps and anything else: the text is a JSON document.
    kObject,  ///< A described struct: its fields have variables of their own.
  };
  Kind kind = Kind::kJson;
  /// Of kObject: the fields in the order of the description.
  std::vector<std::string_view> keys;
  std::vector<Schema> fields;
};

template <class T>
Schema schema_of() {
  if constexpr (skerry::internal::kIsOptional<T>) {
    return schema_of<typename T::value_type>();
  } else if constexpr (skerry::internal::DescribedEnum<T> || std::is_same_v<T, std::string>) {
    return {.kind = Schema::Kind::kText, .keys = {}, .fields = {}};
  } else if constexpr (skerry::internal::DescribedStruct<T>) {
    Schema schema{.kind = Schema::Kind::kObject, .keys = {}, .fields = {}};
    boost::mp11::mp_for_each<skerry::internal::JsonMembers<T>>([&](auto descriptor) {
      schema.keys.push_back(skerry::internal::json_key(decltype(descriptor)::name));
      schema.fields.push_back(schema_of<std::remove_cvref_t<decltype(std::declval<T&>().*descriptor.pointer)>>());
    });
    return schema;
  } else {
    return {};
  }
}

}  // namespace skerry::config::internal
