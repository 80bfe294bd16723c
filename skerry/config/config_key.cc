// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/config_key.h"

#include <algorithm>

namespace skerry::config {
namespace {

constexpr std::size_t kMaxPartBytes = 255;

Result<> check_part(std::string_view name, std::string_view part) {
  const bool plain = std::none_of(part.begin(), part.end(),
                                  [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!part.empty() && part.size() <= kMaxPartBytes && plain) return {};
  return fail(Error::invalid_argument("{}: expected 1 to {} characters without a slash", name, kMaxPartBytes));
}

}  // namespace

std::string ConfigKey::path() const { return fmt::format("{}{}/{}/{}", kConfigRoot, namespace_, group, data_id); }

Result<> ConfigKey::validate() const {
  Result<> checked = check_part("namespace", namespace_);
  if (checked) checked = check_part("group", group);
  if (checked) checked = check_part("data_id", data_id);
  return checked;
}

Result<ConfigKey> ConfigKey::parse(std::string_view path) {
  if (!path.starts_with(kConfigRoot)) return fail(Error::invalid_argument("not a configuration's key: {}", path));
  std::string_view rest = path.substr(kConfigRoot.size());
  const std::size_t first = rest.find('/');
  const std::size_t second = first == std::string_view::npos ? first : rest.find('/', first + 1);
  if (second == std::string_view::npos) return fail(Error::invalid_argument("not a configuration's key: {}", path));
  ConfigKey key{.namespace_ = std::string(rest.substr(0, first)),
                .group = std::string(rest.substr(first + 1, second - first - 1)),
                .data_id = std::string(rest.substr(second + 1))};
  Result<> checked = key.validate();
  if (!checked) return fail(std::move(checked));
  return key;
}

}  // namespace skerry::config
