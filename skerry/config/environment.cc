// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/environment.h"

#include <boost/json/value.hpp>
#include <unistd.h>

#include <algorithm>

namespace skerry::config {
namespace {

namespace json = boost::json;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool names_field(std::string_view variable_part, std::string_view key) {
  return std::equal(variable_part.begin(), variable_part.end(), key.begin(), key.end(),
                    [](char part, char letter) { return part == upper(letter); });
}

json::value value_of(const std::string& text, internal::Schema::Kind kind) {
  if (kind == internal::Schema::Kind::kText) return json::string(text);
  Result<json::value> parsed = parse_json_value(text);
  return parsed ? *std::move(parsed) : json::value(json::string(text));
}

// Descends by the parts of the name. A part is taken to be the whole rest first, so that a field whose own name has two
// underscores is found as well.
bool place(std::string_view name, const std::string& text, const internal::Schema& schema, json::value& at) {
  if (schema.kind != internal::Schema::Kind::kObject) return false;
  for (std::size_t i = 0; i < schema.keys.size(); ++i) {
    const std::string_view key = schema.keys[i];
    if (names_field(name, key)) {
      at.get_object()[key] = value_of(text, schema.fields[i].kind);
      return true;
    }
    if (name.size() > key.size() + 2 && name.substr(key.size(), 2) == "__" &&
        names_field(name.substr(0, key.size()), key) && schema.fields[i].kind == internal::Schema::Kind::kObject) {
      json::value nested = json::object();
      if (const json::value* present = at.get_object().if_contains(key)) nested = *present;
      // The whole object was set by a variable that is no object: the mapping is left to refuse that one.
      if (!nested.is_object()) return true;
      if (!place(name.substr(key.size() + 2), text, schema.fields[i], nested)) return false;
      at.get_object()[key] = std::move(nested);
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<EnvironmentVariable> process_environment() {
  std::vector<EnvironmentVariable> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with(kEnvironmentPrefix)) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(variables.begin(), variables.end());
  return variables;
}

namespace internal {

boost::json::value environment_document(const std::vector<EnvironmentVariable>& variables, const Schema& schema,
                                        std::vector<std::string>& unknown) {
  json::value document = json::object();
  // In the order of names a whole object (LIMITS) comes before its fields (LIMITS__BURST), which then refine it.
  std::vector<EnvironmentVariable> sorted = variables;
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, text] : sorted) {
    if (!name.starts_with(kEnvironmentPrefix)) continue;
    if (!place(std::string_view(name).substr(kEnvironmentPrefix.size()), text, schema, document)) {
      unknown.push_back(name);
    }
  }
  return document;
}

}  // namespace internal
}  // namespace skerry::config
